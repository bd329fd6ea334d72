import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backOffMs, decideHeal, triesWithin } from '@shared/domain/reconcile/heal-budget';

const limits = fc.record({ maxTries: fc.integer({ min: 1, max: 20 }), windowMs: fc.integer({ min: 10_000, max: 3_600_000 }) });

describe('the back-off', () => {
  test('is 1, 2, 4 … 60 seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 50].map(backOffMs)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(backOffMs(0)).toBe(0);
  });

  test('never grows shorter and never beyond a minute', () => {
    fc.assert(fc.property(fc.nat(100_000), (tries) => backOffMs(tries + 1) >= backOffMs(tries) && backOffMs(tries) <= 60_000));
  });
});

describe('the decision', () => {
  test('a service that crashes at any moments is never tried more than the limit within any window', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 200 }), (limit, steps) => {
        const tries: number[] = [];
        let now = 0;
        for (const step of steps) {
          now += step;
          if (decideHeal(tries, now, limit).kind === 'try') tries.push(now);
        }
        for (const at of tries) expect(tries.filter((one) => one >= at && one - at < limit.windowMs).length).toBeLessThanOrEqual(limit.maxTries);
        for (let index = 1; index < tries.length; index += 1) {
          const before = tries.slice(0, index);
          expect((tries[index] ?? 0) - (tries[index - 1] ?? 0)).toBeGreaterThanOrEqual(backOffMs(triesWithin(before, tries[index] ?? 0, limit.windowMs).length));
        }
      }),
    );
  });

  test('says until when to wait, and then tries or gives up', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.nat(3_600_000), { maxLength: 30 }), fc.nat(3_600_000), (limit, tries, later) => {
        const now = Math.max(0, ...tries) + later;
        const decision = decideHeal(tries, now, limit);
        if (decision.kind !== 'wait') return;
        expect(decision.untilMs).toBeGreaterThan(now);
        expect(decideHeal(tries, decision.untilMs, limit).kind).toBe('try');
      }),
    );
  });

  test('leaves what ended ended for 1, 2, 4, 8 and 16 s, however long it ran and however long its start took', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 5, maxLength: 5 }), (runsMs) => {
      const tries: number[] = [];
      const waits: number[] = [];
      let ended = 1_000_000;
      for (const ranMs of runsMs) {
        const decision = decideHeal(tries, ended, { maxTries: 5, windowMs: 600_000 }, ended);
        const at = decision.kind === 'wait' ? decision.untilMs : NaN;
        waits.push(at - ended);
        expect(decideHeal(tries, at, { maxTries: 5, windowMs: 600_000 }, ended).kind).toBe('try');
        tries.push(at);
        ended = at + ranMs;
      }
      expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
      expect(decideHeal(tries, ended, { maxTries: 5, windowMs: 600_000 }, ended).kind).toBe('gave-up');
    }));
  });

  test('does not depend on the order of the tries', () => {
    fc.assert(fc.property(limits, fc.array(fc.nat(1_000_000), { maxLength: 20 }), (limit, tries) => {
      expect(decideHeal([...tries].reverse(), 1_000_000, limit)).toEqual(decideHeal(tries, 1_000_000, limit));
    }));
  });
});

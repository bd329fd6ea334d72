import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crashes, judgeEnd, judgeMissing, STOP_FOLLOWS_MS, type ContainerHappening } from '@shared/domain/reconcile/intent';

const at = (action: string, atMs: number, more: Partial<ContainerHappening> = {}): ContainerHappening => ({ containerId: 'c1', service: 'api', action, atMs, exitCode: action === 'die' ? 137 : null, own: false, ...more });
const facts = { containerId: 'c1', exitCode: 137, oomKilled: false, endedWithEngine: false };

describe('an end', () => {
  test('docker kill is a crash, docker stop is intent', () => {
    expect(judgeEnd(facts, [at('start', 0), at('die', 10)], 5_000)).toMatchObject({ cause: 'crash', why: 'It was killed.' });
    expect(judgeEnd(facts, [at('start', 0), at('die', 10), at('stop', 15)], 5_000).cause).toBe('intent');
  });

  test('is left open for a second, in which the stop may still come', () => {
    const judged = judgeEnd(facts, [at('die', 1_000)], 1_400);
    expect(judged).toMatchObject({ cause: 'unknown', certainAtMs: 1_000 + STOP_FOLLOWS_MS });
    expect(judgeEnd(facts, [at('die', 1_000)], judged.certainAtMs).cause).toBe('crash');
  });

  test('a stop before the last start says nothing', () => {
    expect(judgeEnd(facts, [at('die', 0), at('stop', 5), at('start', 10), at('die', 100)], 5_000).cause).toBe('crash');
  });

  test('a stop of an earlier run says nothing, also when the start of this one was missed', () => {
    expect(judgeEnd({ ...facts, startedMs: 50 }, [at('start', 0), at('die', 5), at('stop', 10), at('die', 100)], 5_000).cause).toBe('crash');
  });

  test('of our own doing is neither', () => {
    expect(judgeEnd(facts, [at('die', 0, { own: true }), at('stop', 5, { own: true })], 5_000).cause).toBe('unknown');
  });

  test('that nobody saw: the exit code speaks, and the codes of a stop say nothing', () => {
    for (const exitCode of [0, 130, 137, 143]) expect(judgeEnd({ ...facts, exitCode }, [], 0).cause).toBe('unknown');
    expect(judgeEnd({ ...facts, exitCode: 3 }, [], 0)).toMatchObject({ cause: 'crash', why: 'It ended by itself with code 3.' });
    expect(judgeEnd({ ...facts, oomKilled: true }, [], 0).cause).toBe('crash');
  });

  test('with the engine is not its own and nobody’s intent, though the engine says it stopped it', () => {
    for (const events of [[], [at('start', 0), at('die', 10)], [at('start', 0), at('die', 10), at('stop', 15)]]) {
      expect(judgeEnd({ ...facts, endedWithEngine: true }, events, 20)).toEqual({ cause: 'crash', why: 'It ended together with the Docker engine.', certainAtMs: 20, withEngine: true });
    }
  });

  test('with a stop of somebody after it is never a crash, whatever else happened', () => {
    const noise = fc.array(fc.record({ containerId: fc.constantFrom('c1', 'c2'), service: fc.constantFrom('api', 'db'), action: fc.constantFrom('start', 'die', 'stop', 'destroy', 'oom', 'pause'), atMs: fc.nat(100_000), exitCode: fc.constantFrom(null, 0, 3, 137), own: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(noise, fc.nat(10_000), (before, later) => {
        const end = Math.max(0, ...before.map((one) => one.atMs));
        const judged = judgeEnd(facts, [...before, at('start', end), at('die', end + 1), at('stop', end + 2)], end + 2 + later);
        expect(judged.cause).toBe('intent');
        expect(judgeEnd(facts, [...before, at('start', end), at('die', end + 1)], end + 1 + STOP_FOLLOWS_MS + later).cause).toBe('crash');
      }),
    );
  });
});

describe('a missing container', () => {
  test('was removed by somebody, or nobody knows', () => {
    expect(judgeMissing('api', [at('destroy', 5)], 10).cause).toBe('intent');
    expect(judgeMissing('api', [at('destroy', 5, { own: true })], 10).cause).toBe('unknown');
    expect(judgeMissing('api', [], 10).cause).toBe('unknown');
  });

  test('removed by force while it ran is no intent: nobody stopped it', () => {
    const forced = [at('start', 0), at('die', 10), at('destroy', 12)];
    expect(judgeMissing('api', forced, 20)).toMatchObject({ cause: 'crash', why: 'Its container was removed from outside without being stopped.' });
    expect(judgeMissing('api', [at('start', 0), at('die', 10), at('stop', 11), at('destroy', 12)], 20).cause).toBe('intent');
    expect(judgeMissing('api', [at('die', 0), at('stop', 1), at('start', 5), at('die', 10), at('destroy', 12)], 20).cause).toBe('crash');
    // Another container of the service that was stopped earlier says nothing of this one.
    expect(judgeMissing('api', [at('stop', 1, { containerId: 'c0' }), ...forced], 20).cause).toBe('crash');
    // Berth had stopped it, somebody else removed it: nobody wanted it gone.
    expect(judgeMissing('api', [at('start', 0), at('die', 10, { own: true }), at('stop', 11, { own: true }), at('destroy', 12)], 20).cause).toBe('crash');
  });
});

describe('crashes', () => {
  test('three within the window are a loop; stops do not count', () => {
    const three = [at('die', 0), at('die', 5_000), at('die', 9_000)];
    expect(crashes('api', three, 10_000, 60_000, [])).toEqual({ count: 3, loop: true });
    expect(crashes('api', three.slice(0, 1), 10_000, 60_000, [])).toEqual({ count: 1, loop: false });
    expect(crashes('api', three, 10_000, 6_000, [])).toEqual({ count: 2, loop: false });
    expect(crashes('api', [at('die', 0), at('stop', 3), at('die', 5_000)], 10_000, 60_000, []).count).toBe(1);
    expect(crashes('api', three, 10_000, 60_000, [{ fromMs: 4_000, toMs: 9_000 }])).toEqual({ count: 1, loop: false });
  });
});

import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { scheduleTurn } from '@shared/domain/operations/schedule';

const everyMs = fc.integer({ min: 1_000, max: 10_000_000 });
const atMs = fc.integer({ min: 0, max: 4_000_000_000_000 });

describe('when a schedule is due', () => {
  test('after a sleep of any length it is due exactly once, and next within one period', () => {
    fc.assert(
      fc.property(everyMs, atMs, fc.integer({ min: 0, max: 100_000_000_000 }), (every, next, lateMs) => {
        const now = next + lateMs;
        const first = scheduleTurn({ everyMs: every, nextAtMs: next }, now);
        expect(first.due).toBe(true);
        expect(first.nextAtMs).toBeGreaterThan(now);
        expect(first.nextAtMs - now).toBeLessThanOrEqual(every);
        expect(scheduleTurn({ everyMs: every, nextAtMs: first.nextAtMs }, now)).toEqual({ due: false, nextAtMs: first.nextAtMs });
      }),
    );
  });

  test('its times stay on the grid, whatever the clock does', () => {
    fc.assert(
      fc.property(everyMs, atMs, fc.array(atMs, { maxLength: 20 }), (every, next, readings) => {
        let at = next;
        for (const now of readings) {
          const turn = scheduleTurn({ everyMs: every, nextAtMs: at }, now);
          expect(Math.abs(turn.nextAtMs - next) % every).toBe(0);
          expect(turn.nextAtMs).toBeGreaterThan(now);
          at = turn.nextAtMs;
        }
      }),
    );
  });

  test('a clock that is set back makes it neither due nor wait longer than one period', () => {
    fc.assert(
      fc.property(everyMs, atMs, fc.integer({ min: 1, max: 100_000_000_000 }), (every, next, backMs) => {
        const now = next - backMs;
        const turn = scheduleTurn({ everyMs: every, nextAtMs: next }, now);
        expect(turn.due).toBe(false);
        expect(turn.nextAtMs - now).toBeLessThanOrEqual(every);
        expect(turn.nextAtMs).toBeGreaterThan(now);
      }),
    );
  });
});

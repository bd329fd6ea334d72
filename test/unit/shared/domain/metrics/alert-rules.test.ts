import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenRules, RUNS_LOOKED_AT, workKind, workSubject, WORK_RULES, type SlowLimit, type WorkRun } from '@shared/domain/metrics/alert-rules';

const LIMITS: { readonly [K in SlowLimit]: number } = { 'alerts.scanSeconds': 5, 'alerts.taskSeconds': 30 };
const limits = (limit: SlowLimit): number => LIMITS[limit];
const name = fc.constantFrom('api operations.wait', 'operation modes.switch', 'status pass', 'scan mounts', 'scheduler tick', 'disk look');
const runs = fc.array(fc.record({ durationMs: fc.integer({ min: 0, max: 90_000 }), failed: fc.boolean() }), { maxLength: 60 });
const codes = (of: string, given: readonly WorkRun[]): readonly string[] => brokenRules(of, given, limits).map((one) => one.code);

describe('the rules for measured work', () => {
  it('call the background slow exactly when its newest run took longer than the limit of its kind', () => {
    fc.assert(
      fc.property(name, runs, (of, given) => {
        const kind = workKind(of);
        const newest = given.at(-1)?.durationMs ?? 0;
        const isSlow = (kind === 'pass' && newest > 5_000) || (kind === 'task' && newest > 30_000);
        expect(codes(of, given).includes('TASK-SLOW')).toBe(isSlow);
      }),
    );
  });

  it('call work failing exactly when more than half of its last 20 runs failed, and at least five', () => {
    fc.assert(
      fc.property(name, runs, (of, given) => {
        const looked = given.slice(-20);
        const failed = looked.filter((one) => one.failed).length;
        expect(codes(of, given).includes('TASK-FAILING')).toBe(workKind(of) !== 'call' && failed >= 5 && failed * 2 > looked.length);
      }),
    );
  });

  it('never say the same code twice, and forget what lies far back', () => {
    fc.assert(
      fc.property(name, runs, runs, (of, earlier, given) => {
        const filled = [...given, ...Array.from({ length: RUNS_LOOKED_AT }, () => ({ durationMs: 1, failed: false }))];
        expect(brokenRules(of, [...earlier, ...filled], limits)).toEqual([]);
        expect(new Set(codes(of, given)).size).toBe(codes(of, given).length);
      }),
    );
  });

  it('take the lower limit when somebody sets the one of passes above the one of tasks', () => {
    const one = brokenRules('status pass', [{ durationMs: 31_000, failed: false }], (limit) => (limit === 'alerts.scanSeconds' ? 60 : 30));
    expect(one).toEqual([expect.objectContaining({ code: 'TASK-SLOW', message: 'The task "status pass" took 31.0 s; more than 30 s is slow.' })]);
  });

  it('judge operations as one and everything else by its name', () => {
    expect(['operation modes.switch', 'operation drift.heal', 'status pass', 'disk look'].map(workSubject)).toEqual(['operations', 'operations', 'status pass', 'disk look']);
    expect(WORK_RULES.every((rule) => rule.kinds.length > 0 && !rule.kinds.includes('call'))).toBe(true);
  });
});

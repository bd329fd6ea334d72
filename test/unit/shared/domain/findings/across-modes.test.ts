import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acrossModes, countConflicts } from '@shared/domain/findings/across-modes';
import { finding, type Severity } from '@shared/domain/findings/finding';

const one = (object: string, severity: Severity): ReturnType<typeof finding> => finding({ object, code: 'TEST', severity, message: object, why: '' });

describe('findings across modes', () => {
  it('shows a finding of two modes once, with both', () => {
    const merged = acrossModes([{ mode: 'dev', findings: [one('a', 'warning')] }, { mode: 'prod', findings: [one('b', 'error'), one('a', 'warning')] }]);
    expect(merged.map((item) => [item.finding.message, item.modes])).toEqual([['b', ['prod']], ['a', ['dev', 'prod']]]);
    expect(countConflicts(merged)).toBe(2);
  });

  it('puts errors first, loses none, and does not count notes', () => {
    const findings = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom<Severity>('error', 'warning', 'info')), { maxLength: 12 }).map((items) => items.map(([object, severity]) => one(`${object}-${severity}`, severity)));
    fc.assert(
      fc.property(findings, findings, (dev, prod) => {
        const merged = acrossModes([{ mode: 'dev', findings: dev }, { mode: 'prod', findings: prod }]);
        const ranks = merged.map((item) => ['error', 'warning', 'info'].indexOf(item.finding.severity));
        expect(ranks).toEqual([...ranks].sort());
        expect(new Set(merged.map((item) => item.finding.id))).toEqual(new Set([...dev, ...prod].map((item) => item.id)));
        expect(countConflicts(merged)).toBe(merged.filter((item) => item.finding.severity !== 'info').length);
      }),
    );
  });
});

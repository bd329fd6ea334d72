import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaStates } from '@shared/domain/findings/areas';
import { acrossModes, areasAcrossModes, countConflicts } from '@shared/domain/findings/across-modes';
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

  it('gives each area its worst state of any mode, and counts a shared finding once', () => {
    const port = finding({ object: 'p', code: 'PORT_TAKEN', severity: 'error', message: 'p', why: '' });
    const bind = finding({ object: 'b', code: 'BIND_WHOLE_PROJECT', severity: 'warning', message: 'b', why: '' });
    const reports = [[bind], [port, bind]].map((findings, index) => ({ mode: `m${index}`, findings, areas: areaStates(findings) }));
    const areas = areasAcrossModes(reports);
    expect(areas.find((one) => one.area === 'ports')).toMatchObject({ state: 'error', findings: 1 });
    expect(areas.find((one) => one.area === 'mounts')).toMatchObject({ state: 'warning', findings: 1 });
    expect(areas.find((one) => one.area === 'networks')).toMatchObject({ state: 'pass', findings: 0 });
    expect(areas.map((one) => one.area)).toEqual(areaStates([]).map((one) => one.area));
  });
});

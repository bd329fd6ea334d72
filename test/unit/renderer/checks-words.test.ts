import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acrossModes } from '@shared/domain/findings/across-modes';
import { finding, type Finding, type Severity } from '@shared/domain/findings/finding';
import type { Operation } from '../../../src/renderer/src/lib/model';
import { connectivityTable, type ConnectivityCell } from '../../../src/renderer/src/lib/connectivity-cells';
import { requestOf } from '../../../src/renderer/src/lib/fix-request';
import { filterFindings, firstFixes, groupFindings, NO_FINDING_FILTER } from '../../../src/renderer/src/lib/finding-groups';
import { freshUndoable, lastRun } from '../../../src/renderer/src/lib/operation-results';

const found = (code: string, severity: Severity, object: string, service = 'api'): Finding => finding({ object, code, severity, service, message: `${object} of ${service}`, why: '', fixes: severity === 'info' ? [] : [{ id: `fix-${object}`, title: 'Fix' }] });
const reports = fc
  .array(fc.record({ code: fc.constantFrom('PORT_TAKEN', 'BIND_SOURCE_MISSING', 'ENV_UNSET'), severity: fc.constantFrom<Severity>('error', 'warning', 'info'), object: fc.constantFrom('a', 'b', 'c', 'd'), modes: fc.constantFrom<readonly string[]>(['dev'], ['prod'], ['dev', 'prod']) }), { maxLength: 14 })
  .map((all) => ['dev', 'prod'].map((mode) => ({ mode, findings: all.filter((one) => one.modes.includes(mode)).map((one) => found(one.code, one.severity, one.object)) })));

describe('groups of findings', () => {
  it('hold every finding once, errors by the modes they stop first', () => {
    fc.assert(
      fc.property(reports, fc.constantFrom<'blocks' | 'area'>('blocks', 'area'), (given, by) => {
        const all = acrossModes(given);
        const groups = groupFindings(all, by);
        expect(groups.flatMap((group) => group.findings.map((one) => one.finding.id)).sort()).toEqual(all.map((one) => one.finding.id).sort());
        expect(new Set(groups.map((group) => group.key)).size).toBe(groups.length);
        if (by === 'blocks') {
          const ranks = groups.map((group) => ['error', 'warning', 'info'].indexOf(group.kind));
          expect(ranks).toEqual([...ranks].sort());
          for (const group of groups.filter((one) => one.kind === 'error')) for (const one of group.findings) expect(one.modes).toEqual(group.modes);
        }
      }),
    );
  });

  it('filters by text, severity, service, mode and area', () => {
    const all = acrossModes([{ mode: 'dev', findings: [found('PORT_TAKEN', 'error', 'p'), found('ENV_UNSET', 'warning', 'v', 'web')] }, { mode: 'prod', findings: [found('BIND_IN_PROD', 'info', 'm')] }]);
    const objects = (change: Partial<typeof NO_FINDING_FILTER>): readonly string[] => filterFindings(all, { ...NO_FINDING_FILTER, ...change }).map((one) => one.finding.message.charAt(0));
    expect(objects({})).toEqual(['p', 'v', 'm']);
    expect([objects({ text: ' P OF' }), objects({ text: 'env_unset' }), objects({ severity: 'info' }), objects({ service: 'web' }), objects({ mode: 'prod' }), objects({ area: 'environment' })]).toEqual([['p'], ['v'], ['m'], ['v'], ['m'], ['v']]);
  });

  it('takes one fix of each, in the mode it was found in', () => {
    fc.assert(
      fc.property(reports, (given) => {
        const all = acrossModes(given);
        const groups = firstFixes(all);
        const ids = groups.flatMap((group) => group.fixes);
        expect(new Set(ids).size).toBe(ids.length);
        expect(new Set(ids)).toEqual(new Set(all.flatMap((one) => one.finding.fixes.slice(0, 1).map((fix) => fix.id))));
      }),
    );
  });

  it('leaves out what a person decides in a dialog, which its button opens', () => {
    const opens = { dialog: 'healthcheck', service: 'db', command: 'berth compose healthcheck db' } as const;
    const decided = { ...finding({ code: 'HEALTHCHECK_MISSING', severity: 'warning', object: 'db', message: '', why: '' }), fixes: [{ id: 'open:x', title: 'Write…', opens }, { id: 'y', title: 'Ask port 80' }] };
    expect(firstFixes(acrossModes([{ mode: 'dev', findings: [decided] }]))).toEqual([]);
    expect(decided.fixes.map((fix) => requestOf(fix, 'dev').opens)).toEqual([opens, undefined]);
  });
});

describe('what operations answered', () => {
  const blank = { projectId: 'p', state: 'succeeded', input: {}, result: null, error: null, undoable: false } as unknown as Operation;
  const of = (parts: Partial<Operation>): Operation => ({ ...blank, kind: 'checks.connectivity', ...parts });

  it('is the newest answer, beside what runs and what failed since', () => {
    const answered = of({ id: '1', result: { operationId: '1', ok: true, cells: [] } });
    const failed = of({ id: '2', state: 'failed', error: { code: 'engine-lost', message: 'Docker went away.' } });
    const running = of({ id: '3', state: 'running' });
    const look = (operations: readonly Operation[]): unknown => {
      const { running: now, failure, last } = lastRun(operations, 'p', 'checks.connectivity', 'cells');
      return [now?.id, failure?.message, last?.operation.id];
    };
    expect(look([answered])).toEqual([undefined, undefined, '1']);
    expect(look([failed, answered])).toEqual([undefined, 'Docker went away.', '1']);
    expect(look([running, failed, answered])).toEqual(['3', undefined, '1']);
    expect(look([of({ id: '5', state: 'cancelled', error: { code: 'cancelled', message: 'Cancelled.' } }), answered])).toEqual([undefined, undefined, '1']);
    expect(look([of({ id: '4', projectId: 'other', result: { cells: [] } })])).toEqual([undefined, undefined, undefined]);
    expect(look([])).toEqual([undefined, undefined, undefined]);
  });

  it('offers to take back only what this window saw', () => {
    const old = of({ id: '1', undoable: true });
    const fresh = of({ id: '2', undoable: true });
    expect(freshUndoable([fresh, old], 'p', { 1: {} })?.id).toBe('1');
    expect(freshUndoable([fresh, old], 'p', { 1: {}, 2: {} })?.id).toBe('2');
    expect(freshUndoable([fresh, old], 'p', {})).toBeNull();
  });
});

describe('the table of who reaches whom', () => {
  it('has every cell once, where its row and column meet', () => {
    const name = fc.constantFrom('api', 'db', 'web', 'cache');
    const cells = fc.array(fc.record({ from: name, to: name, host: name, port: fc.nat(3), state: fc.constantFrom<ConnectivityCell['state']>('open', 'closed'), detail: fc.constant(''), tookMs: fc.constant(1) }), { maxLength: 12 });
    fc.assert(
      fc.property(cells, (given) => {
        const { columns, rows } = connectivityTable(given);
        for (const row of rows) row.cells.forEach((ways, index) => ways.forEach((way) => expect([way.from, way.to]).toEqual([row.from, columns[index]])));
        expect(rows.flatMap((row) => row.cells.flat())).toHaveLength(given.length);
      }),
    );
  });
});

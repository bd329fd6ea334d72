import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OperationState } from '@shared/domain/operations/operation';
import { activityTree, lineOperation, pathTo, type ActivityFilter, type ActivityNode } from '../../../src/renderer/src/lib/activity';
import type { Operation } from '../../../src/renderer/src/lib/model';

const BLANK: Operation = { id: '', kind: 'services.start', key: 'k', title: '', projectId: 'p_1', state: 'succeeded', progress: { step: 0, of: 1, message: '' }, input: {}, result: null, error: null, cancellable: false, createdAt: '', startedAt: null, finishedAt: null, workerId: 1, priority: 10, origin: 'user', attempt: 1, after: [], notBefore: null, dedupeKey: null, undoable: false, version: 1 };
const ALL: ActivityFilter = { projectId: '', state: 'all' };
const operation = (id: string, change: Partial<Operation> = {}): Operation => ({ ...BLANK, id, ...change });
/** A tree as text: a(b c(d)). */
const shape = (nodes: readonly ActivityNode[]): string => nodes.map((node) => `${node.operation.id}${node.parts.length === 0 ? '' : `(${shape(node.parts)})`}`).join(' ');

describe('the operations as a tree', () => {
  it('has parts, what was kept before a change, and what followed, beneath the operation they belong to, in their order', () => {
    const list = [operation('follow', { after: ['deploy'] }), operation('rollback', { parent: 'deploy' }), operation('kept', { kind: 'snapshots.create', input: { before: 'deploy' } }), operation('deploy'), operation('first')];
    expect(shape(activityTree(list, ALL))).toBe('deploy(kept rollback follow) first');
    expect(pathTo(activityTree(list, ALL), 'kept')).toEqual(['deploy', 'kept']);
    expect(pathTo(activityTree(list, ALL), 'gone')).toEqual([]);
  });

  it('leaves previews out, and lists a part by itself whose whole is not there any more', () => {
    expect(shape(activityTree([operation('part', { parent: 'gone' }), operation('preview', { input: { dryRun: true } })], ALL))).toBe('part');
  });

  it('is filtered by project and by how it went, and a part that matches keeps its whole', () => {
    const list = [operation('runs', { state: 'running' }), operation('part', { parent: 'whole', state: 'failed' }), operation('whole', { state: 'cancelled' }), operation('other', { projectId: 'p_2', state: 'rolled-back' })];
    const filtered = (change: Partial<ActivityFilter>): string => shape(activityTree(list, { ...ALL, ...change }));
    expect(filtered({ state: 'open' })).toBe('runs');
    expect(filtered({ state: 'wrong' })).toBe('whole(part) other');
    expect(filtered({ state: 'done' })).toBe('whole(part)');
    expect(filtered({ projectId: 'p_2' })).toBe('other');
    expect(filtered({ projectId: 'p_2', state: 'open' })).toBe('');
  });

  it('has each operation once, whatever the records say of each other', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const records = fc.array(fc.record({ parent: fc.option(fc.constantFrom(...ids), { nil: undefined }), after: fc.array(fc.constantFrom(...ids), { maxLength: 2 }) }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(records, (given) => {
        const tree = activityTree(given.map((one, index) => operation(ids[index] ?? '', { after: one.after, ...(one.parent === undefined ? {} : { parent: one.parent }) })), ALL);
        const seen = (nodes: readonly ActivityNode[]): readonly string[] => nodes.flatMap((node) => [node.operation.id, ...seen(node.parts)]);
        expect([...seen(tree)].sort()).toEqual(ids);
      }),
    );
  });
});

describe('the status line', () => {
  const states = (...list: readonly OperationState[]): readonly Operation[] => list.map((state, index) => operation(`op_${String(index)}`, { state, finishedAt: `2026-01-0${String(9 - index)}` }));

  it('says what has run longest, and how many more do', () => {
    expect(lineOperation(states('queued', 'running', 'rolling-back', 'succeeded'))).toMatchObject({ operation: { id: 'op_2' }, more: 2 });
    expect(lineOperation(states('queued', 'succeeded'))).toMatchObject({ operation: { id: 'op_0' }, more: 0 });
  });

  it('says what ended last when nothing runs, and nothing before anything happened', () => {
    expect(lineOperation([operation('early', { finishedAt: '2026-01-01' }), operation('late', { finishedAt: '2026-01-02' })])?.operation.id).toBe('late');
    expect(lineOperation([operation('part', { parent: 'x', state: 'running' })])).toBeNull();
    expect([lineOperation([]), lineOperation(null)]).toEqual([null, null]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateStatus } from '@shared/domain/gitops/duplicate-status';
import type { Operation } from '@shared/domain/operations/operation';

function operation(over: Partial<Operation>): Operation {
  return {
    id: 'o', kind: 'gitops.scan', key: '', title: '', projectId: 'p', state: 'succeeded', progress: { step: 0, of: 0, message: '' }, input: {}, result: null, error: null, cancellable: false,
    createdAt: '', startedAt: null, finishedAt: '2026-01-01T00:00:00Z', workerId: 1, priority: 10, origin: 'user', attempt: 1, after: [], notBefore: null, dedupeKey: null, undoable: false, version: 1, ...over,
  };
}

describe('the state of duplicates', () => {
  it('is idle without any operation', () => {
    expect(duplicateStatus([operation({ kind: 'files.save' })], null, null)).toMatchObject({ state: 'idle', progress: 0, operationId: null, counts: {}, lastScan: null });
  });

  it('says what runs, and counts what the newest one found', () => {
    const found = operation({ result: { groups: [{ resolution: 'auto' }, { resolution: 'manual' }, { resolution: 'auto' }] } });
    expect(duplicateStatus([operation({ id: 'r', kind: 'gitops.resolve', state: 'running', progress: { step: 3, of: 4, message: 'Writing' } }), found], null, 'soon')).toEqual({
      state: 'resolving', operationId: 'r', progress: 75, message: 'Writing', counts: { pending: 2, manual_review: 1 }, lastScan: '2026-01-01T00:00:00Z', nextScan: 'soon',
    });
    expect(duplicateStatus([operation({ kind: 'gitops.resolve', result: { resolved: 2, manual: [{}] } })], null, null)).toMatchObject({ progress: 100, counts: { resolved: 2, manual_review: 1 } });
    expect(duplicateStatus([found], ['resolved', 'resolved', 'failed'], null).counts).toEqual({ resolved: 2, failed: 1 });
  });

  it('never says 100 before the end, and never goes back while the steps go on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 10_000 }), (of, a, b) => {
        const at = (step: number): number => duplicateStatus([operation({ state: 'running', progress: { step: Math.min(step, of), of, message: '' } })], null, null).progress;
        expect(at(a)).toBeLessThan(100);
        if (a <= b) expect(at(a)).toBeLessThanOrEqual(at(b));
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { Operation } from '@shared/domain/operations/operation';
import { canRetry, wayBack } from '@shared/domain/operations/way-back';

type Ended = Parameters<typeof wayBack>[0];

const switched: Ended = { kind: 'modes.switch', state: 'succeeded', projectId: 'p_1', input: { mode: 'prod' }, result: { from: 'dev', to: 'prod' }, undoable: false };

describe('the way back from an operation', () => {
  it('is the mode a switch came from', () => {
    expect(wayBack(switched)).toEqual({ kind: 'switch', projectId: 'p_1', mode: 'dev' });
  });

  it('is the backup of the files it changed', () => {
    expect(wayBack({ ...switched, kind: 'checks.fix', undoable: true })).toEqual({ kind: 'undo' });
    expect(wayBack({ ...switched, kind: 'checks.fix', undoable: true, state: 'running' })).toBeNull();
  });

  it.each<[string, Partial<Ended>]>([
    ['it is still running', { state: 'running' }],
    ['it did not succeed', { state: 'rolled-back' }],
    ['nothing ran before', { result: { from: null, to: 'prod' } }],
    ['several modes ran before', { result: { from: 'mixed', to: 'prod' } }],
    ['it led where it came from', { result: { from: 'prod', to: 'prod' } }],
    ['it has no result', { result: null }],
    ['it belongs to no project', { projectId: null }],
    ['it is of another kind', { kind: 'services.stop' }],
  ])('is none where %s', (_why, change) => {
    expect(wayBack({ ...switched, ...change })).toBeNull();
  });

  it('offers another try of what ended without success, and of nothing else', () => {
    const states: readonly Operation['state'][] = ['queued', 'running', 'succeeded', 'failed', 'rolling-back', 'rolled-back', 'interrupted', 'cancelled', 'needs-attention'];
    expect(states.filter((state) => canRetry({ state }))).toEqual(['failed', 'rolled-back', 'cancelled', 'needs-attention']);
  });
});

import { describe, expect, it } from 'vitest';
import { tourStates, type TourSeen } from '../../../src/renderer/src/features/workspaces/tour-steps';
import type { Runner, Workspace } from '../../../src/renderer/src/features/workspaces/workspaces-answer';

const seen = (change: Partial<TourSeen> = {}): TourSeen => ({ looked: false, again: false, lookedAtMs: null, ...change });
const runner = (state: Runner['state'], copiedAt: string | null = null): Runner => ({ state, detail: '', containerId: null, containerName: null, port: null, url: null, command: '', copiedAt, readBytes: 0 });
const at = (lastSyncedAt: string | null, one: Runner | null): Pick<Workspace, 'lastSyncedAt' | 'runner'> => ({ lastSyncedAt, runner: one });
const LOOKED = Date.parse('2026-01-01T00:00:10Z');

describe('the tour', () => {
  it('goes on as things happen', () => {
    expect(tourStates(at(null, null), seen())).toEqual(['now', 'later', 'later', 'later', 'later']);
    expect(tourStates(at('2026-01-01T00:00:00Z', null), seen())).toEqual(['done', 'now', 'later', 'later', 'later']);
    expect(tourStates(at('2026-01-01T00:00:00Z', runner('installing')), seen())).toEqual(['done', 'now', 'later', 'later', 'later']);
    expect(tourStates(at('2026-01-01T00:00:00Z', runner('running')), seen())).toEqual(['done', 'done', 'now', 'later', 'later']);
  });

  it('takes only an edit from after the first look for the one that is asked for', () => {
    const looked = seen({ looked: true, lookedAtMs: LOOKED });
    expect(tourStates(at('x', runner('running', '2026-01-01T00:00:05Z')), looked)[3]).toBe('now');
    expect(tourStates(at('x', runner('installing', '2026-01-01T00:00:15Z')), looked)[3]).toBe('now');
    expect(tourStates(at('x', runner('running', '2026-01-01T00:00:15Z')), looked)).toEqual(['done', 'done', 'done', 'done', 'now']);
    expect(tourStates(at('x', runner('running', '2026-01-01T00:00:15Z')), { ...looked, again: true })).toEqual(['done', 'done', 'done', 'done', 'done']);
  });

  it('goes back to the container when it failed', () => {
    expect(tourStates(at('x', runner('failed')), seen({ looked: true, lookedAtMs: LOOKED }))).toEqual(['done', 'now', 'later', 'later', 'later']);
  });
});

import { describe, expect, it } from 'vitest';
import type { SyncReport } from '@main/workspaces/engine-types';
import { shownReport } from '@main/workspaces/sync-operation';
import { linesOf } from '@main/workspaces/watcher';

const REPORT: SyncReport = {
  workspaces: [
    { name: 'api', uploaded: 2, deleted: 1, unchanged: 5, bytesSent: 300, durationMs: 12.4, excluded: { files: 1, folders: 2 } },
    { name: 'www', uploaded: 0, deleted: 0, unchanged: 3, bytesSent: 0, durationMs: 3, excluded: { files: 0, folders: 1 } },
  ],
  conflicts: [{ key: 'api/app.js', because: 'changed-there', etag: 'e', localBytes: 1, remoteBytes: 2 }],
  skipped: [{ key: 'api/link', reason: 'symlink' }],
  skippedCount: 3,
  halt: null,
  approval: null,
  deletesDeferred: 0,
  foreignObjects: null,
  listed: false,
  sizeOnly: true,
  durationMs: 20,
  requests: { puts: 2, lists: 0, heads: 1, deletes: 1 },
};

describe('what a run says', () => {
  it('is a line for each workspace something happened to, and for each conflict', () => {
    expect(linesOf(REPORT, '2026-01-02T03:04:05Z').map((one) => [one.kind, one.workspace, one.uploaded, one.deleted])).toEqual([['synced', 'api', 2, 1], ['conflict', 'api', 0, 0]]);
  });

  it('is one line when it was halted', () => {
    const lines = linesOf({ ...REPORT, halt: { reason: 'root-missing', root: '/p/workspaces' } }, '2026-01-02T03:04:05Z');
    expect(lines.map((one) => one.kind)).toEqual(['halted']);
    expect(lines[0]?.message).toContain('nothing was removed');
  });

  it('counts what is excluded and in conflict, and notes what is never sent', () => {
    const shown = shownReport('op_1', REPORT);
    expect(shown.workspaces.map((one) => [one.name, one.excluded, one.conflicts])).toEqual([['api', 3, 1], ['www', 1, 0]]);
    expect(shown.notes).toEqual([
      'api/link is a symbolic link; links are not sent.',
      '2 more are not sent.',
      'Only sizes were compared: an edit that keeps the size is not seen.',
      '1 object was changed by somebody else and left alone: berth workspaces conflicts.',
    ]);
  });
});

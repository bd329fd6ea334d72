import { workspaceOf } from '@shared/domain/workspaces/keys';
import type { SkippedEntry, SyncConflict, SyncProgress, WorkspaceReport } from './engine-types';

const SKIPPED_TOLD = 1_000;

interface Row {
  uploaded: number;
  deleted: number;
  unchanged: number;
  bytesSent: number;
  excludedFiles: number;
  excludedFolders: number;
  beganMs: number;
  endedMs: number;
}

/** Counts what a run does, by workspace. Files that lie beside the workspaces are counted as `.`. */
export class Tally {
  readonly conflicts: SyncConflict[] = [];
  readonly skipped: SkippedEntry[] = [];
  skippedCount = 0;
  foreignObjects = 0;
  deletesDeferred = 0;
  /** Files that are here and are to be there. */
  files = 0;
  /** Files that were there when the run began. */
  known = 0;
  uploaded = 0;
  deleted = 0;
  bytesSent = 0;
  private readonly rows = new Map<string, Row>();

  constructor(private readonly monotonicMs: () => number) {}

  folder(key: string): void {
    // Also a workspace with nothing in it is one.
    if (key.indexOf('/') === key.length - 1) this.row(key);
  }

  excluded(key: string): void {
    if (key.endsWith('/')) this.row(key).excludedFolders += 1;
    else this.row(key).excludedFiles += 1;
  }

  kept(key: string): void {
    this.row(key).unchanged += 1;
  }

  sent(key: string, bytes: number): void {
    const row = this.row(key);
    row.uploaded += 1;
    row.bytesSent += bytes;
    row.endedMs = this.monotonicMs();
    this.uploaded += 1;
    this.bytesSent += bytes;
  }

  removed(key: string): void {
    const row = this.row(key);
    row.deleted += 1;
    row.endedMs = this.monotonicMs();
    this.deleted += 1;
  }

  skip(key: string, reason: SkippedEntry['reason']): void {
    this.skippedCount += 1;
    if (this.skipped.length < SKIPPED_TOLD) this.skipped.push({ key, reason });
  }

  progress(phase: SyncProgress['phase']): SyncProgress {
    return { phase, seen: this.files, uploaded: this.uploaded, deleted: this.deleted, bytesSent: this.bytesSent };
  }

  reports(): readonly WorkspaceReport[] {
    return [...this.rows].map(([name, { uploaded, deleted, unchanged, bytesSent, excludedFiles, excludedFolders, beganMs, endedMs }]) => ({
      name, uploaded, deleted, unchanged, bytesSent, durationMs: Math.max(0, Math.round(endedMs - beganMs)), excluded: { files: excludedFiles, folders: excludedFolders },
    }));
  }

  private row(key: string): Row {
    const name = workspaceOf(key) ?? '.';
    let row = this.rows.get(name);
    if (row === undefined) {
      const now = this.monotonicMs();
      row = { uploaded: 0, deleted: 0, unchanged: 0, bytesSent: 0, excludedFiles: 0, excludedFolders: 0, beganMs: now, endedMs: now };
      this.rows.set(name, row);
    }
    return row;
  }
}

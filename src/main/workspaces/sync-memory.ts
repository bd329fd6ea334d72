import type { Json, JsonObject } from '@shared/kernel/json';
import { haltWords } from '@shared/domain/workspaces/words';
import type { Store } from '@main/platform/types';
import type { SyncConflict as EngineConflict, SyncReport as EngineReport } from './engine-types';
import type { SyncHaltWords } from './types';

/** What was last known of one workspace. */
export interface RememberedWorkspace {
  readonly lastSyncedAt: string;
  readonly files: number;
  readonly excluded: number;
}

export interface RememberedConflict extends EngineConflict {
  readonly foundAt: string;
}

/** What the last runs of a project said. */
export interface Remembered {
  readonly workspaces: { readonly [name: string]: RememberedWorkspace };
  readonly halt: SyncHaltWords | null;
  readonly conflicts: readonly RememberedConflict[];
  readonly traffic: { readonly puts: number; readonly lists: number; readonly deletes: number; readonly bytesSent: number; readonly since: string };
  /** The first run makes a project one whose workspaces are watched. */
  readonly hasSynced: boolean;
}

/** More conflicts than this are counted by the next run again. */
const CONFLICTS_KEPT = 1_000;

/** What runs said, kept in the store so that every door and the next start know it. */
export class SyncMemory {
  constructor(
    private readonly store: Pick<Store, 'getRecord' | 'patchRecord'>,
    private readonly now: () => Date,
  ) {}

  async of(projectId: string): Promise<Remembered> {
    const data = (await this.store.getRecord('workspaces-sync', projectId))?.data ?? {};
    return {
      workspaces: (data['workspaces'] ?? {}) as unknown as Remembered['workspaces'],
      halt: (data['halt'] ?? null) as unknown as SyncHaltWords | null,
      conflicts: (data['conflicts'] ?? []) as unknown as readonly RememberedConflict[],
      traffic: (data['traffic'] ?? { puts: 0, lists: 0, deletes: 0, bytesSent: 0, since: this.now().toISOString() }) as unknown as Remembered['traffic'],
      hasSynced: data['hasSynced'] === true,
    };
  }

  /** After a run of all workspaces, or of one. */
  async keep(projectId: string, report: EngineReport, only: string | null): Promise<void> {
    const before = await this.of(projectId);
    const at = this.now().toISOString();
    const seen = Object.fromEntries(report.workspaces.map((one) => [one.name, { lastSyncedAt: at, files: one.uploaded + one.unchanged, excluded: one.excluded.files + one.excluded.folders }]));
    const isOfRun = (key: string): boolean => only === null || key.startsWith(`${only}/`);
    const since = new Map(before.conflicts.map((one) => [one.key, one.foundAt]));
    const conflicts = [...before.conflicts.filter((one) => !isOfRun(one.key)), ...report.conflicts.map((one) => ({ ...one, foundAt: since.get(one.key) ?? at }))].slice(0, CONFLICTS_KEPT);
    await this.patch(projectId, {
      workspaces: report.halt === null ? { ...(only === null ? {} : before.workspaces), ...seen } : before.workspaces,
      halt: report.halt === null ? null : { reason: report.halt.reason, ...haltWords(report.halt, report.approval), approval: report.approval },
      conflicts,
      traffic: trafficWith(before.traffic, report),
      hasSynced: true,
    });
  }

  /** After a batch of a watch: only what it touched is known anew, so counts of other files stay. */
  async keepPart(projectId: string, report: EngineReport, keys: readonly string[]): Promise<void> {
    const before = await this.of(projectId);
    const at = this.now().toISOString();
    const touched = new Set(keys);
    const seen = Object.fromEntries(report.workspaces.filter((one) => one.uploaded + one.deleted > 0).map((one) => [one.name, { ...(before.workspaces[one.name] ?? { files: 0, excluded: 0 }), lastSyncedAt: at }]));
    await this.patch(projectId, {
      workspaces: { ...before.workspaces, ...seen },
      halt: report.halt === null ? null : { reason: report.halt.reason, ...haltWords(report.halt, report.approval), approval: report.approval },
      conflicts: [...before.conflicts.filter((one) => !touched.has(one.key) && report.conflicts.every((other) => other.key !== one.key)), ...report.conflicts.map((one) => ({ ...one, foundAt: at }))].slice(0, CONFLICTS_KEPT),
      traffic: trafficWith(before.traffic, report),
      hasSynced: true,
    });
  }

  /** A conflict was settled. */
  async settle(projectId: string, key: string): Promise<void> {
    await this.patch(projectId, { conflicts: (await this.of(projectId)).conflicts.filter((one) => one.key !== key) });
  }

  private async patch(projectId: string, change: { readonly [name: string]: unknown }): Promise<void> {
    await this.store.patchRecord('workspaces-sync', projectId, change as { readonly [name: string]: Json } as JsonObject);
  }
}

function trafficWith(before: Remembered['traffic'], report: EngineReport): Remembered['traffic'] {
  const { puts, lists, deletes } = report.requests;
  return { ...before, puts: before.puts + puts, lists: before.lists + lists, deletes: before.deletes + deletes, bytesSent: before.bytesSent + report.workspaces.reduce((sum, one) => sum + one.bytesSent, 0) };
}

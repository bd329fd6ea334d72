import { LEDGER_MAX, type SyncLedger } from '@shared/domain/storage/sync-ledger';
import type { OutputOf } from '@shared/contract/contract';
import type { JsonObject } from '@shared/kernel/json';
import type { Store } from '@main/platform/types';

/** One run of a job, as `storage.runs` shows it. */
export type SyncRun = OutputOf<'storage.runs'>[number];

const RUNS_KEPT = 200;

/** What is kept of runs: the last ones of each job, and what they wrote. */
export class SyncRecords {
  constructor(private readonly store: Pick<Store, 'getRecord' | 'patchRecord' | 'listRecords'>) {}

  /** Newest first. */
  async runs(projectId: string, job: string): Promise<readonly SyncRun[]> {
    const record = await this.store.getRecord('sync-run', idOf(projectId, job));
    return record === null ? [] : (record.data['runs'] as unknown as readonly SyncRun[]);
  }

  /** Of every job that ever ran, also of those the storage file has no more. */
  async allRuns(projectId: string): Promise<readonly SyncRun[]> {
    const records = (await this.store.listRecords('sync-run')).filter((one) => one.id.startsWith(idOf(projectId, '')));
    return records.flatMap((one) => one.data['runs'] as unknown as readonly SyncRun[]).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  }

  /** Adds a run, or writes it anew as it is by now. */
  async putRun(projectId: string, run: SyncRun): Promise<void> {
    const others = (await this.runs(projectId, run.job)).filter((one) => one.operationId !== run.operationId);
    const runs = [run, ...others].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)).slice(0, RUNS_KEPT);
    await this.store.patchRecord('sync-run', idOf(projectId, run.job), { runs } as unknown as JsonObject);
  }

  /** What was written to this target; null before the first run to it. */
  async ledger(projectId: string, job: string, target: string): Promise<SyncLedger | null> {
    const record = await this.store.getRecord('sync-ledger', idOf(projectId, job));
    return record === null || record.data['target'] !== target || record.data['objects'] === null ? null : (record.data['objects'] as SyncLedger);
  }

  /** More objects than can be remembered are not remembered at all. */
  async putLedger(projectId: string, job: string, target: string, ledger: SyncLedger, held: readonly string[]): Promise<void> {
    await this.store.patchRecord('sync-ledger', idOf(projectId, job), { target, objects: Object.keys(ledger).length > LEDGER_MAX ? null : ledger, held: [...held] });
  }

  /** Objects that the last run left alone, because somebody else had changed them. */
  async held(projectId: string, job: string): Promise<readonly string[]> {
    const held = (await this.store.getRecord('sync-ledger', idOf(projectId, job)))?.data['held'];
    return Array.isArray(held) ? (held as readonly string[]) : [];
  }
}

function idOf(projectId: string, job: string): string {
  return `${projectId} ${job}`;
}

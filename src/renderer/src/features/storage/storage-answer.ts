import type { OutputOf } from '@shared/contract/contract';
import { storageWords as words } from '../../locales/en/storage';
import { capitalised } from '../../lib/format';
import type { Mark } from '../../ui/state-mark';

export type StorageStatus = OutputOf<'storage.status'>;
export type StorageConflicts = OutputOf<'storage.conflicts'>;
export type StorageMount = StorageStatus['mounts'][number];
export type SyncJob = StorageStatus['jobs'][number];

/** The answer of the page: is it mounted, is it in step, does anything collide. */
export interface StorageAnswer {
  readonly mark: Mark;
  readonly sentence: string;
}

interface Clause {
  readonly mark: Mark;
  readonly text: string;
}

/** From the worst: the answer has the shape of its worst clause. */
const WORST: readonly Mark[] = ['bad', 'warn', 'busy', 'off', 'none', 'good'];

export function storageAnswer(status: StorageStatus, conflicts: Pick<StorageConflicts, 'findings'> | null): StorageAnswer {
  const clauses = [serverClause(status), mountClause(status), syncClause(status.jobs), conflictClause(conflicts, status.file !== null)].filter((clause) => clause !== null);
  const mark = WORST.find((one) => clauses.some((clause) => clause.mark === one)) ?? 'none';
  return { mark, sentence: capitalised(clauses.map((clause) => clause.text).join(', ')) };
}

function serverClause({ s3, file }: StorageStatus): Clause | null {
  if (file === null) return { mark: 'none', text: words.answer.noFile };
  if (s3.health === 'unreachable') return { mark: 'bad', text: words.answer.serverAway };
  return s3.health === 'unhealthy' ? { mark: 'bad', text: words.answer.serverUnwell } : null;
}

function mountClause({ mounts, fuse }: StorageStatus): Clause | null {
  const all = mounts.length;
  if (all === 0) return null;
  if (!fuse.possible || mounts.every((mount) => mount.state === 'impossible')) return { mark: 'warn', text: words.answer.impossible };
  const up = mounts.filter((mount) => mount.state === 'healthy').length;
  if (up === all) return { mark: 'good', text: words.answer.mounted };
  if (mounts.some((mount) => mount.state === 'degraded')) return { mark: 'bad', text: words.answer.someMounted(up, all) };
  if (mounts.some((mount) => mount.state === 'starting' || mount.state === 'preflight' || mount.state === 'recovering')) return { mark: 'busy', text: words.answer.mounting(up, all) };
  return up === 0 ? { mark: 'off', text: words.answer.notMounted } : { mark: 'warn', text: words.answer.someMounted(up, all) };
}

function syncClause(jobs: readonly SyncJob[]): Clause | null {
  if (jobs.length === 0) return null;
  if (jobs.some((job) => job.state === 'running')) return { mark: 'good', text: words.answer.syncing };
  if (jobs.some((job) => job.state === 'failed' || job.lastRun?.state === 'failed')) return { mark: 'bad', text: words.answer.syncFailed };
  if (jobs.every((job) => job.state === 'stopped')) return { mark: 'off', text: words.answer.notSyncing };
  return jobs.every((job) => job.lastRun === null) ? { mark: 'off', text: words.answer.neverSynced } : { mark: 'good', text: words.answer.inStep };
}

function conflictClause(conflicts: Pick<StorageConflicts, 'findings'> | null, clean: boolean): Clause | null {
  if (conflicts === null) return null;
  const colliding = collisions(conflicts.findings).length;
  if (colliding === 0) return clean ? { mark: 'good', text: words.answer.clean } : null;
  return { mark: conflicts.findings.some((finding) => finding.severity === 'error') ? 'bad' : 'warn', text: words.answer.collide(colliding) };
}

/** The findings that say that something collides; notes do not. */
export function collisions(findings: StorageConflicts['findings']): StorageConflicts['findings'] {
  return findings.filter((finding) => finding.severity !== 'info');
}

const MIB = 1_048_576;

/** Memory the way requests are written: 192Mi, 7.5Mi. */
export function mebi(bytes: number): string {
  const size = Math.max(0, bytes) / MIB;
  return `${String(size >= 10 ? Math.round(size) : Math.round(size * 10) / 10)}Mi`;
}

/** CPU the way requests are written: 150m. */
export function millis(cpuMillis: number): string {
  return `${String(Math.round(Math.max(0, cpuMillis)))}m`;
}

/** "+192Mi / +150m / +2 containers". */
export function addedWords(added: StorageStatus['added']): string {
  return words.added.sum(mebi(added.memoryBytes), millis(added.cpuMillis), added.containers);
}

/** What its containers use now, beside what they ask for. */
export function usedWords(measured: StorageStatus['measured']): string {
  return measured === null ? words.added.idle : words.added.uses(mebi(measured.memoryBytes), millis(measured.cpuMillis));
}

/** How full a cache is, from 0 to 1; null while nobody measured. */
export function cacheShare(cache: StorageMount['cache']): number | null {
  return cache.usedBytes === null || cache.maxBytes <= 0 ? null : Math.min(1, Math.max(0, cache.usedBytes / cache.maxBytes));
}

/** From here on a cache is nearly full: what was read longest ago goes. */
export const CACHE_FULL = 0.8;

/** Seconds in the shortest words that lose nothing: 45 s, 5 min, 1 h. */
export function spanWords(seconds: number): string {
  if (seconds > 0 && seconds % 86_400 === 0) return `${String(seconds / 86_400)} d`;
  if (seconds > 0 && seconds % 3_600 === 0) return `${String(seconds / 3_600)} h`;
  return seconds > 0 && seconds % 60 === 0 ? `${String(seconds / 60)} min` : `${String(seconds)} s`;
}

/** How long until a run: 45 s, 2 min 14 s, 1 h 5 min. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  if (seconds < 60) return `${String(seconds)} s`;
  return seconds < 3_600 ? `${String(Math.floor(seconds / 60))} min ${String(seconds % 60)} s` : `${String(Math.floor(seconds / 3_600))} h ${String(Math.floor((seconds % 3_600) / 60))} min`;
}

/** The sentence beside the word of a state; nothing where it only says the word again. */
export function detailBeside(state: string, detail: string): string {
  return detail.replace(/\.$/, '').toLowerCase() === state.toLowerCase() ? '' : detail;
}

/** remote:bucket/prefix. */
export function remoteWords({ remote, bucket, prefix }: { readonly remote: string; readonly bucket: string; readonly prefix: string }): string {
  return `${remote}:${[bucket, prefix].filter((part) => part !== '').join('/')}`;
}

import type { OutputOf } from '@shared/contract/contract';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { ago } from '../../lib/ago';
import { capitalised, uptime } from '../../lib/format';
import type { Mark } from '../../ui/state-mark';
import { partWords, reasonWords } from './snapshot-words';

export type SnapshotsStatus = OutputOf<'snapshots.list'>;
export type Snapshot = SnapshotsStatus['snapshots'][number];
export type SnapshotPart = Snapshot['parts'][number];
export type Repository = SnapshotsStatus['repositories'][number];

interface Clause {
  readonly mark: Mark;
  readonly text: string;
}

/** From the worst: the answer has the shape of its worst clause. */
const WORST: readonly Mark[] = ['bad', 'warn', 'busy', 'off', 'none', 'good'];

export const HEALTH_MARKS: { readonly [H in Snapshot['health']]: Mark } = { healthy: 'good', unhealthy: 'warn', stopped: 'off' };
export const REPOSITORY_MARKS: { readonly [S in Repository['state']]: Mark } = { ready: 'good', locked: 'busy', offline: 'off', damaged: 'bad' };

/** The answer of the page: how far back can one go, and is it sound. */
export function snapshotsAnswer(status: SnapshotsStatus, nowMs: number): { readonly mark: Mark; readonly sentence: string } {
  const clauses = [backClause(status.snapshots, nowMs), goodClause(status.snapshots, nowMs), damagedClause(status), awayClause(status.repositories)].filter((clause) => clause !== null);
  return { mark: WORST.find((one) => clauses.some((clause) => clause.mark === one)) ?? 'none', sentence: capitalised(clauses.map((clause) => clause.text).join(', ')) };
}

function agoOf(snapshot: Snapshot, nowMs: number): string {
  return ago(Math.max(0, nowMs - Date.parse(snapshot.createdAt)));
}

function backClause(snapshots: readonly Snapshot[], nowMs: number): Clause {
  const oldest = oldestOf(snapshots);
  if (oldest === null) return { mark: 'none', text: words.answer.none };
  return { mark: 'good', text: snapshots.length === 1 ? words.answer.one(agoOf(oldest, nowMs)) : words.answer.back(agoOf(oldest, nowMs)) };
}

function goodClause(snapshots: readonly Snapshot[], nowMs: number): Clause | null {
  if (snapshots.length === 0) return null;
  const good = lastGood(snapshots);
  if (good === null) return { mark: 'warn', text: words.answer.noGood };
  return { mark: 'good', text: snapshots.length === 1 ? words.answer.allGood : words.answer.lastGood(agoOf(good, nowMs)) };
}

function damagedClause({ snapshots, damaged }: SnapshotsStatus): Clause | null {
  const number = damaged.length + snapshots.filter((one) => one.verified?.ok === false).length;
  return number === 0 ? null : { mark: 'bad', text: words.answer.damaged(number) };
}

function awayClause(repositories: readonly Repository[]): Clause | null {
  const away = repositories.find((one) => one.state === 'offline');
  return away === undefined ? null : { mark: 'warn', text: words.answer.away(away.name) };
}

/** Newest first. */
export function newestFirst(snapshots: readonly Snapshot[]): readonly Snapshot[] {
  return [...snapshots].sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || b.id.localeCompare(a.id));
}

export function oldestOf(snapshots: readonly Snapshot[]): Snapshot | null {
  return newestFirst(snapshots).at(-1) ?? null;
}

/** The newest whose services were all well. */
export function lastGood(snapshots: readonly Snapshot[]): Snapshot | null {
  return newestFirst(snapshots).find((one) => one.health === 'healthy') ?? null;
}

/** What a snapshot is called in the page: its tag, else why it was made. */
export function snapshotName({ tag, reason }: Pick<Snapshot, 'tag' | 'reason'>): string {
  return tag === null || tag === '' ? capitalised(reasonWords(reason)) : tag;
}

/** What a snapshot is called within a sentence. */
export function snapshotTitle(snapshot: Pick<Snapshot, 'tag' | 'reason'>): string {
  return `“${snapshotName(snapshot)}”`;
}

/** What everything takes, and what prune would give back: null before a repository was counted. */
export function spaceOf(status: SnapshotsStatus): { readonly holdsBytes: number; readonly storedBytes: number; readonly freesBytes: number | null } {
  const known = status.repositories.map((one) => one.reclaimableBytes).filter((bytes) => bytes !== null);
  return {
    holdsBytes: status.snapshots.reduce((sum, one) => sum + one.sizeBytes, 0),
    storedBytes: status.repositories.reduce((sum, one) => sum + one.storedBytes, 0),
    freesBytes: known.length === 0 ? null : known.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** Those that have the text in their tag, reason, mode, health or id. */
export function filteredSnapshots(snapshots: readonly Snapshot[], text: string): readonly Snapshot[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return snapshots;
  return snapshots.filter((one) => [one.tag ?? '', reasonWords(one.reason), one.mode ?? '', words.table.healths[one.health], one.pinned ? words.table.pinned : '', one.repository, one.id].some((field) => field.toLowerCase().includes(wanted)));
}

/** When snapshots are made without being asked for. */
export function scheduleWords(settings: SnapshotsStatus['settings']): string {
  const { everyMinutes } = settings;
  if (everyMinutes === null) return words.schedule.none;
  return words.schedule.every(words.settings.everies[String(everyMinutes)] ?? words.settings.everyOwn(uptime(everyMinutes * 60_000)));
}

/** The parts of a snapshot in the order in which they are read. */
const KINDS: readonly SnapshotPart['kind'][] = ['files', 'settings', 'containers', 'images', 'volume', 'bind', 'bucket'];

export function orderedParts<P extends Pick<SnapshotPart, 'kind' | 'name'>>(parts: readonly P[]): readonly P[] {
  return [...parts].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || partWords(a).localeCompare(partWords(b)));
}

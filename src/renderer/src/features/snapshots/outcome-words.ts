import type { OutputOf } from '@shared/contract/contract';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { duration, fileName, mebibytes, thousands } from '../../lib/format';
import type { Operation } from '../../lib/model';
import { snapshotTitle } from './snapshots-answer';
import { SNAPSHOT_KINDS } from './use-snapshots';

/** What an operation of snapshots that went well has to say, and where it leads. */
export interface Outcome {
  readonly operationId: string;
  readonly text: string;
  /** The snapshot of what was there before a restore. */
  readonly before: string | null;
  /** The project that a copy is. */
  readonly copyId: string | null;
  /** What did not go as it should have. */
  readonly warning: string | null;
}

type Kind = 'snapshots.create' | 'snapshots.restore' | 'snapshots.branch' | 'snapshots.verify' | 'snapshots.drill' | 'snapshots.export' | 'snapshots.import' | 'snapshots.prune' | 'snapshots.add-repository';
const SAYS: { readonly [K in Kind]: (result: OutputOf<K>) => Omit<Outcome, 'operationId'> } = {
  'snapshots.create': (made) => plain(words.done.create(snapshotTitle(made), mebibytes(made.sizeBytes), mebibytes(made.storedBytes))),
  'snapshots.restore': (done) => ({ text: words.done.restore(duration(done.downtimeMs), duration(done.durationMs)), before: done.before, copyId: null, warning: done.warnings.length === 0 ? null : done.warnings.join(' ') }),
  'snapshots.branch': (done) => ({ text: words.done.branch(done.project.name, duration(done.durationMs)), before: null, copyId: done.project.id, warning: null }),
  'snapshots.verify': (report) => plain(words.done.verify(thousands(report.objects), mebibytes(report.bytes), duration(report.durationMs), report.sampled)),
  'snapshots.drill': (report) => plain(words.done.drill(mebibytes(report.bytes), duration(report.durationMs))),
  'snapshots.export': (done) => plain(words.done.export(fileName(done.file), mebibytes(done.sizeBytes))),
  'snapshots.import': (made) => plain(words.done.import(snapshotTitle(made))),
  'snapshots.prune': (done) => plain(words.done.prune(done.removed.length, mebibytes(done.freedBytes))),
  'snapshots.add-repository': () => plain(words.done.repository),
};

function plain(text: string): Omit<Outcome, 'operationId'> {
  return { text, before: null, copyId: null, warning: null };
}

/** The newest operation of snapshots, where it went well while this window was open and was not put away. */
export function outcomeOf(operations: readonly Operation[] | null, projectId: string, seen: { readonly [operationId: string]: unknown }, dismissed: readonly string[]): Outcome | null {
  const newest = operations?.find((one) => one.projectId === projectId && SNAPSHOT_KINDS.test(one.kind));
  if (newest === undefined || newest.state !== 'succeeded' || newest.result === null || seen[newest.id] === undefined || dismissed.includes(newest.id)) return null;
  const says = (SAYS as { readonly [kind: string]: ((result: never) => Omit<Outcome, 'operationId'>) | undefined })[newest.kind];
  // The main process checks results against the contract.
  return says === undefined ? null : { operationId: newest.id, ...says(newest.result as never) };
}

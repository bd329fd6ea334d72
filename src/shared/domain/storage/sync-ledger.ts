/** What Berth wrote to the target of a job: checksums (etags) by object, relative to the target. */
export type SyncLedger = Readonly<Record<string, string>>;

/** Objects in a bucket now, the same way. */
export type ListedObjects = ReadonlyMap<string, string>;

/** More than this many are not remembered one by one; what others change is then not seen. */
export const LEDGER_MAX = 20_000;

/** What others did in the bucket since the last run. `changed` ones are held: a run leaves them as they are. */
export interface Drift {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Compares what was written with what is there. */
export function driftOf(ledger: SyncLedger, now: ListedObjects): Drift {
  const changed: string[] = [];
  const removed: string[] = [];
  for (const [key, etag] of Object.entries(ledger)) {
    const found = now.get(key);
    if (found === undefined) removed.push(key);
    else if (found !== etag) changed.push(key);
  }
  return { changed: changed.sort(), removed: removed.sort() };
}

/** The ledger after a run: what it wrote as it is now, what it held as it was last written, and what lay there before the first run as it was found. */
export function nextLedger(ledger: SyncLedger | null, now: ListedObjects, written: ReadonlySet<string>, held: readonly string[]): SyncLedger {
  const keep = new Set(held);
  const entries: [string, string][] = [];
  for (const [key, etag] of now) {
    const known = ledger?.[key];
    if (keep.has(key) && known !== undefined) entries.push([key, known]);
    else if (written.has(key) || ledger === null) entries.push([key, etag]);
    else if (known !== undefined) entries.push([key, known]);
  }
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One sentence on what others changed; empty when nothing. */
export function driftSentence({ changed, removed }: Drift): string {
  const kept = changed.length === 0 ? '' : `${objects(changed.length)} changed in the bucket by somebody else ${changed.length === 1 ? 'stays' : 'stay'} as it is there; delete it there to have it copied again.`;
  const again = removed.length === 0 ? '' : `${objects(removed.length)} that somebody else deleted in the bucket ${removed.length === 1 ? 'is' : 'are'} copied again where the folder still has ${removed.length === 1 ? 'it' : 'them'}.`;
  return [changed.length === 1 ? kept : kept.replace('as it is there; delete it there to have it', 'as they are there; delete them there to have them'), again].filter((one) => one !== '').join(' ');
}

function objects(count: number): string {
  return count === 1 ? 'One object' : `${String(count)} objects`;
}

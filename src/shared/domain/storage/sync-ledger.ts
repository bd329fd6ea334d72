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

/** What happens to objects that were written from both sides: neither is touched, both are kept in the bucket, or the newer one stays. */
type SharedObjects = 'hold' | 'keep-both' | 'newest';

/** Of what others changed: what a run leaves alone, what gets a name of its own in the bucket first, and what is compared by its time. */
interface SharedPlan {
  readonly held: readonly string[];
  readonly keptAside: readonly { readonly key: string; readonly as: string }[];
  readonly compared: readonly string[];
}

/** What a run does about what others changed. `at`: ISO, part of the names beside. */
export function sharedPlan(changed: readonly string[], way: SharedObjects, at: string): SharedPlan {
  return {
    held: way === 'hold' ? changed : [],
    keptAside: way === 'keep-both' ? changed.map((key) => ({ key, as: asideName(key, at) })) : [],
    compared: way === 'newest' ? changed : [],
  };
}

/** `notes/a.txt` as `notes/a.conflict-20260102T030405Z.txt`. */
export function asideName(key: string, at: string): string {
  const [, folder = '', stem = '', ending = ''] = /^(.*\/)?(.+?)(\.[^./]*)?$/s.exec(key) ?? [];
  return `${folder}${stem}.conflict-${at.replace(/\.\d+Z$/, 'Z').replaceAll(/[-:]/g, '')}${ending}`;
}

/** Names beside in the patterns of rclone: a mirror does not delete what was kept. */
export const ASIDE_PATTERN = '*.conflict-????????T??????Z*';

/** The same in a sentence, for what was done about it. */
export function sharedSentence(plan: SharedPlan, written: ReadonlySet<string>): string {
  const { keptAside, compared } = plan;
  if (keptAside.length > 0) return `${objects(keptAside.length)} changed in the bucket by somebody else ${keptAside.length === 1 ? 'is' : 'are'} kept there by another name (${keptAside[0]?.as ?? ''}${keptAside.length === 1 ? '' : ', …'}).`;
  const newer = compared.filter((key) => written.has(key)).length;
  if (compared.length === 0) return '';
  return `${objects(compared.length)} changed in the bucket by somebody else: ${newer === 0 ? 'what is there is newer and stays' : newer === compared.length ? 'the folder was newer and was copied' : `the folder was newer for ${String(newer)}, the others stay`}.`;
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

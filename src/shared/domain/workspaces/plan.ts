import { compareKeys, isSizeOnly, OWN_PREFIX, type SizeOnly } from './keys';
import type { LocalFile, RemoteFile, SyncedFile, SyncStep } from './sync-model';

/** What the walk meets, in the order of keys. Keys of folders end with `/` and come before everything beneath them. */
export type LocalItem =
  | { readonly kind: 'file'; readonly file: LocalFile }
  /** A rule keeps it back; a folder was not opened. */
  | { readonly kind: 'excluded'; readonly key: string }
  /** Could not be looked at: nobody knows what is there, so nothing of it counts as gone. */
  | { readonly kind: 'unknown'; readonly key: string };

/** The listing as it comes in, page by page. */
export class RemotePages {
  private page: readonly RemoteFile[] = [];
  private index = 0;
  private ended = false;

  /** Null ends it. */
  feed(page: readonly RemoteFile[] | null): void {
    if (page === null) this.ended = true;
    else {
      this.page = page;
      this.index = 0;
    }
  }

  get wantsPage(): boolean {
    return !this.ended && this.index >= this.page.length;
  }

  peek(): RemoteFile | undefined {
    return this.page[this.index];
  }

  advance(): void {
    this.index += 1;
  }
}

interface StepOptions {
  readonly sizeOnly: SizeOnly;
  /** Whether an object with this ETag may be overwritten: an interrupted run of ours was about to write it, or somebody chose so. */
  readonly mayOverwrite?: (key: string, etag: string) => boolean;
}

/** How a whole plan is made. */
export interface PlanOptions extends StepOptions {
  readonly mayOverwrite: (key: string, etag: string) => boolean;
  /** An object that Berth did not write and leaves alone. */
  readonly onForeign: (remote: RemoteFile) => void;
}

/**
 * Joins what is here, what was sent last and, when it was listed, what is there: one step per key, in the order of keys, with the memory of one
 * page. Yields null when the next page of the listing has to be fed first. Without a listing (`remote` null) the store is taken to be as it was left;
 * conditional writes find out when it is not.
 */
export function* planSteps(local: Iterator<LocalItem>, state: Iterator<SyncedFile>, remote: RemotePages | null, options: PlanOptions): Generator<SyncStep | null> {
  let here = local.next();
  let known = state.next();
  let excluded = '';
  let unknown = '';
  for (;;) {
    while (remote?.wantsPage === true) yield null;
    const there = remote?.peek();
    if (there?.key.startsWith(OWN_PREFIX) === true) {
      remote?.advance();
      continue;
    }
    const item = here.done === true ? undefined : here.value;
    const synced = known.done === true ? undefined : known.value;
    const itemKey = item === undefined ? undefined : keyOf(item);
    const key = lower(lower(itemKey, synced?.key), there?.key);
    if (key === undefined) return;
    const l = itemKey === key ? item : undefined;
    if (l !== undefined && l.kind !== 'file') {
      // It says how to read what comes next; the streams stay where they are.
      if (l.kind === 'excluded') excluded = key;
      else unknown = key;
      here = local.next();
      continue;
    }
    const s = synced?.key === key ? synced : undefined;
    const r = there?.key === key ? there : undefined;
    if (l !== undefined) here = local.next();
    if (s !== undefined) known = state.next();
    if (r !== undefined) remote?.advance();
    const step = l !== undefined ? stepWithLocal(l.file, s, r, remote !== null, options) : isAt(key, unknown) ? null : stepWithoutLocal(key, s, r, remote !== null, isAt(key, excluded) ? 'excluded' : 'deleted', options);
    if (step !== null) yield step;
  }
}

function keyOf(item: LocalItem): string {
  return item.kind === 'file' ? item.file.key : item.key;
}

/** Makes nothing on its way: it is asked for every key of a million. */
function lower(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined) return other;
  return other === undefined || one === other || compareKeys(one, other) < 0 ? one : other;
}

/** Whether a key is this one, or lies beneath this folder. */
function isAt(key: string, place: string): boolean {
  return place !== '' && (key === place || (place.endsWith('/') && key.startsWith(place)));
}

/** What to do with a file that is here. `listed`: `remote` is what the listing says, also when that is nothing. */
export function stepWithLocal(local: LocalFile, synced: SyncedFile | undefined, remote: RemoteFile | undefined, listed: boolean, options: StepOptions): SyncStep {
  if (remote === undefined) {
    // New, or taken away by somebody: nothing can be overwritten.
    if (synced === undefined || listed) return { kind: 'upload', local, ifMatch: null };
    return againstState(local, synced, options);
  }
  if (synced !== undefined && remote.etag === synced.etag) return againstState(local, synced, options);
  const overwrite = options.mayOverwrite?.(local.key, remote.etag) === true;
  if (remote.sizeBytes === local.sizeBytes) return { kind: 'adopt', local, remote };
  if (overwrite) return { kind: 'upload', local, ifMatch: remote.etag };
  return { kind: 'conflict', key: local.key, because: synced === undefined ? 'not-ours' : 'changed-there', local, remote };
}

function againstState(local: LocalFile, synced: SyncedFile, options: StepOptions): SyncStep {
  if (local.sizeBytes !== synced.sizeBytes) return { kind: 'upload', local, ifMatch: synced.etag };
  if ((!synced.racy && isUntouched(local, synced)) || isSizeOnly(options.sizeOnly, local.key)) return { kind: 'keep', local, synced };
  return { kind: 'rehash', local, synced };
}

/** Whether nothing about a file has moved. The times can be put back, all of them together with the inode cannot. */
export function isUntouched(one: LocalFile, other: LocalFile): boolean {
  return one.sizeBytes === other.sizeBytes && one.mtimeNs === other.mtimeNs && one.ctimeNs === other.ctimeNs && one.ino === other.ino;
}

function stepWithoutLocal(key: string, synced: SyncedFile | undefined, remote: RemoteFile | undefined, listed: boolean, because: 'deleted' | 'excluded', options: PlanOptions): SyncStep | null {
  if (synced === undefined) {
    if (remote === undefined) return null;
    if (options.mayOverwrite(key, remote.etag)) return { kind: 'remove', synced: { ...remote, mtimeNs: 0n, ctimeNs: 0n, ino: 0n, md5: '', racy: true }, because };
    options.onForeign(remote);
    return null;
  }
  if (!listed) return { kind: 'remove', synced, because };
  if (remote === undefined) return { kind: 'forget', key };
  if (remote.etag === synced.etag) return { kind: 'remove', synced, because };
  if (options.mayOverwrite(key, remote.etag)) return { kind: 'remove', synced: { ...synced, etag: remote.etag }, because };
  return { kind: 'conflict', key, because: 'changed-there', local: null, remote };
}

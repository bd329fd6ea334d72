import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { FolderIdentity } from '@shared/domain/workspaces/guard';
import { compareKeys } from '@shared/domain/workspaces/keys';
import type { SyncedFile } from '@shared/domain/workspaces/sync-model';
import { openJournal, type Journal } from './journal';
import { openStateFile, replaceStateFile, type StateFile, type StateHead, type StateOwner } from './state-file';

/** From here on the journal is folded into the state file: below, a run with one change writes one record and no more. */
const FOLD_AT_BYTES = 16 * 1024 * 1024;
const FOLD_AT_SHARE = 0.05;
const FOLD_NEVER_BELOW = 2_000;

/** What is known of one destination from earlier runs. Losing it costs a look at the bucket, never a wrong write. */
export class SyncState {
  private readonly changes = new Map<string, SyncedFile | null>();
  /** What an interrupted run was about to write: an object with such an ETag is ours. */
  private readonly intents = new Map<string, Set<string>>();
  private began = false;
  /** State files that were replaced while a run reads them. */
  private readonly retired: (StateFile | null)[] = [];

  private constructor(
    private readonly dir: string,
    private head: StateHead,
    private file: StateFile | null,
    private journal: Journal,
  ) {}

  /** Opens what is there, or begins anew: `identity` is that of the folder now, kept when there is nothing older. */
  static open(dir: string, owner: StateOwner, identity: FolderIdentity): SyncState {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    let file = openStateFile(dir);
    if (file !== null && !isOf(file.head, owner)) {
      file.close();
      file = null;
    }
    const head = file?.head ?? { ...ownerOnly(owner), dev: String(identity.dev), ino: String(identity.ino), generation: newGeneration(), listedAtMs: 0, dirty: true };
    if (file === null) {
      replaceStateFile(dir, head, [][Symbol.iterator]());
      file = openStateFile(dir);
    }
    const { entries, torn, journal } = openJournal(dir, head.generation);
    const state = new SyncState(dir, head, file, journal);
    for (const entry of entries) state.replay(entry);
    if (torn) state.head = { ...state.head, dirty: true };
    return state;
  }

  get identity(): FolderIdentity {
    return { dev: BigInt(this.head.dev), ino: BigInt(this.head.ino) };
  }

  get listedAtMs(): number {
    return this.head.listedAtMs;
  }

  /** There may be more in the bucket than is written here: the bucket has to be listed. */
  get dirty(): boolean {
    return this.head.dirty;
  }

  isOurs(key: string, etag: string): boolean {
    return this.intents.get(key)?.has(etag) === true;
  }

  /** Everything known beneath a prefix, in the order of keys, as it is now: later changes are not seen. */
  entries(prefix: string): Iterator<SyncedFile> {
    const changed = [...this.changes].filter(([key]) => key.startsWith(prefix)).sort(([one], [other]) => compareKeys(one, other));
    return merged(this.file?.records(prefix) ?? [][Symbol.iterator](), changed, prefix);
  }

  get(key: string): SyncedFile | undefined {
    const change = this.changes.get(key);
    if (change !== undefined) return change ?? undefined;
    const found = this.entries(key).next();
    return found.done !== true && found.value.key === key ? found.value : undefined;
  }

  /** Whether this key, or anything in a folder of this name, was synced. */
  has(key: string): boolean {
    return this.get(key) !== undefined || this.entries(`${key}/`).next().done !== true;
  }

  /** Before the first change of a run. */
  begin(): void {
    if (this.began) return;
    this.began = true;
    this.journal.append({ kind: 'begin' });
    // A record that a power cut takes away costs a look at the bucket at most: no save waits for the disk.
    this.journal.settle();
    this.head = { ...this.head, dirty: true };
  }

  /** About to write `key`, which will have this ETag. */
  intend(key: string, etag: string): void {
    this.noteIntent(key, etag);
    this.journal.append({ kind: 'intent', key, etag });
  }

  put(file: SyncedFile): void {
    this.changes.set(file.key, file);
    this.intents.delete(file.key);
    this.journal.append({ kind: 'put', file });
    if (this.journal.bytes > FOLD_AT_BYTES) this.fold();
  }

  forget(key: string): void {
    this.changes.set(key, null);
    this.intents.delete(key);
    this.journal.append({ kind: 'forget', key });
    if (this.journal.bytes > FOLD_AT_BYTES) this.fold();
  }

  /** The folder is another one from now on, because somebody said so. */
  adopt(identity: FolderIdentity): void {
    this.head = { ...this.head, dev: String(identity.dev), ino: String(identity.ino) };
    this.fold();
  }

  /** A run is over. `clean`: everything that is there is written here; `listedAtMs`: when the bucket was listed as a whole, null when it was not. */
  finish(clean: boolean, listedAtMs: number | null): void {
    if (listedAtMs !== null) this.head = { ...this.head, listedAtMs };
    if (clean && (this.began || this.head.dirty || listedAtMs !== null)) {
      this.head = { ...this.head, dirty: false };
      this.intents.clear();
      this.journal.append({ kind: 'end', listedAtMs: this.head.listedAtMs });
    }
    this.began = false;
    for (const old of this.retired.splice(0)) old?.close();
    if (this.changes.size > Math.max(FOLD_NEVER_BELOW, (this.file?.count ?? 0) * FOLD_AT_SHARE)) this.fold();
  }

  close(): void {
    this.journal.close();
    for (const old of [...this.retired.splice(0), this.file]) old?.close();
  }

  private fold(): void {
    const head = { ...this.head, generation: newGeneration() };
    replaceStateFile(this.dir, head, this.entries(''));
    this.journal.close();
    // Who iterates in a run keeps reading the old file; it is closed when the run is over.
    const old = this.file;
    this.head = head;
    this.file = openStateFile(this.dir);
    this.journal = openJournal(this.dir, head.generation).journal;
    this.changes.clear();
    for (const [key, etags] of this.intents) for (const etag of etags) this.journal.append({ kind: 'intent', key, etag });
    if (this.began) this.journal.append({ kind: 'begin' });
    if (this.began) this.retired.push(old);
    else old?.close();
  }

  private noteIntent(key: string, etag: string): void {
    const known = this.intents.get(key);
    if (known === undefined) this.intents.set(key, new Set([etag]));
    else known.add(etag);
  }

  private replay(entry: ReturnType<typeof openJournal>['entries'][number]): void {
    if (entry.kind === 'put') this.changes.set(entry.file.key, entry.file);
    else if (entry.kind === 'forget') this.changes.set(entry.key, null);
    else if (entry.kind === 'intent') this.noteIntent(entry.key, entry.etag);
    else if (entry.kind === 'begin') this.head = { ...this.head, dirty: true };
    else {
      this.head = { ...this.head, dirty: false, listedAtMs: entry.listedAtMs };
      this.intents.clear();
    }
    if (entry.kind === 'put') this.intents.delete(entry.file.key);
    if (entry.kind === 'forget') this.intents.delete(entry.key);
  }
}

function* merged(records: Iterator<SyncedFile>, changed: readonly (readonly [string, SyncedFile | null])[], prefix: string): Generator<SyncedFile> {
  let index = 0;
  for (let one = records.next(); one.done !== true; one = records.next()) {
    const file = one.value;
    if (!file.key.startsWith(prefix)) {
      if (compareKeys(file.key, prefix) > 0) break;
      continue;
    }
    for (;;) {
      const change = changed[index];
      if (change === undefined || compareKeys(change[0], file.key) >= 0) break;
      index += 1;
      if (change[1] !== null) yield change[1];
    }
    const same = changed[index];
    if (same !== undefined && same[0] === file.key) {
      index += 1;
      if (same[1] !== null) yield same[1];
    } else yield file;
  }
  for (const [, file] of changed.slice(index)) if (file !== null) yield file;
}

function ownerOnly({ endpoint, bucket, prefix, root }: StateOwner): StateOwner {
  return { endpoint, bucket, prefix, root };
}

function isOf(head: StateHead, owner: StateOwner): boolean {
  return head.endpoint === owner.endpoint && head.bucket === owner.bucket && head.prefix === owner.prefix && head.root === owner.root;
}

function newGeneration(): string {
  return randomBytes(8).toString('hex');
}

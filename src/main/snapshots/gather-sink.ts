import type { CodedChunk, SnapshotWriter, TreeWriter } from '@main/platform/snapshots/types';
import type { KnownFile, KnownFiles, Learning } from '@main/platform/snapshot-read-cache';
import { pathWords } from '@shared/domain/snapshots/compare-trees';
import type { RawText, SkippedEntry, TreeEntry } from '@shared/domain/snapshots/types';
import type { FileIdentity, TreeSink } from '@main/docker/volume-types';

type FileEntry = Extract<TreeEntry, { readonly type: 'file' }>;

const MAX_SKIPPED = 200;
const MAX_CHANGED = 20;
/** So many are let go of at once. */
const HANDED_ON = 4_096;
const DIGITS = /^\d+$/;

/** What one reading works with. */
export interface SinkParts {
  readonly writer: Pick<SnapshotWriter, 'has' | 'idOf' | 'putCoded'>;
  readonly secret: boolean;
  /** Null for a reading that only brings chunks in, before the one that counts. */
  readonly tree: TreeWriter | null;
  readonly known: KnownFiles;
  readonly learning: Learning;
  /** Files changed after this are read: their time may not tell a later change from this one. */
  readonly trustedUntilNs: bigint;
  readonly onBytes: (bytes: number) => void;
}

interface Waiting {
  readonly key: string;
  entry: TreeEntry;
  ready: boolean;
}

/**
 * Takes what the volume program says: chunks go into the repository, entries into a tree in their order. A file that is as it was the last
 * time is not read, if the repository still has every chunk of it.
 */
export class ReadSink implements TreeSink {
  files = 0;
  sizeBytes = 0;
  readBytes = 0;
  /** Files that would not hold still, the first of them. */
  readonly changed: string[] = [];
  readonly skippedEntries: SkippedEntry[] = [];
  private moreSkipped = 0;
  /** In the order of the tree; those before `at` are handed on. */
  private readonly waiting: Waiting[] = [];
  private at = 0;
  /** Whole, and not in the tree yet. */
  private ready: TreeEntry[] = [];
  private isAdding = false;
  private readonly open = new Map<string, Waiting>();
  /** Files that were announced and went: what is linked to them has no content either. */
  private readonly gone = new Set<string>();
  private chain: Promise<void> = Promise.resolve();
  private failure: unknown = null;

  private readonly trustedUntil: string;

  constructor(private readonly parts: SinkParts) {
    this.trustedUntil = String(parts.trustedUntilNs);
  }

  entry(entry: TreeEntry, identity: FileIdentity | null): 'read' | { readonly chunks: readonly string[] } {
    if (entry.type !== 'file') {
      this.line({ key: '', entry, ready: true });
      return { chunks: [] };
    }
    this.files += 1;
    this.sizeBytes += entry.size;
    const key = keyOf(entry.path);
    const known = identity === null ? null : this.knownAs(key, identity);
    if (known !== null && identity !== null) {
      this.parts.learning.add(key, known);
      this.line({ key, entry: this.filled(entry, known.hashes, known.data), ready: true });
      this.parts.onBytes(entry.size);
      return { chunks: known.hashes };
    }
    const waiting: Waiting = { key, entry, ready: false };
    this.open.set(key, waiting);
    this.line(waiting);
    return 'read';
  }

  has(hash: string): boolean {
    return this.parts.writer.has(hash, this.parts.secret);
  }

  async chunk(chunk: CodedChunk): Promise<void> {
    await this.chain;
    if (this.failure !== null) throw this.failure;
    this.readBytes += chunk.length;
    await this.parts.writer.putCoded(chunk, this.parts.secret);
  }

  packed(bytes: number): void {
    this.readBytes += bytes;
  }

  file(path: RawText, hashes: readonly string[], data: readonly (readonly [number, number])[] | null, changed: boolean, now: FileIdentity): void {
    const key = keyOf(path);
    const waiting = this.open.get(key);
    if (waiting === undefined || waiting.entry.type !== 'file') return;
    this.open.delete(key);
    const { entry } = waiting;
    this.sizeBytes += now.size - entry.size;
    if (changed && this.changed.length < MAX_CHANGED) this.changed.push(pathWords(path));
    if (!changed && this.mayTrust(now)) this.parts.learning.add(key, { ...now, data, hashes });
    waiting.entry = this.filled({ ...entry, size: now.size, mtimeNs: now.mtimeNs }, hashes, data);
    waiting.ready = true;
    this.parts.onBytes(now.size);
    this.drain();
  }

  skipped(entry: SkippedEntry): void {
    const gone = this.open.get(`t${entry.path}`);
    if (gone !== undefined) this.forget(gone);
    if (this.skippedEntries.length < MAX_SKIPPED) this.skippedEntries.push(entry);
    else this.moreSkipped += 1;
  }

  /** Resolves when every entry is in the tree. Rejects with what went wrong on the way. */
  async end(): Promise<{ readonly tree: readonly string[]; readonly sha256: string } | null> {
    // Files that were there when the folder was listed and were gone when they were to be read.
    for (const one of [...this.open.values()]) {
      this.forget(one);
      this.skipped({ path: pathWords(one.entry.path), why: 'it was gone before it could be read' });
    }
    await this.chain;
    if (this.failure !== null) throw this.failure;
    if (this.moreSkipped > 0) this.skippedEntries.push({ path: '', why: `${String(this.moreSkipped)} more could not be kept` });
    return this.parts.tree === null ? null : this.parts.tree.end();
  }

  private forget(one: Waiting): void {
    this.open.delete(one.key);
    this.gone.add(one.key);
    if (one.entry.type === 'file') this.sizeBytes -= one.entry.size;
    this.files -= 1;
    this.waiting.splice(this.waiting.indexOf(one, this.at), 1);
    this.drain();
  }

  private knownAs(key: string, identity: FileIdentity): KnownFile | null {
    const known = this.parts.known.get(key);
    if (known === null || !this.mayTrust(identity)) return null;
    const same = known.inode === identity.inode && known.ctimeNs === identity.ctimeNs && known.mtimeNs === identity.mtimeNs && known.size === identity.size;
    return same && known.hashes.every((hash) => this.has(hash)) ? known : null;
  }

  private mayTrust(identity: FileIdentity): boolean {
    return isBefore(identity.ctimeNs, this.trustedUntil);
  }

  private filled(entry: FileEntry, hashes: readonly string[], data: FileEntry['data']): TreeEntry {
    return { ...entry, data, chunks: this.parts.tree === null ? [] : hashes.map((hash) => this.parts.writer.idOf(hash, this.parts.secret)) };
  }

  private line(one: Waiting): void {
    this.waiting.push(one);
    this.drain();
  }

  /** Hands on what stands at the front and is whole: the order of a tree is that of its walk. */
  private drain(): void {
    for (let one = this.waiting[this.at]; one?.ready === true; one = this.waiting[this.at]) {
      this.at += 1;
      const { entry } = one;
      if (entry.type === 'link' && this.gone.has(keyOf(entry.to))) this.skipped({ path: pathWords(entry.path), why: 'what it is linked to was gone before it could be read' });
      else if (this.parts.tree !== null && this.failure === null) this.ready.push(entry);
    }
    if (this.at > HANDED_ON) {
      this.waiting.splice(0, this.at);
      this.at = 0;
    }
    if (this.ready.length > 0 && !this.isAdding) this.chain = this.addReady(this.parts.tree as TreeWriter);
  }

  private async addReady(tree: TreeWriter): Promise<void> {
    this.isAdding = true;
    try {
      while (this.ready.length > 0 && this.failure === null) {
        const { ready } = this;
        this.ready = [];
        for (const entry of ready) await tree.add(entry);
      }
    } catch (error) {
      this.failure ??= error;
    } finally {
      this.isAdding = false;
    }
  }
}

/** Whether one time is before another, both in nanoseconds as text; what is no such number never is. */
function isBefore(time: string, limit: string): boolean {
  return DIGITS.test(time) && (time.length === limit.length ? time < limit : time.length < limit.length);
}

/** Text and bytes that are no text never have the same key. */
function keyOf(path: RawText): string {
  return 'text' in path ? `t${path.text}` : `b${path.base64}`;
}

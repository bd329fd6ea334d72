import { VOLUME_PROGRAM_FILE } from '@shared/domain/engine/volume-run';
import { readChunkFrame, readOffer, type VolumeFrame } from '@shared/domain/snapshots/volume-frames';
import type { TreeEntry } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { VolumePacks } from './volume-packs';
import { jsonOf, type VolumeSession } from './volume-session';
import type { TreeSink } from './volume-types';
import { sentEntries, sentResults, sentSkips } from './volume-wire';

const PATHS_PER_FRAME = 2000;
/** So many are let go of at once. */
const HANDED_ON = 4096;
type FileEntry = Extract<TreeEntry, { readonly type: 'file' }>;

/** Tells the program which paths are meant, and to begin. */
export async function startOn(session: VolumeSession, paths: readonly string[] | null, packs = false): Promise<void> {
  for (let at = 0; paths !== null && at < paths.length; at += PATHS_PER_FRAME) await session.sendJson('l', paths.slice(at, at + PATHS_PER_FRAME));
  await session.sendJson('g', { filtered: paths !== null, ...(packs ? { packs } : {}) });
}

function unexpected(frame: VolumeFrame): AppError {
  return new AppError('internal', `The volume program sent something that does not belong here (${frame.kind}).`, { details: { program: VOLUME_PROGRAM_FILE } });
}

/** Hands on what a volume holds: entries, the chunks that are missing, and what each file has. */
export class VolumeReader {
  /** Entries so far: the program names files by their number. */
  private count = 0;
  private readonly wanted = new Map<number, FileEntry>();
  /** Asked for and not stored yet: the same bytes in another file are not sent twice. */
  private readonly coming = new Set<string>();

  constructor(
    private readonly session: VolumeSession,
    private readonly sink: TreeSink,
    /** Null where the program sends chunks only. */
    private readonly packs: VolumePacks | null,
  ) {}

  async read(paths: readonly string[] | null): Promise<void> {
    await this.packs?.offer();
    await startOn(this.session, paths, this.packs !== null);
    for (;;) {
      const frame = await this.session.next();
      if (frame.kind === 'D') return this.packs?.settled();
      await this.take(frame);
    }
  }

  private async take(frame: VolumeFrame): Promise<void> {
    switch (frame.kind) {
      case 'E':
        return this.session.send('w', Uint8Array.from(this.entries(frame)));
      case 'O':
        return this.offered(frame);
      case 'C':
        return this.chunk(frame);
      case 'K':
        return this.pack(frame);
      case 'F':
        return this.files(frame);
      case 'S':
        for (const one of sentSkips(jsonOf(frame))) this.sink.skipped(one);
        return;
      default:
        throw unexpected(frame);
    }
  }

  /** One answer for each file among them. */
  private entries(frame: VolumeFrame): readonly number[] {
    const answers: number[] = [];
    for (const { entry, identity } of sentEntries(jsonOf(frame))) {
      const index = this.count++;
      if (entry.type !== 'file') {
        this.sink.entry(entry, null);
        continue;
      }
      const wanted = this.sink.entry(entry, identity) === 'read';
      if (wanted) this.wanted.set(index, entry);
      answers.push(wanted ? 1 : 0);
    }
    return answers;
  }

  private offered(frame: VolumeFrame): Promise<void> {
    const hashes = readOffer(frame.data);
    if (hashes === null) throw unexpected(frame);
    const answers = hashes.map((bytes) => {
      const hash = hex(bytes);
      if (this.coming.has(hash) || this.sink.has(hash)) return 0;
      this.coming.add(hash);
      return 1;
    });
    return this.session.send('n', Uint8Array.from(answers));
  }

  private async chunk(frame: VolumeFrame): Promise<void> {
    const chunk = readChunkFrame(frame.data);
    if (chunk === null) throw unexpected(frame);
    const hash = hex(chunk.hash);
    await this.sink.chunk({ hash, length: chunk.length, codec: chunk.codec, data: chunk.data });
    this.session.giveBack(frame);
    this.coming.delete(hash);
  }

  private pack(frame: VolumeFrame): void {
    const isPack = this.packs?.take(frame, (hashes, bytes) => {
      this.sink.packed(bytes);
      for (const hash of hashes) this.coming.delete(hash);
    });
    if (isPack !== true) throw unexpected(frame);
  }

  private files(frame: VolumeFrame): void {
    for (const { index, hashes, data, changed, now, gone } of sentResults(jsonOf(frame))) {
      const entry = this.wanted.get(index);
      if (entry === undefined) throw unexpected(frame);
      this.wanted.delete(index);
      if (gone === null) this.sink.file(entry.path, hashes, data, changed, now);
      else this.sink.skipped({ path: shown(entry.path), why: gone });
    }
  }
}

/** Hands on every entry in order, files with the hashes of their contents as chunks. */
export async function digestVolume(session: VolumeSession, paths: readonly string[] | null, onEntry: (entry: TreeEntry) => void): Promise<void> {
  await startOn(session, paths);
  const digest = new DigestReader(onEntry);
  while (!digest.take(await session.next()));
}

/** Puts entries and what their files have together. */
export class DigestReader {
  private count = 0;
  /** A file is handed on once it was read, and what comes behind it waits for it. */
  private readonly waiting: { readonly index: number; readonly entry: TreeEntry }[] = [];
  private at = 0;

  constructor(private readonly onEntry: (entry: TreeEntry) => void) {}

  /** True for the last frame. */
  take(frame: VolumeFrame): boolean {
    if (frame.kind === 'E') for (const { entry } of sentEntries(jsonOf(frame))) this.waiting.push({ index: this.count++, entry });
    else if (frame.kind === 'F') this.files(frame);
    else if (frame.kind !== 'S' && frame.kind !== 'D') throw unexpected(frame);
    this.drain();
    return frame.kind === 'D';
  }

  private files(frame: VolumeFrame): void {
    for (const { index, hashes, data, now, gone } of sentResults(jsonOf(frame))) {
      this.drain();
      const next = this.waiting[this.at++];
      if (next === undefined || next.index !== index || next.entry.type !== 'file') throw unexpected(frame);
      if (gone === null) this.onEntry({ ...next.entry, size: now.size, mtimeNs: now.mtimeNs, data, chunks: hashes });
    }
  }

  private drain(): void {
    for (let next = this.waiting[this.at]; next !== undefined && next.entry.type !== 'file'; next = this.waiting[this.at]) {
      this.at += 1;
      this.onEntry(next.entry);
    }
    if (this.at < HANDED_ON && this.at < this.waiting.length) return;
    this.waiting.splice(0, this.at);
    this.at = 0;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function shown(path: TreeEntry['path']): string {
  return 'text' in path ? path.text : Buffer.from(path.base64, 'base64').toString('utf8');
}

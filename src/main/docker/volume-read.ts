import { VOLUME_PROGRAM_FILE } from '@shared/domain/engine/volume-run';
import { readChunkFrame, readOffer, type VolumeFrame } from '@shared/domain/snapshots/volume-frames';
import type { TreeEntry } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import { jsonOf, type VolumeSession } from './volume-session';
import type { FileIdentity, TreeSink, VolumeSource } from './volume-types';
import { entryFromWire, wireEntries, wireResults, wireSkips } from './volume-wire';

const PATHS_PER_FRAME = 2000;
type FileEntry = Extract<TreeEntry, { readonly type: 'file' }>;

/** Tells the program which paths are meant, and to begin. */
export async function startOn(session: VolumeSession, source: VolumeSource | null): Promise<void> {
  const paths = source !== null && 'bind' in source ? source.paths : null;
  for (let at = 0; paths !== null && at < paths.length; at += PATHS_PER_FRAME) await session.sendJson('l', paths.slice(at, at + PATHS_PER_FRAME));
  await session.sendJson('g', { filtered: paths !== null });
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
  ) {}

  async read(source: VolumeSource): Promise<void> {
    await startOn(this.session, source);
    for (;;) {
      const frame = await this.session.next();
      if (frame.kind === 'D') return;
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
      case 'F':
        return this.files(frame);
      case 'S':
        for (const { p, w } of wireSkips.parse(jsonOf(frame))) this.sink.skipped({ path: p, why: w });
        return;
      default:
        throw unexpected(frame);
    }
  }

  /** One answer for each file among them. */
  private entries(frame: VolumeFrame): readonly number[] {
    const answers: number[] = [];
    for (const wire of wireEntries.parse(jsonOf(frame))) {
      const entry = entryFromWire(wire);
      const index = this.count++;
      if (entry.type !== 'file') {
        this.sink.entry(entry, null);
        continue;
      }
      const wanted = this.sink.entry(entry, { inode: wire.i ?? '', ctimeNs: wire.z ?? '', mtimeNs: entry.mtimeNs, size: entry.size }) === 'read';
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
    this.coming.delete(hash);
  }

  private files(frame: VolumeFrame): void {
    for (const result of wireResults.parse(jsonOf(frame))) {
      const entry = this.wanted.get(result.e);
      if (entry === undefined) throw unexpected(frame);
      this.wanted.delete(result.e);
      if (result.gone !== undefined) {
        this.sink.skipped({ path: shown(entry.path), why: result.gone });
        continue;
      }
      const now: FileIdentity = { inode: result.i, ctimeNs: result.z, mtimeNs: result.n, size: result.s };
      this.sink.file(entry.path, result.c, result.h === true ? (result.d ?? []) : null, result.changed === true, now);
    }
  }
}

/** Hands on every entry in order, files with the hashes of their contents as chunks. */
export async function digestVolume(session: VolumeSession, source: VolumeSource, onEntry: (entry: TreeEntry) => void): Promise<void> {
  await startOn(session, source);
  let count = 0;
  // A file is handed on once it was read, and what comes behind it waits for it.
  const waiting: { readonly index: number; readonly entry: TreeEntry }[] = [];
  const drain = (): void => {
    let done = 0;
    for (; done < waiting.length && waiting[done]?.entry.type !== 'file'; done += 1) onEntry((waiting[done] as { readonly entry: TreeEntry }).entry);
    waiting.splice(0, done);
  };
  for (;;) {
    const frame = await session.next();
    if (frame.kind === 'D') return drain();
    if (frame.kind === 'E') for (const wire of wireEntries.parse(jsonOf(frame))) waiting.push({ index: count++, entry: entryFromWire(wire) });
    else if (frame.kind === 'F') {
      for (const result of wireResults.parse(jsonOf(frame))) {
        drain();
        const next = waiting.shift();
        if (next === undefined || next.index !== result.e || next.entry.type !== 'file') throw unexpected(frame);
        if (result.gone === undefined) onEntry({ ...next.entry, size: result.s, mtimeNs: result.n, data: result.h === true ? (result.d ?? []) : null, chunks: result.c });
      }
      drain();
    } else if (frame.kind !== 'S') throw unexpected(frame);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function shown(path: TreeEntry['path']): string {
  return 'text' in path ? path.text : Buffer.from(path.base64, 'base64').toString('utf8');
}

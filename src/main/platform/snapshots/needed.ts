import { setImmediate as nextTurn } from 'node:timers/promises';
import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { parseTreeLine } from '@shared/domain/snapshots/tree-lines';
import type { ManifestPart } from '@shared/domain/snapshots/types';
import { cancelled, damaged, damagedIn } from './failures';
import type { PackIndex } from './pack-index';
import { partLabel, type ChunkReader } from './reader';
import { strictText } from './sums';

const PLAIN = 1;
const SECRET = 2;
const LINES_A_TURN = 256;
const LINE_END = 0x0a;

/** Which chunks snapshots need. A tree is stored in chunks that most snapshots share: each is read once. */
export class NeededChunks {
  private readonly marks: Uint8Array;
  /** Chunks of trees that begin and end with a line, and were read. */
  private readonly seen = new Set<string>();
  /** Chunks that are needed and that no pack has. */
  missing = 0;

  constructor(
    private readonly known: ReturnType<PackIndex['now']>,
    private readonly reader: ChunkReader,
    private readonly signal: AbortSignal,
  ) {
    this.marks = new Uint8Array(known.chunks.size);
  }

  /** Rejects with `damaged` when the tree of the part cannot be read. */
  async add(part: ManifestPart): Promise<void> {
    let rest: Uint8Array = new Uint8Array(0);
    for (const id of part.tree) {
      this.need(id, part.secret);
      const key = `${id}${part.secret ? ' secret' : ''}`;
      if (rest.length === 0 && this.seen.has(key)) continue;
      if (this.signal.aborted) throw cancelled();
      const bytes = await this.read(id, part);
      const all = Buffer.concat([rest, bytes]);
      const end = all.lastIndexOf(LINE_END) + 1;
      if (rest.length === 0 && end === all.length) this.seen.add(key);
      await this.lines(all.subarray(0, end), part);
      rest = all.subarray(end);
    }
    if (rest.length > 0) throw unreadable(part);
  }

  /** The needed chunks of each pack, by its number. */
  byPack(packs: number): readonly (readonly number[])[] {
    const found: number[][] = Array.from({ length: packs }, () => []);
    for (let chunk = 0; chunk < this.marks.length; chunk += 1) if (this.marks[chunk] !== 0) found[this.known.chunks.packOf(chunk)]?.push(chunk);
    return found;
  }

  isSecret(chunk: number): boolean {
    return ((this.marks[chunk] ?? 0) & SECRET) !== 0;
  }

  private async read(id: string, part: ManifestPart): Promise<Uint8Array> {
    try {
      return await this.reader.chunk(id);
    } catch (error) {
      throw damagedIn(error) === null ? error : unreadable(part, error);
    }
  }

  private async lines(bytes: Uint8Array, part: ManifestPart): Promise<void> {
    const lines = (strictText(bytes) ?? 'not text\n').split('\n').slice(0, -1);
    for (const [index, line] of lines.entries()) {
      if (index % LINES_A_TURN === 0) await nextTurn();
      try {
        const entry = parseTreeLine(`${line}\n`);
        if (entry.type === 'file') for (const id of entry.chunks) this.need(id, part.secret);
      } catch (error) {
        throw error instanceof SnapshotFormatError ? unreadable(part, error) : error;
      }
    }
  }

  private need(id: string, secret: boolean): void {
    const chunk = this.known.chunks.find(id);
    if (chunk === -1 || this.known.packs[this.known.chunks.packOf(chunk)]?.state === 'lost') this.missing += 1;
    else this.marks[chunk] = (this.marks[chunk] ?? 0) | (secret ? SECRET : PLAIN);
  }
}

function unreadable(part: ManifestPart, cause?: unknown): Error {
  return damaged([{ object: part.tree[0] ?? part.sha256, part: partLabel(part) }], 'nothing is removed while it cannot be said what this snapshot needs.', cause);
}

import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { ENCRYPTED } from '@shared/domain/snapshots/pack';
import { LineJoiner, parseTreeLine } from '@shared/domain/snapshots/tree-lines';
import { rawBytes, TreeOrder } from '@shared/domain/snapshots/tree-paths';
import type { TreeEntry } from '@shared/domain/snapshots/types';
import { hexId, openChunk, unsealChunk } from './coding';
import { damaged, damagedIn, isMissing } from './failures';
import type { DataKeys } from './keys';
import { packName } from './names';
import { PackCache } from './pack-cache';
import type { LocatedChunk, PackIndex } from './pack-index';
import { hmac, strictText } from './sums';
import type { CodedChunk, SnapshotReader, TreePart } from './types';

/** After so many entries everything else gets its turn. */
const ENTRIES_A_TURN = 256;

/** Reads chunks and trees. What it hands out was compared with its hash. */
export class ChunkReader implements SnapshotReader {
  private readonly cache: PackCache;

  constructor(
    place: ConstructorParameters<typeof PackCache>[0],
    private readonly index: PackIndex,
    private readonly keys: DataKeys | null,
    private readonly encryptAll: boolean,
  ) {
    this.cache = new PackCache(place);
  }

  idOf(hash: string, secret: boolean): string {
    return hexId(hash, secret || this.encryptAll ? this.keys : null);
  }

  async chunk(id: string): Promise<Uint8Array> {
    const { located, stored } = await this.stored(id);
    const opened = await openChunk(stored, located.place, Buffer.from(id, 'hex'), this.keys);
    if (opened === null) throw this.broken(located);
    return opened.bytes;
  }

  async coded(id: string): Promise<CodedChunk> {
    const { located, stored } = await this.stored(id);
    const { length, codec, flags } = located.place;
    if (flags !== ENCRYPTED) {
      const data = unsealChunk(stored, located.place, Buffer.from(id, 'hex'), null);
      if (data === null) throw this.broken(located);
      return { hash: id, length, codec, data };
    }
    // The id of an encrypted chunk does not say its hash.
    const opened = await openChunk(stored, located.place, Buffer.from(id, 'hex'), this.keys);
    if (opened === null) throw this.broken(located);
    return { hash: opened.hash.toString('hex'), length, codec, data: opened.coded };
  }

  async *tree(part: TreePart): AsyncIterable<string> {
    for await (const line of this.lines(part)) yield line.slice(0, -1);
  }

  async *entries(part: TreePart): AsyncIterable<TreeEntry> {
    const order = new TreeOrder();
    let count = 0;
    for await (const line of this.lines(part)) {
      count += 1;
      if (count % ENTRIES_A_TURN === 0) await nextTurn();
      yield inTree(part, () => {
        const entry = parseTreeLine(line);
        order.next(rawBytes(entry.path), entry.type, entry.type === 'link' ? rawBytes(entry.to) : null);
        return entry;
      });
    }
  }

  /** Lines with their ends. */
  private async *lines(part: TreePart): AsyncIterable<string> {
    const hash = createHash('sha256');
    const lines = new BytesToLines(part);
    for (const id of part.tree) {
      const bytes = await this.chunk(id).catch((error: unknown) => {
        throw ofPart(error, part);
      });
      hash.update(bytes);
      yield* lines.push(bytes);
    }
    lines.end();
    const sum = hash.digest();
    if ((part.secret ? this.secretSum(sum) : sum).toString('hex') !== part.sha256) throw badTree(part, 'its hash is another.');
  }

  private secretSum(sum: Buffer): Buffer {
    return this.keys === null ? sum : hmac(this.keys.id, sum);
  }

  /** Bytes of its record. A pack that is gone may have been replaced by another Berth: then it is looked for again, once. */
  private async stored(id: string, isSecondTime = false): Promise<{ readonly located: LocatedChunk; readonly stored: Uint8Array }> {
    const located = this.index.find(id);
    try {
      if (located !== null && located.pack.state !== 'lost') return { located, stored: await this.cache.read(located.pack, located.place.offset, located.place.storedLength) };
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    if (!isSecondTime) {
      await this.index.refresh();
      return this.stored(id, true);
    }
    throw damaged([{ object: located === null ? id : packName(located.pack.hash), part: '' }], located === null ? 'no pack has this chunk.' : 'it is gone.');
  }

  private broken({ pack }: LocatedChunk): Error {
    this.index.distrust(pack.hash);
    return damaged([{ object: packName(pack.hash), part: '' }], 'a chunk in it is not what was written.');
  }
}

/** Chunks of a tree end anywhere, also within a character. */
class BytesToLines {
  private readonly joiner = new LineJoiner();
  private rest: Uint8Array = new Uint8Array(0);

  constructor(private readonly part: TreePart) {}

  push(bytes: Uint8Array): readonly string[] {
    const all = Buffer.concat([this.rest, bytes]);
    const end = all.lastIndexOf(0x0a) + 1;
    this.rest = all.subarray(end);
    const text = strictText(all.subarray(0, end));
    if (text === null) throw badTree(this.part, 'it is not text.');
    return inTree(this.part, () => this.joiner.push(text));
  }

  end(): void {
    if (this.rest.length > 0) throw badTree(this.part, 'it ends within a line.');
  }
}

/** The name of a part in a `damaged` answer. */
export function partLabel(part: Pick<TreePart, 'kind' | 'name'>): string {
  return `${part.kind} ${part.name}`;
}

function badTree(part: TreePart, why: string, cause?: unknown): Error {
  return damaged([{ object: part.tree[0] ?? part.sha256, part: partLabel(part) }], `the list of its files is not what was written: ${why}`, cause);
}

function inTree<T>(part: TreePart, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof SnapshotFormatError ? badTree(part, error.message, error) : error;
  }
}

function ofPart(error: unknown, part: TreePart): unknown {
  const objects = damagedIn(error);
  return objects === null ? error : damaged(objects.map(({ object }) => ({ object, part: partLabel(part) })), 'a chunk in it is not what was written, or it is gone.', error);
}

import { encodeIndex, type PackTable } from '@shared/domain/snapshots/index-table';
import { PACK_BYTES, RECORD_BYTES, type PackForm } from '@shared/domain/snapshots/pack';
import { InTurn } from '@shared/kernel/in-turn';
import type { StoredChunk } from './coding';
import { indexName, packName } from './names';
import { PackBuilder, type BuiltPack } from './pack-builder';
import type { PackIndex } from './pack-index';
import { sha256, Turns } from './sums';
import type { ObjectPlace } from './types';

/** The most that waits in memory for the place: what is being written counts. */
const HELD_BYTES = 2 * PACK_BYTES;
/** An index file has about this many records at most, so that nobody has to hold a large one. */
const INDEX_RECORDS = 131_072;

/** Puts chunks into packs and packs into the place: secret ones and others apart, one pack on its way at a time. The first failure is the answer to everything behind it. */
export class PackWriter {
  private readonly open = new Map<boolean, PackBuilder>();
  private readonly turn = new InTurn();
  private underWay: { readonly bytes: number; readonly done: Promise<void> } | null = null;
  private failure: unknown = null;
  /** Ids in packs that are not written yet. */
  private readonly pending = new Set<string>();
  private bytes = 0;
  /** A pack's memory that is free again: a new one for each would wait for the garbage collector. */
  private spare: Buffer | undefined;
  private readonly turns = new Turns();

  /** `isThere`: whether a chunk is in a pack that is there. `onPack` is awaited behind each pack that is. */
  constructor(
    private readonly place: ObjectPlace,
    private readonly index: PackIndex,
    private readonly form: PackForm,
    private readonly isThere: (id: string) => boolean,
    private readonly onPack: (pack: BuiltPack) => Promise<void>,
  ) {}

  /** Bytes of packs that are written. */
  get storedBytes(): number {
    return this.bytes;
  }

  has(id: string): boolean {
    return this.pending.has(id) || this.isThere(id);
  }

  /** Resolves when it is in a pack, which is written when it is full. `seal` is not called when the chunk is there. */
  add(id: string, apart: boolean, seal: () => StoredChunk): Promise<void> {
    if (this.has(id)) return Promise.resolve();
    this.pending.add(id);
    return this.turn.run(async () => {
      this.rethrow();
      const chunk = seal();
      const bytes = chunk.pieces.reduce((sum, piece) => sum + piece.length, 0);
      if (this.open.get(apart)?.takes(bytes) === false) await this.close(apart);
      if (this.heldBytes() + bytes > HELD_BYTES) await this.underWay?.done;
      this.rethrow();
      const pack = this.open.get(apart) ?? this.builder();
      this.open.set(apart, pack);
      pack.add(chunk);
      await this.turns.after(bytes);
    });
  }

  /** Resolves when all of it is written. */
  finish(): Promise<void> {
    return this.turn.run(async () => {
      for (const apart of [...this.open.keys()]) await this.close(apart);
      await this.underWay?.done;
      this.rethrow();
    });
  }

  /** Resolves when nothing is on its way any more. Never rejects. */
  stop(): Promise<void> {
    return this.turn.run(async () => {
      this.failure ??= new Error('The writer was stopped.');
      this.open.clear();
      await this.underWay?.done;
    });
  }

  private heldBytes(): number {
    return [...this.open.values()].reduce((sum, pack) => sum + pack.bytes, this.underWay?.bytes ?? 0);
  }

  private async close(apart: boolean): Promise<void> {
    const pack = this.open.get(apart);
    await this.underWay?.done;
    this.open.delete(apart);
    this.rethrow();
    if (pack === undefined || pack.isEmpty) return;
    const done = this.write(pack).catch((error: unknown) => {
      this.failure ??= error;
    });
    this.underWay = { bytes: pack.bytes, done };
  }

  private async write(builder: PackBuilder): Promise<void> {
    const pack = builder.build();
    await writeHashed(this.place, this.index, packName(pack.hash), pack.pieces);
    this.bytes += pack.bytes;
    await this.onPack(pack);
    for (const record of pack.records) this.pending.delete(Buffer.from(record.id).toString('hex'));
    this.spare = builder.memory;
    this.underWay = null;
  }

  private builder(): PackBuilder {
    const memory = this.spare;
    this.spare = undefined;
    return new PackBuilder(this.form, memory);
  }

  private rethrow(): void {
    if (this.failure !== null) throw this.failure;
  }
}

/** Gathers the tables of packs to index files of a bounded length. */
export class IndexWriter {
  private tables: PackTable[] = [];
  private records = 0;
  private bytes = 0;
  /** Names of what was written. */
  readonly names = new Set<string>();

  constructor(
    private readonly place: ObjectPlace,
    private readonly index: PackIndex,
  ) {}

  get storedBytes(): number {
    return this.bytes;
  }

  async add(pack: PackTable): Promise<void> {
    this.tables.push(pack);
    this.records += pack.table.length / RECORD_BYTES;
    if (this.records >= INDEX_RECORDS) await this.flush();
  }

  /** Writes what is left. */
  async flush(): Promise<void> {
    if (this.tables.length === 0) return;
    const pieces = [...encodeIndex(this.tables)];
    this.tables = [];
    this.records = 0;
    pieces.push(sha256(...pieces));
    const name = indexName(sha256(...pieces).toString('hex'));
    await writeHashed(this.place, this.index, name, pieces);
    this.names.add(name);
    this.bytes += pieces.reduce((sum, piece) => sum + piece.length, 0);
  }
}

/** What is there under the hash of these bytes is these bytes, unless it is known to be damaged: then it is replaced. */
function writeHashed(place: ObjectPlace, index: PackIndex, name: string, pieces: readonly Uint8Array[]): Promise<void> {
  return place.write(name, pieces, { replace: index.isDamaged(name) });
}

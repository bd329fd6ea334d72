import { ChunkIndex, type ChunkPlace } from '@shared/domain/snapshots/chunk-index';
import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { parseIndex } from '@shared/domain/snapshots/index-table';
import { PACK_TAIL_BYTES, packBytesOf, parseTable, parseTail, type PackRecord } from '@shared/domain/snapshots/pack';
import { inParallel } from '@shared/kernel/in-parallel';
import { InTurn } from '@shared/kernel/in-turn';
import { isMissing } from './failures';
import { hashInName, packName } from './names';
import { sha256InTurns, Turns } from './sums';
import type { ObjectPlace } from './types';

const READS_AT_ONCE = 4;
const HASH_BYTES = 32;
/** Several times what is ever written: one that is longer is not read into memory. */
const MOST_INDEX_BYTES = 64 * 1024 * 1024;
/** To read one takes about as long as to hash this many bytes. */
const RECORD_COST = 512;

/** A pack that is known. */
export interface KnownPack {
  readonly hash: string;
  size: number;
  modifiedMs: number;
  /** `lost`: an index names it and it is not there. `damaged`: its length or its end is not what it was. */
  state: 'there' | 'lost' | 'damaged';
}

interface ListedPack {
  readonly size: number;
  readonly modifiedMs: number;
}

/** What is known at one time. It only grows. */
class Known {
  readonly packs: KnownPack[] = [];
  readonly byHash = new Map<string, number>();
  readonly chunks = new ChunkIndex();
  /** Index files that were read, by name. */
  readonly indexes = new Set<string>();
  readonly damagedIndexes = new Set<string>();

  add(hash: string, records: readonly PackRecord[], found: ListedPack | undefined): void {
    if (this.byHash.has(hash)) return;
    this.place(this.packs.push({ hash, size: 0, modifiedMs: 0, state: 'lost' }) - 1, records, found);
  }

  /** One that was damaged, or gone, was written again. */
  addAgain(hash: string, records: readonly PackRecord[], found: ListedPack): void {
    const number = this.byHash.get(hash);
    if (number === undefined) this.add(hash, records, found);
    else this.place(number, records, found);
  }

  private place(number: number, records: readonly PackRecord[], found: ListedPack | undefined): void {
    const pack = this.packs[number] as KnownPack;
    this.byHash.set(pack.hash, number);
    const state = found === undefined ? 'lost' : found.size === packBytesOf(records) ? 'there' : 'damaged';
    Object.assign(pack, { size: found?.size ?? 0, modifiedMs: found?.modifiedMs ?? 0, state });
    for (const record of records) this.chunks.add(record, number, (pack) => state === 'there' && this.packs[pack]?.state !== 'there');
  }

  /** A pack that cannot say what is in it. */
  addUnreadable(hash: string, found: ListedPack): void {
    if (!this.byHash.has(hash)) this.byHash.set(hash, this.packs.push({ hash, ...found, state: 'damaged' }) - 1);
  }
}

/** Where a chunk is found. */
export interface LocatedChunk {
  readonly place: ChunkPlace;
  readonly pack: KnownPack;
}

/** What is where in a repository, from its index files, and from the ends of packs that none of them names. */
export class PackIndex {
  private known = new Known();
  private readonly turn = new InTurn();

  constructor(private readonly place: ObjectPlace) {}

  /** Reads all of it anew, with nothing kept from before. */
  reread(): Promise<void> {
    this.known = new Known();
    return this.refresh();
  }

  /** Looks again at what is there. Who holds an earlier answer keeps it. */
  refresh(): Promise<void> {
    return this.turn.run(async () => {
      const before = [...this.known.packs];
      const listed = new Map<string, ListedPack>();
      for await (const { name, size, modifiedMs } of this.place.list('packs/')) {
        const hash = hashInName(name);
        if (hash !== null) listed.set(hash, { size, modifiedMs });
      }
      // A chunk of a pack that is gone may lie in a second one, which the index passed over: all is read anew.
      const isSame = before.every((pack) => pack.state !== 'there' || listed.get(pack.hash)?.size === pack.size);
      const known = isSame ? this.known : new Known();
      await this.readIndexes(known, listed);
      const unknown = [...listed].filter(([hash]) => !known.byHash.has(hash));
      await inParallel(unknown, READS_AT_ONCE, ([hash, found]) => this.readEnd(known, hash, found));
      this.known = known;
    });
  }

  /** What is known now, for work that takes a while: numbers of chunks and packs stay what they are in it. */
  now(): Pick<Known, 'packs' | 'chunks' | 'indexes' | 'damagedIndexes'> {
    return this.known;
  }

  /** Whether a chunk is there to be used, as far as can be seen without reading it. */
  has(id: string): boolean {
    return this.find(id)?.pack.state === 'there';
  }

  /** Null where no pack has it. */
  find(id: string): LocatedChunk | null {
    const { chunks, packs } = this.known;
    const chunk = chunks.find(id);
    if (chunk === -1) return null;
    const place = chunks.place(chunk);
    return { place, pack: packs[place.pack] as KnownPack };
  }

  /** Adds a pack that was just written. */
  addPack(hash: string, records: readonly PackRecord[], found: ListedPack): void {
    this.known.addAgain(hash, records, found);
  }

  /** Whether a pack or an index of this name is there and is not what it was. */
  isDamaged(name: string): boolean {
    const hash = hashInName(name);
    return this.known.damagedIndexes.has(name) || (hash !== null && this.known.packs[this.known.byHash.get(hash) ?? -1]?.state === 'damaged');
  }

  /** What is in this pack is not to be relied upon: new snapshots store it again. */
  distrust(hash: string): void {
    const pack = this.known.packs[this.known.byHash.get(hash) ?? -1];
    if (pack?.state === 'there') pack.state = 'damaged';
  }

  private async readIndexes(known: Known, listed: ReadonlyMap<string, ListedPack>): Promise<void> {
    const names = new Map<string, number>();
    for await (const { name, size } of this.place.list('index/')) if (hashInName(name) !== null) names.set(name, size);
    for (const name of [...known.indexes]) if (!names.has(name)) known.indexes.delete(name);
    for (const name of [...known.damagedIndexes]) if (!names.has(name)) known.damagedIndexes.delete(name);
    // One after the other: only one of them is held.
    for (const [name, size] of names) {
      if (known.indexes.has(name) || known.damagedIndexes.has(name)) continue;
      if (size > MOST_INDEX_BYTES) known.damagedIndexes.add(name);
      else await this.readIndex(known, name, listed);
    }
  }

  private async readIndex(known: Known, name: string, listed: ReadonlyMap<string, ListedPack>): Promise<void> {
    const bytes = await this.place.read(name).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (bytes === null) return;
    if (await isIndex(name, bytes)) {
      const turns = new Turns();
      for (const { name: hash, records } of parseIndex(bytes)) {
        known.add(hash, records, listed.get(hash));
        await turns.after(records.length * RECORD_COST);
      }
      known.indexes.add(name);
    } else known.damagedIndexes.add(name);
  }

  private async readEnd(known: Known, hash: string, found: ListedPack): Promise<void> {
    try {
      known.add(hash, parseTable(await readTable(this.place, packName(hash), found.size)), found);
    } catch (error) {
      if (isMissing(error)) return;
      if (!(error instanceof SnapshotFormatError)) throw error;
      known.addUnreadable(hash, found);
    }
  }
}

/** The bytes of the table of a pack, read from its end. Rejects with SnapshotFormatError where there is none. */
export async function readTable(place: ObjectPlace, name: string, size: number): Promise<Uint8Array> {
  if (size < PACK_TAIL_BYTES) throw new SnapshotFormatError('A pack is too short.');
  const { tableOffset } = parseTail(await place.read(name, { offset: size - PACK_TAIL_BYTES, length: PACK_TAIL_BYTES }), size);
  const table = await place.read(name, { offset: tableOffset, length: size - PACK_TAIL_BYTES - tableOffset });
  if (table.length !== size - PACK_TAIL_BYTES - tableOffset) throw new SnapshotFormatError('A pack is too short.');
  return table;
}

/** Whether these are the bytes that were written under this name, from the hash at their end and the one in the name. */
export async function isIndex(name: string, bytes: Uint8Array): Promise<boolean> {
  if (bytes.length < HASH_BYTES) return false;
  const own = await sha256InTurns(bytes, 0, bytes.length - HASH_BYTES);
  if (!own.equals(bytes.subarray(bytes.length - HASH_BYTES))) return false;
  if ((await sha256InTurns(bytes)).toString('hex') !== hashInName(name)) return false;
  try {
    const turns = new Turns();
    for (const pack of parseIndex(bytes)) await turns.after(pack.records.length * RECORD_COST);
    return true;
  } catch {
    return false;
  }
}

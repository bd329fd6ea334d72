import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { PACK_BEGIN_BYTES, PACK_TAIL_BYTES, PACK_TAIL_HASHED_BYTES, packBegin, packBytesOf, packFormOf, parseTable, parseTail, type PackRecord } from '@shared/domain/snapshots/pack';
import type { ManifestPart } from '@shared/domain/snapshots/types';
import { openChunk } from './coding';
import { cancelled, damagedIn, isMissing } from './failures';
import { INSTALL_KEY, PASSPHRASE_KEY, readKeyFile, type DataKeys } from './keys';
import type { Manifests } from './manifests';
import { packName, REPOSITORY_FILE } from './names';
import { isIndex, type KnownPack, type PackIndex } from './pack-index';
import { partLabel, type ChunkReader } from './reader';
import { sha256, sha256InTurns, Turns } from './sums';
import type { DamagedObject, ObjectPlace, VerifyAnswer } from './types';

/** What a verify is given by its repository. */
export interface VerifyParts {
  readonly place: ObjectPlace;
  readonly index: PackIndex;
  readonly manifests: Manifests;
  readonly keys: DataKeys | null;
  readonly reader: ChunkReader;
  /** Rejects with `damaged` when `berth-repository.json` is not what was written. */
  readonly readRepositoryFile: () => Promise<unknown>;
}

export interface VerifyOptions {
  readonly percent: number;
  readonly onProgress: (bytes: number, ofBytes: number) => void;
  readonly signal: AbortSignal;
}

type Known = ReturnType<PackIndex['now']>;

/** Compares what snapshots need with its hashes. One that is damaged never hides another. */
export class Verifier {
  private readonly damaged = new Map<string, DamagedObject>();
  private objects = 0;
  private bytes = 0;
  private readonly known: Known;
  /** By chunk: the part that needs it, counted from 1; 0 where none does. */
  private readonly neededBy: Uint32Array;
  private readonly labels: string[] = [];
  private readonly turns = new Turns();

  constructor(
    private readonly parts: VerifyParts,
    private readonly options: VerifyOptions,
  ) {
    this.known = parts.index.now();
    this.neededBy = new Uint32Array(this.known.chunks.size);
  }

  /** `ids` empty: all snapshots, and every pack. */
  async run(ids: readonly string[]): Promise<VerifyAnswer> {
    await this.small();
    await this.trees(ids.length === 0 ? await this.all() : ids);
    await this.packs(this.chosen(ids.length === 0));
    return { objects: this.objects, bytes: this.bytes, damaged: [...this.damaged.values()] };
  }

  /** The files beside snapshots and packs. */
  private async small(): Promise<void> {
    await this.look(REPOSITORY_FILE, this.parts.readRepositoryFile);
    for (const name of [INSTALL_KEY, PASSPHRASE_KEY]) await this.look(name, () => readKeyFile(this.parts.place, name));
    for await (const { name } of this.parts.place.list('index/')) {
      const bytes = await this.parts.place.read(name).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
      if (bytes === null) continue;
      this.count(bytes.length);
      if (!(await isIndex(name, bytes))) this.add(name, '');
    }
  }

  private async look(name: string, read: () => Promise<unknown>): Promise<void> {
    this.count((await this.parts.place.size(name)) ?? 0);
    await read().catch((error: unknown) => this.addAll(error));
  }

  private async all(): Promise<readonly string[]> {
    const found = await this.parts.manifests.list(true);
    for (const { object, part } of found.damaged) this.add(object, part);
    return found.manifests.map(({ manifest }) => manifest.id);
  }

  /** Reads every tree and notes what it needs. */
  private async trees(ids: readonly string[]): Promise<void> {
    const seen = new Set<string>();
    for (const id of ids) {
      this.count(0);
      const read = await this.parts.manifests.read(id).catch((error: unknown) => {
        this.addAll(error);
        return null;
      });
      for (const part of read?.manifest.parts ?? []) {
        const key = `${part.sha256} ${part.tree.join(' ')}`;
        if (seen.has(key)) continue;
        seen.add(key);
        await this.tree(part);
      }
    }
  }

  private async tree(part: ManifestPart): Promise<void> {
    const label = this.labels.push(partLabel(part));
    for (const id of part.tree) this.need(id, label);
    try {
      for await (const entry of this.parts.reader.entries(part)) {
        if (this.options.signal.aborted) throw cancelled();
        if (entry.type === 'file') for (const id of entry.chunks) this.need(id, label);
      }
    } catch (error) {
      this.addAll(error);
    }
  }

  private need(id: string, label: number): void {
    const chunk = this.known.chunks.find(id);
    const name = this.labels[label - 1] ?? '';
    if (chunk === -1) this.add(id, name);
    else {
      const pack = this.packOf(chunk);
      if (pack.state === 'lost') this.add(packName(pack.hash), name);
      else if (this.neededBy[chunk] === 0) this.neededBy[chunk] = label;
    }
  }

  private packOf(chunk: number): KnownPack {
    return this.known.packs[this.known.chunks.packOf(chunk)] as KnownPack;
  }

  /** The packs to be read, with the chunks that are needed of them. */
  private chosen(isAll: boolean): ReadonlyMap<KnownPack, readonly number[]> {
    const needed = new Map<KnownPack, number[]>();
    if (isAll) for (const pack of this.known.packs) if (pack.state !== 'lost') needed.set(pack, []);
    for (let chunk = 0; chunk < this.neededBy.length; chunk += 1) {
      if (this.neededBy[chunk] === 0) continue;
      const pack = this.packOf(chunk);
      const chunks = needed.get(pack);
      if (chunks === undefined) needed.set(pack, [chunk]);
      else chunks.push(chunk);
    }
    if (this.options.percent >= 100) return needed;
    const shuffled = [...needed].map((one) => ({ one, at: Math.random() })).sort((one, other) => one.at - other.at);
    return new Map(shuffled.slice(0, Math.ceil((needed.size * this.options.percent) / 100)).map(({ one }) => one));
  }

  private async packs(chosen: ReadonlyMap<KnownPack, readonly number[]>): Promise<void> {
    const ofBytes = this.bytes + [...chosen.keys()].reduce((sum, pack) => sum + pack.size, 0);
    for (const [pack, chunks] of chosen) {
      if (this.options.signal.aborted) throw cancelled();
      await this.pack(pack, chunks);
      this.options.onProgress(this.bytes, ofBytes);
    }
  }

  private async pack(pack: KnownPack, chunks: readonly number[]): Promise<void> {
    const name = packName(pack.hash);
    const bytes = await this.parts.place.read(name).catch((error: unknown) => {
      if (isMissing(error)) return new Uint8Array(0);
      throw error;
    });
    this.count(bytes.length);
    const isWhole = await isPack(pack.hash, bytes);
    let isNamed = false;
    for (const chunk of chunks) {
      await this.turns.after(this.known.chunks.place(chunk).length);
      if (await this.isGood(chunk, bytes)) continue;
      this.add(name, this.labels[(this.neededBy[chunk] ?? 0) - 1] ?? '');
      isNamed = true;
    }
    if (!isWhole && !isNamed) this.add(name, '');
    if (!isWhole || isNamed) this.parts.index.distrust(pack.hash);
  }

  private async isGood(chunk: number, pack: Uint8Array): Promise<boolean> {
    const place = this.known.chunks.place(chunk);
    return (await openChunk(pack.subarray(place.offset, place.offset + place.storedLength), place, this.known.chunks.idBytes(chunk), this.parts.keys)) !== null;
  }

  private count(bytes: number): void {
    this.objects += 1;
    this.bytes += bytes;
  }

  private addAll(error: unknown): void {
    const objects = damagedIn(error);
    if (objects === null) throw error;
    for (const { object, part } of objects) this.add(object, part);
  }

  private add(object: string, part: string): void {
    this.damaged.set(`${object} ${part}`, { object, part });
  }
}

/** Whether these are the bytes of this pack, to the last one. */
async function isPack(hash: string, bytes: Uint8Array): Promise<boolean> {
  const form = packFormOf(bytes.subarray(0, PACK_BEGIN_BYTES));
  if (form === null || (form === 1 && (await sha256InTurns(bytes)).toString('hex') !== hash)) return false;
  try {
    const { tableOffset, sha256: sum } = parseTail(bytes.subarray(Math.max(0, bytes.length - PACK_TAIL_BYTES)), bytes.length);
    const records = parseTable(bytes.subarray(tableOffset, bytes.length - PACK_TAIL_BYTES));
    if (form === 1) return (await sha256InTurns(bytes, 0, bytes.length - PACK_TAIL_BYTES + PACK_TAIL_HASHED_BYTES)).equals(sum);
    return packBytesOf(records) === bytes.length && Buffer.from(sum).toString('hex') === hash && (await sumOfRecords(bytes, records, tableOffset)).equals(sum);
  } catch (error) {
    if (error instanceof SnapshotFormatError) return false;
    throw error;
  }
}

/** The hash of a pack of the second form: over the sums of its records, and what is no record. */
async function sumOfRecords(bytes: Uint8Array, records: readonly PackRecord[], tableOffset: number): Promise<Buffer> {
  const turns = new Turns();
  const sums: Buffer[] = [];
  for (const { offset, storedLength } of records) {
    sums.push(sha256(bytes.subarray(offset, offset + storedLength)));
    await turns.after(storedLength);
  }
  return sha256(packBegin(2), ...sums, bytes.subarray(tableOffset, bytes.length - PACK_TAIL_BYTES + PACK_TAIL_HASHED_BYTES));
}

import { PACK_BYTES, RECORD_BYTES, type PackForm } from '@shared/domain/snapshots/pack';
import { parseIndex } from '@shared/domain/snapshots/index-table';
import type { Manifest } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import { openChunk, type StoredChunk } from './coding';
import { cancelled, damaged } from './failures';
import type { DataKeys } from './keys';
import type { HeldLock } from './locks';
import type { Manifests } from './manifests';
import { manifestName, packName, pinName } from './names';
import type { BuiltPack } from './pack-builder';
import { isIndex, readTable, type KnownPack, type PackIndex } from './pack-index';
import { IndexWriter, PackWriter } from './pack-writer';
import { NeededChunks } from './needed';
import type { ChunkReader } from './reader';
import type { ObjectPlace } from './types';

/** What is left of an interrupted write is a matter of seconds for whoever still writes. */
const SWEEP_AFTER_MS = 10 * 60_000;
/** A pack with less of it in use is written anew. */
const LEAST_USED = 0.5;
/** More index files than this are joined. */
const MOST_INDEXES = 64;

/** What a prune is given by its repository. */
export interface PruneParts {
  readonly place: ObjectPlace;
  /** Read anew under the lock. */
  readonly index: PackIndex;
  readonly manifests: Manifests;
  readonly keys: DataKeys | null;
  readonly form: PackForm;
  readonly reader: ChunkReader;
  /** Exclusive. */
  readonly lock: HeldLock;
}

export interface PruneOptions {
  readonly graceMs: number;
  readonly dryRun: boolean;
  readonly keep?: readonly Manifest[];
  readonly onProgress: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}

/** What came of it; `reclaimableBytes` is what is left that nothing needs, because it is too young or was only counted. */
export interface Pruned {
  readonly freedBytes: number;
  readonly removedPacks: number;
  readonly reclaimableBytes: number;
}

interface PrunePlan {
  readonly stay: readonly KnownPack[];
  readonly remove: readonly KnownPack[];
  /** With the chunks of each that are needed. */
  readonly repack: ReadonlyMap<KnownPack, readonly number[]>;
  readonly freedBytes: number;
  readonly reclaimableBytes: number;
}

/** Removes what no snapshot needs. Everything new is there, and synced, before anything old goes: wherever it ends, every snapshot is whole. */
export class Pruner {
  private readonly known: ReturnType<PackIndex['now']>;
  private readonly needed: NeededChunks;

  constructor(
    private readonly parts: PruneParts,
    private readonly options: PruneOptions,
  ) {
    this.known = parts.index.now();
    this.needed = new NeededChunks(this.known, parts.reader, options.signal);
  }

  async run(): Promise<Pruned> {
    const kept = await this.mark();
    const plan = this.plan();
    if (this.options.dryRun) return { freedBytes: plan.freedBytes, removedPacks: plan.remove.length, reclaimableBytes: plan.reclaimableBytes };
    const { place, lock } = this.parts;
    await place.sweep(lock.takenMs - SWEEP_AFTER_MS);
    await this.dropPins(kept);
    if (plan.remove.length === 0 && plan.repack.size === 0 && !this.needsIndex()) return { freedBytes: 0, removedPacks: 0, reclaimableBytes: plan.reclaimableBytes };
    return this.apply(plan);
  }

  /** Every chunk that a snapshot needs. Rejects with `damaged` when that cannot be said of one of them. */
  private async mark(): Promise<ReadonlySet<string>> {
    const found = await this.parts.manifests.list(true);
    if (found.damaged.length > 0) throw damaged(found.damaged, 'nothing is removed while it cannot be said what this snapshot needs.');
    const manifests = [...found.manifests.map(({ manifest }) => manifest), ...(this.options.keep ?? [])];
    for (const manifest of manifests) for (const part of manifest.parts) await this.needed.add(part);
    return new Set(manifests.map(({ id }) => id));
  }

  private plan(): PrunePlan {
    const { packs } = this.known;
    const used = this.needed.byPack(packs.length);
    const stay: KnownPack[] = [];
    const remove: KnownPack[] = [];
    const repack = new Map<KnownPack, readonly number[]>();
    let freedBytes = 0;
    let reclaimableBytes = 0;
    packs.forEach((pack, number) => {
      if (pack.state === 'lost') return;
      const chunks = used[number] ?? [];
      const usedBytes = chunks.reduce((sum, chunk) => sum + this.known.chunks.place(chunk).storedLength + RECORD_BYTES, 0);
      const isOld = pack.modifiedMs <= this.parts.lock.takenMs - this.options.graceMs;
      const goes = chunks.length === 0 ? !this.mayHoldMissing(pack) : pack.state === 'there' && usedBytes < pack.size * LEAST_USED;
      if (goes) reclaimableBytes += pack.size - usedBytes;
      if (!goes || !isOld) stay.push(pack);
      else {
        freedBytes += pack.size - usedBytes;
        if (chunks.length === 0) remove.push(pack);
        else repack.set(pack, chunks);
      }
    });
    return { stay, remove, repack, freedBytes, reclaimableBytes };
  }

  /** Damaged index files, or so many small ones that opening takes long. */
  private needsIndex(): boolean {
    return this.known.damagedIndexes.size > 0 || this.known.indexes.size > MOST_INDEXES;
  }

  /** A pack that cannot say what is in it may have what is missed elsewhere. */
  private mayHoldMissing(pack: KnownPack): boolean {
    return pack.state === 'damaged' && this.needed.missing > 0;
  }

  private async apply(plan: PrunePlan): Promise<Pruned> {
    const before = await this.indexBytes();
    const made = await this.repack(plan);
    // What a prune that was interrupted had written, this one writes again: the same bytes, so the same pack.
    const written = new Set(made.packs.map(({ hash }) => hash));
    const goes = [...plan.remove, ...made.replaced].filter(({ hash }) => !written.has(hash));
    const leaves = new Set(goes);
    const stay = new Set([...plan.stay, ...plan.repack.keys()].filter((pack) => !leaves.has(pack) && !written.has(pack.hash)).map(({ hash }) => hash));
    const indexes = await this.writeIndexes(stay, made.packs);
    for (const name of before.keys()) if (!indexes.names.has(name)) await this.removeHeld(name);
    for (const [done, pack] of goes.entries()) {
      this.options.onProgress(done, goes.length);
      await this.removeHeld(packName(pack.hash));
    }
    this.options.onProgress(goes.length, goes.length);
    const sum = (bytes: Iterable<number>): number => [...bytes].reduce((all, one) => all + one, 0);
    const freedBytes = sum(goes.map(({ size }) => size)) + sum(before.values()) - sum(made.packs.map(({ bytes }) => bytes)) - sum((await this.indexBytes()).values());
    return { freedBytes: Math.max(0, freedBytes), removedPacks: goes.length, reclaimableBytes: Math.max(0, plan.reclaimableBytes - plan.freedBytes) };
  }

  private async indexBytes(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for await (const { name, size } of this.parts.place.list('index/')) found.set(name, size);
    return found;
  }

  /** Copies what is needed of packs that are hardly used. One in which a chunk is damaged stays as it is. */
  private async repack(plan: PrunePlan): Promise<{ readonly packs: readonly BuiltPack[]; readonly replaced: readonly KnownPack[] }> {
    const packs: BuiltPack[] = [];
    const replaced: KnownPack[] = [];
    const writer = new PackWriter(
      this.parts.place,
      this.parts.index,
      this.parts.form,
      () => false,
      (pack) => {
        packs.push({ ...pack, pieces: [], records: [] });
        return Promise.resolve();
      },
    );
    for (const [pack, chunks] of plan.repack) {
      if (this.options.signal.aborted) throw await stopped(writer);
      const copies = await this.copies(pack, chunks);
      if (copies === null) continue;
      for (const { chunk, stored } of copies) await writer.add(Buffer.from(stored.id).toString('hex'), this.needed.isSecret(chunk), () => stored);
      replaced.push(pack);
    }
    await writer.finish();
    return { packs, replaced };
  }

  private async copies(pack: KnownPack, chunks: readonly number[]): Promise<readonly { readonly chunk: number; readonly stored: StoredChunk }[] | null> {
    const bytes = await this.parts.place.read(packName(pack.hash), { offset: 0, length: PACK_BYTES });
    const copies: { readonly chunk: number; readonly stored: StoredChunk }[] = [];
    for (const chunk of chunks) {
      const place = this.known.chunks.place(chunk);
      const id = this.known.chunks.idBytes(chunk);
      const record = bytes.subarray(place.offset, place.offset + place.storedLength);
      if ((await openChunk(record, place, id, this.parts.keys)) === null) return null;
      copies.push({ chunk, stored: { id, pieces: [record], length: place.length, codec: place.codec, flags: place.flags } });
    }
    return copies;
  }

  /** Of all packs that stay, from the index files that are there, and for others from their ends. */
  private async writeIndexes(stay: ReadonlySet<string>, made: readonly BuiltPack[]): Promise<IndexWriter> {
    const { place } = this.parts;
    const indexes = new IndexWriter(place, this.parts.index);
    const left = new Set(stay);
    for (const name of this.known.indexes) {
      const bytes = await place.read(name);
      if (!(await isIndex(name, bytes))) continue;
      for (const pack of parseIndex(bytes)) if (left.delete(pack.name)) await indexes.add({ name: pack.name, table: pack.table.slice() });
    }
    for (const pack of this.known.packs) if (left.has(pack.hash) && pack.state === 'there') await indexes.add({ name: pack.hash, table: await readTable(place, packName(pack.hash), pack.size) });
    for (const pack of made) await indexes.add({ name: pack.hash, table: pack.table });
    await indexes.flush();
    return indexes;
  }

  /** Whoever slept through its own lock removes nothing any more. */
  private async removeHeld(name: string): Promise<void> {
    if (this.options.signal.aborted) throw cancelled();
    if (!(await this.parts.lock.isHeld())) throw new AppError('locked', 'Removing was stopped: this computer slept so long that others may have begun to write.', { hint: 'Start it again.' });
    await this.parts.place.remove(name);
  }

  private async dropPins(kept: ReadonlySet<string>): Promise<void> {
    for await (const { name } of this.parts.place.list('pins/')) {
      const id = name.slice('pins/'.length);
      if (pinName(id) === name && !kept.has(id) && (await this.parts.place.size(manifestName(id))) === null) await this.removeHeld(name);
    }
  }
}

async function stopped(writer: PackWriter): Promise<AppError> {
  await writer.stop();
  return cancelled();
}

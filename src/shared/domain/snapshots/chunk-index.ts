import { readHex } from './bytes';
import type { PackRecord } from './pack';

const SLAB_BITS = 14;
const SLAB = 1 << SLAB_BITS;
const ID_BYTES = 32;
/** Pack, offset, stored length, length. */
const NUMBERS = 4;

interface Slab {
  readonly ids: Uint8Array;
  readonly numbers: Uint32Array;
  /** Codec, and flags shifted by one. */
  readonly kinds: Uint8Array;
}

/** Where a chunk lies. */
export interface ChunkPlace {
  /** Number of its pack. */
  readonly pack: number;
  readonly offset: number;
  readonly storedLength: number;
  readonly length: number;
  readonly codec: 0 | 1;
  readonly flags: number;
}

/**
 * Where each chunk of a repository lies, by its id. Held in slabs of typed arrays beside an open hash table, about 60 bytes a chunk: a million of
 * them as objects would be ten times that.
 */
export class ChunkIndex {
  private readonly slabs: Slab[] = [];
  private slots = new Uint32Array(1 << 10);
  private count = 0;
  private readonly wanted = new Uint8Array(ID_BYTES);

  get size(): number {
    return this.count;
  }

  /** Number of the chunk with this id, 64 hexadecimal digits; -1 when there is none. */
  find(id: string): number {
    if (!readHex(id, this.wanted)) return -1;
    return (this.slots[this.slotOf(this.wanted)] ?? 0) - 1;
  }

  place(chunk: number): ChunkPlace {
    const slab = this.slabOf(chunk);
    const at = (chunk & (SLAB - 1)) * NUMBERS;
    const kind = slab.kinds[chunk & (SLAB - 1)] ?? 0;
    const [pack, offset, storedLength, length] = slab.numbers.subarray(at, at + NUMBERS) as unknown as readonly [number, number, number, number];
    return { pack, offset, storedLength, length, codec: (kind & 1) as 0 | 1, flags: kind >> 1 };
  }

  packOf(chunk: number): number {
    return this.slabOf(chunk).numbers[(chunk & (SLAB - 1)) * NUMBERS] ?? 0;
  }

  idBytes(chunk: number): Uint8Array {
    const at = (chunk & (SLAB - 1)) * ID_BYTES;
    return this.slabOf(chunk).ids.subarray(at, at + ID_BYTES);
  }

  /** Adds a chunk; one that is there already stays where it is, unless `replace` says of its pack that it is gone. */
  add(record: PackRecord, pack: number, replace: (pack: number) => boolean): void {
    const slot = this.slotOf(record.id);
    const known = (this.slots[slot] ?? 0) - 1;
    if (known !== -1) {
      if (this.packOf(known) !== pack && replace(this.packOf(known))) this.write(known, record, pack);
      return;
    }
    const chunk = this.count;
    if (chunk >> SLAB_BITS === this.slabs.length) this.slabs.push({ ids: new Uint8Array(SLAB * ID_BYTES), numbers: new Uint32Array(SLAB * NUMBERS), kinds: new Uint8Array(SLAB) });
    this.write(chunk, record, pack);
    this.slots[slot] = chunk + 1;
    this.count += 1;
    if (this.count * 2 > this.slots.length) this.grow();
  }

  private write(chunk: number, record: PackRecord, pack: number): void {
    const slab = this.slabOf(chunk);
    const at = chunk & (SLAB - 1);
    slab.ids.set(record.id, at * ID_BYTES);
    slab.numbers.set([pack, record.offset, record.storedLength, record.length], at * NUMBERS);
    slab.kinds[at] = record.codec | (record.flags << 1);
  }

  private slabOf(chunk: number): Slab {
    const slab = this.slabs[chunk >> SLAB_BITS];
    if (slab === undefined) throw new RangeError('There is no such chunk.');
    return slab;
  }

  /** Ids are hashes already: their first bytes are as good as any. */
  private slotOf(id: Uint8Array): number {
    const mask = this.slots.length - 1;
    let slot = (((id[0] ?? 0) << 24) | ((id[1] ?? 0) << 16) | ((id[2] ?? 0) << 8) | (id[3] ?? 0)) & mask;
    for (;;) {
      const chunk = (this.slots[slot] ?? 0) - 1;
      if (chunk === -1 || this.isAt(chunk, id)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private isAt(chunk: number, id: Uint8Array): boolean {
    const { ids } = this.slabOf(chunk);
    const from = (chunk & (SLAB - 1)) * ID_BYTES;
    for (let at = 0; at < ID_BYTES; at += 1) if (ids[from + at] !== id[at]) return false;
    return true;
  }

  private grow(): void {
    this.slots = new Uint32Array(this.slots.length * 2);
    for (let chunk = 0; chunk < this.count; chunk += 1) this.slots[this.slotOf(this.idBytes(chunk))] = chunk + 1;
  }
}

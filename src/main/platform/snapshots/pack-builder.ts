import { createHash } from 'node:crypto';
import { encodeTable, encodeTailEnd, encodeTailStart, ENCRYPTED, PACK_BYTES, packBegin, type PackForm, type PackRecord } from '@shared/domain/snapshots/pack';
import type { StoredChunk } from './coding';
import { sha256 } from './sums';

const FIRST_BYTES = 64 * 1024;

/** A pack that is complete. */
export interface BuiltPack {
  readonly hash: string;
  readonly records: readonly PackRecord[];
  readonly table: Uint8Array;
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
}

/** Gathers chunks to one pack. Its hash runs along, so that there is nothing left to do at the end that takes time: over every byte in the first form, over the sums of the records and all that is no record in the second. */
export class PackBuilder {
  private length = 0;
  private readonly records: PackRecord[] = [];
  private readonly hash = createHash('sha256');

  /** `buffer`: of an earlier one that is written. */
  constructor(
    private readonly form: PackForm,
    private buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES),
  ) {
    this.append(packBegin(form));
    this.hash.update(packBegin(form));
  }

  /** For the next one, once this one is written. */
  get memory(): Buffer {
    return this.buffer;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.length;
  }

  get isEmpty(): boolean {
    return this.records.length === 0;
  }

  /** Whether a record of this length still goes into it. */
  takes(bytes: number): boolean {
    return this.length + bytes <= PACK_BYTES || this.isEmpty;
  }

  add(chunk: StoredChunk): void {
    const offset = this.length;
    for (const piece of chunk.pieces) this.append(piece);
    if (this.form === 2) this.hash.update(sumOf(chunk));
    else for (const piece of chunk.pieces) this.hash.update(piece);
    this.records.push({ id: chunk.id, offset, storedLength: this.length - offset, length: chunk.length, codec: chunk.codec, flags: chunk.flags });
  }

  build(): BuiltPack {
    const table = encodeTable(this.records);
    const tailStart = encodeTailStart(this.records.length, this.length);
    this.hash.update(table).update(tailStart);
    const sum = this.hash.copy().digest();
    const tailEnd = encodeTailEnd(sum);
    this.hash.update(tailEnd);
    const body = this.buffer.subarray(0, this.length);
    const pieces = [body, table, tailStart, tailEnd];
    return { hash: this.form === 2 ? sum.toString('hex') : this.hash.digest('hex'), records: this.records, table, pieces, bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) };
  }

  private append(piece: Uint8Array): void {
    if (this.length + piece.length > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(this.buffer.length * 2, this.length + piece.length), Math.max(PACK_BYTES, this.length + piece.length)));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    this.buffer.set(piece, this.length);
    this.length += piece.length;
  }
}

/** SHA-256 of the stored bytes; of what is stored as it is that is its id. */
function sumOf(chunk: StoredChunk): Uint8Array {
  return chunk.codec === 0 && chunk.flags !== ENCRYPTED ? chunk.id : sha256(...chunk.pieces);
}

/** The name of a pack of the second form. `sums`: of its records, one behind the other. */
export function packHash(sums: Uint8Array, table: Uint8Array, records: readonly PackRecord[]): string {
  const last = records[records.length - 1];
  return sha256(packBegin(2), sums, table, encodeTailStart(records.length, last === undefined ? 0 : last.offset + last.storedLength)).toString('hex');
}

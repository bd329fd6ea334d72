import { hexText } from './bytes';
import { RECORD_BYTES, RECORD_LENGTH_AT } from './pack';

/** Frames between Berth and the volume program: one byte that says what it is, four for the length of what follows (big-endian). resources/helper/volume/README.md has all of them. */
export const FRAME_HEADER_BYTES = 5;
/** The program sends none that is longer. */
export const MOST_FRAME_BYTES = 64 * 1024 * 1024;
const HASH_BYTES = 32;
/** Hash, length, codec. */
const CHUNK_HEAD_BYTES = HASH_BYTES + 5;

/** One frame; `kind` is the letter of its first byte. */
export interface VolumeFrame {
  readonly kind: string;
  readonly data: Uint8Array;
}

/** Head of a frame whose data follows. */
export function frameHeader(kind: string, length: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  header[0] = kind.charCodeAt(0);
  new DataView(header.buffer).setUint32(1, length);
  return header;
}

/** What comes before the stored bytes of a chunk. */
export function chunkHead(hash: Uint8Array, length: number, codec: 0 | 1): Uint8Array {
  const head = new Uint8Array(CHUNK_HEAD_BYTES);
  head.set(hash);
  new DataView(head.buffer).setUint32(HASH_BYTES, length);
  head[HASH_BYTES + 4] = codec;
  return head;
}

/** A chunk as the program sends it; null where it is none. */
export function readChunkFrame(data: Uint8Array): { readonly hash: Uint8Array; readonly length: number; readonly codec: 0 | 1; readonly data: Uint8Array } | null {
  const codec = data[HASH_BYTES + 4];
  if (data.length < CHUNK_HEAD_BYTES || (codec !== 0 && codec !== 1)) return null;
  return { hash: data.subarray(0, HASH_BYTES), length: new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(HASH_BYTES), codec, data: data.subarray(CHUNK_HEAD_BYTES) };
}

/** A pack that the program wrote: its name, the file it is in, the sums of its records, and its table. Null where it is none. */
export function readPackFrame(data: Uint8Array): { readonly hash: string; readonly file: string; readonly sums: Uint8Array; readonly table: Uint8Array; readonly hashes: readonly string[]; readonly plainBytes: number } | null {
  const namedTo = HASH_BYTES + 1 + (data[HASH_BYTES] ?? 0);
  const records = (data.length - namedTo) / (HASH_BYTES + RECORD_BYTES);
  if (!Number.isInteger(records) || records < 1) return null;
  const table = data.subarray(namedTo + records * HASH_BYTES);
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const hashes: string[] = [];
  let plainBytes = 0;
  for (let at = 0; at < table.length; at += RECORD_BYTES) {
    hashes.push(hexText(table.subarray(at, at + HASH_BYTES)));
    plainBytes += view.getUint32(at + RECORD_LENGTH_AT);
  }
  return { hash: hexText(data.subarray(0, HASH_BYTES)), file: String.fromCharCode(...data.subarray(HASH_BYTES + 1, namedTo)), sums: data.subarray(namedTo, namedTo + records * HASH_BYTES), table, hashes, plainBytes };
}

/** The hashes an offer names; null where it is none. */
export function readOffer(data: Uint8Array): readonly Uint8Array[] | null {
  if (data.length === 0 || data.length % HASH_BYTES !== 0) return null;
  return Array.from({ length: data.length / HASH_BYTES }, (_, index) => data.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));
}

/** Puts frames together that come in pieces of any length. The data of a frame is copied once, into bytes of its own. */
export class FrameReader {
  private readonly header = new Uint8Array(FRAME_HEADER_BYTES);
  private headed = 0;
  private body: Uint8Array | null = null;
  private filled = 0;

  /** `bytes` makes room for the data of a frame, which may hold anything yet. */
  constructor(private readonly bytes: (length: number) => Uint8Array = (length) => new Uint8Array(length)) {}

  /** False in the middle of a frame: at the end of a stream that means it was cut. */
  get between(): boolean {
    return this.headed === 0;
  }

  /** Takes a piece; answers with the frames that are complete. Throws a RangeError for one that is longer than frames are. */
  push(piece: Uint8Array): readonly VolumeFrame[] {
    const frames: VolumeFrame[] = [];
    let at = 0;
    while (at < piece.length) {
      if (this.body === null) {
        const taken = Math.min(FRAME_HEADER_BYTES - this.headed, piece.length - at);
        this.header.set(piece.subarray(at, at + taken), this.headed);
        this.headed += taken;
        at += taken;
        if (this.headed < FRAME_HEADER_BYTES) break;
        this.body = this.emptyBody();
      }
      const taken = Math.min(this.body.length - this.filled, piece.length - at);
      this.body.set(piece.subarray(at, at + taken), this.filled);
      this.filled += taken;
      at += taken;
      if (this.filled < this.body.length) break;
      frames.push({ kind: String.fromCharCode(this.header[0] ?? 0), data: this.body });
      this.body = null;
      this.headed = this.filled = 0;
    }
    return frames;
  }

  private emptyBody(): Uint8Array {
    const length = new DataView(this.header.buffer).getUint32(1);
    if (length > MOST_FRAME_BYTES) throw new RangeError(`A frame of ${String(length)} bytes is none.`);
    return this.bytes(length);
  }
}

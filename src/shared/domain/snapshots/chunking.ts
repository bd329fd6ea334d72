/** A file of up to this is one chunk. */
export const WHOLE_FILE_BYTES = 1024 * 1024;
/** No chunk has more. */
export const MOST_CHUNK_BYTES = 4 * 1024 * 1024;
const LEAST_CHUNK_BYTES = 256 * 1024;
/** 22 bits before 1 MiB and 18 behind it: most chunks end not far behind 1 MiB. */
const MASK_BEFORE = 0x3fffff << 10;
const MASK_BEHIND = 0x3ffff << 14;

/** The gear table: the first four bytes of SHA-256 of `berth-gear-<i>`. */
export function gearTable(sha256: (text: string) => Uint8Array): Int32Array {
  return Int32Array.from({ length: 256 }, (_, index) => {
    const hash = sha256(`berth-gear-${String(index)}`);
    return ((hash[0] ?? 0) << 24) | ((hash[1] ?? 0) << 16) | ((hash[2] ?? 0) << 8) | (hash[3] ?? 0);
  });
}

/**
 * Where a chunk that begins at `from` ends, in a file longer than WHOLE_FILE_BYTES. `isEnd`: nothing follows these bytes; otherwise at least
 * MOST_CHUNK_BYTES have to be there. In 32 bits signed and unsigned are the same bits.
 */
export function nextCut(gear: Int32Array, bytes: Uint8Array, from: number): number {
  const end = Math.min(bytes.length, from + MOST_CHUNK_BYTES);
  const middle = Math.min(end, from + WHOLE_FILE_BYTES);
  let hash = 0;
  let at = from + LEAST_CHUNK_BYTES;
  for (; at < middle; at += 1) {
    hash = ((hash << 1) + (gear[bytes[at] as number] as number)) | 0;
    if ((hash & MASK_BEFORE) === 0) return at + 1;
  }
  for (; at < end; at += 1) {
    hash = ((hash << 1) + (gear[bytes[at] as number] as number)) | 0;
    if ((hash & MASK_BEHIND) === 0) return at + 1;
  }
  return end;
}

/** Cuts the data of one file that comes in pieces. Not more than one chunk and one piece are kept. */
export class Chunker {
  private held: Uint8Array = new Uint8Array(0);
  private total = 0;

  constructor(private readonly gear: Int32Array) {}

  /** Takes a piece; answers with the chunks that are complete. */
  push(piece: Uint8Array): readonly Uint8Array[] {
    this.total += piece.length;
    this.held = joined(this.held, piece);
    const chunks: Uint8Array[] = [];
    let from = 0;
    while (this.held.length - from >= MOST_CHUNK_BYTES) {
      const to = nextCut(this.gear, this.held, from);
      chunks.push(this.held.slice(from, to));
      from = to;
    }
    if (from > 0) this.held = this.held.slice(from);
    return chunks;
  }

  /** The last chunks; none of an empty file. */
  end(): readonly Uint8Array[] {
    if (this.total <= WHOLE_FILE_BYTES) return this.held.length === 0 ? [] : [this.held];
    const chunks: Uint8Array[] = [];
    for (let from = 0; from < this.held.length; ) {
      const to = nextCut(this.gear, this.held, from);
      chunks.push(this.held.slice(from, to));
      from = to;
    }
    return chunks;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

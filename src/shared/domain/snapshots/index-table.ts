import { compareBytes, hexText, readHex, utf8Bytes } from './bytes';
import { SnapshotFormatError } from './format-error';
import { parseTable, RECORD_BYTES, type PackRecord } from './pack';

const INDEX_BEGIN = utf8Bytes('BERTHIX1');
const HASH_BYTES = 32;

/** A pack on its way into an index. */
export interface PackTable {
  /** 64 hexadecimal digits. */
  readonly name: string;
  /** As it stands in the pack. */
  readonly table: Uint8Array;
}

/** An index file without the hash at its end, in pieces. */
export function encodeIndex(packs: readonly PackTable[]): readonly Uint8Array[] {
  const begin = new Uint8Array(INDEX_BEGIN.length + 4);
  begin.set(INDEX_BEGIN);
  new DataView(begin.buffer).setUint32(INDEX_BEGIN.length, packs.length);
  return [begin, ...packs.flatMap((pack) => [packHead(pack), pack.table])];
}

function packHead(pack: PackTable): Uint8Array {
  const head = new Uint8Array(HASH_BYTES + 4);
  if (!readHex(pack.name, head.subarray(0, HASH_BYTES))) throw new SnapshotFormatError('The name of a pack is no hash.');
  new DataView(head.buffer).setUint32(HASH_BYTES, pack.table.length / RECORD_BYTES);
  return head;
}

/** Reads an index file, of which somebody compared the hash. One pack after the other, so that not all are held. Throws SnapshotFormatError. */
export function* parseIndex(bytes: Uint8Array): Generator<PackTable & { readonly records: readonly PackRecord[] }> {
  const end = bytes.length - HASH_BYTES;
  if (end < INDEX_BEGIN.length + 4 || compareBytes(bytes.subarray(0, INDEX_BEGIN.length), INDEX_BEGIN) !== 0) throw new SnapshotFormatError('An index does not begin as one.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let packs = view.getUint32(INDEX_BEGIN.length);
  let at = INDEX_BEGIN.length + 4;
  for (; packs > 0; packs -= 1) {
    if (at + HASH_BYTES + 4 > end) throw new SnapshotFormatError('An index ends too early.');
    const name = hexText(bytes.subarray(at, at + HASH_BYTES));
    const tableBytes = view.getUint32(at + HASH_BYTES) * RECORD_BYTES;
    at += HASH_BYTES + 4;
    if (at + tableBytes > end) throw new SnapshotFormatError('An index ends too early.');
    const table = bytes.subarray(at, at + tableBytes);
    yield { name, table, records: parseTable(table) };
    at += tableBytes;
  }
  if (at !== end) throw new SnapshotFormatError('An index has more in it than it says.');
}

import type { BatchFile } from './sync-types';
import { mtimeText } from './quick-mtime';

const BLOCK = 512;
/** Longer names, and those that are not plain ASCII, stand in a record of their own. */
const LONGEST_NAME = 100;
const ZERO_TIME = '0'.repeat(11);

interface Entry {
  readonly name: string;
  readonly body: Uint8Array;
  readonly records: Buffer;
}

/**
 * A tar of these files whose records carry the time of each as metadata of the object, as MinIO reads them. The time of the tar itself stays
 * zero: a store takes it for the time of the write, and would put an old file behind versions that are there.
 */
export function tarOf(files: readonly BatchFile[], prefix: string): Buffer {
  const entries = files.map(({ key, body, mtimeNs }): Entry => {
    const name = key.slice(prefix.length);
    return { name, body, records: recordsOf(name, mtimeNs) };
  });
  const sizeBytes = entries.reduce((sum, { records, body }) => sum + 2 * BLOCK + padded(records.length) + padded(body.byteLength), 2 * BLOCK);
  const tar = Buffer.alloc(sizeBytes);
  let at = 0;
  for (const { name, body, records } of entries) {
    at = place(tar, at, { name: 'PaxHeader', type: 'x', body: records });
    at = place(tar, at, { name: isPlain(name) ? name : 'file', type: '0', body });
  }
  return tar;
}

function recordsOf(name: string, mtimeNs: bigint): Buffer {
  const time = record('minio.metadata.x-amz-meta-mtime', mtimeText(mtimeNs));
  return isPlain(name) ? time : Buffer.concat([record('path', name), time]);
}

function isPlain(name: string): boolean {
  return name.length <= LONGEST_NAME && /^[\x20-\x7e]+$/.test(name);
}

/** `<length> <name>=<value>\n`, where the length counts its own digits. */
function record(name: string, value: string): Buffer {
  const rest = Buffer.from(` ${name}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** Header and content, and where the next begins. The buffer is zeroes already. */
function place(tar: Buffer, at: number, { name, type, body }: { readonly name: string; readonly type: string; readonly body: Uint8Array }): number {
  tar.write(name, at, 'latin1');
  tar.write('0000644\x000000000\x000000000\x00', at + 100, 'latin1');
  tar.write(`${body.byteLength.toString(8).padStart(11, '0')}\x00${ZERO_TIME}\x00`, at + 124, 'latin1');
  tar.write(`        ${type}`, at + 148, 'latin1');
  tar.write('ustar\x0000', at + 257, 'latin1');
  let sum = 0;
  for (let index = at; index < at + BLOCK; index += 1) sum += tar[index] ?? 0;
  tar.write(`${sum.toString(8).padStart(6, '0')}\x00 `, at + 148, 'latin1');
  tar.set(body, at + BLOCK);
  return at + BLOCK + padded(body.byteLength);
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK) * BLOCK;
}

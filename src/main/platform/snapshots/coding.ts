import { constants, deflateRaw, inflateRaw, type ZlibOptions } from 'node:zlib';
import { promisify } from 'node:util';
import { AppError } from '@shared/kernel/app-error';
import type { ChunkPlace } from '@shared/domain/snapshots/chunk-index';
import { MOST_CHUNK_BYTES } from '@shared/domain/snapshots/chunking';
import { ENCRYPTED } from '@shared/domain/snapshots/pack';
import { decrypt, encrypt, type DataKeys } from './keys';
import { hmac, sha256 } from './sums';
import type { CodedChunk } from './types';

/** Asked for by the calls themselves, which do their work in the threads of libuv. */
const deflate = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw);
const inflate = promisify<Uint8Array, ZlibOptions, Buffer>(inflateRaw);
/** Deflate has to save a sixteenth. */
const SAVED_PART = 16;
/** Nothing smaller gets shorter. */
const LEAST_DEFLATED_BYTES = 64;

/** A chunk ready for a pack. */
export interface StoredChunk {
  readonly id: Uint8Array;
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  readonly codec: 0 | 1;
  readonly flags: number;
}

/** Codes plain bytes. `hash`: their SHA-256, in hexadecimal digits. */
export async function codeChunk(bytes: Uint8Array, hash: string): Promise<CodedChunk> {
  const deflated = bytes.length < LEAST_DEFLATED_BYTES ? bytes : await deflate(bytes, { level: constants.Z_BEST_SPEED });
  const isShorter = deflated.length <= bytes.length - bytes.length / SAVED_PART;
  return isShorter ? { hash, length: bytes.length, codec: 1, data: deflated } : { hash, length: bytes.length, codec: 0, data: bytes };
}

/** The id of a chunk with this hash; `keys` where its pack is encrypted. */
export function chunkId(hash: Uint8Array, keys: DataKeys | null): Uint8Array {
  return keys === null ? hash : hmac(keys.id, hash);
}

/** The same in hexadecimal digits. */
export function hexId(hash: string, keys: DataKeys | null): string {
  return keys === null ? hash : hmac(keys.id, Buffer.from(hash, 'hex')).toString('hex');
}

/** Encrypts it where keys are given. Throws where it is none that a pack can hold. */
export function sealChunk(chunk: CodedChunk, keys: DataKeys | null): StoredChunk {
  const fits = chunk.length >= 1 && chunk.length <= MOST_CHUNK_BYTES && (chunk.codec === 0 ? chunk.data.length === chunk.length : chunk.data.length >= 1 && chunk.data.length < chunk.length);
  if (!fits) throw new AppError('input-invalid', `A chunk of ${String(chunk.length)} bytes, coded in ${String(chunk.data.length)}, cannot be stored.`);
  const id = chunkId(Buffer.from(chunk.hash, 'hex'), keys);
  return { id, pieces: keys === null ? [chunk.data] : encrypt(keys.content, chunk.data, id), length: chunk.length, codec: chunk.codec, flags: keys === null ? 0 : ENCRYPTED };
}

/** The coded bytes of a stored record; null where they are not what was written, or its key is not known. */
export function unsealChunk(stored: Uint8Array, place: ChunkPlace, id: Uint8Array, keys: DataKeys | null): Uint8Array | null {
  if (stored.length !== place.storedLength) return null;
  if (place.flags !== ENCRYPTED) return stored;
  return keys === null ? null : decrypt(keys.content, stored, id);
}

/** Plain bytes of a stored record with their hash, compared with its id; null where they are not what was written. */
export async function openChunk(stored: Uint8Array, place: ChunkPlace, id: Uint8Array, keys: DataKeys | null): Promise<{ readonly bytes: Uint8Array; readonly coded: Uint8Array; readonly hash: Buffer } | null> {
  const coded = unsealChunk(stored, place, id, keys);
  if (coded === null) return null;
  const bytes = place.codec === 0 ? coded : await inflate(coded, { maxOutputLength: place.length }).catch(() => null);
  if (bytes === null || bytes.length !== place.length) return null;
  const hash = sha256(bytes);
  return Buffer.compare(chunkId(hash, place.flags === ENCRYPTED ? keys : null), id) === 0 ? { bytes, coded, hash } : null;
}

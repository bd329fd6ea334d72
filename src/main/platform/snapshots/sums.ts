import { createHash, createHmac } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

const SLICE_BYTES = 1024 * 1024;
const TURN_BYTES = 4 * 1024 * 1024;

/** SHA-256 of a text, hex. */
export function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function sha256(...pieces: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

/** The same of something large, in turns with everything else that this process does. */
export async function sha256InTurns(bytes: Uint8Array, from = 0, to = bytes.length): Promise<Buffer> {
  const hash = createHash('sha256');
  for (let at = from; at < to; at += SLICE_BYTES) {
    hash.update(bytes.subarray(at, Math.min(to, at + SLICE_BYTES)));
    await nextTurn();
  }
  return hash.digest();
}

/** Gives everything else its turn behind so many bytes that were hashed or encrypted: what is awaited otherwise is often there at once. */
export class Turns {
  private bytes = 0;

  async after(bytes: number): Promise<void> {
    this.bytes += bytes;
    if (this.bytes < TURN_BYTES) return;
    this.bytes = 0;
    await nextTurn();
  }
}

export function hmac(key: Uint8Array, bytes: Uint8Array): Buffer {
  return createHmac('sha256', key).update(bytes).digest();
}

/** The text of UTF-8 bytes; null where they are none. */
export function strictText(bytes: Uint8Array): string | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  return Buffer.from(text, 'utf8').equals(buffer) ? text : null;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

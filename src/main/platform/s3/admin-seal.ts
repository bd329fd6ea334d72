import { createCipheriv, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const ROUNDS = 8192;
const SALT_BYTES = 32;
const KEY_BYTES = 32;
/** AES-256-GCM with a key from PBKDF2, in the protocol's own numbering. */
const CIPHER_ID = 2;
const NONCE_BYTES = 8;
const FRAGMENT_BYTES = 16 * 1024;
const LAST_FRAGMENT = 0x80;

/** A body as MinIO's admin API takes it: sealed with the secret key of whoever asks, in numbered fragments. */
export async function sealedForAdmin(secretKey: string, body: Uint8Array): Promise<Uint8Array> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(secretKey, salt, ROUNDS, KEY_BYTES, 'sha256');
  const nonce = randomBytes(NONCE_BYTES);
  // Fragment 0 is empty; its tag goes into every other one, so that none of them can be put elsewhere.
  const stream = sealFragment(key, nonce, 0, undefined, new Uint8Array());
  const sealed: Uint8Array[] = [salt, Buffer.of(CIPHER_ID), nonce];
  const count = Math.max(1, Math.ceil(body.byteLength / FRAGMENT_BYTES));
  for (let index = 0; index < count; index += 1) {
    const kind = Buffer.of(index === count - 1 ? LAST_FRAGMENT : 0);
    sealed.push(sealFragment(key, nonce, index + 1, Buffer.concat([kind, stream]), body.subarray(index * FRAGMENT_BYTES, (index + 1) * FRAGMENT_BYTES)));
  }
  return Buffer.concat(sealed);
}

function sealFragment(key: Uint8Array, nonce: Uint8Array, number: number, associated: Uint8Array | undefined, data: Uint8Array): Buffer {
  const counted = Buffer.alloc(NONCE_BYTES + 4);
  counted.set(nonce);
  counted.writeUInt32LE(number, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, counted);
  if (associated !== undefined) cipher.setAAD(associated);
  return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
}

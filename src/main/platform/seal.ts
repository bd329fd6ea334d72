import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts what the journal keeps: payloads of containers carry environment values, and those are often secrets. */
export interface Sealer {
  seal(text: string): string;
  /** Throws when the text was not sealed with this key. */
  open(sealed: string): string;
}

/** AES-256-GCM with the given 32-byte key; the result is base64 of version, nonce, tag and ciphertext. */
export function createSealer(key: Uint8Array): Sealer {
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes[0] !== VERSION) throw new Error('The journal was sealed by another version.');
      const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
      const tag = bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce);
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    },
  };
}

/** The sealer of this installation, once the store is open: then its key is there. */
export async function installationSealer(file: string): Promise<Sealer> {
  return createSealer(await readFile(file));
}

/** Reads the per-install key, or makes it: 32 random bytes in a 0600 file. Called by the lease holder only, off the main thread. */
export function loadOrCreateKey(file: string): Uint8Array {
  try {
    const key = readFileSync(file);
    if (key.length === 32) return key;
    if (key.length !== 0) throw new Error(`${file} is not a key of Berth's.`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(32);
  // An empty file is left by a power cut between open and write: it is filled, since nothing can have been sealed yet.
  const handle = openSync(file, 'w', 0o600);
  try {
    writeSync(handle, key);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return key;
}

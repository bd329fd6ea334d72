import { createCipheriv, createDecipheriv, hkdf, randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '@shared/kernel/app-error';
import { encodeKeyFile, KEY_NAMES, parseKeyFile, type KeyFile } from '@shared/domain/snapshots/repository-files';
import { damaged, isMissing } from './failures';
import { base64, sha256OfText, strictText } from './sums';
import type { ObjectPlace, RepositoryKeys } from './types';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 16;
const SCRYPT = { n: 131_072, r: 8, p: 1 } as const;

export const INSTALL_KEY = 'keys/install.json';
export const PASSPHRASE_KEY = 'keys/passphrase.json';

/** What comes from the data key. */
export interface DataKeys {
  readonly content: Uint8Array;
  readonly id: Uint8Array;
  readonly manifest: Uint8Array;
}

const derive = promisify(hkdf);

export async function dataKeys(dataKey: Uint8Array): Promise<DataKeys> {
  const one = async (name: string): Promise<Uint8Array> => new Uint8Array(await derive('sha256', dataKey, new Uint8Array(0), name, KEY_BYTES));
  return { content: await one(KEY_NAMES.content), id: await one(KEY_NAMES.id), manifest: await one(KEY_NAMES.manifest) };
}

/** Nonce, ciphertext, tag. */
export function encrypt(key: Uint8Array, bytes: Uint8Array, additional: Uint8Array): readonly Uint8Array[] {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional);
  const body = cipher.update(bytes);
  cipher.final();
  return [nonce, body, cipher.getAuthTag()];
}

/** Null where these bytes were not encrypted so. */
export function decrypt(key: Uint8Array, sealed: Uint8Array, additional: Uint8Array): Uint8Array | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(additional).setAuthTag(sealed.subarray(end));
  try {
    const body = decipher.update(sealed.subarray(NONCE_BYTES, end));
    decipher.final();
    return body;
  } catch {
    return null;
  }
}

/** The key file; null when there is none. Rejects with `damaged`. */
export async function readKeyFile(place: ObjectPlace, name: string): Promise<KeyFile | null> {
  const bytes = await place.read(name).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (bytes === null) return null;
  try {
    return parseKeyFile(strictText(bytes) ?? '', sha256OfText);
  } catch (error) {
    throw damaged([{ object: name, part: '' }], 'it is not what was written.', error);
  }
}

/** The data key; null where the repository has none. Rejects with `passphrase-wrong` when there are keys and none of them opens. */
export async function unlock(place: ObjectPlace, keys: RepositoryKeys): Promise<Uint8Array | null> {
  const failures: unknown[] = [];
  const file = async (name: string): Promise<KeyFile | null> =>
    readKeyFile(place, name).catch((error: unknown) => {
      failures.push(error);
      return null;
    });
  const install = await file(INSTALL_KEY);
  if (install?.kind === 'install' && keys.install !== null) {
    const opened = openSealed(keys.install, install.sealed);
    if (opened !== null) return opened;
  }
  const passphrase = await file(PASSPHRASE_KEY);
  if (passphrase?.kind === 'passphrase' && keys.passphrase !== null) {
    const opened = decrypt(await passphraseKey(keys.passphrase, passphrase), Buffer.concat([passphrase.nonce, passphrase.wrapped]), new Uint8Array(0));
    if (opened !== null) return opened;
  }
  if (failures.length > 0) throw failures[0];
  if (install === null && passphrase === null) return null;
  throw notOpened(place, passphrase !== null, keys.passphrase !== null);
}

function notOpened(place: ObjectPlace, hasPassphrase: boolean, isGiven: boolean): AppError {
  if (!hasPassphrase) return new AppError('passphrase-wrong', `The snapshots in ${place.where} belong to another installation of Berth.`, { hint: 'Bring its key file along, or export the snapshots there and import them here.' });
  return isGiven
    ? new AppError('passphrase-wrong', `The passphrase of the snapshots in ${place.where} is another one.`, { hint: 'Enter the passphrase that was chosen when the repository was made.' })
    : new AppError('passphrase-wrong', `The snapshots in ${place.where} need their passphrase.`, { hint: 'Enter the passphrase that was chosen when the repository was made.' });
}

function openSealed(install: NonNullable<RepositoryKeys['install']>, sealed: string): Uint8Array | null {
  try {
    const key = Buffer.from(install.open(sealed), 'base64');
    return key.length === KEY_BYTES ? key : null;
  } catch {
    return null;
  }
}

/** Wraps a data key in each way that is asked for and not there yet. Resolves with the key that is there then: somebody else may have been first. */
export async function wrapKey(place: ObjectPlace, keys: RepositoryKeys): Promise<Uint8Array | null> {
  let dataKey = (await unlock(place, keys)) ?? (keys.install === null && keys.passphrase === null ? null : randomBytes(KEY_BYTES));
  if (dataKey === null) return null;
  if (keys.install !== null && (await place.size(INSTALL_KEY)) === null) {
    await writeKeyFile(place, INSTALL_KEY, { kind: 'install', sealed: keys.install.seal(base64(dataKey)) });
    dataKey = (await unlock(place, keys)) ?? dataKey;
  }
  if (keys.passphrase !== null && (await place.size(PASSPHRASE_KEY)) === null) {
    await writeKeyFile(place, PASSPHRASE_KEY, await wrappedByPassphrase(dataKey, keys.passphrase));
    dataKey = (await unlock(place, keys)) ?? dataKey;
  }
  return dataKey;
}

async function wrappedByPassphrase(dataKey: Uint8Array, passphrase: string): Promise<KeyFile> {
  const file = { kind: 'passphrase', ...SCRYPT, salt: randomBytes(SALT_BYTES) } as const;
  const [nonce, body, tag] = encrypt(await passphraseKey(passphrase, file), dataKey, new Uint8Array(0)) as readonly [Uint8Array, Uint8Array, Uint8Array];
  return { ...file, nonce, wrapped: Buffer.concat([body, tag]) };
}

function writeKeyFile(place: ObjectPlace, name: string, file: KeyFile): Promise<void> {
  return place.write(name, [Buffer.from(encodeKeyFile(file, base64, sha256OfText))]);
}

function passphraseKey(passphrase: string, { n, r, p, salt }: { readonly n: number; readonly r: number; readonly p: number; readonly salt: Uint8Array }): Promise<Uint8Array> {
  const options: ScryptOptions = { N: n, r, p, maxmem: 256 * n * r };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, KEY_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

import type { JsonObject } from '@shared/kernel/json';
import { canonicalJson, parseCanonicalJson } from './canonical';
import { Fields } from './fields';
import { SnapshotFormatError } from './format-error';

/** `berth-repository.json`. */
export interface RepositoryFile {
  /** Says which form its packs have. */
  readonly version: 1 | 2;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly createdAt: string;
  readonly encryptAll: boolean;
  readonly secrets: boolean;
}

/** A file of `keys/`. */
export type KeyFile =
  | { readonly kind: 'install'; readonly sealed: string }
  | { readonly kind: 'passphrase'; readonly n: number; readonly r: number; readonly p: number; readonly salt: Uint8Array; readonly nonce: Uint8Array; readonly wrapped: Uint8Array };

/** A file of `locks/`. */
export interface LockFile {
  readonly kind: 'shared' | 'exclusive';
  readonly host: string;
  readonly pid: number;
  /** Start of the process and of the machine as its system says; empty where it says none. */
  readonly process: string;
  readonly boot: string;
  readonly startedAt: string;
  readonly refreshedAt: string;
}

/** Names of what is derived from the data key. */
export const KEY_NAMES = { content: 'berth-snapshot-content', id: 'berth-snapshot-id', manifest: 'berth-snapshot-manifest' } as const;

/** Thrown for a repository of a later Berth. */
export class OtherVersionError extends SnapshotFormatError {}

type Sha256 = (text: string) => string;

/** A document with the hash of itself in it, so that no byte of it changes unseen. */
function withSum(document: JsonObject, sha256: Sha256): string {
  return canonicalJson({ ...document, sha256: sha256(canonicalJson(document)) });
}

function checkedFields(text: string, where: string, sha256: Sha256): Fields {
  const document = parseCanonicalJson(text);
  const fields = Fields.of(document, where);
  const { sha256: sum, ...rest } = document as JsonObject;
  if (fields.hash('sha256') !== sha256(canonicalJson(rest)) || sum === undefined) throw fields.wrong('sha256', 'is not that of the rest');
  return fields;
}

export function encodeRepositoryFile(file: RepositoryFile, sha256: Sha256): string {
  return withSum({ berthRepository: file.version, id: file.id, createdAt: file.createdAt, encryptAll: file.encryptAll, secrets: file.secrets }, sha256);
}

/** Throws OtherVersionError for one that a later Berth made, SnapshotFormatError for one that is damaged. */
export function parseRepositoryFile(text: string, sha256: Sha256): RepositoryFile {
  const fields = checkedFields(text, 'berth-repository.json', sha256);
  const version = fields.count('berthRepository');
  if (version !== 1 && version !== 2) throw new OtherVersionError(`It has version ${String(version)}.`);
  const id = fields.text('id');
  if (!/^[0-9a-f]{32}$/.test(id)) throw fields.wrong('id', 'is not an id');
  const file: RepositoryFile = { version, id, createdAt: fields.when('createdAt'), encryptAll: fields.flag('encryptAll'), secrets: fields.flag('secrets') };
  fields.end();
  return file;
}

export function encodeKeyFile(file: KeyFile, base64: (bytes: Uint8Array) => string, sha256: Sha256): string {
  if (file.kind === 'install') return withSum({ kind: file.kind, sealed: file.sealed }, sha256);
  return withSum({ kind: file.kind, kdf: 'scrypt', n: file.n, r: file.r, p: file.p, salt: base64(file.salt), nonce: base64(file.nonce), wrapped: base64(file.wrapped) }, sha256);
}

/** Throws SnapshotFormatError. What the derivation may cost is bounded: a file must not be able to ask for all memory. */
export function parseKeyFile(text: string, sha256: Sha256): KeyFile {
  const fields = checkedFields(text, 'a key file', sha256);
  const file = keyFileOf(fields);
  fields.end();
  return file;
}

function keyFileOf(fields: Fields): KeyFile {
  const kind = fields.oneOf('kind', ['install', 'passphrase']);
  if (kind === 'install') return { kind, sealed: fields.text('sealed') };
  fields.oneOf('kdf', ['scrypt']);
  const n = fields.count('n', 2 ** 20);
  if (n < 2 ** 14 || (n & (n - 1)) !== 0) throw fields.wrong('n', 'is not a power of two that fits');
  return { kind, n, r: fields.count('r', 16), p: fields.count('p', 4), salt: fields.base64('salt', 16), nonce: fields.base64('nonce', 12), wrapped: fields.base64('wrapped', 48) };
}

export function encodeLockFile(file: LockFile): string {
  return canonicalJson({ berthLock: 1, kind: file.kind, host: file.host, pid: file.pid, process: file.process, boot: file.boot, startedAt: file.startedAt, refreshedAt: file.refreshedAt });
}

/** Throws SnapshotFormatError. */
export function parseLockFile(text: string): LockFile {
  const fields = Fields.of(parseCanonicalJson(text), 'a lock');
  if (fields.count('berthLock') !== 1) throw fields.wrong('berthLock', 'is not 1');
  return {
    kind: fields.oneOf('kind', ['shared', 'exclusive']),
    host: fields.text('host'),
    pid: fields.count('pid'),
    process: fields.text('process'),
    boot: fields.text('boot'),
    startedAt: fields.when('startedAt'),
    refreshedAt: fields.when('refreshedAt'),
  };
}

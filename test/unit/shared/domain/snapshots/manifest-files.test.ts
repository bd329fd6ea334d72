import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { base64Text } from '@shared/domain/snapshots/bytes';
import { canonicalJson } from '@shared/domain/snapshots/canonical';
import { encodeManifestFile, hashedBody, manifestBody, parseManifestBody, parseManifestFile } from '@shared/domain/snapshots/manifest';
import { encodeKeyFile, encodeLockFile, encodeRepositoryFile, OtherVersionError, parseKeyFile, parseLockFile, parseRepositoryFile, type KeyFile } from '@shared/domain/snapshots/repository-files';
import type { JsonObject } from '@shared/kernel/json';
import { manifestOf } from '../../../../support/snapshot-repository';

const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
const PART = { kind: 'volume', name: 'data', tree: ['ab'.repeat(32)], sha256: 'cd'.repeat(32), files: 3, sizeBytes: 12, secret: false, consistency: 'stopped', skipped: [{ path: 'dev', why: 'a device' }], facts: { key: null } } as const;

/** Refuses each text that ends early or has another bit. */
function refusesAll(text: string, read: (text: string) => unknown): void {
  for (let length = 0; length < text.length; length += 1) expect(() => read(text.slice(0, length))).toThrow();
  for (let bit = 0; bit < text.length * 7; bit += 1) {
    const at = Math.floor(bit / 7);
    const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit % 7)) + text.slice(at + 1);
    expect(() => read(changed), changed).toThrow();
  }
}

describe('a manifest', () => {
  it('is what was written', () => {
    const manifest = manifestOf([PART], { tag: 'größe', notes: ['a', 'b'] });
    expect(parseManifestBody(manifestBody(manifest))).toEqual(manifest);
    const file = { body: manifestBody(manifest), mac: 'ab'.repeat(32), sha256: sum(hashedBody(manifestBody(manifest))) };
    expect(parseManifestFile(encodeManifestFile(file))).toEqual(file);
  });

  it.each([
    ['a field that is missing', { tag: undefined }],
    ['a field that is not known', { more: 1 }],
    ['another type', { notes: 'text' }],
    ['another word', { health: 'ill' }],
    ['an id that is none', { id: 'x' }],
    ['one that is not complete', { complete: false }],
    ['a time that is none', { createdAt: 'yesterday' }],
    ['a part with a wrong kind', { parts: [{ ...PART, kind: 'disk' }] }],
    ['a part with a wrong hash', { parts: [{ ...PART, sha256: 'AB' }] }],
    ['a part with a negative size', { parts: [{ ...PART, sizeBytes: -1 }] }],
    ['a part that is none', { parts: [null] }],
  ])('refuses %s', (_, change) => {
    expect(() => parseManifestBody({ ...manifestBody(manifestOf([PART])), ...(change as JsonObject) })).toThrow();
  });

  it('is refused as a file when its hash is that of another body', () => {
    const body = manifestBody(manifestOf([PART]));
    const text = encodeManifestFile({ body, mac: null, sha256: sum(hashedBody(body)) });
    refusesAll(text, (changed) => {
      const file = parseManifestFile(changed);
      if (sum(hashedBody(file.body)) !== file.sha256) throw new Error('another hash');
      return file;
    });
  });
});

describe('the files beside it', () => {
  const repository = { version: 2, id: 'ab'.repeat(16), createdAt: '2026-01-01T00:00:00.000Z', encryptAll: false, secrets: true } as const;

  it('of the repository', () => {
    const text = encodeRepositoryFile(repository, sum);
    expect(parseRepositoryFile(text, sum)).toEqual(repository);
    const first = { ...repository, version: 1 } as const;
    expect(parseRepositoryFile(encodeRepositoryFile(first, sum), sum)).toEqual(first);
    refusesAll(text, (changed) => parseRepositoryFile(changed, sum));
  });

  it('of a later version', () => {
    const later = { berthRepository: 3, more: 'later' };
    expect(() => parseRepositoryFile(canonicalJson({ ...later, sha256: sum(canonicalJson(later)) }), sum)).toThrow(OtherVersionError);
  });

  it('of keys', () => {
    const files: readonly KeyFile[] = [
      { kind: 'install', sealed: 'c2VhbGVk' },
      { kind: 'passphrase', n: 131_072, r: 8, p: 1, salt: new Uint8Array(16).fill(1), nonce: new Uint8Array(12).fill(2), wrapped: new Uint8Array(48).fill(3) },
    ];
    for (const file of files) {
      const text = encodeKeyFile(file, base64Text, sum);
      expect(parseKeyFile(text, sum)).toEqual(file);
      refusesAll(text, (changed) => parseKeyFile(changed, sum));
    }
  });

  it('of keys that ask for all memory', () => {
    const [asks] = [{ kind: 'passphrase', n: 2 ** 30, r: 8, p: 1, salt: new Uint8Array(16), nonce: new Uint8Array(12), wrapped: new Uint8Array(48) } as const];
    expect(() => parseKeyFile(encodeKeyFile(asks, base64Text, sum), sum)).toThrow('n of a key file');
  });

  it('of locks', () => {
    const lock = { kind: 'shared', host: 'h', pid: 7, process: '123', boot: 'b', startedAt: '2026-01-01T00:00:00.000Z', refreshedAt: '2026-01-01T00:01:00.000Z' } as const;
    expect(parseLockFile(encodeLockFile(lock))).toEqual(lock);
    expect(() => parseLockFile('')).toThrow();
  });
});

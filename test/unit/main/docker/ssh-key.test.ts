import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerWith } from '@main/docker/ssh-agent';
import { readSshKey, SshKeyRefusal, string, WireReader } from '@main/docker/ssh-key';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bt-key-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A pair made by OpenSSH: the private file's bytes, and the public key as its own file says it. */
async function made(name: string, ...options: string[]): Promise<{ readonly file: Buffer; readonly blob: Buffer; readonly pem: string }> {
  const path = join(folder, name);
  await run('ssh-keygen', ['-q', '-N', '', '-C', 'made for a test', '-f', path, ...options]);
  const { stdout } = await run('ssh-keygen', ['-e', '-m', 'PKCS8', '-f', `${path}.pub`]).catch(() => ({ stdout: '' }));
  return { file: await readFile(path), blob: Buffer.from((await readFile(`${path}.pub`, 'utf8')).split(' ')[1] ?? '', 'base64'), pem: stdout };
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof SshKeyRefusal) return error.reason;
    throw error;
  }
  return 'none';
}

const DATA = Buffer.from('what is signed');

describe('a private key file', () => {
  it.each([
    ['rsa', ['-t', 'rsa', '-b', '2048']],
    ['rsa as PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ['ecdsa 256', ['-t', 'ecdsa', '-b', '256']],
    ['ecdsa 384', ['-t', 'ecdsa', '-b', '384']],
    ['ecdsa 521', ['-t', 'ecdsa', '-b', '521']],
    ['ecdsa 521 as PEM', ['-t', 'ecdsa', '-b', '521', '-m', 'PEM']],
  ])('of OpenSSH says the public key that OpenSSH says, and signs what that key verifies: %s', async (name, options) => {
    const { file, blob, pem } = await made(name.replaceAll(' ', '-'), ...options);
    const key = readSshKey(file);
    expect(key.blob.equals(blob)).toBe(true);
    const wanted: readonly (readonly [flags: number, name: string, hash: string])[] = name.startsWith('rsa')
      ? [[0, 'ssh-rsa', 'sha1'], [2, 'rsa-sha2-256', 'sha256'], [4, 'rsa-sha2-512', 'sha512']]
      : [[0, `ecdsa-sha2-nistp${name.slice(6, 9)}`, { '256': 'sha256', '384': 'sha384', '521': 'sha512' }[name.slice(6, 9)] ?? '']];
    for (const [flags, type, hash] of wanted) {
      const fields = new WireReader(key.signature(DATA, flags));
      expect(fields.text()).toBe(type);
      const signed = fields.bytes();
      if (name.startsWith('rsa')) expect(verify(hash, DATA, pem, signed)).toBe(true);
      else {
        const pair = new WireReader(signed);
        const bytes = Math.ceil(Number(name.slice(6, 9)) / 8);
        const padded = [pair.integer(), pair.integer()].map((one) => Buffer.concat([Buffer.alloc(bytes - one.length), one]));
        expect(verify(hash, DATA, { key: pem, dsaEncoding: 'ieee-p1363' }, Buffer.concat(padded))).toBe(true);
      }
    }
  });

  it('may be Ed25519, as OpenSSH writes it by itself and as PKCS 8', async () => {
    const { file, blob } = await made('ed25519', '-t', 'ed25519');
    const key = readSshKey(file);
    expect(key.blob.equals(blob)).toBe(true);
    const pair = generateKeyPairSync('ed25519');
    const other = readSshKey(Buffer.from(pair.privateKey.export({ format: 'pem', type: 'pkcs8' })));
    for (const [one, x] of [[key, blob.subarray(-32).toString('base64url')], [other, pair.publicKey.export({ format: 'jwk' }).x ?? '']] as const) {
      const fields = new WireReader(one.signature(DATA, 0));
      expect(fields.text()).toBe('ssh-ed25519');
      expect(verify(null, DATA, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), fields.bytes())).toBe(true);
    }
  });

  it('is refused when it is locked, no key, cut off, or of a kind that is not known', async () => {
    const { file } = await made('cut', '-t', 'ed25519');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'a passphrase', '-f', join(folder, 'locked')]);
    await run('ssh-keygen', ['-q', '-t', 'rsa', '-m', 'PEM', '-N', 'a passphrase', '-f', join(folder, 'locked-pem')]);
    expect(refusal(() => readSshKey(Buffer.from('nothing of the kind')))).toBe('no-key');
    expect(refusal(() => readSshKey(Buffer.from('-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n')))).toBe('no-key');
    for (const name of ['locked', 'locked-pem']) {
      const bytes = await readFile(join(folder, name));
      expect(refusal(() => readSshKey(bytes))).toBe('passphrase');
    }
    const dsa = generateKeyPairSync('ed448').privateKey.export({ format: 'pem', type: 'pkcs8' });
    expect(refusal(() => readSshKey(Buffer.from(dsa)))).toBe('kind');
    const body = Buffer.from(file.toString('latin1').split('\n').slice(1, -2).join(''), 'base64');
    for (let length = 0; length < body.length - 16; length += 7) {
      expect(refusal(() => readSshKey(Buffer.from(`-----BEGIN OPENSSH PRIVATE KEY-----\n${body.subarray(0, length).toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`)))).not.toBe('none');
    }
  });
});

it('an agent with one key tells it, signs with it alone, and does nothing else', async () => {
  const { file, blob } = await made('agent', '-t', 'ed25519');
  const agent = { key: readSshKey(file), name: 'id_build' };
  const ask = (...parts: Buffer[]): Buffer => answerWith(agent, string(Buffer.concat(parts)));
  const told = new WireReader(ask(Buffer.from([11])).subarray(5));
  expect([told.number(), told.bytes().equals(blob), told.text()]).toEqual([1, true, 'id_build']);
  const flags = Buffer.alloc(4);
  expect(ask(Buffer.from([13]), string(blob), string(DATA), flags)[4]).toBe(14);
  for (const question of [[Buffer.from([13]), string('another key'), string(DATA), flags], [Buffer.from([13]), string(blob)], [Buffer.from([19])], [Buffer.alloc(0)]]) expect([...ask(...question)]).toEqual([0, 0, 0, 1, 5]);
});

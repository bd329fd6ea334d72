import { createPrivateKey, sign, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A private key a build may sign in with: what an agent tells of it, and what it signs. Nothing gives the key itself. */
export interface SshKey {
  /** The public key as the agent's protocol carries it. */
  readonly blob: Buffer;
  /** The signature of `data` as the agent's protocol carries it; `flags` say which hash an RSA key is to take. */
  signature(data: Uint8Array, flags: number): Buffer;
}

/** Why a file is no key that can be used. */
export class SshKeyRefusal extends Error {
  constructor(readonly reason: 'passphrase' | 'no-key' | 'kind') {
    super(reason);
    this.name = 'SshKeyRefusal';
  }
}

const OPENSSH = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]*)-----END OPENSSH PRIVATE KEY-----/;
const MAGIC = 'openssh-key-v1\0';
const CURVES: { readonly [curve: string]: { readonly jwk: string; readonly hash: string; readonly bytes: number } } = {
  nistp256: { jwk: 'P-256', hash: 'sha256', bytes: 32 },
  nistp384: { jwk: 'P-384', hash: 'sha384', bytes: 48 },
  nistp521: { jwk: 'P-521', hash: 'sha512', bytes: 66 },
};
/** SSH_AGENT_RSA_SHA2_256 and _512. */
const RSA_SHA256 = 2;
const RSA_SHA512 = 4;

/** Reads a private key without a passphrase, in OpenSSH's format or as PEM: Ed25519, RSA, ECDSA. Throws SshKeyRefusal. */
export function readSshKey(file: Uint8Array): SshKey {
  const text = Buffer.from(file).toString('latin1');
  const openssh = OPENSSH.exec(text);
  return usable(openssh === null ? keyOfPem(text) : keyOfOpenSsh(Buffer.from(openssh[1] ?? '', 'base64')));
}

function keyOfPem(text: string): KeyObject {
  if (!text.includes('PRIVATE KEY-----')) throw new SshKeyRefusal('no-key');
  if (text.includes('ENCRYPTED')) throw new SshKeyRefusal('passphrase');
  try {
    return createPrivateKey(text);
  } catch {
    throw new SshKeyRefusal('no-key');
  }
}

function keyOfOpenSsh(bytes: Buffer): KeyObject {
  if (bytes.subarray(0, MAGIC.length).toString('latin1') !== MAGIC) throw new SshKeyRefusal('no-key');
  const outer = new WireReader(bytes.subarray(MAGIC.length));
  const cipher = outer.text();
  if (cipher !== 'none') throw new SshKeyRefusal('passphrase');
  // How a passphrase is made into a key, and its options: there is none.
  outer.skip(2);
  if (outer.number() !== 1) throw new SshKeyRefusal('kind');
  // The public key: it stands in the private part as well.
  outer.skip(1);
  const inner = new WireReader(outer.bytes());
  if (inner.number() !== inner.number()) throw new SshKeyRefusal('no-key');
  try {
    return createPrivateKey({ key: jwkOf(inner.text(), inner), format: 'jwk' });
  } catch (error) {
    throw error instanceof SshKeyRefusal ? error : new SshKeyRefusal('no-key');
  }
}

function jwkOf(type: string, fields: WireReader): JsonWebKey {
  if (type === 'ssh-ed25519') {
    const x = fields.bytes();
    return { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url'), d: fields.bytes().subarray(0, 32).toString('base64url') };
  }
  if (type === 'ssh-rsa') {
    const [n, e, d, qi, p, q] = [fields.integer(), fields.integer(), fields.integer(), fields.integer(), fields.integer(), fields.integer()] as const;
    const rest = (prime: Buffer): string => Buffer.from(evenHex(BigInt(`0x${d.toString('hex')}`) % (BigInt(`0x${prime.toString('hex')}`) - 1n)), 'hex').toString('base64url');
    return { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url'), d: d.toString('base64url'), p: p.toString('base64url'), q: q.toString('base64url'), dp: rest(p), dq: rest(q), qi: qi.toString('base64url') };
  }
  const curve = type.startsWith('ecdsa-sha2-') ? CURVES[fields.text()] : undefined;
  if (curve === undefined) throw new SshKeyRefusal('kind');
  const point = fields.bytes();
  const d = fields.integer();
  return {
    kty: 'EC',
    crv: curve.jwk,
    x: point.subarray(1, 1 + curve.bytes).toString('base64url'),
    y: point.subarray(1 + curve.bytes).toString('base64url'),
    d: Buffer.concat([Buffer.alloc(Math.max(0, curve.bytes - d.length)), d]).toString('base64url'),
  };
}

function usable(key: KeyObject): SshKey {
  const part = (value: string | undefined): Buffer => Buffer.from(value ?? '', 'base64url');
  if (key.asymmetricKeyType === 'ed25519') {
    return { blob: Buffer.concat([string('ssh-ed25519'), string(part(key.export({ format: 'jwk' }).x))]), signature: (data) => Buffer.concat([string('ssh-ed25519'), string(sign(null, data, key))]) };
  }
  if (key.asymmetricKeyType === 'rsa') {
    const { n, e } = key.export({ format: 'jwk' });
    return {
      blob: Buffer.concat([string('ssh-rsa'), integer(part(e)), integer(part(n))]),
      signature: (data, flags) => {
        const [name, hash] = (flags & RSA_SHA512) !== 0 ? ['rsa-sha2-512', 'sha512'] : (flags & RSA_SHA256) !== 0 ? ['rsa-sha2-256', 'sha256'] : ['ssh-rsa', 'sha1'];
        return Buffer.concat([string(name ?? ''), string(sign(hash, data, key))]);
      },
    };
  }
  const jwk = key.asymmetricKeyType === 'ec' ? key.export({ format: 'jwk' }) : {};
  const [name, curve] = Object.entries(CURVES).find(([, one]) => one.jwk === jwk.crv) ?? [];
  if (name === undefined || curve === undefined) throw new SshKeyRefusal('kind');
  const type = `ecdsa-sha2-${name}`;
  return {
    blob: Buffer.concat([string(type), string(name), string(Buffer.concat([Buffer.from([4]), part(jwk.x), part(jwk.y)]))]),
    signature: (data) => {
      const pair = sign(curve.hash, data, { key, dsaEncoding: 'ieee-p1363' });
      return Buffer.concat([string(type), string(Buffer.concat([integer(pair.subarray(0, curve.bytes)), integer(pair.subarray(curve.bytes))]))]);
    },
  };
}

/** Reads the fields of SSH's wire format. Throws SshKeyRefusal where they end early. */
export class WireReader {
  private at = 0;

  constructor(private readonly from: Buffer) {}

  number(): number {
    if (this.at + 4 > this.from.length) throw new SshKeyRefusal('no-key');
    this.at += 4;
    return this.from.readUInt32BE(this.at - 4);
  }

  bytes(): Buffer {
    const length = this.number();
    if (this.at + length > this.from.length) throw new SshKeyRefusal('no-key');
    this.at += length;
    return this.from.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.bytes().toString('latin1');
  }

  /** Without the zero that keeps a number positive. */
  integer(): Buffer {
    return withoutZeros(this.bytes());
  }

  skip(count: number): void {
    for (let left = count; left > 0; left -= 1) this.bytes();
  }
}

/** A text or bytes with their length before them. */
export function string(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function integer(value: Buffer): Buffer {
  const digits = withoutZeros(value);
  return string((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits);
}

function withoutZeros(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? Buffer.alloc(0) : bytes.subarray(first);
}

function evenHex(value: bigint): string {
  const hex = value.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

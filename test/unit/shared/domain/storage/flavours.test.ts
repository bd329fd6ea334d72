import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAVOURS, flavourOf, flavourStart, refuseFlavourChange, sameData, type LocalFlavour } from '@shared/domain/storage/flavours';

const NAMES = Object.keys(FLAVOURS) as LocalFlavour[];
const KEYS = { accessKey: 'a-key', secretKey: 'a-secret' };

describe('flavours of S3 servers', () => {
  it('are started with their own variables and words', () => {
    expect(flavourStart(FLAVOURS.minio, KEYS, true)).toEqual({
      command: ['server', '/data', '--console-address', ':9001'],
      environment: { MINIO_ROOT_USER: 'a-key', MINIO_ROOT_PASSWORD: 'a-secret' },
    });
    expect(flavourStart(FLAVOURS.silo, KEYS, false)).toEqual({ command: ['server', '/data'], environment: { MINIO_ROOT_USER: 'a-key', MINIO_ROOT_PASSWORD: 'a-secret', MINIO_BROWSER: 'off' } });
    expect(flavourStart(FLAVOURS.versitygw, KEYS, true)).toEqual({
      command: ['--webui', ':9001', '--port', ':9000', '--health', '/health', 'posix', '/data'],
      environment: { ROOT_ACCESS_KEY: 'a-key', ROOT_SECRET_KEY: 'a-secret' },
    });
  });

  it('never have a secret in a command', () => {
    for (const name of NAMES) for (const withConsole of [true, false]) expect(flavourStart(FLAVOURS[name], KEYS, withConsole).command.join(' ')).not.toContain('a-secret');
  });

  it('say what is known of them', () => {
    expect(flavourOf('silo')?.keysPerProject).toBe(true);
    expect(flavourOf('versitygw')).toMatchObject({ keysPerProject: false, licence: 'Apache-2.0' });
    for (const unknown of ['external', 'constructor', '__proto__', '']) expect(flavourOf(unknown)).toBeUndefined();
  });
});

describe('data of another server', () => {
  it('of the same format is read', () => {
    expect(sameData('minio', 'silo')).toBe(true);
    expect(sameData('silo', 'versitygw')).toBe(false);
    expect(sameData('rustfs', 'rustfs')).toBe(true);
    expect(() => refuseFlavourChange('v', 'minio', { flavour: 'silo', reference: 'pgsty/silo:1' })).not.toThrow();
  });

  it('of another one is refused, with both names and a way out', () => {
    expect(() => refuseFlavourChange('berth-s3-data', 'minio', { flavour: 'versitygw', reference: 'ghcr.io/versity/versitygw:v1.8.0' })).toThrow(
      expect.objectContaining({ code: 'blocked', message: expect.stringMatching(/berth-s3-data was written by MinIO.*Versity S3 Gateway/), hint: expect.stringContaining('storage server --image') }),
    );
    expect(() => refuseFlavourChange('v', 'rustfs', { flavour: 'minio', reference: 'berth/minio:local' })).toThrow(/written by rustfs/);
  });

  it('is symmetric, and a server always reads its own', () => {
    const name = fc.oneof(fc.constantFrom(...NAMES), fc.string());
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(sameData(one, other)).toBe(sameData(other, one));
        expect(sameData(one, one)).toBe(true);
      }),
    );
  });
});

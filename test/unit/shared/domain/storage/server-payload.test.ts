import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { riskyFactsOfPayload } from '@shared/domain/engine/risky-facts';
import { refusedField } from '@shared/domain/engine/policy';
import { FLAVOURS, type LocalFlavour } from '@shared/domain/storage/flavours';
import { s3Names, s3NetworkPayload, s3Payload, s3VolumePayload, type S3Spec } from '@shared/domain/storage/server-payload';

const flavours = Object.keys(FLAVOURS) as LocalFlavour[];
const spec = (flavour: LocalFlavour, consolePort: number | null = 9001): S3Spec => ({ names: s3Names('berth-s3', 1), home: '/state/storage', image: 'x:1', flavour: FLAVOURS[flavour], keys: { accessKey: 'access', secretKey: 'secret' }, apiPort: 9000, consolePort });
interface Bindings {
  readonly HostConfig: { readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>> };
  readonly Env: readonly string[];
}

describe('the payload of the S3 server', () => {
  test.each(flavours)('%s needs no agreement of anybody, and every field of it has a rule', (flavour) => {
    const payload = s3Payload(spec(flavour), 'hash');
    expect(riskyFactsOfPayload(payload, '/state/storage')).toEqual([]);
    expect(refusedField('create-container', payload)).toBeNull();
    expect(refusedField('create-volume', { Name: 'v', ...s3VolumePayload('/state/storage', flavour) })).toBeNull();
    expect(refusedField('create-network', { Name: 'n', ...s3NetworkPayload('/state/storage') })).toBeNull();
  });

  test('is published at this machine only, whatever the keys and ports', () => {
    fc.assert(
      fc.property(fc.constantFrom(...flavours), fc.integer({ min: 1, max: 65_535 }), fc.option(fc.integer({ min: 1, max: 65_535 })), (flavour, apiPort, consolePort) => {
        const { HostConfig } = s3Payload({ ...spec(flavour), apiPort, consolePort }, '') as unknown as Bindings;
        const all = Object.values(HostConfig.PortBindings).flat();
        expect(all.every(({ HostIp }) => HostIp === '127.0.0.1')).toBe(true);
        expect(all).toHaveLength(consolePort === null ? 1 : 2);
      }),
    );
  });

  test('answers no page of another origin and calls nobody', () => {
    const { Env } = s3Payload(spec('minio'), '') as unknown as Bindings;
    expect(Env).toContain('MINIO_API_CORS_ALLOW_ORIGIN=https://nobody.invalid');
    expect(Env).toContain('MINIO_UPDATE=off');
    expect((s3Payload(spec('minio', null), '') as unknown as Bindings).Env).toContain('MINIO_BROWSER=off');
  });

  test('has names of its own for every slot', () => {
    expect(s3Names('berth-s3', 1)).toEqual({ container: 'berth-s3', network: 'berth-s3', volume: 'berth-s3-data' });
    expect(s3Names('berth-s3', 3)).toEqual({ container: 'berth-s3-3', network: 'berth-s3-3', volume: 'berth-s3-3-data' });
  });
});

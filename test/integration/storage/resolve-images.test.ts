import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine } from '@main/docker/engine';
import type { BuildRequest, Engine } from '@main/docker/types';
import { imageOverrides, storageImages } from '@main/storage/images';
import type { StorageImages } from '@main/storage/types';
import { pullError } from '@shared/domain/engine/pull-error';
import { FLAVOURS, flavourStart } from '@shared/domain/storage/flavours';
import type { Json } from '@shared/kernel/json';
import { ensureStorageImages } from '../../../scripts/lib/storage-images.mjs';
import { ensureTool } from '../../../scripts/lib/storage-tools.mjs';
import { ensureBusybox, engineJson, engineRequest, BUSYBOX_IMAGE } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { answers, waitUntil } from '../../support/storage';

const NO = { pull: false, build: false };
const quiet = (): void => undefined;
let engine: Engine;

beforeAll(async () => {
  await ensureStorageImages();
  await ensureBusybox();
  engine = createEngine({ env: { DOCKER_HOST: 'unix:///var/run/docker.sock' } });
  await engine.connect();
});
afterAll(() => engine?.close());

function store(): { getSetting(key: string): Promise<Json | undefined>; putSetting(key: string, value: Json): Promise<void> } {
  const kept = new Map<string, Json>();
  return { getSetting: async (key) => kept.get(key), putSetting: async (key, value) => void kept.set(key, value) };
}

const overrides = imageOverrides(store());
const imagesOn = (on: Engine): StorageImages => storageImages({ engine: on, imagesDir: resolve('resources/images'), overrides: imageOverrides(store()) });

/** The engine as it is, without these images, with a registry that answers like this, and with builds that go elsewhere. */
function engineWithout(absent: (reference: string) => boolean, registry: (reference: string) => string | null, build?: (request: BuildRequest) => BuildRequest): { readonly engine: Engine; readonly pulled: string[]; readonly built: string[] } {
  const pulled: string[] = [];
  const built: string[] = [];
  const changed: Partial<Engine> = {
    inspectImage: async (reference) => (absent(reference) && !pulled.includes(reference) ? null : engine.inspectImage(reference)),
    pull: async (reference) => {
      const said = registry(reference);
      if (said !== null) throw pullError(reference, said);
      pulled.push(reference);
    },
    as: () => wrapped,
    build: async (request, onOutput, signal) => {
      built.push(...request.tags);
      return engine.as({ projectDir: resolve('resources/images'), projectName: 'berth', trustedFactKeys: [] }).build(build?.(request) ?? request, onOutput, signal);
    },
  };
  const wrapped: Engine = new Proxy(engine, { get: (target, name) => (changed as Record<PropertyKey, unknown>)[name] ?? (target as unknown as Record<PropertyKey, unknown>)[name] });
  return { engine: wrapped, pulled, built };
}

describe('the image of a role', () => {
  test('is the one that was made here, without asking anybody', async () => {
    const images = imagesOn(engine);
    expect(await images.resolve('s3', NO, quiet)).toMatchObject({ reference: 'berth/minio:local', flavour: 'minio' });
    expect(await images.resolve('rclone', NO, quiet)).toEqual({ reference: 'berth/rclone:local', flavour: 'rclone', notices: [] });
    expect(await images.resolve('s3fs', NO, quiet)).toMatchObject({ reference: 'berth/s3fs:local' });
  });

  test('is not taken by its name alone', async () => {
    const { engine: other } = engineWithout(() => false, () => 'no such host');
    const images = imagesOn(new Proxy(other, { get: (target, name) => (name === 'inspectImage' ? async () => engine.inspectImage(BUSYBOX_IMAGE) : (target as unknown as Record<PropertyKey, unknown>)[name]) }));
    // Every name is a busybox now; only those that Berth did not make are believed.
    expect((await images.resolve('s3', NO, quiet)).reference).toMatch(/^pgsty\/silo:/);
  });

  test('is the user’s own where one is set, and named when it is not there', async () => {
    const images = storageImages({ engine, imagesDir: resolve('resources/images'), overrides });
    await expect(overrides.set('s3', 'minio/minio:latest')).rejects.toMatchObject({ code: 'input-invalid' });
    await overrides.set('s3', BUSYBOX_IMAGE);
    expect(await images.resolve('s3', NO, quiet)).toMatchObject({ reference: BUSYBOX_IMAGE, flavour: 'minio', notices: [expect.stringContaining('does not say')] });
    await overrides.set('s3', 'bt-nowhere.invalid/minio:1');
    await expect(images.resolve('s3', NO, quiet)).rejects.toMatchObject({ code: 'setup-failed', message: expect.stringContaining('bt-nowhere.invalid/minio:1 is not on this machine') });
    await expect(images.resolve('s3', { pull: true, build: false }, quiet)).rejects.toMatchObject({ code: 'setup-failed', message: expect.stringContaining('bt-nowhere.invalid/minio:1 cannot be reached') });
    await overrides.set('s3', null);
    expect((await images.resolve('s3', NO, quiet)).reference).toBe('berth/minio:local');
  });

  test('is never downloaded without consent, and then from the first registry that has it', async () => {
    const nothing = engineWithout(() => true, () => null);
    await expect(imagesOn(nothing.engine).resolve('s3', NO, quiet)).rejects.toMatchObject({ code: 'setup-failed', hint: expect.stringContaining('--pull') });
    expect(nothing.pulled).toEqual([]);

    const quay = engineWithout(() => true, (reference) => (reference.startsWith('quay.io/') ? null : 'toomanyrequests: rate limit'));
    expect(await imagesOn(quay.engine).resolve('s3', { pull: true, build: false }, quiet)).toMatchObject({ reference: 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z', notices: [expect.stringContaining('GHSA-jjjj-jwhf-8rgr'), expect.any(String)] });

    const onlyVersity = engineWithout(() => true, (reference) => (reference.startsWith('ghcr.io/') ? null : 'no such host'));
    await expect(imagesOn(onlyVersity.engine).resolve('s3', { pull: true, build: false }, quiet, undefined, 'minio')).rejects.toMatchObject({ code: 'setup-failed', hint: expect.stringContaining('online') });
    expect(onlyVersity.pulled).toEqual([]);
  });

  test('says of each what went wrong, and stops at what is no matter of registries', async () => {
    const offline = engineWithout(() => true, (reference) => (reference.startsWith('quay.io/') ? 'manifest unknown' : 'dial tcp: no such host'));
    await expect(imagesOn(offline.engine).resolve('s3', { pull: true, build: false }, quiet)).rejects.toMatchObject({
      message: expect.stringMatching(/berth\/minio:local is not on this machine; pgsty\/silo:\S+ cannot be reached; quay\.io\/\S+ does not exist in its registry; ghcr\.io\/\S+ cannot be reached\.$/),
    });
    const full = engineWithout(() => true, () => 'no space left on device');
    await expect(imagesOn(full.engine).resolve('s3', { pull: true, build: true }, quiet)).rejects.toMatchObject({ code: 'disk-full' });
  });

  test('is made on a base that is here, for real, and has the entry in it', async () => {
    const target = 'berth-test/rclone-made:1';
    const { engine: other, built } = engineWithout((reference) => reference === 'berth/rclone:local', () => 'no such host', (request) => ({ ...request, tags: [target] }));
    try {
      expect(await imagesOn(other).resolve('rclone', NO, quiet)).toMatchObject({ reference: 'berth/rclone:local' });
      expect(built).toEqual(['berth/rclone:local']);
      const { Config } = await engineJson<{ Config: { Labels: Record<string, string>; Entrypoint: string[] } }>('GET', `/images/${target}/json`);
      const reference = await engineJson<{ Config: { Labels: Record<string, string> } }>('GET', '/images/berth/rclone:local/json');
      expect(Config).toMatchObject({ Entrypoint: ['/usr/local/bin/berth-storage'], Labels: { 'dev.berth.role': 'rclone', 'dev.berth.sources': reference.Config.Labels['dev.berth.sources'] } });
    } finally {
      await engineRequest('DELETE', `/images/${target}`);
    }
  });
});

test('a second server starts with what its flavour says, and answers where it says', async () => {
  const program = await ensureTool('versitygw');
  const folder = await mkdtemp(join(tmpdir(), 'bt-vgw-'));
  const [api, webConsole] = [await freePort(), await freePort()];
  const flavour = FLAVOURS.versitygw;
  const { command, environment } = flavourStart(flavour, { accessKey: 'bt-access', secretKey: 'bt-secret-key' }, true);
  const here: Record<string, string> = { ':9000': `127.0.0.1:${api}`, ':9001': `127.0.0.1:${webConsole}`, [flavour.dataDir]: folder };
  const server = spawn(program, command.map((word) => here[word] ?? word), { env: environment, stdio: 'ignore' });
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  try {
    await waitUntil(() => answers(`http://127.0.0.1:${api}${flavour.healthPath}`), 20_000, 'the server is healthy');
    expect(await answers(`http://127.0.0.1:${webConsole}/`)).toBe(true);
  } finally {
    server.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
});

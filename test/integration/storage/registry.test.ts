import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine } from '@main/docker/engine';
import type { Engine } from '@main/docker/types';
import { imageOverrides, storageImages } from '@main/storage/images';
import type { Json } from '@shared/kernel/json';
import { ensureBusybox, engineRequest, testSocketPath } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { startBusyRegistry, startLocalRegistry, type LocalRegistry } from '../../support/registry';

const NO = { pull: false, build: false };
const PULL = { pull: true, build: false };
const run = promisify(execFile);
const REPOSITORY = `bt-registry/${randomBytes(4).toString('hex')}`;

describe('an image from a registry', () => {
  let engine: Engine;
  let registry: LocalRegistry;
  const made: string[] = [];

  beforeAll(async () => {
    registry = await startLocalRegistry({ closed: false });
    engine = createEngine({ env: { DOCKER_HOST: `unix://${testSocketPath()}` } });
    await engine.connect();
  }, 300_000);
  afterAll(async () => {
    for (const reference of made) await engineRequest('DELETE', `/images/${reference}`);
    engine?.close();
    await registry?.stop();
  });

  /** Asks for the user's own image of a role, which is looked for nowhere else. */
  async function ask(reference: string, consent: typeof NO): Promise<{ readonly reference: string; readonly said: readonly string[] }> {
    const kept = new Map<string, Json>();
    const overrides = imageOverrides({ getSetting: (key) => Promise.resolve(kept.get(key)), putSetting: (key, value) => Promise.resolve(void kept.set(key, value)) });
    await overrides.set('rclone', reference);
    const said: string[] = [];
    const found = await storageImages({ engine, imagesDir: resolve('resources/images'), overrides }).resolve('rclone', consent, (line) => void said.push(line));
    return { reference: found.reference, said };
  }

  async function push(reference: string): Promise<void> {
    await run('docker', ['tag', await ensureBusybox(), reference]);
    await run('docker', ['push', '--quiet', reference]);
    await engineRequest('DELETE', `/images/${reference}`);
  }

  test('is fetched only where that is allowed, and is there afterwards', async () => {
    const reference = `${registry.host}/${REPOSITORY}:1`;
    made.push(reference);
    await push(reference);
    expect(await engine.inspectImage(reference)).toBeNull();
    await expect(ask(reference, NO)).rejects.toMatchObject({ code: 'setup-failed', message: `There is no image for mounts and copies (rclone): ${reference} is not on this machine.`, hint: expect.stringContaining('--pull') });
    expect(await engine.inspectImage(reference)).toBeNull();
    const found = await ask(reference, PULL);
    expect(found.reference).toBe(reference);
    expect(found.said[0]).toBe(`Downloading ${reference}`);
    expect(await engine.inspectImage(reference)).not.toBeNull();
  });

  test('that does not exist is said not to: neither the name nor the tag', async () => {
    for (const reference of [`${registry.host}/bt-registry/nothing:1`, `${registry.host}/${REPOSITORY}:2`]) {
      await expect(ask(reference, PULL)).rejects.toMatchObject({ code: 'setup-failed', message: `There is no image for mounts and copies (rclone): ${reference} does not exist in its registry.`, hint: expect.stringContaining('docker login') });
    }
  });

  test('of a registry that wants to know who asks is said to be refused', async () => {
    const closed = await startLocalRegistry({ closed: true });
    try {
      const reference = `${closed.host}/${REPOSITORY}:1`;
      await expect(ask(reference, PULL)).rejects.toMatchObject({ code: 'setup-failed', message: `There is no image for mounts and copies (rclone): ${reference} may not be downloaded by you.`, hint: expect.stringContaining('docker login') });
    } finally {
      await closed.stop();
    }
  });

  test('of a registry that was asked too often comes later', async () => {
    const busy = await startBusyRegistry();
    try {
      const reference = `${busy.host}/${REPOSITORY}:1`;
      await expect(ask(reference, PULL)).rejects.toMatchObject({ code: 'setup-failed', message: `There is no image for mounts and copies (rclone): ${reference} may be downloaded again later: its registry allows no more for now.`, hint: expect.stringContaining('Wait a while') });
    } finally {
      await busy.stop();
    }
  });

  test('of a registry that is away is said to be out of reach', async () => {
    const reference = `127.0.0.1:${String(await freePort())}/${REPOSITORY}:1`;
    await expect(ask(reference, PULL)).rejects.toMatchObject({ code: 'setup-failed', message: `There is no image for mounts and copies (rclone): ${reference} cannot be reached.`, hint: expect.stringContaining('online') });
  });
});

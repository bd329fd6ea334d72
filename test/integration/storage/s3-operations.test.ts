import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import type { OperationContext, OperationKind } from '@main/operations/types';
import { AppError } from '@shared/kernel/app-error';
import type { CallContext } from '@main/dispatch/types';
import { engineJson } from '../../support/images';
import { s3World, type S3World } from '../../support/s3-server';
import { storageStage, type StorageStage } from '../../support/storage';

const MIB = 1024 * 1024;
const call: CallContext = { door: 'internal', signal: new AbortController().signal };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
let world: S3World;
let stage: StorageStage;
const doors: S3Door[] = [];

beforeAll(async () => {
  stage = await storageStage('s3o');
  world = await s3World();
  await world.start('one');
  await world.start('two');
});
afterAll(async () => {
  for (const door of doors) door.close();
  await world?.close();
  await stage?.close();
});

const door = async (projectId: string): Promise<S3Door> => {
  const opened = await world.server.door(projectId);
  doors.push(opened);
  return opened;
};
const withKeys = (keys: { readonly accessKey: string; readonly secretKey: string }, endpoint: string): S3Door => {
  const opened = openS3({ endpoint, region: 'us-east-1', accessKey: keys.accessKey, secretKey: keys.secretKey, deadlineMs: 5_000 });
  doors.push(opened);
  return opened;
};
const credentials = (project = 'one') => world.handlers['storage.credentials']({ project }, call);
/** Every file of the state folder, as one text. */
async function allFiles(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const texts = await Promise.all(names.map(async (name) => ((await stat(join(folder, name))).isFile() ? readFile(join(folder, name), 'latin1') : '')));
  return texts.join('\n');
}

describe('buckets', () => {
  test('are made, listed with who uses them, and removed when empty', async () => {
    expect(await world.run('buckets.create', { project: 'one', bucket: 'one-data', versioning: true })).toMatchObject({ state: 'succeeded', result: { bucket: { name: 'one-data', versioning: 'enabled' } } });
    expect(await world.run('buckets.create', { project: 'one', bucket: 'one-data' })).toMatchObject({ state: 'failed', error: { code: 'input-invalid' } });
    expect(await world.run('buckets.create', { project: 'two', bucket: 'two-data' })).toMatchObject({ state: 'succeeded' });
    expect(await world.handlers['buckets.list']({ project: 'one' }, call)).toMatchObject([{ name: 'one-data', versioning: 'enabled', usedBy: [] }, { name: 'two-data', versioning: 'off', usedBy: ['name-of-two'] }]);
    expect(await world.run('buckets.versioning', { project: 'one', bucket: 'one-data', enabled: false })).toMatchObject({ result: { bucket: { versioning: 'suspended' } } });
    expect(await world.run('buckets.versioning', { project: 'one', bucket: 'one-data', enabled: true })).toMatchObject({ result: { bucket: { versioning: 'enabled' } } });
    expect(await world.run('buckets.remove', { project: 'two', bucket: 'one-data' })).toMatchObject({ error: { code: 'blocked' } });
    expect(await world.run('buckets.remove', { project: 'one', bucket: 'nowhere-data' })).toMatchObject({ error: { code: 'not-found' } });
    expect(await world.run('buckets.create', { project: 'one', bucket: 'gone-data' })).toMatchObject({ state: 'succeeded' });
    expect(await world.run('buckets.remove', { project: 'one', bucket: 'gone-data' })).toMatchObject({ state: 'succeeded' });
  });

  test('of one project are closed to the keys of another, and cannot be taken over', async () => {
    const mine = await door('one');
    expect(await mine.bucketNames()).toEqual(['one-data']);
    await expect(mine.list({ bucket: 'two-data', prefix: '', delimiter: '', after: null, limit: 5 })).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(mine.put('two-data', 'x', Buffer.from('x'))).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(world.server.ensureBuckets(world.context(), 'one', ['two-data'])).rejects.toMatchObject({ code: 'blocked', message: expect.stringContaining('name-of-two') });
  });

  test('of a project that is not open any more can be taken over', async () => {
    await world.server.ensureBuckets(world.context(), 'gone-project', ['left-data']);
    await world.server.ensureBuckets(world.context(), 'two', ['left-data']);
    expect([...(await (await door('two')).bucketNames())].sort()).toEqual(['left-data', 'two-data']);
  });
});

describe('objects', () => {
  test('go up and down whole, and mounts are told', async () => {
    const bytes = randomBytes(40 * MIB);
    const file = join(world.home, 'up.bin');
    await writeFile(file, bytes);
    expect(await world.run('objects.put', { project: 'one', bucket: 'one-data', key: 'deep/up.bin', file })).toMatchObject({ state: 'succeeded', result: { sizeBytes: bytes.byteLength, key: 'deep/up.bin' } });
    expect(world.written).toEqual(['one one-data deep/up.bin']);
    const back = join(world.home, 'down.bin');
    expect(await world.run('objects.get', { project: 'one', bucket: 'one-data', key: 'deep/up.bin', file: back })).toMatchObject({ state: 'succeeded' });
    expect(sha256(await readFile(back))).toBe(sha256(bytes));
    expect(await world.run('objects.get', { project: 'one', bucket: 'one-data', key: 'deep/up.bin', file: back })).toMatchObject({ error: { code: 'input-invalid' } });
    expect(await world.run('objects.put', { project: 'one', bucket: 'one-data', key: 'x', file: join(world.home, 'no-such') })).toMatchObject({ error: { code: 'file-unreadable' } });
    await expect(world.operations.enqueue('objects.put', { project: 'one', bucket: 'one-data', key: 'x', file: 'relative' })).rejects.toMatchObject({ code: 'input-invalid' });
    expect(await world.handlers['objects.list']({ project: 'one', bucket: 'one-data', prefix: '', after: undefined, limit: 10 }, call)).toMatchObject({ folders: ['deep/'], objects: [], next: null });
    expect(sha256(await readFile(back))).toBe(sha256(bytes));
  });

  test('older versions are listed and come back', async () => {
    const mine = await door('one');
    await mine.put('one-data', 'note.txt', Buffer.from('first'));
    await mine.put('one-data', 'note.txt', Buffer.from('second'));
    const versions = await world.handlers['objects.versions']({ project: 'one', bucket: 'one-data', key: 'note.txt' }, call);
    expect(versions.map(({ latest }) => latest)).toEqual([true, false]);
    const versionId = versions[1]?.versionId ?? '';
    const old = join(world.home, 'old.txt');
    await world.run('objects.get', { project: 'one', bucket: 'one-data', key: 'note.txt', file: old, versionId });
    expect(await readFile(old, 'utf8')).toBe('first');
    expect(await world.run('objects.remove', { project: 'one', bucket: 'one-data', keys: ['note.txt'] })).toMatchObject({ result: { removed: ['note.txt'], failed: [] } });
    expect(await world.run('objects.restore', { project: 'one', bucket: 'one-data', key: 'note.txt', versionId })).toMatchObject({ state: 'succeeded' });
    expect(Buffer.from(await mine.get('one-data', 'note.txt', 100)).toString()).toBe('first');
  });
});

describe('keys', () => {
  test('are made new for everybody, what runs is told before the old ones end, and data stays', async () => {
    const [before, other] = [await credentials(), await credentials('two')];
    const root = await world.server.records.root();
    const told: string[] = [];
    const listening = world.server.onKeysChanged(async (projects) => {
      const during = await credentials();
      told.push(...projects, await withKeys(during, during.endpoint).bucketNames().then(() => 'new keys work'), await withKeys(before, during.endpoint).bucketNames().then(() => 'old keys work'));
    });
    expect(await world.run('storage.rotate-credentials', { project: 'one', default: false })).toMatchObject({ state: 'succeeded' });
    listening.dispose();
    expect([...told].sort()).toEqual(['gone-project', 'new keys work', 'old keys work', 'one', 'two']);
    const after = await credentials();
    expect(after.secretKey).not.toBe(before.secretKey);
    for (const old of [before, other, root]) await expect(withKeys(old ?? before, after.endpoint).bucketNames()).rejects.toMatchObject({ code: 'input-invalid' });
    expect(Buffer.from(await (await door('one')).get('one-data', 'note.txt', 100)).toString()).toBe('first');
    expect(await (await door('two')).bucketNames()).toContain('two-data');
  });

  test('stay as they were when somebody cannot be told', async () => {
    const before = await credentials();
    const root = await world.server.records.root();
    let calls = 0;
    const listening = world.server.onKeysChanged(async () => {
      calls += 1;
      if (calls === 1) throw new Error('a mount cannot be made again');
    });
    expect((await world.run('storage.rotate-credentials', { project: 'one', default: false })).state).toBe('rolled-back');
    listening.dispose();
    expect(calls).toBe(2);
    // Made anew, the server may find its port taken by somebody who came in between.
    const after = await credentials();
    expect({ ...after, endpoint: '' }).toEqual({ ...before, endpoint: '' });
    expect(await world.server.records.root()).toMatchObject({ secretKey: root?.secretKey });
    expect(await withKeys(before, after.endpoint).bucketNames()).toEqual(['one-data']);
  });

  test('everybody knows are a choice, at this machine only, with a notice', async () => {
    expect(await world.run('storage.rotate-credentials', { project: 'one', default: true })).toMatchObject({ state: 'succeeded', result: { status: { s3: { credentials: 'default', notices: expect.arrayContaining([expect.stringContaining('minioadmin')]) } } } });
    const chosen = await credentials();
    expect(chosen).toMatchObject({ accessKey: 'minioadmin', secretKey: 'minioadmin', kind: 'default' });
    expect([...(await withKeys(chosen, chosen.endpoint).bucketNames())].sort()).toEqual(['left-data', 'one-data', 'two-data']);
    const { HostConfig } = await engineJson<{ HostConfig: { PortBindings: Record<string, { HostIp: string }[]> } }>('GET', `/containers/${world.baseName}/json`);
    expect(new Set(Object.values(HostConfig.PortBindings).flat().map(({ HostIp }) => HostIp))).toEqual(new Set(['127.0.0.1']));
    expect(await world.run('storage.rotate-credentials', { project: 'one', default: false })).toMatchObject({ result: { status: { s3: { credentials: 'generated' } } } });
  });

  test('are sealed where they are kept, and in no operation', async () => {
    const { secretKey } = await credentials();
    expect(world.secrets).toContain(secretKey);
    expect(world.secrets).not.toContain('minioadmin');
    const all = await allFiles(world.home);
    for (const secret of world.secrets) expect(all.includes(secret)).toBe(false);
    const operations = await world.operations.list({ limit: 200 });
    const texts = await Promise.all(operations.map(async ({ id }) => JSON.stringify([await world.operations.get(id), await world.operations.steps(id), await world.operations.logOf(id)])));
    for (const secret of world.secrets) expect(texts.join().includes(secret)).toBe(false);
  });
});

describe('steps that are taken back', () => {
  test('leave the server as it was: one that did not run is stopped again', async () => {
    const fresh = await s3World();
    const kind = (name: string, work: (context: OperationContext) => Promise<void>): OperationKind => ({
      kind: name, key: () => 'k', title: () => name, projectId: () => null,
      run: async (context) => work(context).then(() => { throw new AppError('unhealthy', 'What came behind it failed.'); }),
      rollback: (context) => fresh.server.undo(context),
      finish: async () => null,
    });
    try {
      fresh.operations.register(kind('toy.start', async (context) => {
        await fresh.server.start(context, 'one', { pull: false, build: false });
        await fresh.server.ensureBuckets(context, 'one', ['data']);
      }));
      fresh.operations.register(kind('toy.stop', (context) => fresh.server.stop(context, 'one')));
      expect(await fresh.run('toy.start', {})).toMatchObject({ state: 'rolled-back' });
      expect(await fresh.server.status('one')).toMatchObject({ health: 'stopped' });
      expect(await fresh.server.records.state()).toMatchObject({ wanted: false, users: [] });
      expect(await fresh.server.records.link('one')).toMatchObject({ buckets: [] });
      await fresh.start('one');
      await fresh.server.ensureBuckets(fresh.context(), 'one', ['data']);
      expect(await fresh.run('toy.stop', {})).toMatchObject({ state: 'rolled-back' });
      expect(await fresh.server.status('one')).toMatchObject({ health: 'healthy' });
      expect(await (await fresh.server.door('one')).bucketNames()).toEqual(['data']);
    } finally {
      await fresh.close();
    }
  });

  test('are those of an image that cannot be had too', async () => {
    const failed = await world.run('storage.server', { project: 'one', image: 'bt-nowhere.invalid/minio:1' });
    expect(failed).toMatchObject({ state: 'rolled-back', error: { code: 'setup-failed' } });
    expect(await world.server.status('one')).toMatchObject({ health: 'healthy', image: 'berth/minio:local' });
    expect(await (await door('one')).bucketNames()).toEqual(['one-data']);
  });
});

describe('the console and ports', () => {
  test('are settings; the console is off without its page, and ports move without data', async () => {
    expect((await world.server.status('one')).notices).toContainEqual(expect.stringContaining('web console'));
    const off = await world.run('storage.server', { project: 'one', console: false });
    expect(off).toMatchObject({ state: 'succeeded', result: { status: { s3: { consoleUrl: null, health: 'healthy' } } } });
    expect((await world.server.status('one')).notices).not.toContainEqual(expect.stringContaining('web console'));
    expect(await (await door('one')).bucketNames()).toEqual(['one-data']);
    const on = await world.run('storage.server', { project: 'one', console: true });
    const { consoleUrl } = (on.result as unknown as { status: { s3: { consoleUrl: string } } }).status.s3;
    expect((await fetch(consoleUrl)).status).toBe(200);
  });
});

describe('pages of other origins', () => {
  test('are answered by a server as it comes, and not by this one', async () => {
    const ask = async (endpoint: string): Promise<string | null> => (await fetch(`${endpoint}/one-data`, { headers: { origin: 'https://evil.example' } })).headers.get('access-control-allow-origin');
    expect(await ask(stage.endpoint)).toBe('https://evil.example');
    expect(await ask((await credentials()).endpoint)).toBeNull();
  });
});

describe('an external endpoint', () => {
  test('takes the place of the local server for one project, and its keys are never written down', async () => {
    const secret = stage.secretKey;
    const used = await world.run('storage.use', { target: 'external', project: 'two', endpoint: stage.endpoint, region: 'us-east-1', accessKey: stage.accessKey, secretKey: secret });
    expect(used).toMatchObject({ state: 'succeeded', result: { status: { s3: { origin: 'external', health: 'healthy', credentials: 'given', endpoint: stage.endpoint } } } });
    expect(JSON.stringify(used)).not.toContain(secret);
    expect((await allFiles(world.home)).includes(secret)).toBe(false);
    expect(await world.server.place('two')).toMatchObject({ origin: 'external', endpointInside: stage.endpointInside, network: stage.network });
    await world.server.ensureBuckets(world.context(), 'two', ['far-data']);
    expect(await (await door('two')).bucketNames()).toEqual(['far-data']);
    expect(await (await door('one')).bucketNames()).toEqual(['one-data']);
    const back = await world.run('storage.use', { target: 'local', project: 'two' });
    expect(back).toMatchObject({ state: 'succeeded', result: { status: { s3: { origin: 'local', health: 'healthy' } } } });
    expect(await (await door('two')).bucketNames()).toContain('two-data');
    // Its keys are still kept: asked for again without them, it is the same endpoint.
    expect(await world.run('storage.use', { target: 'external', project: 'two' })).toMatchObject({ state: 'succeeded' });
    expect(await (await door('two')).bucketNames()).toEqual(['far-data']);
    await world.run('storage.use', { target: 'local', project: 'two' });
  });

  test('is not taken when it does not answer, refuses the keys, or its address holds keys', async () => {
    const use = { target: 'external', project: 'two', region: 'us-east-1', accessKey: 'nobody', secretKey: 'no-such-secret' };
    expect(await world.run('storage.use', { ...use, endpoint: stage.endpoint })).toMatchObject({ state: 'failed', error: { code: 'input-invalid' } });
    expect(await world.run('storage.use', { ...use, endpoint: 'http://127.0.0.1:1' })).toMatchObject({ state: 'failed', error: { code: 'service-unreachable' } });
    for (const endpoint of ['ftp://x', 'http://user:pass@127.0.0.1:1', `${stage.endpoint}/bucket`]) await expect(world.operations.enqueue('storage.use', { ...use, endpoint })).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(world.operations.enqueue('storage.use', { target: 'external', project: 'three', endpoint: stage.endpoint })).rejects.toMatchObject({ code: 'input-invalid', message: expect.stringContaining('keys') });
    expect(await world.server.status('two')).toMatchObject({ origin: 'local' });
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import { engineJson, engineRequest } from '../../support/images';
import { execIn, inData as inDataOf, waitUntil } from '../../support/storage';
import { inspect, seen, storageWorld, type StorageWorld } from './storage-kit';

type Runs = OutputOf<'storage.runs'>;
type Report = OutputOf<'storage.validate'>;

let world: StorageWorld;
let door: S3Door;
const name = (service: string): string => `${world.project.name}-${service}`;
const bucket = (purpose: string): string => `${world.project.name}-${purpose}`;
const runs = (): Promise<Runs> => world.call<Runs>('storage.runs');

const inData = (script: string, user?: string): Promise<string> => inDataOf(world.project.name, script, user);

beforeAll(async () => {
  world = await storageWorld('stl');
  await world.done('storage.setup', { preset: 'complementary' });
  await world.ownNames();
});
afterAll(async () => {
  door?.close();
  await world.close();
});

describe('storage as a whole', () => {
  test('is started in its order: conflicts, S3, buckets, folders, mounts, copies', async () => {
    const ended = await world.run('storage.start');
    const log = await world.services.operations.logOf(ended.id);
    expect(ended.error, log.join('\n')).toBeNull();
    expect(log.filter((line) => line.endsWith(': done.')).map((line) => line.replace(': done.', ''))).toEqual(['Looking for conflicts', 'Starting S3', 'Making buckets', 'Making folders', 'Mounting buckets', 'Starting scheduled copies']);
    const status = (ended.result as unknown as { readonly status: OutputOf<'storage.status'> }).status;
    expect(status.s3.health).toBe('healthy');
    expect(status.mounts.map((one) => one.state)).toEqual(['healthy', 'healthy', 'healthy']);
    expect(status.jobs.map((one) => one.state)).toEqual(['waiting', 'waiting']);
    expect(status.folders.map((one) => [one.path, one.state])).toEqual([['/mnt/efs', 'ok'], ['/mnt/s3/data', 'ok'], ['/mnt/s3/index', 'ok'], ['/mnt/s3/realtime', 'ok']]);
    expect(status.measured?.memoryBytes).toBeGreaterThan(1024 * 1024);
    expect(await world.call<{ findings: unknown[] }>('storage.conflicts')).toMatchObject({ findings: [] });
    await seen(world, (event) => event.type === 'storage.changed' && event.status.mounts.every((one) => one.state === 'healthy'), 10_000);
    const place = await world.call<OutputOf<'storage.credentials'>>('storage.credentials');
    const startedAt = async (container: string): Promise<number> => Date.parse((await inspect<{ State: { StartedAt: string } }>(container)).State.StartedAt);
    const times = [await startedAt(process.env['BERTH_S3_NAME'] ?? ''), await startedAt(name('rclone-mount')), await startedAt(name('s3-sync'))];
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    door = openS3({ endpoint: place.endpoint, region: 'us-east-1', accessKey: place.accessKey, secretKey: place.secretKey, deadlineMs: 10_000 });
    expect(await door.bucketNames()).toEqual(['archive', 'data', 'index', 'logs', 'realtime'].map(bucket));
  }, 180_000);

  test('its containers have exactly their limits, and configurations of their own', async () => {
    type Limits = { HostConfig: { Memory: number; MemoryReservation: number; NanoCpus: number; CpuShares: number; RestartPolicy: { Name: string } } };
    const limits = async (container: string) => {
      const { HostConfig: found } = await inspect<Limits>(name(container));
      return [found.Memory, found.MemoryReservation, found.NanoCpus, found.CpuShares];
    };
    expect(await limits('rclone-mount')).toEqual([268_435_456, 134_217_728, 200_000_000, 102]);
    expect(await limits('s3-sync')).toEqual([134_217_728, 67_108_864, 100_000_000, 51]);
    expect((await execIn(name('rclone-mount'), 'rclone', 'config', 'file')).stdout).toContain('/root/.config/rclone-mount/rclone.conf');
    expect((await execIn(name('s3-sync'), 'rclone', 'config', 'file')).stdout).toContain('/root/.config/rclone-sync/rclone.conf');
    expect((await execIn(name('s3-sync'), 'touch', '/mnt/efs/x')).stderr).toContain('Read-only');
  });

  test('the folders of the data are there before anything runs, 1000:1000 and 0755', async () => {
    expect(await inData("cd /mnt/efs && stat -c '%u:%g %a %n' processed logs uploads test")).toBe('1000:1000 755 processed\n1000:1000 755 logs\n1000:1000 755 uploads\n1000:1000 755 test\n');
  });

  test('sizes of folders agree with df', async () => {
    const df = async (): Promise<readonly [number, number]> => {
      const [, used = 0, free = 0] = /(\d+)\s+(\d+)\s+\d+%/.exec((await execIn(name('s3-sync'), 'df', '-Pk', '/mnt/efs')).stdout)?.map(Number) ?? [];
      return [used * 1024, free * 1024];
    };
    // Others write to this disk meanwhile: the answer lies between what df says before and after it, within 1 %.
    const before = await df();
    const folder = (await world.status()).folders[0];
    const after = await df();
    [folder?.usedBytes ?? 0, folder?.freeBytes ?? 0].forEach((said, index) => {
      const around = [before[index] ?? 0, after[index] ?? 0];
      expect(said).toBeGreaterThan(Math.min(...around) * 0.99);
      expect(said).toBeLessThan(Math.max(...around) * 1.01);
    });
  });
});

describe('copies', () => {
  test('go one way: what is deleted here stays there, what others change there is kept and named', async () => {
    await inData('for n in $(seq 20); do echo p$n > /mnt/efs/processed/p$n.txt; echo l$n > /mnt/efs/logs/l$n.log; done');
    const first = (await world.done('storage.sync'))['runs'] as unknown as Runs;
    expect(first.map((one) => [one.state, one.files, one.errors])).toEqual([['succeeded', 20, 0], ['succeeded', 20, 0]]);
    const objects = async (purpose: string): Promise<readonly string[]> => (await door.list({ bucket: bucket(purpose), prefix: '', delimiter: '', after: null, limit: 100 })).objects.map((one) => one.key);
    expect(await objects('archive')).toHaveLength(20);
    expect(await objects('logs')).toHaveLength(20);
    for (const purpose of ['data', 'index', 'realtime']) expect(await objects(purpose)).toEqual([]);
    const again = (await world.done('storage.sync'))['runs'] as unknown as Runs;
    expect(again.map((one) => [one.files, one.drifted])).toEqual([[0, []], [0, []]]);

    await inData('rm /mnt/efs/processed/p1.txt && echo newer > /mnt/efs/processed/p2.txt && echo mine > /mnt/efs/processed/p3.txt');
    await door.put(bucket('archive'), 'p2.txt', new TextEncoder().encode('somebody else'));
    await door.remove(bucket('archive'), ['p4.txt']);
    const [run] = (await world.done('storage.sync', { job: '/mnt/efs/processed' }))['runs'] as unknown as Runs;
    expect(run).toMatchObject({ state: 'succeeded', files: 2, drifted: ['p2.txt', 'p4.txt'] });
    expect(run?.detail).toContain('changed in the bucket by somebody else');
    const text = async (key: string): Promise<string> => new TextDecoder().decode(await door.get(bucket('archive'), key, 100));
    expect([await text('p1.txt'), await text('p2.txt'), await text('p3.txt'), await text('p4.txt')]).toEqual(['p1\n', 'somebody else', 'mine\n', 'p4\n']);
    expect(await inData('cat /mnt/efs/processed/p2.txt')).toBe('newer\n');
    await door.remove(bucket('archive'), ['p2.txt']);
    await world.done('storage.sync');
    expect(await text('p2.txt')).toBe('newer\n');
    expect((await runs()).length).toBeGreaterThanOrEqual(7);
  }, 120_000);

  test('of what both wrote keep both and list it, until it is chosen what happens to it', async () => {
    const sync = async (): Promise<Runs[number] | undefined> => ((await world.done('storage.sync', { job: '/mnt/efs/processed' }))['runs'] as unknown as Runs)[0];
    const choose = (decision: string, option: string): Promise<unknown> => world.call('storage.choose', { decision, option });
    const held = async () => (await world.call<OutputOf<'storage.conflicts'>>('storage.conflicts')).findings.map((one) => [one.code, one.severity]);
    const text = async (key: string): Promise<string> => new TextDecoder().decode(await door.get(bucket('archive'), key, 100));
    const theirs = (words: string) => door.put(bucket('archive'), 'both.txt', new TextEncoder().encode(words));
    await choose('bucketStrategy', 'C');
    await inData('echo first > /mnt/efs/processed/both.txt');
    await sync();
    await theirs('theirs');
    await inData('echo mine > /mnt/efs/processed/both.txt');
    expect(await sync()).toMatchObject({ state: 'succeeded', drifted: ['both.txt'] });
    expect([await text('both.txt'), await inData('cat /mnt/efs/processed/both.txt')]).toEqual(['theirs', 'mine\n']);
    expect(await held()).toEqual([['WRITTEN_TWICE', 'warning']]);

    await choose('sharedObjects', 'keep-both');
    expect((await sync())?.detail).toContain('kept there by another name');
    const names = (await door.list({ bucket: bucket('archive'), prefix: 'both', delimiter: '', after: null, limit: 10 })).objects.map((one) => one.key);
    expect(names).toEqual([expect.stringMatching(/^both\.conflict-\d{8}T\d{6}Z\.txt$/), 'both.txt']);
    expect([await text(names[0] ?? ''), await text('both.txt')]).toEqual(['theirs', 'mine\n']);
    expect(await held()).toEqual([]);
    expect(await sync()).toMatchObject({ files: 0, drifted: [] });

    await choose('sharedObjects', 'newest');
    await theirs('newer than the file');
    expect(await sync()).toMatchObject({ files: 0, drifted: ['both.txt'] });
    expect(await text('both.txt')).toBe('newer than the file');
    // S3 keeps whole seconds: the file is later by more than that.
    await inData('echo newest > /mnt/efs/processed/both.txt && touch -d "$(date -d @$(($(date +%s) + 2)) +%Y-%m-%d\\ %H:%M:%S)" /mnt/efs/processed/both.txt');
    expect(await sync()).toMatchObject({ files: 1 });
    expect([await text('both.txt'), await held(), (await sync())?.drifted]).toEqual(['newest\n', [], []]);
    await choose('sharedObjects', 'hold');
    await choose('bucketStrategy', 'A');
  }, 120_000);

  test('begin again in a container that was stopped', async () => {
    await engineRequest('POST', `/containers/${name('s3-sync')}/stop?t=1`);
    await seen(world, (event) => event.type === 'storage.changed' && event.status.jobs.every((one) => one.state === 'stopped'), 15_000);
    expect((await world.status()).folders[0]).toMatchObject({ path: '/mnt/efs', state: 'down' });
    expect(((await world.done('storage.sync'))['runs'] as unknown as Runs).map((one) => one.state)).toEqual(['succeeded', 'succeeded']);
    expect((await world.status()).folders[0]?.state).toBe('ok');
  }, 60_000);

  test('that are cancelled end, also in their container', async () => {
    await inData('head -c 300000000 /dev/urandom > /mnt/efs/processed/large.bin');
    const { operationId } = await world.call<{ operationId: string }>('storage.sync', { job: '/mnt/efs/processed' });
    await waitUntil(async () => (await execIn(name('s3-sync'), 'sh', '-c', "ps | grep -c '[r]clone copy'")).stdout.trim() !== '0', 20_000, 'rclone runs');
    await world.call('operations.cancel', { id: operationId });
    expect((await world.services.operations.wait(operationId, 30_000)).state).toBe('cancelled');
    await waitUntil(async () => (await execIn(name('s3-sync'), 'sh', '-c', "ps | grep -c '[r]clone copy'")).stdout.trim() === '0', 15_000, 'rclone has ended');
    expect((await runs())[0]?.state).toBe('cancelled');
    await inData('rm /mnt/efs/processed/large.bin');
  }, 90_000);
});

describe('the validators, and copies by their schedule meanwhile', () => {
  const scheduled = { id: '', before: 0 };
  const succeeded = async (): Promise<number> => (await runs()).filter((one) => one.state === 'succeeded').length;
  test('are there with their schedules', async () => {
    const found = (await world.call<OutputOf<'schedules.list'>>('schedules.list')).filter((one) => one.kind === 'storage.sync');
    expect(found.map((one) => [one.everySeconds, one.enabled])).toEqual([[300, true]]);
    scheduled.before = await succeeded();
    scheduled.id = (await world.call<{ id: string }>('schedules.set', { kind: 'storage.sync', input: { project: world.id, job: 's3-sync:/mnt/efs/logs' }, everySeconds: 10, enabled: true })).id;
  });

  const validate = async (what: string): Promise<Report> => (await world.done('storage.validate', { what })) as unknown as Report;
  const leftovers = async (): Promise<readonly string[]> => {
    const found = await Promise.all(['archive', 'data', 'index', 'logs', 'realtime'].map(async (one) => (await door.list({ bucket: bucket(one), prefix: '.berth', delimiter: '', after: null, limit: 10 }).catch(() => ({ objects: [] }))).objects.map((object) => object.key)));
    return found.flat();
  };

  test('pass with real files, and leave none behind', async () => {
    const report = await validate('all');
    expect(report.tests.filter((one) => !one.ok)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.tests.find((one) => one.name === '/mnt/efs')?.output).toBe('EFS Test...\nHello!');
    expect(report.tests.find((one) => one.name === '/mnt/efs (100 MB)')?.output).toMatch(/^104857600 bytes, sha256 [0-9a-f]{64}$/);
    expect(report.tests.filter((one) => one.kind === 's3').map((one) => one.name)).toEqual(['archive', 'data', 'index', 'logs', 'realtime'].map(bucket));
    expect(report.tests.filter((one) => one.kind === 'mount')).toHaveLength(3);
    expect(await inData("cat /mnt/efs/test/test.txt && stat -c '%u:%g' /mnt/efs/test/test.txt && ls -A /mnt/efs/test")).toBe('Hello!\n1000:1000\ntest.txt\n');
    expect(await leftovers()).toEqual([]);
  }, 120_000);

  test('give a mount that S3 has kept waiting the time to answer again', async () => {
    const server = process.env['BERTH_S3_NAME'] ?? '';
    world.events.splice(0);
    await engineRequest('POST', `/containers/${server}/pause`);
    let operationId = '';
    try {
      await seen(world, (event) => event.type === 'storage.changed' && event.status.mounts.every((one) => one.state === 'degraded'), 15_000);
      ({ operationId } = await world.call<{ operationId: string }>('storage.validate', { what: 'mounts' }));
      await waitUntil(async () => (await world.services.operations.logOf(operationId)).some((line) => line.startsWith('Waits for /mnt/s3/data: Mounted, but S3 is away')), 10_000, 'the test waits for a mount');
    } finally {
      await engineRequest('POST', `/containers/${server}/unpause`);
    }
    const { result } = await world.services.operations.wait(operationId, 30_000);
    expect((result as unknown as Report).tests.map((one) => [one.kind, one.ok, one.detail])).toEqual(Array(3).fill(['mount', true, '']));
  }, 60_000);

  test('name exactly the bucket that is missing', async () => {
    await door.removeBucket(bucket('index')).catch(async () => world.done('buckets.remove', { bucket: bucket('index') }));
    const report = await validate('s3');
    expect(report.tests.filter((one) => !one.ok).map((one) => [one.name, one.code])).toEqual([[bucket('index'), 'NoSuchBucket']]);
    expect(await leftovers()).toEqual([]);
  });

  test('copies have run again and again by their schedule, never two at once', async () => {
    const { id, before } = scheduled;
    const ofJob = (): Promise<Runs> => world.call<Runs>('storage.runs', { job: 's3-sync:/mnt/efs/logs' });
    // The tests before this one held the project: what was due meanwhile ran late.
    const alone = Date.now();
    const since = async (): Promise<Runs> => (await ofJob()).toReversed().filter((one) => one.state === 'succeeded' && Date.parse(one.startedAt) > alone);
    await waitUntil(async () => (await since()).length >= 2 && (await succeeded()) >= before + 3, 100_000, 'the schedule has run it');
    const due = Date.parse((await world.call<OutputOf<'schedules.list'>>('schedules.list')).find((one) => one.id === id)?.nextAt ?? '');
    await world.call('schedules.remove', { id });
    /** The time of the schedule that something lies at or after. */
    const turn = (at: string): number => Math.floor((Date.parse(at) - due) / 10_000);
    const found = await since();
    for (const [index, run] of found.entries()) {
      expect(Date.parse(run.startedAt) - due - turn(run.startedAt) * 10_000).toBeLessThan(5_000);
      const last = found[index - 1];
      // None is left out but those that were due while one was still running.
      if (last !== undefined) expect(turn(run.startedAt)).toBe(turn(last.finishedAt ?? '') + 1);
    }
    const all = (await ofJob()).toReversed();
    for (const [index, { startedAt }] of all.entries()) if (index > 0) expect(Date.parse(all[index - 1]?.finishedAt ?? '')).toBeLessThanOrEqual(Date.parse(startedAt));
  }, 150_000);

  test('say whose folder is whose, and the next start mends it', async () => {
    await inData('chown 0:0 /mnt/efs/uploads && chmod 0700 /mnt/efs/logs', '0:0');
    const report = await validate('efs');
    const owner = report.tests.find((one) => one.name === '/mnt/efs (owner)');
    expect(owner).toMatchObject({ ok: false, code: 'owner-mismatch' });
    expect(owner?.detail).toContain('/mnt/efs/uploads');
    await world.done('storage.start');
    expect((await validate('all')).ok).toBe(true);
  }, 150_000);

  test("fail with the container's own words where nothing can be written", async () => {
    await inData('chmod 0555 /mnt/efs/test && chown 0:0 /mnt/efs/test && rm -f /mnt/efs/test/test.txt', '0:0');
    const hello = (await validate('efs')).tests.find((one) => one.name === '/mnt/efs');
    expect(hello).toMatchObject({ ok: false });
    expect(hello?.output).toContain('Permission denied');
    await world.done('storage.start', { component: 'sync' });
  }, 90_000);
});

describe('services of the project', () => {
  test('are given S3 and the mounts by an override file; their own file stays', async () => {
    const before = await world.project.read('compose.yaml');
    const { operationId, files, diff } = await world.done('storage.connect', { services: ['app'] });
    expect(files).toEqual(['docker-compose.s3.yml', 'berth.yaml']);
    const { accessKey, secretKey } = await world.call<OutputOf<'storage.credentials'>>('storage.credentials');
    const keys = await readFile(join(world.project.dir, '.berth/s3.env'), 'utf8');
    expect(keys).toContain(secretKey);
    expect(JSON.stringify([diff, await world.project.read('docker-compose.s3.yml')])).not.toContain(secretKey);
    expect(await world.project.read('compose.yaml')).toBe(before);
    await world.services.dispatcher.call('projects.open', { dir: world.project.dir, trust: true }, { door: 'cli', signal: new AbortController().signal });
    const switched = await world.services.operations.wait((await world.call<{ operationId: string }>('modes.switch', { project: world.id, mode: 'default' })).operationId, 120_000);
    expect(switched.error).toBeNull();
    const { Id } = (await engineJson<{ Id: string; Labels: Record<string, string> }[]>('GET', `/containers/json?filters=${encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${world.project.name}`] }))}`)).find((one) => one.Labels['com.docker.compose.service'] === 'app') ?? { Id: '' };
    await door.put(bucket('data'), 'seen.txt', new TextEncoder().encode('seen'));
    await world.done('storage.refresh');
    expect((await execIn(Id, 'cat', '/mnt/s3/data/seen.txt')).stdout).toBe('seen');
    expect((await execIn(Id, 'sh', '-c', 'echo $AWS_ACCESS_KEY_ID $AWS_ENDPOINT_URL')).stdout.trim()).toMatch(new RegExp(`^${accessKey} http://bt-s3-`));
    await world.done('operations.undo', { id: String(operationId) });
    await expect(world.project.read('berth.yaml')).rejects.toMatchObject({ code: 'ENOENT' });
  }, 180_000);
});

describe('the end', () => {
  test('a mount that is stopped is said to be down', async () => {
    await world.done('storage.stop', { component: 'mounts' });
    const { folders } = await world.status();
    expect(folders.map((one) => one.state)).toEqual(['ok', 'down', 'down', 'down']);
    for (const one of folders.slice(1)) expect(one.detail).not.toBe('');
  }, 90_000);

  test('a conflict stops the start with its sentence, and nothing is started', async () => {
    await world.done('storage.stop');
    const env = await world.project.read('.env');
    const file = await world.project.read('docker-compose.storage.yml');
    await world.project.write('.env', env.replace(/S3_ARCHIVE_BUCKET=.*/, `S3_ARCHIVE_BUCKET=${bucket('data')}`));
    await world.project.write('docker-compose.storage.yml', file.replaceAll(/^ +- --read-only\n/gm, ''));
    const ended = await world.run('storage.start');
    expect(ended.error).toMatchObject({ code: 'blocked' });
    expect(ended.error?.message).toContain('write to the same bucket');
    await world.project.write('.env', env);
    await world.project.write('docker-compose.storage.yml', file);
    const { s3, mounts, jobs } = await world.status();
    expect([s3.health, ...mounts.map((one) => one.state), ...jobs.map((one) => one.state)]).toEqual(['stopped', 'stopped', 'stopped', 'stopped', 'stopped', 'stopped']);
    expect((await world.call<OutputOf<'schedules.list'>>('schedules.list')).filter((one) => one.kind === 'storage.sync')).toEqual([]);
  }, 90_000);
});

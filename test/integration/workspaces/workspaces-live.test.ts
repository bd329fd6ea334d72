import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import { BUSYBOX_IMAGE, engineJson } from '../../support/images';
import { execIn, waitUntil } from '../../support/storage';
import { inspect, storageWorld, type StorageWorld } from '../storage/storage-kit';

type Status = OutputOf<'workspaces.list'>;
type Report = OutputOf<'workspaces.sync'>;
type Conflicts = OutputOf<'workspaces.conflicts'>;

let world: StorageWorld;
let door: S3Door;
let bucket: string;
const root = (): string => join(world.project.dir, 'workspaces');
const mountContainer = (): string => `${world.project.name}-workspace-rclone`;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root(), path)), { recursive: true });
  await writeFile(join(root(), path), text);
}

async function keys(): Promise<readonly string[]> {
  return (await door.list({ bucket, prefix: '', delimiter: '', after: null, limit: 1_000 })).objects.map((one) => one.key).filter((key) => !key.startsWith('.berth/'));
}

async function object(key: string): Promise<string> {
  return new TextDecoder().decode(await door.get(bucket, key, 10_000));
}

/** As this machine sees the mount: commands in its container would take the little CPU it has. */
async function inMount(path: string): Promise<string | null> {
  return readFile(join(world.home, 'storage', world.id, 'root/mnt/workspaces', path), 'utf8').catch(() => null);
}

const list = (): Promise<Status> => world.call<Status>('workspaces.list');
const sync = async (input: { readonly [name: string]: string | boolean } = {}): Promise<Report> => (await world.done('workspaces.sync', input)) as unknown as Report;

beforeAll(async () => {
  world = await storageWorld('ws');
  bucket = `${world.project.name}-ws`;
  await world.done('storage.setup', { preset: 'workspace' });
  const file = 'docker-compose.rclone.yml';
  const text = await world.project.read(file);
  await world.project.write(file, text.replace(/container_name: ([\w-]+)/g, `container_name: ${world.project.name}-$1`).replaceAll('minio:workspaces', `minio:${bucket}`));
  await write('www/package.json', '{"name":"www"}\n');
  await write('www/public/index.html', '<h1>www</h1>\n');
  await write('www/node_modules/left/index.js', 'x'.repeat(200_000));
  await write('api/package.json', '{"name":"api"}\n');
  await write('api/app.js', 'console.log(1)\n');
  await write('api/.env', 'TOKEN=planted-secret\n');
  await world.done('storage.start', { component: 's3' });
  const place = await world.call<OutputOf<'storage.credentials'>>('storage.credentials');
  door = openS3({ endpoint: place.endpoint, region: 'us-east-1', accessKey: place.accessKey, secretKey: place.secretKey, deadlineMs: 10_000 });
}, 180_000);
afterAll(async () => {
  door?.close();
  await world.close();
});

describe('workspaces', () => {
  test('nothing is sent before somebody asks for it', async () => {
    const before = await list();
    expect(before.workspaces.map((one) => [one.name, one.state, one.local?.files])).toEqual([['api', 'never', 2], ['www', 'never', 2]]);
  });

  test('the first sync sends the source and nothing else', async () => {
    const report = await sync();
    expect(report.workspaces.map(({ name, uploaded, deleted, unchanged }) => [name, uploaded, deleted, unchanged])).toEqual([['api', 2, 0, 0], ['www', 2, 0, 0]]);
    expect(await keys()).toEqual(['api/app.js', 'api/package.json', 'www/package.json', 'www/public/index.html']);
    expect((await sync()).workspaces.map(({ uploaded, unchanged }) => [uploaded, unchanged])).toEqual([[0, 2], [0, 2]]);
  });

  test('here, bucket and mount agree, and what was saved is told', async () => {
    await world.done('storage.start', { component: 'mounts' });
    const status = await list();
    const [, www] = status.workspaces;
    expect(www).toMatchObject({ name: 'www', state: 'synced', local: { files: 2 }, bucket: { files: 2 }, mount: { files: 2 } });
    expect(www?.whole?.bytes).toBeGreaterThan(200_000);
    expect(www?.savingsPercent).toBeGreaterThan(99);
    expect(status.totals.savingsPercent).toBeGreaterThan(99);
    expect((await execIn(mountContainer(), 'find', '/mnt/workspaces', '-name', 'node_modules')).stdout).toBe('');
    expect((await execIn(mountContainer(), 'touch', '/mnt/workspaces/x')).stderr).toContain('Read-only');
  }, 120_000);

  test('a save is in the bucket and in the mount without anybody asking', async () => {
    await write('api/app.js', 'console.log(2)\n');
    await waitUntil(async () => (await object('api/app.js')) === 'console.log(2)\n', 20_000, 'the object is new');
    await waitUntil(async () => (await inMount('api/app.js')) === 'console.log(2)\n', 20_000, 'the mount shows it');
    await write('api/.env.local', 'A=1\n');
    await rm(join(root(), 'www/public/index.html'));
    await waitUntil(async () => !(await keys()).includes('www/public/index.html'), 20_000, 'the object is gone');
    expect((await keys()).filter((key) => key.includes('.env'))).toEqual([]);
  }, 90_000);

  test('a new folder is a workspace at once', async () => {
    await write('jobs/run.js', '1\n');
    await waitUntil(async () => (await keys()).includes('jobs/run.js'), 20_000, 'the new workspace is sent');
    await waitUntil(() => Promise.resolve(world.events.some((event) => event.type === 'workspaces.changed' && event.workspaces.workspaces.some((one) => one.name === 'jobs'))), 20_000, 'it is told');
  }, 60_000);
});

describe('rules', () => {
  test('are explained by file and line', async () => {
    const explain = (path: string): Promise<OutputOf<'workspaces.explain'>> => world.call('workspaces.explain', { path });
    expect(await explain('www/node_modules/left/index.js')).toMatchObject({ included: false, rule: 'node_modules/', source: 'default' });
    expect(await explain('workspaces/api/.env')).toMatchObject({ path: 'api/.env', included: false, rule: '.env*', source: 'default' });
    expect(await explain('api/app.js')).toMatchObject({ included: true, rule: null });
    await expect(explain('../compose.yaml')).rejects.toThrow(/is not in the workspaces folder/);
  });

  test('a new one is previewed, written, takes objects from the bucket, and is taken back byte for byte', async () => {
    await write('api/temp/a', 'a\n');
    await write('api/keep.tmp', 'k\n');
    await write('api/.gitignore', '# mine\n');
    await waitUntil(async () => (await keys()).includes('api/temp/a'), 20_000, 'it is sent first');
    const preview = await world.call<OutputOf<'workspaces.preview-exclude'>>('workspaces.preview-exclude', { name: 'api', text: '# mine\ntemp/\n*.tmp\n' });
    expect(preview.excluded).toEqual(['api/keep.tmp', 'api/temp/a']);
    const changed = await world.run('workspaces.exclude', { name: 'api', patterns: ['temp/', '*.tmp'] });
    expect(changed.error).toBeNull();
    expect(await readFile(join(root(), 'api/.gitignore'), 'utf8')).toBe('# mine\ntemp/\n*.tmp\n');
    await sync();
    expect((await keys()).filter((key) => key.includes('tmp') || key.includes('temp'))).toEqual([]);
    expect((await stat(join(root(), 'api/temp/a'))).isFile()).toBe(true);
    const undone = await world.call<{ operationId: string }>('operations.undo', { id: changed.id });
    await world.services.operations.wait(undone.operationId, 30_000);
    expect(await readFile(join(root(), 'api/.gitignore'), 'utf8')).toBe('# mine\n');
    await sync();
    expect(await keys()).toContain('api/temp/a');
  }, 120_000);
});

describe('what somebody else wrote', () => {
  const change = async (there: string, here: string): Promise<void> => {
    await world.call('workspaces.configure', { trigger: 'manual' });
    await sync();
    await door.put(bucket, 'api/app.js', new TextEncoder().encode(there));
    await write('api/app.js', here);
    await sync({ verify: true });
    expect((await world.call<Conflicts>('workspaces.conflicts')).map((one) => one.key)).toEqual(['api/app.js']);
    expect(await object('api/app.js')).toBe(there);
  };

  test.each([
    ['local', 'mine 1\n', 'mine 1\n'],
    ['remote', 'theirs 2\n', 'theirs 2\n'],
    ['both', 'mine 3\n', 'mine 3\n'],
  ])('is never overwritten until a person chooses: %s', async (keep, inBucket, onDisk) => {
    const number = inBucket.replace(/\D/g, '');
    await change(`theirs ${number}\n`, `mine ${number}\n`);
    await world.done('workspaces.resolve', { key: 'api/app.js', keep });
    expect(await object('api/app.js')).toBe(inBucket);
    expect(await readFile(join(root(), 'api/app.js'), 'utf8')).toBe(onDisk);
    expect(await world.call<Conflicts>('workspaces.conflicts')).toEqual([]);
    const beside = (await keys()).filter((key) => key.includes('.conflict-'));
    if (keep === 'both') expect(await object(beside[0] ?? '')).toBe('theirs 3\n');
    else expect(beside).toEqual([]);
  }, 90_000);
});

describe('a folder that is gone', () => {
  test('removes nothing until exactly that is approved', async () => {
    for (let index = 0; index < 60; index += 1) await write(`bulk/file-${String(index)}.txt`, `${String(index)}\n`);
    await sync();
    const before = await keys();
    await rm(join(root(), 'bulk'), { recursive: true });
    const ended = await world.run('workspaces.sync');
    expect(ended.error).toMatchObject({ code: 'blocked' });
    expect(ended.error?.hint).toContain('--approve');
    expect(await keys()).toEqual(before);
    expect((await list()).halt).toMatchObject({ reason: 'too-many-deletes' });
    const approval = (await list()).halt?.approval ?? '';
    await sync({ approve: approval });
    expect((await keys()).filter((key) => key.startsWith('bulk/'))).toEqual([]);
    expect((await list()).halt).toBeNull();
  }, 120_000);
});

describe('trouble', () => {
  test('is named with the command that says the same', async () => {
    const checks = await world.call<OutputOf<'workspaces.troubleshoot'>>('workspaces.troubleshoot');
    expect(checks.map((one) => [one.name, one.ok])).toEqual([['folder', true], ['trust', true], ['s3', true], ['bucket', true], ['last run', true], ['conflicts', true], ['pending', true]]);
    expect(checks.every((one) => one.command !== '')).toBe(true);
    await expect(world.call('workspaces.plan', { name: 'nope' })).rejects.toThrow('There is no workspace nope.');
  });
});

describe('choices', () => {
  test('an interval is a schedule of its own, and goes when it is no longer wanted', async () => {
    const schedules = async (): Promise<readonly (readonly [unknown, number])[]> => (await world.call<{ kind: string; input: { name?: string }; everySeconds: number }[]>('schedules.list')).filter((one) => one.kind === 'workspaces.sync').map((one) => [one.input.name, one.everySeconds] as const);
    await world.call('workspaces.configure', { name: 'api', trigger: 'interval', everySeconds: 600 });
    expect(await schedules()).toEqual([['api', 600]]);
    expect((await list()).workspaces.find((one) => one.name === 'api')).toMatchObject({ trigger: 'interval', everySeconds: 600 });
    await world.call('workspaces.configure', { name: 'api', trigger: 'manual' });
    expect(await schedules()).toEqual([]);
  });

  test('the bucket keeps old versions from the first sync on', async () => {
    expect(await door.versioning(bucket)).toBe('enabled');
  });
});

describe('what waits', () => {
  test('is counted by workspace while nobody sends it, and is gone once it is sent', async () => {
    await world.call('workspaces.configure', { trigger: 'manual' });
    await sync();
    await write('www/later.txt', 'later\n');
    await write('www/public/more.html', 'more\n');
    await waitUntil(async () => (await world.call<Status>('workspaces.list')).workspaces.find((one) => one.name === 'www')?.pending === 2, 20_000, 'two files wait');
    expect((await list()).workspaces.find((one) => one.name === 'www')).toMatchObject({ state: 'pending', detail: '2 files wait to be sent.' });
    await sync();
    expect((await list()).workspaces.find((one) => one.name === 'www')).toMatchObject({ state: 'synced', pending: 0 });
  }, 120_000);

  test('is sent before a switch to prod changes anything', async () => {
    await world.call('workspaces.configure', { trigger: 'manual' });
    await sync();
    await world.project.write('docker-compose.clean.yml', `services:\n  app:\n    image: ${BUSYBOX_IMAGE}\n    command: [sleep, "600"]\n    init: true\n`);
    await world.services.dispatcher.call('projects.open', { dir: world.project.dir, trust: true }, { door: 'cli', signal: new AbortController().signal });
    await write('www/before-prod.txt', 'before prod\n');
    await waitUntil(async () => (await list()).workspaces.find((one) => one.name === 'www')?.pending === 1, 20_000, 'a file waits');
    const from = world.events.length;
    const switched = await world.services.operations.wait((await world.call<{ operationId: string }>('modes.switch', { project: world.id, mode: 'prod' })).operationId, 120_000);
    expect(switched.error).toBeNull();
    expect(await object('www/before-prod.txt')).toBe('before prod\n');
    const operations = world.events.slice(from).flatMap((event) => (event.type === 'operation.changed' ? [event.operation] : []));
    const sent = operations.findLast((one) => one.kind === 'workspaces.sync' && one.parent === switched.id);
    expect(sent).toMatchObject({ state: 'succeeded' });
    const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${world.project.name}`, 'com.docker.compose.service=app'] }));
    const [app] = await engineJson<{ Id: string }[]>('GET', `/containers/json?filters=${filters}`);
    const { Created } = await inspect<{ Created: string }>(app?.Id ?? '');
    expect(Date.parse(Created)).toBeGreaterThan(Date.parse(sent?.finishedAt ?? ''));
  }, 180_000);

  test('new keys and other settings reach the watch that runs', async () => {
    await world.call('workspaces.configure', { trigger: 'watch' });
    await world.done('storage.rotate-credentials');
    const place = await world.call<OutputOf<'storage.credentials'>>('storage.credentials');
    door.close();
    door = openS3({ endpoint: place.endpoint, region: 'us-east-1', accessKey: place.accessKey, secretKey: place.secretKey, deadlineMs: 10_000 });
    await write('www/rotated.txt', 'rotated\n');
    await waitUntil(async () => (await keys()).includes('www/rotated.txt'), 60_000, 'a save is sent with the new keys');
  }, 120_000);
});

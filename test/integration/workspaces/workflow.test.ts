import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { removeProjectObjects } from '../../support/projects';
import { waitUntil } from '../../support/storage';
import { inspect, storageWorld, type StorageWorld } from '../storage/storage-kit';

type Status = OutputOf<'workspaces.list'>;

let world: StorageWorld;
const list = (): Promise<Status> => world.call<Status>('workspaces.list');

async function write(path: string, text: string): Promise<void> {
  const file = join(world.project.dir, 'workspaces', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

const app = (answer: string): string => `require('http').createServer((_, response) => response.end('${answer}')).listen(process.env.PORT);\n`;

async function answer(workspace: string): Promise<string> {
  const url = (await list()).workspaces.find((one) => one.name === workspace)?.runner?.url ?? '';
  return fetch(url).then((response) => response.text(), () => '');
}

beforeAll(async () => {
  world = await storageWorld('wf');
  await world.done('storage.setup', { preset: 'workspace' });
  const file = 'docker-compose.rclone.yml';
  const text = await world.project.read(file);
  await world.project.write(file, text.replace(/container_name: ([\w-]+)/g, `container_name: ${world.project.name}-$1`));
  await write('myapp/package.json', '{"name":"myapp","version":"1.0.0"}\n');
  await write('myapp/app.js', app('one'));
  await write('myapp/node_modules/left/index.js', '1\n');
  await write('www/package.json', '{"name":"www","version":"1.0.0"}\n');
  await write('www/public/index.html', '<h1>www</h1>\n');
}, 180_000);
afterAll(async () => {
  await world.run('workspaces.stop').catch(() => undefined);
  await removeProjectObjects(`${world.project.name}-workspaces`);
  await world.close();
});

describe('from local folders to the mount and back', () => {
  test('four steps make S3, the first sync, the mount and a container for each workspace', async () => {
    const ended = await world.run('workspaces.migrate');
    const log = await world.services.operations.logOf(ended.id);
    expect(ended.error, log.join('\n')).toBeNull();
    expect(log.filter((line) => /^\d\/4 /.test(line)).map((line) => line.slice(4))).toEqual(['Start S3', 'Send the workspaces', 'Mount the bucket', 'Have the containers read the mount']);
    const status = await list();
    expect(status.migration.step).toBe('done');
    expect(status.workspaces.map((one) => [one.name, one.source, one.runner?.state])).toEqual([['myapp', 'mount', 'running'], ['www', 'mount', 'running']]);
    expect(await answer('myapp')).toBe('one');
    expect(await answer('www')).toContain('<h1>www</h1>');
  }, 240_000);

  test('an edit answers through the gateway without anybody restarting anything', async () => {
    await write('myapp/app.js', app('two'));
    await waitUntil(async () => (await answer('myapp')) === 'two', 30_000, 'the new answer');
    const objects = await world.call<OutputOf<'objects.list'>>('objects.list', { bucket: 'workspaces', prefix: 'myapp/' });
    expect(JSON.stringify(objects)).not.toContain('node_modules');
  }, 60_000);

  test('the monitor page lists both, and a name nobody knows is told with the list', async () => {
    const { gateway } = await list();
    const page = await (await fetch(`${gateway ?? ''}/monitor`)).text();
    expect(page).toContain('myapp');
    expect(page).toContain('www');
    const unknown = await fetch(`${gateway ?? ''}/nobody/`);
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).toContain('myapp');
  });

  test('a mount that is stopped removes no container', async () => {
    const before = (await list()).workspaces.map((one) => one.runner?.containerId);
    await world.done('storage.stop', { component: 'mounts' });
    const status = await list();
    expect(status.monitor.state).toBe('mount-down');
    expect(status.workspaces.map((one) => one.runner?.containerId)).toEqual(before);
    expect(await answer('myapp')).toBe('two');
    await world.done('storage.start', { component: 'mounts' });
  }, 120_000);

  test('the way back reads the local folders, keeps the bucket, and can be gone forward again', async () => {
    await world.done('workspaces.rollback');
    const status = await list();
    expect(status.workspaces.map((one) => [one.name, one.source, one.runner?.state, one.bucket?.files])).toEqual([['myapp', 'local', 'running', 2], ['www', 'local', 'running', 2]]);
    const found = await inspect<{ readonly Mounts: readonly { readonly Source: string }[] }>(status.workspaces[0]?.runner?.containerId ?? '');
    expect(found.Mounts.map((one) => one.Source)).toContain(join(world.project.dir, 'workspaces'));
    expect(await answer('myapp')).toBe('two');
    await world.done('workspaces.migrate');
    expect((await list()).workspaces.map((one) => [one.source, one.runner?.state])).toEqual([['mount', 'running'], ['mount', 'running']]);
    expect(await answer('www')).toContain('<h1>www</h1>');
  }, 240_000);

  test('stopping takes the containers away and nothing else', async () => {
    await world.done('workspaces.stop');
    const status = await list();
    expect(status.workspaces.map((one) => [one.runner, one.bucket?.files])).toEqual([[null, 2], [null, 2]]);
    expect(status.gateway).toBeNull();
  }, 60_000);
});

import { execFile } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Operation } from '@shared/domain/operations/operation';
import { parseDockerignore } from '@shared/domain/engine/dockerignore';
import { ComposeService } from '@main/compose';
import { rebuildOperation } from '@main/modes';
import { packPaths } from '@main/platform/pack-paths';
import { existing, watchTrees } from '@main/platform/watch-trees';
import { serviceOperations, ServicesService, watchOperation } from '@main/services/index';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';

const run = promisify(execFile);
const POLL = { timeout: 60_000, interval: 200 };
let project: TestProject;
let world: World;
let watch: string;

const inside = async (service: string, shell: string): Promise<string> => (await run('docker', ['exec', `${project.name}-${service}-1`, 'sh', '-c', shell]).catch(() => ({ stdout: 'failed' }))).stdout.trim();
const startedAt = async (service: string): Promise<string> => (await run('docker', ['inspect', '-f', '{{.State.StartedAt}}', `${project.name}-${service}-1`])).stdout.trim();
const idOf = async (service: string): Promise<string> => (await run('docker', ['inspect', '-f', '{{.Id}}', `${project.name}-${service}-1`])).stdout.trim();

async function begin(services: readonly string[] = []): Promise<string> {
  const { id } = await world.operations.enqueue('services.watch', { project: project.dir, services: [...services] });
  await expect.poll(async () => (await world.operations.get(id)).progress.message, POLL).toMatch(/^Watching/);
  return id;
}

async function end(id: string): Promise<Operation> {
  await world.operations.cancel(id);
  return world.operations.wait(id, 30_000);
}

beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('wt');
  const stays = (more: object): object => ({ image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '2s', ...more });
  const watched = (...rules: readonly object[]): object => ({ develop: { watch: rules } });
  const services = {
    synced: stays(watched({ path: './src', action: 'sync', target: '/app', ignore: ['node_modules/', '*.log'], initial_sync: true }, { path: './one.conf', action: 'sync', target: '/etc/one.conf' })),
    restarted: stays(watched({ path: './conf', action: 'sync+restart', target: '/conf', include: ['*.conf'] })),
    told: stays(watched({ path: './told', action: 'sync+exec', target: '/told', exec: { command: ['sh', '-c', 'cat /told/* > /heard'] } })),
    bounced: stays(watched({ path: './bounce', action: 'restart' })),
    built: { build: './built', command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '2s', ...watched({ path: './built', action: 'rebuild' }) },
    quiet: stays({}),
  };
  for (const mode of ['dev', 'clean']) await project.write(`docker-compose.${mode}.yml`, stringify({ services }));
  const files = { 'src/a.txt': 'first\n', 'src/node_modules/x.js': 'x\n', 'one.conf': 'one\n', 'conf/a.conf': 'a\n', 'told/a': 'a\n', 'bounce/a': 'a\n', 'built/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nCOPY word /word\n`, 'built/word': 'old\n', 'built/left.out': 'x\n' };
  for (const [path, text] of Object.entries(files)) await project.write(path, text);
  world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  const { engine, operations, projects, deps } = world;
  const dependencies = { engine, projects, publish: () => undefined, clock: deps.clock, log: deps.log, lock: deps.lock };
  const service = new ServicesService(dependencies);
  const parsed = parseDockerignore('left.out\n');
  for (const kind of serviceOperations(dependencies, service)) operations.register(kind);
  operations.register(rebuildOperation(deps, world.modes));
  operations.register(watchOperation({ engine, projects, log: deps.log, operations, tools: { watch: watchTrees, existing, pack: packPaths }, leftOut: () => Promise.resolve(new Map([['built', { dir: join(project.dir, 'built'), patterns: parsed.ok ? parsed.patterns : [] }]])) }, service));
  await projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
}, 120_000);
afterAll(async () => {
  await world.close();
  await project.close();
});

it('copies what is there at the beginning where the file asks for it, but for what it ignores', async () => {
  watch = await begin();
  expect(await inside('synced', 'cat /app/a.txt; ls /app')).toBe('first\na.txt');
});

it('copies what is saved, takes away what is deleted or renamed, and follows new folders', async () => {
  await project.write('src/a.txt', 'second\n');
  await project.write('src/new/b.txt', 'b\n');
  await project.write('src/noise.log', 'x\n');
  await project.write('src/node_modules/y.js', 'y\n');
  await project.write('one.conf', 'two\n');
  await expect.poll(() => inside('synced', 'cat /app/a.txt /app/new/b.txt /etc/one.conf'), POLL).toBe('second\nb\ntwo');
  await rename(join(project.dir, 'src/a.txt'), join(project.dir, 'src/c.txt'));
  await rm(join(project.dir, 'src/new'), { recursive: true });
  await expect.poll(() => inside('synced', 'ls /app'), POLL).toBe('c.txt');
});

it('restarts after a sync, and only for what is included', async () => {
  const before = await startedAt('restarted');
  await project.write('conf/ignored.txt', 'x\n');
  await project.write('conf/b.conf', 'b\n');
  await expect.poll(() => startedAt('restarted'), POLL).not.toBe(before);
  await expect.poll(() => inside('restarted', 'ls /conf'), POLL).toBe('b.conf');
});

it('runs the command after a sync, and restarts where only that is asked for', async () => {
  const before = await startedAt('bounced');
  await project.write('told/b', 'b\n');
  await project.write('bounce/b', 'b\n');
  await expect.poll(() => inside('told', 'cat /heard'), POLL).toBe('b');
  await expect.poll(() => startedAt('bounced'), POLL).not.toBe(before);
  expect(await inside('bounced', 'ls /bounce 2>/dev/null')).toBe('failed');
});

it('builds anew what is to be rebuilt, but not for what .dockerignore leaves out, and goes on with the new container', async () => {
  const before = await idOf('built');
  const others = await Promise.all(['synced', 'quiet'].map(idOf));
  await project.write('built/left.out', 'y\n');
  await project.write('src/c.txt', 'third\n');
  await expect.poll(() => inside('synced', 'cat /app/c.txt'), POLL).toBe('third');
  expect(await idOf('built')).toBe(before);
  await project.write('built/word', 'new\n');
  await expect.poll(() => inside('built', 'cat /word'), { ...POLL, timeout: 120_000 }).toBe('new');
  expect(await Promise.all(['synced', 'quiet'].map(idOf))).toEqual(others);
  await expect.poll(async () => (await world.operations.get(watch)).progress.message, POLL).toMatch(/rebuilds/);
}, 180_000);

it('ends when it is cancelled, as what succeeded, with what it did', async () => {
  const ended = await end(watch);
  expect(ended).toMatchObject({ state: 'succeeded', error: null, result: { services: ['bounced', 'built', 'restarted', 'synced', 'told'], rebuilt: 1, commands: 1 } });
  const { synced, removed, restarted } = ended.result as { readonly synced: number; readonly removed: number; readonly restarted: number };
  expect(synced).toBeGreaterThanOrEqual(6);
  expect(removed).toBeGreaterThanOrEqual(2);
  expect(restarted).toBeGreaterThanOrEqual(2);
  const before = await inside('synced', 'cat /app/c.txt');
  await project.write('src/c.txt', 'after the end\n');
  expect(await inside('synced', 'cat /app/c.txt')).toBe(before);
});

it('ends by itself when its containers are removed, and says what cannot be watched', async () => {
  await expect(world.operations.enqueue('services.watch', { project: project.dir, services: ['quiet'] })).rejects.toMatchObject({ code: 'input-invalid' });
  await expect(world.operations.enqueue('services.watch', { project: project.dir, services: ['nobody'] })).rejects.toMatchObject({ code: 'service-not-found' });
  const id = await begin(['told']);
  await run('docker', ['rm', '-f', `${project.name}-told-1`]);
  expect(await world.operations.wait(id, 30_000)).toMatchObject({ state: 'succeeded', result: { services: ['told'], synced: 0 } });
});

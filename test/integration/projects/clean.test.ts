import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import type { Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import type { StateKeeper } from '@main/operations/types';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox } from '../../support/images';
import { opsProject, type TestProject } from '../../support/projects';
import { openWorld, type World } from '../modes/kit';
import { execIn, idsOf, smallShop, stateOf } from '../modes/small-shop';
import { withClean } from './clean-kit';

const run = promisify(execFile);
type Result = OutputOf<'projects.clean'>;
/** One for all: built once, and brought back to what it was before each test. */
let project: TestProject;
let compose: string;
let other: TestProject;
let world: World;
const kept: string[] = [];
let keeper: StateKeeper = () => Promise.resolve('s_STATE');

beforeAll(async () => {
  await ensureBusybox();
  other = await smallShop();
  world = await openWorld({ keepState: (...request) => keeper(...request) });
  withClean(world);
  await world.projects.open(other.dir, true);
  expect((await world.switchTo(other.dir, 'dev')).error).toBeNull();
  project = await opsProject();
  compose = await project.read('docker-compose.dev.yml');
});
afterAll(async () => {
  await world.close();
  await project.close();
  await other.close();
});
beforeEach(async () => {
  keeper = () => Promise.resolve('s_STATE');
  await project.write('docker-compose.dev.yml', compose);
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  kept.length = 0;
  await execIn(project, 'database', 'echo kept > /var/lib/postgresql/data/row; mkdir -p -m 700 /var/lib/postgresql/data/sub; chown 7:8 /var/lib/postgresql/data/sub');
});

async function clean(more: { readonly volumes?: boolean; readonly start?: boolean; readonly dryRun?: boolean } = {}): Promise<Operation & { readonly value: Result }> {
  const { id } = await world.operations.enqueue('projects.clean', { project: project.dir, volumes: false, start: true, dryRun: false, ...more });
  const ended = await world.operations.wait(id, 300_000);
  const value = ended.result as unknown as Result;
  if (ended.state === 'succeeded' && value.follow !== null) expect(await world.operations.wait(value.follow, 300_000)).toMatchObject({ state: 'succeeded', error: null });
  return { ...ended, value };
}

/** Everything the engine has that is not this project's. */
async function everybodyElse(): Promise<unknown> {
  const of = async (...args: string[]): Promise<readonly string[]> => (await run('docker', args)).stdout.split('\n').filter((one) => one !== '' && one.includes(other.name)).sort();
  return {
    containers: await of('ps', '-a', '--no-trunc', '--format', '{{.Names}} {{.ID}} {{.CreatedAt}}'),
    networks: await of('network', 'ls', '--no-trunc', '--format', '{{.Name}} {{.ID}}'),
    volumes: await of('volume', 'ls', '--format', '{{.Name}}'),
    images: await of('images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}'),
    base: (await engineJson<{ readonly Id: string }>('GET', `/images/${BUSYBOX_IMAGE}/json`)).Id,
    state: await stateOf(other),
  };
}

const volumeMadeAt = async (): Promise<string> => (await engineJson<{ readonly CreatedAt: string }>('GET', `/volumes/${project.name}_postgres_data`)).CreatedAt;
const rowOf = (): Promise<string> => execIn(project, 'database', 'cat /var/lib/postgresql/data/row 2>/dev/null || echo gone');

it('shows what goes and touches nothing', async () => {
  const before = { own: await stateOf(project), others: await everybodyElse() };
  const { value } = await clean({ dryRun: true, volumes: true });
  expect(value).toMatchObject({
    containers: ['ai-brain', 'api', 'automation-service', 'database'].map((name) => `${project.name}-${name}-1`),
    networks: [`${project.name}_opsconductor-dev`],
    volumes: [`${project.name}_postgres_data`],
    snapshot: null,
    mode: 'dev',
    started: false,
  });
  expect(value.images).toHaveLength(4);
  expect(value.freedBytes).toBeGreaterThan(0);
  expect({ own: await stateOf(project), others: await everybodyElse() }).toEqual(before);
});

it('removes containers, networks and images of this project only, keeps its volumes, and starts the mode again', async () => {
  const before = { ids: await idsOf(project), others: await everybodyElse(), madeAt: await volumeMadeAt() };
  const { error, value } = await clean();
  expect(error).toBeNull();
  expect(value).toMatchObject({ volumes: [], snapshot: 's_STATE', mode: 'dev', started: true, kept: [] });
  const ids = await idsOf(project);
  expect(Object.keys(ids).sort()).toEqual(Object.keys(before.ids).sort());
  for (const [service, id] of Object.entries(ids)) expect(id).not.toBe(before.ids[service]);
  expect(await volumeMadeAt()).toBe(before.madeAt);
  expect(await rowOf()).toBe('kept\n');
  expect(await everybodyElse()).toEqual(before.others);
});

it('has the volumes in a snapshot before they go, when nothing writes to them any more', async () => {
  const before = await everybodyElse();
  keeper = async ({ volumes, kind }) => {
    kept.push(`${kind} ${volumes.join(' ')}: ${(await run('docker', ['ps', '-q', '--filter', `label=com.docker.compose.project=${project.name}`])).stdout === '' ? 'stopped' : 'running'}`);
    return 's_KEPT';
  };
  const { error, value } = await clean({ volumes: true });
  expect(error).toBeNull();
  expect(value).toMatchObject({ volumes: [`${project.name}_postgres_data`], snapshot: 's_KEPT', started: true });
  expect(kept).toEqual([`projects.clean ${project.name}_postgres_data: stopped`, 'modes.switch : stopped']);
  expect(await rowOf()).toBe('gone\n');
  expect(await everybodyElse()).toEqual(before);
});

it.each([
  ['fails', () => Promise.reject(new AppError('blocked', 'The disk is full.')), 'The disk is full.'],
  ['is not made', () => Promise.resolve(null), 'are in no snapshot, so nothing was removed.'],
] as const)('goes no further where the snapshot %s: what ran runs again', async (_how, fails, message) => {
  keeper = fails;
  const before = await stateOf(project);
  const { error } = await clean({ volumes: true });
  expect(error).toMatchObject({ code: 'blocked', message: expect.stringContaining(message) as string });
  expect(await stateOf(project)).toEqual(before);
  expect(await rowOf()).toBe('kept\n');
});

it('takes volumes without a name along with their containers, also those that were taken over, and says so before', async () => {
  const cached = (text: string): string => text.replace('      - ./api/main.py:/app/main.py\n', '      - ./api/main.py:/app/main.py\n      - /cache\n').replace('      - ./ai-brain/main.py:/app/main.py\n', '      - ./ai-brain/main.py:/app/main.py\n      - /cache\n');
  await project.write('docker-compose.dev.yml', cached(compose));
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  // The next container of the api takes the volume over.
  await project.write('docker-compose.dev.yml', cached(compose).replace('APP_MODE: development\n      DATABASE_URL', 'APP_MODE: developing\n      DATABASE_URL'));
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  const nameless: string[] = [];
  for (const service of ['api', 'ai-brain']) {
    const { Mounts } = await engineJson<{ readonly Mounts: readonly { readonly Destination: string; readonly Name?: string }[] }>('GET', `/containers/${project.name}-${service}-1/json`);
    nameless.push(Mounts.find((one) => one.Destination === '/cache')?.Name ?? '');
  }
  const sentence = '2 volumes without a name go with their containers and are in no snapshot: no new container would use them.';
  expect((await clean({ dryRun: true })).value).toMatchObject({ volumes: nameless.sort(), kept: [sentence] });
  const { error, value } = await clean({ start: false });
  expect(error).toBeNull();
  expect(value).toMatchObject({ volumes: nameless, kept: [sentence], snapshot: 's_STATE' });
  for (const name of nameless) expect((await engineRequest('GET', `/volumes/${name}`)).status).toBe(404);
  expect(await rowIn(`${project.name}_postgres_data`)).toBe('kept\n');
});

it('leaves nothing when it is not to start again, and is a no-op after that', async () => {
  const { value } = await clean({ start: false });
  expect(value).toMatchObject({ mode: null, started: false, follow: null });
  expect(await stateOf(project)).toEqual({ containers: [], networks: [''], volumes: [`${project.name}_postgres_data`] });
  const images = await engineJson<readonly unknown[]>('GET', `/images/json?filters=${encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project.name}`] }))}`);
  expect(images).toEqual([]);
  expect((await clean()).value).toMatchObject({ containers: [], networks: [], images: [], mode: null, started: false });
});

it('can be cancelled until the first removal: what ran runs again', async () => {
  const before = await stateOf(project);
  let ask = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (ask = resolve));
  keeper = (_request, signal) =>
    new Promise((_done, reject) => {
      signal.addEventListener('abort', () => reject(new AppError('cancelled', 'Cancelled.')));
      ask();
    });
  const { id } = await world.operations.enqueue('projects.clean', { project: project.dir, volumes: true, start: true, dryRun: false });
  await isAsked;
  await world.operations.cancel(id);
  expect((await world.operations.wait(id, 60_000)).state).toBe('cancelled');
  expect(await stateOf(project)).toEqual(before);
});

it('is refused while another folder uses the same name', async () => {
  const twin = await opsProject();
  const { Id } = await engineJson<{ readonly Id: string }>('POST', `/containers/create?name=${project.name}-stranger`, { body: { Image: BUSYBOX_IMAGE, Labels: { 'com.docker.compose.project': project.name, 'com.docker.compose.project.working_dir': twin.dir, 'com.docker.compose.service': 'x' } } });
  expect((await clean()).error).toMatchObject({ code: 'blocked' });
  await engineRequest('DELETE', `/containers/${Id}`);
  await twin.close();
});

it('touches nothing when the mode could not be started again', async () => {
  const before = await stateOf(project);
  await project.write('docker-compose.dev.yml', (await project.read('docker-compose.dev.yml')).replace('networks: [opsconductor-dev]', 'networks: [nowhere]'));
  const { state, error } = await clean();
  expect(error).toMatchObject({ code: 'compose-invalid', hint: expect.stringContaining('--no-start') as string });
  expect(state).not.toBe('succeeded');
  expect(await stateOf(project)).toEqual(before);
});

async function rowIn(volume: string): Promise<string> {
  return (await run('docker', ['run', '--rm', '-v', `${volume}:/v:ro`, BUSYBOX_IMAGE, 'cat', '/v/row'])).stdout;
}

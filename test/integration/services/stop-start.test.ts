import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { serviceOperations, ServicesService } from '@main/services/index';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { openWorld, type World } from '../modes/kit';
import { idsOf, stateOf } from '../modes/small-shop';

const run = promisify(execFile);
const SERVICES = ['db', 'cache', 'api', 'worker', 'web'];
const STOP_MS = 15_000;
const STOP_AND_START_MS = 30_000;
let project: TestProject;
let world: World;

beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('st');
  const obeys = "trap 'exit 0' TERM; httpd -f -p 8080 -h /srv & wait";
  // The server itself is PID 1 and has no handler: waiting out its grace would be waiting for nothing.
  const ignores = 'exec httpd -f -p 8080 -h /srv';
  const healthcheck = { test: ['CMD', 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:8080/'], interval: '1s', timeout: '2s', retries: 10 };
  const healthy = (...names: readonly string[]): object => ({ depends_on: Object.fromEntries(names.map((name) => [name, { condition: 'service_healthy' }])) });
  const service = (name: string, command: string, more: object = {}): [string, object] => [name, { build: `./${name}`, command: ['sh', '-c', command], healthcheck, stop_grace_period: '20s', ...more }];
  const services = Object.fromEntries([
    service('db', obeys, { volumes: ['data:/data'] }),
    service('cache', obeys),
    service('api', ignores, healthy('db', 'cache')),
    service('worker', ignores, healthy('db')),
    service('web', ignores, healthy('api')),
  ]);
  for (const name of SERVICES) await project.write(`${name}/Dockerfile`, `FROM ${BUSYBOX_IMAGE}\nRUN mkdir -p /srv && echo ${name} > /srv/index.html\n`);
  for (const mode of ['dev', 'clean']) await project.write(`docker-compose.${mode}.yml`, stringify({ services, volumes: { data: {} } }));
  world = await openWorld();
  const deps = { engine: world.engine, projects: world.projects, publish: () => undefined, clock: world.deps.clock, log: world.deps.log, lock: world.deps.lock };
  for (const kind of serviceOperations(deps, new ServicesService(deps))) world.operations.register(kind);
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
});
afterAll(async () => {
  await world.close();
  await project.close();
});

/** Resolves with how long it took. */
async function verb(name: 'stop' | 'start', services: readonly string[]): Promise<number> {
  const began = performance.now();
  const { id } = await world.operations.enqueue(`services.${name}`, { project: project.dir, services: [] });
  const ended = await world.operations.wait(id, 120_000);
  expect(ended).toMatchObject({ state: 'succeeded', error: null, result: { services } });
  return performance.now() - began;
}

const running = async (): Promise<string> => (await run('docker', ['ps', '-q', '--filter', `label=com.docker.compose.project=${project.name}`])).stdout;

it('stops five services in time, also those that cannot react to being asked, and starts them again', async () => {
  const before = { ids: await idsOf(project), state: (await stateOf(project)) as { readonly networks: unknown; readonly volumes: unknown } };
  const stopMs = await verb('stop', [...SERVICES].sort());
  expect(await running()).toBe('');
  expect(await stateOf(project)).toMatchObject({ networks: before.state.networks, volumes: before.state.volumes });
  expect(stopMs).toBeLessThan(STOP_MS);

  await verb('stop', []);

  const startMs = await verb('start', [...SERVICES].sort());
  expect((await running()).split('\n').filter((one) => one !== '')).toHaveLength(SERVICES.length);
  expect(await idsOf(project)).toEqual(before.ids);
  expect(stopMs + startMs).toBeLessThan(STOP_AND_START_MS);
});

it('goes on with a container that somebody paused', async () => {
  const before = await idsOf(project);
  await run('docker', ['pause', before['web'] ?? '']);
  await verb('start', ['web']);
  expect(await idsOf(project)).toEqual(before);
  expect((await run('docker', ['inspect', '-f', '{{.State.Status}}', before['web'] ?? ''])).stdout.trim()).toBe('running');
  await verb('start', []);
});

it('does not say that all is well where nothing was ever created, and says what creates it', async () => {
  const fresh = await emptyProject('ss');
  try {
    for (const mode of ['dev', 'clean']) await fresh.write(`docker-compose.${mode}.yml`, stringify({ services: { api: { image: BUSYBOX_IMAGE } } }));
    await world.projects.open(fresh.dir, true);
    await expect(world.operations.enqueue('services.start', { project: fresh.dir, services: [] })).rejects.toMatchObject({ code: 'service-not-found', hint: 'Switch to a mode; that creates them: berth modes switch dev' });
  } finally {
    await fresh.close();
  }
});

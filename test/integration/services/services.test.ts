import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import { serviceOperations, servicesHandlers, ServicesService, StatusReconciler, type ServicesDependencies } from '@main/services/index';
import { openWorld, type World } from '../modes/kit';
import { idsOf, smallShop } from '../modes/small-shop';

const run = promisify(execFile);
let project: Awaited<ReturnType<typeof smallShop>>;
let world: World;
let deps: ServicesDependencies;
let service: ServicesService;
const published: BerthEvent[] = [];
const heard = new Set<(event: BerthEvent) => void>();

beforeAll(async () => {
  project = await smallShop();
  world = await openWorld();
  await world.projects.open(project.dir, true);
  const publish = (event: BerthEvent): void => {
    published.push(event);
    for (const one of heard) one(event);
  };
  deps = { engine: world.engine, projects: world.projects, publish, clock: world.deps.clock, log: world.deps.log, lock: world.deps.lock };
  service = new ServicesService(deps);
  for (const kind of serviceOperations(deps, service)) world.operations.register(kind);
});
afterAll(async () => {
  await world.close();
  await project.close();
});

async function verb(name: 'restart' | 'stop' | 'start', services: readonly string[]): Promise<void> {
  const { id } = await world.operations.enqueue(`services.${name}`, { project: project.dir, services: [...services] });
  const ended = await world.operations.wait(id, 60_000);
  expect(ended.error).toBeNull();
  expect(ended.state).toBe('succeeded');
}

it('says how the services are, from nothing to running', async () => {
  expect(await service.list(project.dir)).toMatchObject({ mode: null, health: 'empty', services: [{ name: 'api', state: 'absent' }, { name: 'db', state: 'absent' }, { name: 'web', state: 'absent' }] });
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  const list = await service.list(project.dir);
  expect(list).toMatchObject({ mode: 'dev', health: 'healthy', summary: '3 services run in dev, 1 with a health check and healthy' });
  expect(list.services[0]).toMatchObject({ name: 'api', state: 'running', health: 'healthy', mode: 'dev', ports: [{ hostIp: '127.0.0.1', hostPort: project.port, containerPort: 8080, protocol: 'tcp' }] });
  expect(list.services[1]?.mounts).toEqual([{ type: 'volume', source: `${project.name}_data`, target: '/var/lib/data', readOnly: false }]);
});

it('stops, starts in dependency order, and restarts', async () => {
  await verb('stop', []);
  expect(await service.list(project.dir)).toMatchObject({ mode: null, health: 'stopped', summary: 'Nothing runs' });
  // What was stopped on purpose is no finished job: a switch to the same mode starts it again.
  expect((await world.modes.plan(project.dir, 'dev')).changes.map((one) => one.action)).toEqual(['start', 'start', 'start']);
  await verb('start', []);
  const api = await world.engine.inspectContainer((await idsOf(project))['api'] ?? '');
  const web = await world.engine.inspectContainer((await idsOf(project))['web'] ?? '');
  expect(api.health).toBe('healthy');
  expect(Date.parse(web.startedAt)).toBeGreaterThan(Date.parse(api.startedAt));
  await verb('restart', ['web']);
  expect((await world.engine.inspectContainer(web.id)).startedAt).not.toBe(web.startedAt);
  await expect(world.operations.enqueue('services.stop', { project: project.dir, services: ['nothing'] })).rejects.toMatchObject({ code: 'service-not-found' });
});

it('streams logs, also of a container that takes the place of another', async () => {
  const handlers = servicesHandlers(deps, service);
  await run('docker', ['exec', (await idsOf(project))['db'] ?? '', 'sh', '-c', 'echo hello > /proc/1/fd/1']);
  const lines: string[] = [];
  const abort = new AbortController();
  let tell: () => void = () => undefined;
  const following = handlers['services.logs']({ project: project.dir, service: 'db', services: [], follow: true, tail: 10, timestamps: false }, { door: 'internal', signal: abort.signal }, (line) => {
    lines.push(line.text);
    tell();
  });
  const until = (text: string): Promise<void> =>
    new Promise((resolve) => {
      tell = () => {
        if (lines.includes(text)) resolve();
      };
      tell();
    });
  await until('hello');
  await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d', '--force-recreate', '-t', '1', 'db'], { cwd: project.dir });
  await run('docker', ['exec', (await idsOf(project))['db'] ?? '', 'sh', '-c', 'echo again > /proc/1/fd/1']);
  await until('again');
  abort.abort();
  await following;
});

it('runs a command and passes its exit code on', async () => {
  const items: unknown[] = [];
  await servicesHandlers(deps, service)['services.exec']({ project: project.dir, service: 'db', command: ['sh', '-c', 'echo out; echo err >&2; exit 4'] }, { door: 'internal', signal: new AbortController().signal }, (item) => void items.push(item));
  expect(items).toContainEqual({ type: 'output', stream: 'stdout', text: 'out\n' });
  expect(items).toContainEqual({ type: 'output', stream: 'stderr', text: 'err\n' });
  expect(items.at(-1)).toEqual({ type: 'exit', code: 4 });
});

it('publishes what changes while somebody follows', async () => {
  const status = new StatusReconciler({ ...deps, store: world.store, events: { add: () => undefined }, subscribe: (listener) => world.events.subscribe(listener), everySeconds: () => 10, timed: (work) => work() }, service);
  const changed = (state: string): Promise<void> =>
    new Promise((resolve) => {
      const listener = (event: BerthEvent): void => {
        if (event.type !== 'services.changed' || event.services.services.find((one) => one.name === 'web')?.state !== state) return;
        heard.delete(listener);
        resolve();
      };
      heard.add(listener);
    });
  const first = changed('running');
  await status.start();
  await first;
  const stopped = changed('exited');
  await run('docker', ['stop', '-t', '1', (await idsOf(project))['web'] ?? '']);
  await stopped;
  await status.stop();
});

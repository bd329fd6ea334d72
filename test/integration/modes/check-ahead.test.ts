import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Disposable } from '@shared/kernel/disposable';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { busyboxEntries, findImage, importImage, IMAGE_PATH } from '../../../scripts/lib/engine-image.mjs';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox, testSocketPath } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { openWorld, type World } from './kit';

/** Longer than the test may take: whatever is done sooner was not found out by the engine. */
const INTERVAL = '5m';
const STAYS = "trap 'exit 0' TERM; (sleep 0.5; touch /tmp/ready) & sleep 100000 & wait";

/** Programs, and no shell. */
const BARE_IMAGE = 'berth-test/bare:1';

async function ensureBare(): Promise<void> {
  const socketPath = testSocketPath();
  if ((await findImage(socketPath, BARE_IMAGE)) !== null) return;
  const entries = (await busyboxEntries()).filter(({ path }) => !['bin/sh', 'bin/ash', 'bin/hush'].includes(path));
  await importImage({ socketPath, repository: 'berth-test/bare', tag: '1', entries, changes: [IMAGE_PATH, 'LABEL dev.berth.test=1'] });
}

let world: World;
let project: TestProject;
let listening: Disposable;
const events: string[] = [];
let beganSeconds: number;
beforeAll(async () => {
  await ensureBusybox();
  await ensureBare();
  beganSeconds = Math.floor(Date.now() / 1_000);
  project = await emptyProject('ahead');
  const service = (test: readonly string[], more: object = {}): object => ({ image: BUSYBOX_IMAGE, command: ['sh', '-c', STAYS], stop_grace_period: '1s', healthcheck: { test: [...test], interval: INTERVAL }, ...more });
  const services = {
    db: service(['CMD', 'test', '-e', '/tmp/ready']),
    api: service(['CMD-SHELL', 'test -e /tmp/ready && test "$$(whoami)" = nobody'], { user: 'nobody', depends_on: { db: { condition: 'service_healthy' } } }),
  };
  const bare = service(['CMD', 'true'], { image: BARE_IMAGE, command: ['sleep', '100000'] });
  const failing = { ...service(['CMD', 'false']), healthcheck: { test: ['CMD', 'false'], interval: '1s', retries: 1 }, depends_on: { db: { condition: 'service_healthy' } } };
  await project.write('docker-compose.dev.yml', stringify({ services: { ...services, bare } }));
  await project.write('docker-compose.clean.yml', stringify({ services: { db: { ...services.db, environment: { MODE: 'clean' } }, api: failing, bare } }));
  world = await openWorld();
  await world.projects.open(project.dir, true);
  // As in the app, somebody listens all the time.
  listening = world.engine.onEvent((event) => {
    if (event.action.startsWith('health_status') && event.attributes['com.docker.compose.project'] === project.name) events.push(`${event.attributes['com.docker.compose.service'] ?? ''} ${event.action}`);
  });
});
afterAll(async () => {
  listening.dispose();
  await world.close();
  await project.close();
});

const seen = async (service: string): Promise<ObservedContainer> => {
  const found = (await world.engine.observe(project.name, [])).containers.find((one) => one.service === service);
  if (found === undefined) throw new Error(`${service} is not there`);
  return found;
};
const rowOf = async (id: string): Promise<string | undefined> => (await world.engine.containerStates()).find((one) => one.id === id)?.health;
const engineSays = async (id: string): Promise<string> => (await engineJson<{ State: { Health: { Status: string } } }>('GET', `/containers/${id}/json`)).State.Health.Status;

/** What was run in a container of a service since this file began. */
async function commandsIn(service: string): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project.name}`, `com.docker.compose.service=${service}`], event: ['exec_create'] }));
  const { text } = await engineRequest('GET', `/events?since=${String(beganSeconds)}&until=${(Date.now() / 1_000).toFixed(3)}&filters=${filters}`);
  return text.split('\n').filter((line) => line !== '').map((line) => (JSON.parse(line) as { readonly Action: string }).Action.trim());
}

it('a switch waits for no interval of a health check: it is run right after the start, and again until it passes', async () => {
  const ended = await world.switchTo(project.dir, 'dev');
  expect(ended.error).toBeNull();
  for (const service of ['db', 'api', 'bare']) {
    const container = await seen(service);
    expect([container.health, await rowOf(container.id), await engineSays(container.id)]).toEqual(['healthy', 'healthy', 'starting']);
  }
  await expect.poll(() => events.filter((event) => !event.startsWith('bare'))).toEqual(['db health_status: healthy', 'api health_status: healthy']);
}, 60_000);

it('trying several times is one command in the container, and a second one where there is no shell for that', async () => {
  expect(await commandsIn('db')).toEqual([expect.stringMatching(/^exec_create: \/bin\/sh -c .*test -e \/tmp\/ready$/s)]);
  expect(await commandsIn('api')).toHaveLength(1);
  expect(await commandsIn('bare')).toEqual([expect.stringContaining('/bin/sh'), 'exec_create: true']);
});

it('nor does the way back, whose old containers are as healthy as they were', async () => {
  const before = await seen('db');
  const ended = await world.switchTo(project.dir, 'prod');
  expect([ended.state, ended.error?.code]).toEqual(['rolled-back', 'unhealthy']);
  expect(ended.error?.message).toContain('api did not come up');
  const after = await seen('db');
  expect([after.id, after.health, (await seen('api')).health, await engineSays(after.id)]).toEqual([before.id, 'healthy', 'healthy', 'starting']);
}, 60_000);

it('what passed counts for that run of the container only', async () => {
  const { id } = await seen('db');
  await engineRequest('POST', `/containers/${id}/restart?t=1`);
  await expect.poll(() => rowOf(id)).toBe('starting');
  expect((await seen('db')).health).toBe('starting');
}, 30_000);

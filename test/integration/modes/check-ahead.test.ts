import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Disposable } from '@shared/kernel/disposable';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { openWorld, type World } from './kit';

/** Longer than the test may take: whatever is done sooner was not found out by the engine. */
const INTERVAL = '5m';
const STAYS = "trap 'exit 0' TERM; (sleep 0.5; touch /tmp/ready) & sleep 100000 & wait";

let world: World;
let project: TestProject;
let listening: Disposable;
const events: string[] = [];
beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('ahead');
  const service = (test: readonly string[], more: object = {}): object => ({ image: BUSYBOX_IMAGE, command: ['sh', '-c', STAYS], stop_grace_period: '1s', healthcheck: { test: [...test], interval: INTERVAL }, ...more });
  const services = {
    db: service(['CMD', 'test', '-e', '/tmp/ready']),
    api: service(['CMD-SHELL', 'test -e /tmp/ready && test "$$(whoami)" = nobody'], { user: 'nobody', depends_on: { db: { condition: 'service_healthy' } } }),
  };
  const failing = { ...service(['CMD', 'false']), healthcheck: { test: ['CMD', 'false'], interval: '1s', retries: 1 }, depends_on: { db: { condition: 'service_healthy' } } };
  await project.write('docker-compose.dev.yml', stringify({ services }));
  await project.write('docker-compose.clean.yml', stringify({ services: { db: { ...services.db, environment: { MODE: 'clean' } }, api: failing } }));
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

it('a switch waits for no interval of a health check: it is run right after the start, and again until it passes', async () => {
  const ended = await world.switchTo(project.dir, 'dev');
  expect(ended.error).toBeNull();
  for (const service of ['db', 'api']) {
    const container = await seen(service);
    expect([container.health, await rowOf(container.id), await engineSays(container.id)]).toEqual(['healthy', 'healthy', 'starting']);
  }
  await expect.poll(() => events).toEqual(['db health_status: healthy', 'api health_status: healthy']);
}, 60_000);

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

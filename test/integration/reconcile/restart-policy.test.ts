import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestProject } from '../../support/projects';
import { idsOf, smallShop } from '../modes/small-shop';
import { docker, openDriftWorld, type DriftWorld } from './kit';

const CALL = { door: 'internal' as const, signal: new AbortController().signal };

let world: DriftWorld;
let shop: TestProject;
let id: string;

const healOperations = async () => (await world.operations.list({ projectId: id, limit: 500 })).filter((one) => one.kind === 'drift.heal');

beforeAll(async () => {
  const untilTold = ['sh', '-c', 'while [ ! -f /tmp/end ]; do sleep 0.1; done; exit 3'];
  shop = await smallShop({ dev: { api: { restart: 'unless-stopped' }, db: { restart: 'on-failure:1', command: untilTold, init: true }, web: { restart: 'always', command: untilTold, init: true } } });
  world = await openDriftWorld();
  await world.engine.connect();
  id = (await world.projects.resolve(shop.dir)).id;
  await world.projects.trust(id);
  expect((await world.switchTo(shop.dir, 'dev')).error).toBeNull();
  await world.handlers['drift.policy']({ project: shop.dir, policy: 'heal' } as never, CALL);
  await world.reconciler.start();
});
afterAll(async () => {
  await world.close();
  await shop.close();
});

test('a killed service is healed within 15 s although it has a restart policy: the engine starts nothing again that was killed by hand', async () => {
  const container = (await idsOf(shop))['api'] ?? '';
  const began = Date.now();
  await docker('kill', container);
  await world.until(id, 'healed', (drifts) => drifts.length === 0 && world.logged.some((one) => one.type === 'drift.healed' && one.service === 'api'), 15_000);
  await expect.poll(() => docker('inspect', '-f', '{{.State.Health.Status}} {{.HostConfig.RestartPolicy.Name}}', container)).toBe('healthy unless-stopped');
  expect(Date.now() - began).toBeLessThan(15_000);
});

test('docker stop is intent here too', async () => {
  const earlier = (await healOperations()).length;
  const container = (await idsOf(shop))['api'] ?? '';
  await docker('stop', container);
  await world.until(id, 'seen', (drifts) => drifts.some((one) => one.service === 'api' && one.cause === 'intent'), 5_000);
  for (let turn = 0; turn < 3; turn += 1) await world.reconciler.pass(id);
  expect((await healOperations()).length).toBe(earlier);
  await docker('start', container);
  await world.until(id, 'as wanted', (drifts) => drifts.length === 0);
});

test('what has used up the tries of its own restart policy is left alone', async () => {
  const earlier = (await healOperations()).length;
  const container = (await idsOf(shop))['db'] ?? '';
  await docker('exec', container, 'touch', '/tmp/end');
  const drifts = await world.until(id, 'given up by the engine', (all) => all.some((one) => one.service === 'db' && one.state === 'blocked' && one.actual === 'exited (3)' && one.cause === 'crash'), 15_000);
  expect(drifts.map((one) => one.why).join()).toContain('Its own restart policy');
  for (let turn = 0; turn < 3; turn += 1) await world.reconciler.pass(id);
  expect((await healOperations()).length).toBe(earlier);
  expect(await docker('inspect', '-f', '{{.State.Status}} {{.RestartCount}}', container)).toBe('exited 1');
});

test('a service that its own restart policy starts again and again is one alert, and is not healed besides', async () => {
  world.settings['heal.maxTries'] = 3;
  world.settings['heal.windowSeconds'] = 20;
  const earlier = (await healOperations()).length;
  const container = (await idsOf(shop))['web'] ?? '';
  await docker('exec', container, 'touch', '/tmp/end');
  await world.until(id, 'told', () => world.alerts.raised.some((one) => one.service === 'web'), 20_000);
  for (let turn = 0; turn < 5; turn += 1) await world.reconciler.pass(id);
  expect(world.alerts.raised.map((one) => `${one.code} ${one.service ?? ''} ${one.severity}`)).toEqual(['CRASH-LOOP web error']);
  expect((await healOperations()).length).toBe(earlier);
  // The engine takes another policy only while the container runs, which it does again and again.
  await expect.poll(() => docker('update', '--restart', 'no', container).then(() => 'updated', (error: unknown) => String(error)), { timeout: 20_000, interval: 50 }).toBe('updated');
  await world.until(id, 'ended', (drifts) => drifts.some((one) => one.service === 'web' && one.state === 'gave-up'), 20_000);
  // Stopped on purpose it ends no more: the alert is over, although nothing of it ran any more that could be stopped.
  const { id: stop } = await world.operations.enqueue('services.stop', { project: shop.dir, services: ['web'] });
  expect((await world.operations.wait(stop, 30_000)).error).toBeNull();
  await world.until(id, 'wanted stopped', (drifts) => !drifts.some((one) => one.service === 'web') && world.alerts.cleared.includes('web'), 10_000);
});

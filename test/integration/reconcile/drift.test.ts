import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Drift } from '@main/reconcile/types';
import type { TestProject } from '../../support/projects';
import { idsOf, smallShop } from '../modes/small-shop';
import { docker, openDriftWorld, type DriftWorld } from './kit';

const run = promisify(execFile);
const CALL = { door: 'internal' as const, signal: new AbortController().signal };

let world: DriftWorld;
let shop: TestProject & { readonly port: number };
let id: string;

const brief = (drifts: readonly Drift[]): readonly string[] => drifts.map((one) => `${one.service} ${one.field}: ${one.desired} | ${one.actual} (${one.cause})`).sort();
const pass = async (): Promise<readonly Drift[]> => world.reconciler.pass(id);
const healOperations = async () => (await world.operations.list({ projectId: id, limit: 500 })).filter((one) => one.kind === 'drift.heal');
const stateOf = async (service: string): Promise<string> => docker('inspect', '-f', '{{.State.Status}}', (await idsOf(shop))[service] ?? '');
const policy = (name: 'notify' | 'ask' | 'heal', service?: string) => world.handlers['drift.policy']({ project: shop.dir, policy: name, ...(service === undefined ? {} : { service }) } as never, CALL);

async function done(kind: string, input: { readonly [key: string]: never | string | string[] }): Promise<unknown> {
  const { id: operation } = await world.operations.enqueue(kind, input);
  const ended = await world.operations.wait(operation, 60_000);
  expect(ended.error).toBeNull();
  expect(ended.state).toBe('succeeded');
  return ended.result;
}

beforeAll(async () => {
  shop = await smallShop();
  world = await openDriftWorld();
  await world.engine.connect();
  id = (await world.projects.resolve(shop.dir)).id;
  await world.projects.trust(id);
});
afterAll(async () => {
  await world.close();
  await shop.close();
});

describe('a look', () => {
  test('finds nothing on a freshly switched project, in either mode', async () => {
    for (const mode of ['dev', 'prod']) {
      expect((await world.switchTo(shop.dir, mode)).state).toBe('succeeded');
      expect(brief(await pass())).toEqual([]);
    }
  });

  test('finds two changes made by hand, heals both, and finds nothing then', async () => {
    await policy('ask');
    const before = await idsOf(shop);
    await docker('rm', '-f', before['web'] ?? '');
    await docker('update', '--memory', '64m', '--memory-swap', '64m', before['api'] ?? '');
    const drifts = await pass();
    expect(brief(drifts)).toEqual(['api memory: none | 64 MiB (unknown)', 'web state: running | missing (unknown)']);
    expect(drifts.map((one) => one.policy)).toEqual(['ask', 'ask']);
    expect(await healOperations()).toEqual([]);
    const result = (await done('drift.heal', { project: shop.dir, drifts: drifts.map((one) => one.id) })) as { healed: string[]; left: string[] };
    expect([...result.healed].sort()).toEqual(drifts.map((one) => one.id).sort());
    expect(result.left).toEqual([]);
    expect(brief(await pass())).toEqual([]);
    const after = await idsOf(shop);
    expect(after['db']).toBe(before['db']);
    expect(Object.keys(after).sort()).toEqual(['api', 'db', 'web']);
    expect(world.logged.filter((one) => one.type === 'drift.healed').map((one) => one.service).sort()).toEqual(['api', 'web']);
  });
});

describe('while it follows the engine', () => {
  beforeAll(() => world.reconciler.start());
  beforeEach(async () => {
    await policy('notify');
    world.alerts.raised.length = 0;
    world.logged.length = 0;
  });

  test('heals a killed service within 15 s, and tells', async () => {
    await policy('heal');
    const before = (await idsOf(shop))['api'] ?? '';
    const began = Date.now();
    await docker('kill', before);
    await world.until(id, 'healed', (drifts) => drifts.length === 0 && world.logged.some((one) => one.type === 'drift.healed'), 15_000);
    await expect.poll(() => docker('inspect', '-f', '{{.State.Health.Status}}', before)).toBe('healthy');
    expect(Date.now() - began).toBeLessThan(15_000);
    expect((await healOperations())[0]?.origin).toBe('drift');
    expect(world.alerts.raised).toEqual([]);
  });

  test('one drift that is looked at a hundred times is one operation', async () => {
    await policy('heal');
    const earlier = (await healOperations()).length;
    await docker('update', '--memory', '96m', '--memory-swap', '96m', (await idsOf(shop))['db'] ?? '');
    await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      for (let turn = 0; turn < index % 5; turn += 1) await Promise.resolve();
      await pass();
    }));
    for (let turn = 0; turn < 20; turn += 1) await pass();
    await world.until(id, 'healed', (drifts) => drifts.length === 0);
    expect((await healOperations()).length).toBe(earlier + 1);
  });

  test('docker stop is intent: shown, never healed, and accepted as wanted', async () => {
    await policy('heal');
    const earlier = (await healOperations()).length;
    await docker('stop', (await idsOf(shop))['web'] ?? '');
    const [drift] = await world.until(id, 'seen', (drifts) => drifts.some((one) => one.service === 'web' && one.cause === 'intent'), 5_000);
    expect(drift).toMatchObject({ field: 'state', why: 'Somebody stopped it. Berth leaves it alone: what is done on purpose is not healed by itself.' });
    for (let turn = 0; turn < 3; turn += 1) await pass();
    expect((await healOperations()).length).toBe(earlier);
    expect(await stateOf('web')).toBe('exited');
    const left = await world.handlers['drift.accept']({ project: shop.dir, drift: drift?.id ?? '' }, CALL);
    expect(left).toEqual([]);
    await done('services.start', { project: shop.dir, services: ['web'] });
    expect(await pass()).toEqual([]);
    await docker('kill', (await idsOf(shop))['web'] ?? '');
    await world.until(id, 'wanted again', (drifts) => drifts.length === 0 && world.logged.some((one) => one.type === 'drift.healed' && one.service === 'web'));
  });

  test('what looks like a job and was stopped from outside is drift after a restart too, seen or not, and would be started', { timeout: 60_000 }, async () => {
    const db = (await idsOf(shop))['db'] ?? '';
    const startOf = async () => (await world.modes.plan(shop.dir, 'prod')).changes.find((one) => one.service === 'db')?.action;
    const told = ['db state: running | exited (0) (intent)'];
    await docker('stop', db);
    await world.until(id, 'seen', (drifts) => drifts.some((one) => one.service === 'db' && one.cause === 'intent'), 5_000);
    expect(brief(await world.afterRestart('forgot').pass(id))).toEqual(told);
    expect(await startOf()).toBe('start');
    await world.reconciler.stop();
    await docker('start', db);
    expect(brief(await world.afterRestart('forgot').pass(id))).toEqual([]);
    await docker('stop', db);
    expect(await startOf()).toBe('start');
    expect(brief(await world.afterRestart('remembers').pass(id))).toEqual(told);
    await docker('start', db);
    await world.reconciler.start();
    await world.until(id, 'as wanted', (drifts) => drifts.length === 0);
  });

  test('a container removed from outside while another heals is told right, and healed', async () => {
    await policy('heal');
    const before = await idsOf(shop);
    let removed: Promise<string> | null = null;
    const subscription = world.events.on(({ event }) => {
      if (removed === null && event.type === 'operation.changed' && event.operation.kind === 'drift.heal' && event.operation.progress.message === 'Healing') removed = docker('rm', '-f', before['web'] ?? '');
    });
    const told: string[] = [];
    const drifts = world.events.on(({ event }) => {
      if (event.type === 'drift.changed') told.push(...event.drifts.filter((one) => one.service === 'web').map((one) => one.why));
    });
    await docker('kill', before['api'] ?? '');
    await world.until(id, 'healed', (all) => all.length === 0 && removed !== null && world.logged.some((one) => one.type === 'drift.healed' && one.service === 'web'), 30_000);
    subscription.dispose();
    drifts.dispose();
    await removed;
    expect(told).toContain('Its container was removed from outside without being stopped.');
    expect((await idsOf(shop))['web']).not.toBe(before['web']);
    expect(await stateOf('web')).toBe('running');
  });

  test('a variable taken out of the files is named with its value; a secret stays hidden', async () => {
    const file = 'docker-compose.clean.yml';
    const text = await shop.read(file);
    await shop.write(file, text.replaceAll('APP_MODE: prod', 'APP_MODE: prod\n      DEBUG: "1"\n      OLD_PASSWORD: hush-hush'));
    expect((await world.switchTo(shop.dir, 'prod')).error).toBeNull();
    await shop.write(file, text);
    const drifts = (await pass()).filter((one) => one.service === 'web');
    expect(brief(drifts)).toEqual(['web environment DEBUG: not set | 1 (files)', 'web environment OLD_PASSWORD: not set | •••••• (files)']);
    expect((await world.switchTo(shop.dir, 'prod')).error).toBeNull();
    expect(await pass()).toEqual([]);
  });

  test('docker compose is not fought', async () => {
    await policy('heal');
    const earlier = (await healOperations()).length;
    const compose = async (...words: string[]) => run('docker', ['compose', '-f', 'docker-compose.clean.yml', ...words], { cwd: shop.dir });
    await compose('stop', '-t', '1');
    await world.until(id, 'stopped on purpose', (drifts) => drifts.filter((one) => one.cause === 'intent' && one.actual.startsWith('exited')).length === 3, 8_000);
    await compose('up', '-d');
    await world.until(id, 'as wanted', (drifts) => drifts.length === 0, 10_000);
    await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d'], { cwd: shop.dir });
    const drifts = await world.until(id, 'another mode', (all) => all.length === 1 && all[0]?.field === 'mode', 20_000);
    expect(brief(drifts)).toEqual([' mode: prod | dev (intent)']);
    expect((await healOperations()).length).toBe(earlier);
    expect(await world.handlers['drift.accept']({ project: shop.dir, drift: drifts[0]?.id ?? '' }, CALL)).toEqual([]);
    await world.switchTo(shop.dir, 'prod');
    expect(await pass()).toEqual([]);
  });

  test('a service stopped through Berth is wanted stopped', async () => {
    await policy('heal');
    await done('services.stop', { project: shop.dir, services: ['web'] });
    expect(await pass()).toEqual([]);
    await done('services.start', { project: shop.dir, services: ['web'] });
    expect(await pass()).toEqual([]);
  });

  test('a crash loop is given up after its limit, with one alert, and forgiven once it runs', async () => {
    await policy('heal', 'db');
    world.settings['heal.windowSeconds'] = 3_600;
    // Two more than other tests have used.
    const tries = (await world.store.getRecord('heal', `${id}/db`))?.data['tries'];
    world.settings['heal.maxTries'] = (Array.isArray(tries) ? tries.length : 0) + 2;
    const container = (await idsOf(shop))['db'] ?? '';
    const crash = async (): Promise<void> => {
      await docker('kill', container);
    };
    await world.until(id, 'calm', (drifts) => drifts.length === 0);
    for (let turn = 0; turn < 2; turn += 1) {
      const healed = world.logged.filter((one) => one.type === 'drift.healed').length;
      await crash();
      await world.until(id, 'healed', () => world.logged.filter((one) => one.type === 'drift.healed').length > healed, 10_000);
    }
    await crash();
    const given = await world.until(id, 'gave up', (drifts) => drifts.some((one) => one.state === 'gave-up'), 8_000);
    expect(given.map((one) => `${one.service} ${one.state}`)).toEqual(['db gave-up']);
    for (let turn = 0; turn < 10; turn += 1) await pass();
    expect(world.alerts.raised.map((one) => `${one.code} ${one.service ?? ''}`)).toEqual(['CRASH-LOOP db']);
    expect(await stateOf('db')).toBe('exited');
    world.settings['heal.windowSeconds'] = 12;
    await docker('start', container);
    await world.until(id, 'forgiven', () => world.alerts.cleared.includes('db'), 20_000);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { createServices, type Services } from '@main/services';
import { idsOf, smallShop } from '../modes/small-shop';
import { docker } from './kit';
import type { TestProject } from '../../support/projects';

let home: string;
let shop: TestProject;
let services: Services;
let project: string;

async function call<T>(name: string, input: unknown): Promise<T> {
  const result = await services.dispatcher.call(name, input, { door: 'cli', signal: new AbortController().signal });
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  return result.value as T;
}

async function logged(type: string, timeoutMs: number): Promise<OutputOf<'events.list'>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await call<OutputOf<'events.list'>>('events.list', { project, type });
    if (found.length > 0 || Date.now() > deadline) return found;
    await new Promise<void>((resolve) => {
      const subscription = services.events.on(() => {
        subscription.dispose();
        clearTimeout(timer);
        resolve();
      });
      const timer = setTimeout(() => {
        subscription.dispose();
        resolve();
      }, 500);
    });
  }
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bt-home-'));
  shop = await smallShop();
  services = await createServices({ home, version: '0.0.0-test', checkOutput: true });
  await services.start();
  project = (await call<{ id: string }>('projects.open', { dir: shop.dir, trust: true })).id;
});
afterAll(async () => {
  await services.close();
  await shop.close();
  await rm(home, { recursive: true, force: true });
});

test('through the doors: a killed service is healed, told of, and counted', async () => {
  const { operationId } = await call<{ operationId: string }>('modes.switch', { project, mode: 'dev' });
  expect((await services.operations.wait(operationId, 120_000)).error).toBeNull();
  expect(await call('drift.list', { project })).toEqual([]);
  expect(await call('drift.policies', { project })).toEqual({ project: 'notify', services: {} });
  expect(await call('drift.policy', { project, policy: 'heal', service: 'api' })).toEqual({ project: 'notify', services: { api: 'heal' } });
  await docker('kill', (await idsOf(shop))['api'] ?? '');
  const healed = await logged('drift.healed', 15_000);
  expect(healed.map((one) => one.service)).toEqual(['api']);
  expect((await services.operations.wait(healed[0]?.correlationId ?? '', 10_000)).origin).toBe('drift');
  expect((await logged('drift.found', 1_000)).map((one) => one.service)).toContain('api');
  const status = await call<OutputOf<'runtime.status'>>('runtime.status', {});
  const component = status.components.find((one) => one.name === 'drift-reconciler');
  expect(component).toMatchObject({ state: 'running' });
  expect(component?.counters).toMatchObject({ heals: 1, gaveUp: 0 });
  expect(component?.counters['passes']).toBeGreaterThan(0);
  expect(await call('drift.list', { project })).toEqual([]);
});

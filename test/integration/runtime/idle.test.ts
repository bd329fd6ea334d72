import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { createServices, type Services } from '@main/services';
import { BUSYBOX_IMAGE } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';

const PASSES = 5;
/** Parsing and warming up are over when each of these has been done so often. */
const WARM = { 'status pass': 2, 'drift pass': 2, 'mounts pass': 2, 'stats pass': 2, 'scheduler tick': 1 };

let home: string;
let project: TestProject;
let services: Services;

async function call<T>(name: string, input: unknown): Promise<T> {
  const result = await services.dispatcher.call(name, input, { door: 'cli', signal: new AbortController().signal });
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  return result.value as T;
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bt-idle-'));
  project = await emptyProject('quiet', { files: { 'docker-compose.dev.yml': `services:\n  web:\n    image: ${BUSYBOX_IMAGE}\n` } });
  services = await createServices({ home, version: '0.0.0-test', checkOutput: true });
  await services.start();
  await call('settings.set', { key: 'status.everySeconds', value: 2 });
  await call('settings.set', { key: 'stats.everySeconds', value: 5 });
  await call('settings.set', { key: 'drift.everySeconds', value: 5 });
  await call('settings.set', { key: 'mounts.everySeconds', value: 1 });
  await call('projects.open', { dir: project.dir, trust: true });
});
afterAll(async () => {
  await services.close();
  await project.close();
  await rm(home, { recursive: true, force: true });
});

/** How often each kind of background work has ended so far. */
async function counts(): Promise<ReadonlyMap<string, number>> {
  const { durations } = await call<OutputOf<'runtime.metrics'>>('runtime.metrics', {});
  return new Map(durations.map((one) => [one.name, one.count]));
}

const passed = (name: string, times: number): Promise<void> => vi.waitFor(async () => expect((await counts()).get(name) ?? 0).toBeGreaterThanOrEqual(times), { timeout: 60_000, interval: 100 });

it('an idle process says nothing while it looks again and again, and every look is measured', { timeout: 120_000 }, async () => {
  for (const [name, times] of Object.entries(WARM)) await passed(name, times);
  services.events.flush();
  const told: string[] = [];
  const listening = services.events.on(({ event }) => told.push(event.type));
  const before = (await counts()).get('status pass') ?? 0;
  await passed('status pass', before + PASSES);
  await call('disk.show', {});
  listening.dispose();
  // Five passes two seconds apart: ten seconds in which the runtime may say one thing.
  expect(told.filter((type) => type === 'runtime.changed').length).toBeLessThanOrEqual(1);
  expect(told.filter((type) => type !== 'runtime.changed')).toEqual([]);
  expect([...(await counts()).keys()]).toEqual(expect.arrayContaining(['disk look', ...Object.keys(WARM)]));
});

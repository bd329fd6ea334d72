import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { BerthEvent } from '@shared/contract/events';
import type { Engine } from '@main/docker/types';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { openObserving, type Observing } from './observing';

const run = promisify(execFile);
const EVERY_SECONDS = 2;
/** A look itself, on a busy machine. */
const LOOK_MS = 1_500;

let shop: TestProject;
let seen: Observing;
let isDeaf = false;

/** The engine, whose events are lost while `isDeaf`. */
function losesEvents(engine: Engine): Engine {
  return { ...engine, onEvent: (listener) => engine.onEvent((event) => void (isDeaf || listener(event))) };
}

function isIn(state: string): (event: BerthEvent) => true | undefined {
  return (event) => (event.type === 'services.changed' && event.services.services.some((one) => one.name === 'one' && one.state === state) ? true : undefined);
}

beforeAll(async () => {
  await ensureBusybox();
  shop = await emptyProject('me');
  const text = stringify({ services: { one: { image: BUSYBOX_IMAGE, network_mode: 'none', command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '1s' } } });
  for (const mode of ['dev', 'clean']) await shop.write(`docker-compose.${mode}.yml`, text);
  await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d'], { cwd: shop.dir });
  seen = await openObserving({ statusSeconds: EVERY_SECONDS, engine: losesEvents });
  await seen.world.projects.open(shop.dir, true);
  await seen.until(isIn('running'));
}, 60_000);
afterAll(async () => {
  await seen?.close();
  await shop?.close();
});

it('a change whose events were lost is put right by the next full pass, and counted; others are not', { timeout: 60_000 }, async () => {
  const { id } = await seen.world.projects.resolve(shop.dir);
  isDeaf = true;
  // What is looked at because of events from before is looked at by now.
  const { passes: before = 0 } = seen.status.counters();
  await expect.poll(() => (seen.status.counters()['passes'] ?? 0) - before, { timeout: 20_000 }).toBeGreaterThan(1);
  for (const [index, [verb, state]] of ([['kill', 'exited'], ['start', 'running'], ['kill', 'exited']] as const).entries()) {
    const after = seen.published.length;
    const noticed = seen.until((event) => isIn(state)(event) ?? (state === 'exited' ? isIn('failed')(event) : undefined), after).then(() => performance.now());
    const changedAtMs = await run('docker', [verb, `${shop.name}-one-1`]).then(() => performance.now());
    const tookMs = (await noticed) - changedAtMs;
    process.stdout.write(`put right ${Math.max(0, tookMs).toFixed(0)} ms after docker ${verb}, correction ${String(index + 1)}\n`);
    expect(tookMs).toBeLessThan(EVERY_SECONDS * 1_000 + LOOK_MS);
    await expect.poll(() => seen.status.counters()['corrections']).toBe(index + 1);
    const live = await seen.service.list(id);
    expect((await seen.world.store.getRecord('status', `${id}/one`))?.data).toMatchObject({ state: live.services[0]?.state, containerIds: live.services[0]?.containerIds });
  }
  isDeaf = false;
  const back = seen.until(isIn('running'), seen.published.length);
  await run('docker', ['start', `${shop.name}-one-1`]);
  await back;
  const { passes = 0 } = seen.status.counters();
  await expect.poll(() => (seen.status.counters()['passes'] ?? 0) - passes, { timeout: 10_000 }).toBeGreaterThan(1);
  expect(seen.status.counters()['corrections']).toBe(3);
  expect(await seen.world.operations.list({ limit: 10 })).toEqual([]);
});

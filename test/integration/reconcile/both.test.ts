import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createEventLog } from '@main/operations';
import { ServicesService, StatusReconciler } from '@main/services/index';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { docker, openDriftWorld, type DriftWorld } from './kit';

const TURNS = 100;

let world: DriftWorld;
let shop: TestProject;
let status: StatusReconciler;
let id: string;

beforeAll(async () => {
  await ensureBusybox();
  shop = await emptyProject('bo');
  const text = stringify({ services: { one: { image: BUSYBOX_IMAGE, network_mode: 'none', command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '1s' } } });
  for (const mode of ['dev', 'clean']) await shop.write(`docker-compose.${mode}.yml`, text);
  world = await openDriftWorld();
  await world.engine.connect();
  id = (await world.projects.open(shop.dir, true)).id;
  expect((await world.switchTo(shop.dir, 'dev')).error).toBeNull();
  const parts = { engine: world.engine, projects: world.projects, publish: world.events.publish.bind(world.events), clock: world.deps.clock, log: world.deps.log, lock: world.deps.lock };
  const events = createEventLog({ ...parts, store: world.store });
  status = new StatusReconciler({ ...parts, store: world.store, events, subscribe: (listener) => world.events.subscribe(listener), everySeconds: () => 5, timed: (work) => work() }, new ServicesService(parts));
  await status.start();
  await world.handlers['drift.policy']({ project: id, policy: 'heal' }, { door: 'internal', signal: new AbortController().signal });
  await world.reconciler.start();
}, 60_000);
afterAll(async () => {
  await status?.stop();
  await world?.close();
  await shop?.close();
});

test('both reconcilers see one change a hundred times: one operation, and what is stored is right', { timeout: 120_000 }, async () => {
  const container = `${shop.name}-one-1`;
  const passes = (): number => status.counters()['passes'] ?? 0;
  await docker('update', '--memory', '64m', '--memory-swap', '64m', container);
  let drifted = 0;
  for (let turn = 0; turn < TURNS; turn += 1) {
    const before = passes();
    status.pause();
    status.resume();
    const drifts = await world.reconciler.pass(id);
    if (drifts.length > 0) drifted += 1;
    await expect.poll(passes, { interval: 5, timeout: 10_000 }).toBeGreaterThan(before);
  }
  await world.until(id, 'healed', (drifts) => drifts.length === 0);
  const operations = await world.operations.list({ projectId: id, limit: 500 });
  process.stdout.write(`${String(passes())} passes of one, ${String(drifted)} of ${String(TURNS)} of the other with the drift\n`);
  expect(operations.map((one) => `${one.kind} ${one.state}`)).toEqual(['drift.heal succeeded', 'modes.switch succeeded']);
  expect(await docker('inspect', '-f', '{{.HostConfig.Memory}}', container)).toBe('0');
  const running = (await docker('inspect', '-f', '{{.Id}}', container)).trim();
  await expect.poll(async () => (await world.store.getRecord('status', `${id}/one`))?.data, { timeout: 10_000 }).toMatchObject({ state: 'running', containerIds: [running] });
});

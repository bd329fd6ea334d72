import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Operation } from '@shared/domain/operations/operation';
import { ComposeService } from '@main/compose';
import { startWatch } from '@main/modes';
import { serviceOperations, ServicesService } from '@main/services/index';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';
import { inspectAll } from '../modes/small-shop';

const FOREVER = "trap 'exit 0' TERM; sleep 100000 & wait";
const SETTLE_MS = 3_000;
let project: TestProject;
let world: World;
let settleMs = SETTLE_MS;

beforeAll(async () => {
  await ensureBusybox();
  const services = {
    // Ends at once where its flag is missing.
    web: { image: BUSYBOX_IMAGE, command: ['sh', '-c', `test -e /flag/ok || { echo no flag here; exit 3; }; ${FOREVER}`], volumes: ['./flag:/flag'], stop_grace_period: '1s' },
    db: { image: BUSYBOX_IMAGE, command: ['sh', '-c', FOREVER], stop_grace_period: '1s', healthcheck: { test: ['CMD', 'true'], interval: '1s', timeout: '2s', retries: 3 } },
    job: { image: BUSYBOX_IMAGE, command: ['true'] },
  };
  project = await emptyProject('ssl', { files: { 'compose.yaml': stringify({ services }), 'flag/ok': '' } });
  world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  const watch = startWatch({ ...world.deps, settleSeconds: () => settleMs / 1000 });
  const deps = { engine: world.engine, projects: world.projects, publish: () => undefined, clock: world.deps.clock, log: world.deps.log, lock: world.deps.lock, startWatch: watch };
  for (const kind of serviceOperations(deps, new ServicesService(deps))) world.operations.register(kind);
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'default')).error).toBeNull();
});
afterAll(async () => {
  await world.close();
  await project.close();
});
beforeEach(async () => {
  settleMs = SETTLE_MS;
  await project.write('flag/ok', '');
  expect((await verb('start')).error).toBeNull();
});

async function verb(name: 'stop' | 'start' | 'restart', ...services: readonly string[]): Promise<Operation> {
  const { id } = await world.operations.enqueue(`services.${name}`, { project: project.dir, services: [...services] });
  return world.operations.wait(id, 60_000);
}

async function isRunning(service: string): Promise<boolean> {
  return (await inspectAll(project)).some((one) => one.Config.Labels['com.docker.compose.service'] === service && one.State.Status === 'running');
}

const FALLEN = { state: 'rolled-back', error: { code: 'start-failed', service: 'web', message: 'web ended with code 3 soon after its start.', hint: 'Its last log lines say more; fix it, then start it again.' } };

describe('what a start or a restart begins must stay up', () => {
  it('a start fails with the last log line of what ends right away, and leaves what was stopped stopped', async () => {
    expect((await verb('stop')).error).toBeNull();
    await rm(join(project.dir, 'flag/ok'));
    const ended = await verb('start');
    expect(ended).toMatchObject(FALLEN);
    expect((ended.error?.details?.['logs'] as string[]).at(-1)).toBe('no flag here');
    expect([await isRunning('web'), await isRunning('db')]).toEqual([false, false]);
  });

  it('so does a restart', async () => {
    await rm(join(project.dir, 'flag/ok'));
    const ended = await verb('restart', 'web');
    expect(ended).toMatchObject(FALLEN);
    expect(await isRunning('db')).toBe(true);
  });

  it('waits no longer for what has a health check than until it passes, and lets a job end', async () => {
    settleMs = 50_000;
    const began = performance.now();
    expect((await verb('restart', 'db')).error).toBeNull();
    expect(performance.now() - began).toBeLessThan(30_000);
    settleMs = SETTLE_MS;
    expect(await verb('start', 'job')).toMatchObject({ state: 'succeeded', result: { services: ['job'] } });
  });

  it('can be given up while it watches', async () => {
    settleMs = 50_000;
    const { id } = await world.operations.enqueue('services.restart', { project: project.dir, services: ['web'] });
    const watching = new Promise<void>((resolve) => {
      const told = world.events.subscribe((events) => {
        if (!events.some(({ event }) => event.type === 'operation.changed' && event.operation.id === id && event.operation.progress.message === 'Watching whether what was started stays up')) return;
        told.dispose();
        resolve();
      });
    });
    await watching;
    await world.operations.cancel(id);
    expect((await world.operations.wait(id, 30_000)).state).toBe('cancelled');
    expect(await isRunning('web')).toBe(true);
  });
});

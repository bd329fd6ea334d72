import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { BerthEvent } from '@shared/contract/events';
import { bundle, type Bundle } from '../../support/bundle';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { privateEngineObstacle, startPrivateEngine, type PrivateEngine } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';
import { openObserving, type Observing } from './observing';

const run = promisify(execFile);
const SLEEP = ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"];

async function project(services: { readonly [name: string]: object }, options: { readonly socketPath?: string; readonly files?: Readonly<Record<string, string>> } = {}): Promise<TestProject> {
  const made = await emptyProject('st', options);
  const whole = Object.fromEntries(Object.entries(services).map(([name, parts]) => [name, { image: BUSYBOX_IMAGE, command: SLEEP, stop_grace_period: '1s', ...parts }]));
  for (const mode of ['dev', 'clean']) await made.write(`docker-compose.${mode}.yml`, stringify({ services: whole }));
  return made;
}

/** The state of a service in an event that tells of it. */
function stateOf(service: string, state: string): (event: BerthEvent) => true | undefined {
  return (event) => (event.type === 'services.changed' && event.services.services.some((one) => one.name === service && one.state === state) ? true : undefined);
}

function alertsIn(event: BerthEvent, code: string): readonly string[] | undefined {
  return event.type === 'alerts.changed' ? event.alerts.filter((one) => one.code === code).map((one) => one.message) : undefined;
}

describe('on the engine of this machine', () => {
  let shop: TestProject;
  let seen: Observing;
  beforeAll(async () => {
    await ensureBusybox();
    shop = await project({ web: { volumes: ['./web.conf:/etc/web.conf:ro'] }, worker: {} }, { files: { 'web.conf': 'x' } });
    await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d'], { cwd: shop.dir });
    seen = await openObserving({ statusSeconds: 2, mountSeconds: 5 });
    await seen.world.projects.open(shop.dir, true);
    await seen.until(stateOf('worker', 'running'));
  });
  afterAll(async () => {
    await seen?.close();
    await shop?.close();
  });

  it('sees a service that was stopped from outside in under a second, and stores and logs it', async () => {
    const after = seen.published.length;
    let diedAtMs = 0;
    const listening = seen.world.engine.onEvent((event) => {
      if (event.action === 'die' && event.attributes['com.docker.compose.project'] === shop.name) diedAtMs = performance.now();
    });
    const noticed = seen.until(stateOf('worker', 'exited'), after).then(() => performance.now());
    await run('docker', ['stop', '-t', '1', `${shop.name}-worker-1`]);
    const tookMs = (await noticed) - diedAtMs;
    listening.dispose();
    process.stdout.write(`docker stop seen ${tookMs.toFixed(0)} ms after the engine said so\n`);
    expect(tookMs).toBeLessThan(1_000);
    const { id } = await seen.world.projects.resolve(shop.dir);
    const logged = await seen.until((event) => (event.type === 'log.appended' ? event.entries.find((one) => one.type === 'service.state' && one.service === 'worker' && one.data['state'] === 'exited') : undefined), after);
    expect(logged.projectId).toBe(id);
    expect((await seen.world.store.getRecord('status', `${id}/worker`))?.data).toMatchObject({ state: 'exited', health: 'none' });
    expect((await seen.entries('container.die')).some((one) => one.service === 'worker')).toBe(true);
    expect(seen.status.counters()['corrections']).toBe(0);
  });

  it('tells of a bind source that is gone, naming its services, and takes it back', async () => {
    const after = seen.published.length;
    const source = join(shop.dir, 'web.conf');
    const begun = performance.now();
    await rename(source, `${source}.away`);
    const [message] = await seen.until((event) => alertsIn(event, 'MOUNT-GONE')?.length === 1 ? alertsIn(event, 'MOUNT-GONE') : undefined, after);
    const tookMs = performance.now() - begun;
    process.stdout.write(`missing bind source told after ${tookMs.toFixed(0)} ms: ${String(message)}\n`);
    expect(tookMs).toBeLessThan(10_000);
    expect(message).toContain('web');
    await shop.write('web.conf', 'another');
    await seen.until((event) => (alertsIn(event, 'MOUNT-REPLACED')?.length === 1 && alertsIn(event, 'MOUNT-GONE')?.length === 0 ? true : undefined), after);
    await rename(`${source}.away`, source);
    await seen.until((event) => (event.type === 'mounts.changed' && event.mounts.every((one) => one.state === 'ok') ? true : undefined), seen.published.length);
    expect(seen.alerts.list().filter((one) => one.code.startsWith('MOUNT-'))).toEqual([]);
    expect((await seen.entries('alert.')).map((one) => one.type).sort()).toEqual(['alert.cleared', 'alert.cleared', 'alert.raised', 'alert.raised']);
  });

  it('looks at nothing while it is paused, and at everything when it goes on', async () => {
    seen.status.pause();
    expect(seen.status.state()).toBe('paused');
    const { passes } = seen.status.counters();
    const told = seen.published.filter((one) => one.type === 'services.changed').length;
    const started = new Promise<void>((resolve) => {
      const listening = seen.world.engine.onEvent((event) => {
        if (event.action !== 'start') return;
        listening.dispose();
        resolve();
      });
    });
    await run('docker', ['start', `${shop.name}-worker-1`]);
    await started;
    // A whole interval of passes goes by on the clock of the mount monitor, which is not paused.
    const { id } = await seen.world.projects.resolve(shop.dir);
    await expect(seen.service.list(id)).resolves.toMatchObject({ services: [{ name: 'web' }, { name: 'worker', state: 'running' }] });
    expect(seen.status.counters()['passes']).toBe(passes);
    expect(seen.published.filter((one) => one.type === 'services.changed').length).toBe(told);
    const back = seen.until(stateOf('worker', 'running'), seen.published.length);
    seen.status.resume();
    await back;
  });
});

describe('on an engine of its own', async () => {
  const obstacle = await privateEngineObstacle();
  let flood: Bundle;
  let engine: PrivateEngine | null = null;
  let shop: TestProject | null = null;
  let seen: Observing | null = null;
  beforeAll(async () => {
    flood = await bundle({ 'event-flood': resolve('test/support/event-flood.ts') });
  });
  afterAll(() => flood.remove());
  afterEach(async () => {
    await seen?.close();
    await shop?.close();
    await engine?.close();
    seen = null;
    shop = null;
    engine = null;
  });

  async function world(): Promise<{ readonly engine: PrivateEngine; readonly shop: TestProject; readonly seen: Observing }> {
    engine = await startPrivateEngine();
    const { socketPath } = engine;
    await ensureBusybox({ socketPath });
    shop = await project({ stays: { restart: 'always', network_mode: 'none' }, ends: { network_mode: 'none' } }, { socketPath });
    await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d'], { cwd: shop.dir, env: { ...process.env, DOCKER_HOST: engine.dockerHost } });
    seen = await openObserving({ socketPath });
    await seen.world.projects.open(shop.dir, true);
    await seen.until((event) => stateOf('stays', 'running')(event) && stateOf('ends', 'running')(event));
    return { engine, shop, seen };
  }

  it.skipIf(obstacle !== null)('is right again within 10 s of the return of an engine that restarted, and invents nothing', async () => {
    const made = await world();
    const { id } = await made.seen.world.projects.resolve(made.shop.dir);
    await made.seen.eventLog.flush();
    const before = (await made.seen.entries(''))[0]?.seq ?? 0;
    const after = made.seen.published.length;
    await made.engine.restart();
    const begun = performance.now();
    await made.seen.until((event) => (stateOf('stays', 'running')(event) && stateOf('ends', 'exited')(event)) ?? (event.type === 'services.changed' && event.services.services.find((one) => one.name === 'ends')?.state === 'failed' && event.services.services.find((one) => one.name === 'stays')?.state === 'running' ? true : undefined), after);
    const tookMs = performance.now() - begun;
    process.stdout.write(`state right ${tookMs.toFixed(0)} ms after the engine was back\n`);
    expect(tookMs).toBeLessThan(10_000);
    const live = await made.seen.service.list(id);
    for (const one of live.services) expect((await made.seen.world.store.getRecord('status', `${id}/${one.name}`))?.data).toMatchObject({ state: one.state, containerIds: one.containerIds, startedAt: one.startedAt });
    const entries = (await made.seen.entries('')).filter((one) => one.seq > before);
    const of = (type: string): number => entries.filter((one) => one.type === type).length;
    expect([of('engine.lost'), of('engine.connected')]).toEqual([1, 1]);
    expect(entries.filter((one) => one.type === 'service.state' && one.data['state'] === 'absent')).toEqual([]);
    for (const type of ['container.die', 'container.start', 'container.stop']) {
      const keys = entries.filter((one) => one.type === type).map((one) => `${String(one.data['containerId'])} ${String(one.data['engineTimeNano'])}`);
      expect(new Set(keys).size).toBe(keys.length);
    }
    expect(entries.filter((one) => one.type === 'container.destroy')).toEqual([]);
    expect(made.seen.status.counters()['corrections']).toBe(0);
  });

  it.skipIf(obstacle !== null)('keeps memory bounded and answers while 10,000 events come in a burst', async () => {
    const made = await world();
    const { socketPath } = made.engine;
    const { id } = await made.seen.world.projects.resolve(made.shop.dir);
    let heard = 0;
    const listening = made.seen.world.engine.onEvent(() => void (heard += 1));
    const rssBefore = process.memoryUsage().rss;
    let rssPeak = rssBefore;
    const tookMs: number[] = [];
    let done = false;
    const asking = (async () => {
      while (!done) {
        const begun = performance.now();
        await Promise.all([made.seen.eventLog.list({ limit: 10 }), made.seen.world.operations.list({ limit: 10 }), made.seen.world.projects.resolve(id)]);
        tookMs.push(performance.now() - begun);
        rssPeak = Math.max(rssPeak, process.memoryUsage().rss);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await run(process.execPath, [join(flood.dir, 'event-flood.cjs'), socketPath, BUSYBOX_IMAGE, `${made.shop.name}-ends-1`, '8', '640']);
    done = true;
    await asking;
    listening.dispose();
    const slowestMs = Math.max(...tookMs);
    const grownMiB = (rssPeak - rssBefore) / 1024 / 1024;
    process.stdout.write(`${String(heard)} events heard, RSS grew by ${grownMiB.toFixed(0)} MiB at most, ${String(tookMs.length)} queries, slowest ${slowestMs.toFixed(0)} ms\n`);
    expect(heard).toBeGreaterThan(10_000);
    expect(grownMiB).toBeLessThan(150);
    expect(slowestMs).toBeLessThan(100);
  });
});

import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import { ensureBusybox } from '../../support/images';
import { privateEngineObstacle } from '../../support/private-engine';
import type { TestProject } from '../../support/projects';
import { openObserving, type Observing } from './observing';
import { privateWorld, sleepers, stateOf, type PrivateWorld } from './sleepers';

const run = promisify(execFile);
function alertsIn(event: BerthEvent, code: string): readonly string[] | undefined {
  return event.type === 'alerts.changed' ? event.alerts.filter((one) => one.code === code).map((one) => one.message) : undefined;
}

describe('on the engine of this machine', () => {
  let shop: TestProject;
  let seen: Observing;
  beforeAll(async () => {
    await ensureBusybox();
    shop = await sleepers({ web: { volumes: ['./web.conf:/etc/web.conf:ro'] }, worker: {} }, { files: { 'web.conf': 'x' } });
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
  let made: PrivateWorld;
  beforeAll(async () => {
    if (obstacle === null) made = await privateWorld();
  });
  afterAll(() => made?.close());

  it.skipIf(obstacle !== null)('is right again within 10 s of the return of an engine that restarted, and invents nothing', async () => {
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
});

import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Operation } from '@shared/domain/operations/operation';
import { createAlerts, watchWaysBack } from '@main/alerts';
import { silentLogger } from '@main/platform/logger';
import { systemClock } from '@main/platform/system-clock';
import { freePort } from '../../support/private-engine';
import type { TestProject } from '../../support/projects';
import { openWorld, type World, type WorldOptions } from './kit';
import { expectComposeAgrees, idsOf, inspectAll, smallShop, stateOf, type SmallShop } from './small-shop';

const run = promisify(execFile);

/** A switch that fails: whatever happens, the old mode is back exactly as it was. */
describe('a switch that cannot succeed', () => {
  const open: { close(): Promise<void> }[] = [];
  /** The one that runs in dev: every case leaves it as it was, so the next goes on with it unless one failed. */
  let running: SmallShop | null = null;
  afterEach(async ({ task }) => {
    for (const one of open.splice(0)) await one.close();
    if (task.result?.state === 'fail') await endRunning();
  });
  afterAll(endRunning);

  async function endRunning(): Promise<void> {
    const ended = running;
    running = null;
    await ended?.close();
  }

  async function startInDev(): Promise<SmallShop> {
    running = await smallShop();
    const first = await openWorld();
    await first.projects.open(running.dir, true);
    expect((await first.switchTo(running.dir, 'dev')).error).toBeNull();
    await first.close();
    return running;
  }

  async function inDev(prod: Parameters<SmallShop['changeProd']>[0], options: WorldOptions = {}): Promise<{ readonly project: SmallShop; readonly world: World }> {
    const project = running ?? (await startInDev());
    await project.changeProd(prod);
    const world = await openWorld(options);
    open.push(world);
    await world.projects.open(project.dir, true);
    return { project, world };
  }

  async function expectOldMode(project: TestProject, before: unknown, ended: Operation): Promise<void> {
    expect(await stateOf(project)).toEqual(before);
    expect((await inspectAll(project)).every((one) => one.State.Status === 'running')).toBe(true);
    await expectComposeAgrees(project, 'docker-compose.dev.yml');
    expect(ended.result).toBeNull();
  }

  it('because a new service exits', async () => {
    const { project, world } = await inDev({ web: { command: ['sh', '-c', 'echo it is broken; exit 3'] } });
    const before = await stateOf(project);
    const ended = await world.switchTo(project.dir, 'prod');
    expect(ended.state).toBe('rolled-back');
    expect(ended.error).toMatchObject({ code: 'start-failed', service: 'web', message: 'web did not come up: it ended with code 3.', details: { logs: ['it is broken'] } });
    await expectOldMode(project, before, ended);
  });

  it('and pauses again what was paused: what stayed and went on, and what was stopped', async () => {
    const { project, world } = await inDev({ web: { command: ['sh', '-c', 'exit 3'] } });
    const ids = await idsOf(project);
    const paused = [ids['db'] ?? '', ids['web'] ?? ''];
    await run('docker', ['pause', ...paused]);
    const before = await stateOf(project);
    const ended = await world.switchTo(project.dir, 'prod');
    expect(ended.state).toBe('rolled-back');
    expect(ended.error).toMatchObject({ code: 'start-failed', service: 'web' });
    expect(await stateOf(project)).toEqual(before);
    await run('docker', ['unpause', ...paused]);
  });

  it('because a service without a health check ends a while after its start', async () => {
    const { project, world } = await inDev({ web: { command: ['sh', '-c', 'sleep 3; echo it gave up; exit 5'] } }, watching(5));
    const before = await stateOf(project);
    const ended = await world.switchTo(project.dir, 'prod');
    expect(ended.state).toBe('rolled-back');
    expect(ended.error).toMatchObject({ code: 'start-failed', service: 'web', message: 'web ended with code 5 soon after its start.', details: { logs: ['it gave up'] } });
    await expectOldMode(project, before, ended);
  });

  it('because a service that was healthy is not up any more when the others have settled', async () => {
    const { project, world } = await inDev({ api: { command: ['sh', '-c', 'mkdir -p /srv; touch /srv/index.html; httpd -p 8080 -h /srv; sleep 4; exit 6'] } }, watching(6));
    const before = await stateOf(project);
    const ended = await world.switchTo(project.dir, 'prod');
    expect(ended.state).toBe('rolled-back');
    expect(ended.error).toMatchObject({ code: 'start-failed', service: 'api', message: 'api ended with code 6 soon after its start.' });
    await expectOldMode(project, before, ended);
  });

  it('because a new service never gets healthy', async () => {
    const { project, world } = await inDev({ api: { healthcheck: { test: ['CMD-SHELL', 'echo no database; exit 1'], interval: '1s', retries: 2 } } });
    const before = await stateOf(project);
    const ended = await world.switchTo(project.dir, 'prod');
    expect(ended.state).toBe('rolled-back');
    expect(ended.error).toMatchObject({ code: 'unhealthy', message: 'api did not come up: its health check fails: no database.' });
    await expectOldMode(project, before, ended);
  });

  it('because a health check never answers in time, once a start has taken as long as it may', async () => {
    const { project, world } = await inDev({ api: { healthcheck: { test: ['CMD', 'sleep', '60'], interval: '1s', timeout: '1s', retries: 1 } } });
    const before = await stateOf(project);
    const ended = await world.switchTo(project.dir, 'prod');
    expect(ended.state).toBe('rolled-back');
    expect(ended.error).toMatchObject({ code: 'unhealthy', message: 'api did not come up: it was not ready after 34 seconds: its health check fails: Health check exceeded timeout (1s).' });
    await expectOldMode(project, before, ended);
  });

  it('because a Dockerfile fails', async () => {
    const { project, world } = await inDev({ web: { image: undefined, build: './broken' } });
    await project.write('broken/Dockerfile', 'FROM berth-test/busybox:1\nRUN echo cannot go on && exit 7\n');
    const before = await stateOf(project);
    const ended = await world.switchTo(project.dir, 'prod');
    expect(ended.state).toBe('rolled-back');
    expect(ended.error).toMatchObject({ code: 'build-failed', service: 'web' });
    await expectOldMode(project, before, ended);
  });

  it('because a port is taken in the middle', async () => {
    const taken = await freePort();
    const server: Server = createServer();
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
    try {
      const { project, world } = await inDev({ api: { ports: [`127.0.0.1:${String(taken)}:8080`] } });
      const before = await stateOf(project);
      const ended = await world.switchTo(project.dir, 'prod');
      expect(ended.state).toBe('rolled-back');
      expect(ended.error?.code).toBe('port-taken');
      expect(ended.error?.message).toMatch(new RegExp(`^api did not start: port ${String(taken)} is in use by .*process ${String(process.pid)}\\)\\.$`));
      await expectOldMode(project, before, ended);
    } finally {
      server.close();
    }
  });

  it('and cannot go back: it says what is left and the way out, an alert stands until a later switch', async () => {
    const { project, world } = await inDev({ api: { ports: undefined }, web: { command: ['sh', '-c', 'echo it is broken; sleep 1; exit 3'] } });
    const alerts = await createAlerts({ store: world.store, publish: () => undefined, clock: systemClock, events: { add: () => undefined }, log: silentLogger });
    const watching = watchWaysBack({ alerts, subscribe: (listener) => world.events.subscribe(listener), isShown: () => Promise.resolve(true), onError: (error) => expect(error).toBeUndefined() });
    const { id } = await world.projects.resolve(project.dir);
    const server = await listenOnceFree(world, project.port, () => world.switchTo(project.dir, 'prod'));
    try {
      expect(server.ended.state).toBe('needs-attention');
      const made = (await inspectAll(project)).filter((one) => one.Config.Labels['dev.berth.tx'] === server.ended.id).map((one) => one.Name.slice(1)).sort();
      expect(made.length).toBeGreaterThan(0);
      expect(server.ended.error).toMatchObject({
        code: 'needs-attention',
        message: expect.stringMatching(/^web did not come up: it ended with code 3\. Bringing it back failed too: api could not be started again: port \d+ is in use by .* Left behind: container /) as string,
        hint: 'Free what it needs. Then switch to the mode you want, for example: berth modes switch dev. A switch starts from what is there and takes away what this one left.',
        details: { left: { containers: made, volumes: [] } },
      });
      for (const name of made) expect(server.ended.error?.message).toContain(name);
      await expect.poll(() => alerts.list(), { timeout: 20_000 }).toMatchObject([{ code: 'NEEDS-ATTENTION', severity: 'error', projectId: id, hint: expect.stringContaining('berth modes switch dev') as string }]);
    } finally {
      await server.close();
    }
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    expect((await inspectAll(project)).map((one) => `${one.Name} ${one.State.Status}`).sort()).toEqual(['api', 'db', 'web'].map((name) => `/${project.name}-${name}-1 running`));
    await expectComposeAgrees(project, 'docker-compose.dev.yml');
    await expect.poll(() => alerts.list(), { timeout: 20_000 }).toEqual([]);
    watching.dispose();
  });

  it('because the plan it was shown is out of date', async () => {
    const { project, world } = await inDev({});
    await expect(world.switchTo(project.dir, 'prod', 'plan_other')).rejects.toMatchObject({ code: 'plan-stale' });
  });

  it('because the project is not trusted', async () => {
    const project = await smallShop();
    const world = await openWorld();
    open.push(world, project);
    await world.projects.open(project.dir, false);
    await expect(world.switchTo(project.dir, 'dev')).rejects.toMatchObject({ code: 'trust-required' });
    expect(await inspectAll(project)).toEqual([]);
  });

  it.each([
    ['before the cut', 'container.create:after-result:1:hang'],
    ['after the cut', 'container.start:after-intent:1:hang'],
  ])('because it is cancelled %s', async (_, failpoint) => {
    const { project, world } = await inDev({}, { env: { BERTH_FAIL: failpoint } });
    const before = await stateOf(project);
    const { id } = await world.operations.enqueue('modes.switch', { project: project.dir, mode: 'prod' });
    const name = failpoint.split(':')[0];
    await reached(world, id, (steps) => steps.some((one) => one.name === name));
    await world.operations.cancel(id);
    const ended = await world.operations.wait(id, 60_000);
    expect(ended.state).toBe('cancelled');
    await expectOldMode(project, before, ended);
  });
});

/** Takes the port the moment its container gives it up. */
async function listenOnceFree(world: World, port: number, act: () => Promise<Operation>): Promise<{ readonly ended: Operation; close(): Promise<void> }> {
  const server = createServer();
  const tryIt = (): void => void server.listen(port, '127.0.0.1');
  server.on('error', () => setTimeout(tryIt, 20));
  const listens = new Promise<void>((resolve) => server.once('listening', resolve));
  tryIt();
  const ended = await act();
  await listens;
  return { ended, close: () => new Promise((resolve) => void server.close(() => resolve())) };
}

/** Watches what has no health check for this long. */
function watching(seconds: number): WorldOptions {
  return { change: (deps) => ({ ...deps, settleSeconds: () => seconds }) };
}

/** Resolves once the journal of the operation has got there. */
async function reached(world: World, id: string, there: (steps: Awaited<ReturnType<World['operations']['steps']>>) => boolean): Promise<void> {
  for (;;) {
    if (there(await world.operations.steps(id))) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, 200);
      const subscription = world.events.subscribe(done);
      function done(): void {
        clearTimeout(timer);
        subscription.dispose();
        resolve();
      }
    });
  }
}

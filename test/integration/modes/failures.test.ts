import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Operation } from '@shared/domain/operations/operation';
import { freePort } from '../../support/private-engine';
import type { TestProject } from '../../support/projects';
import { openWorld, type World, type WorldOptions } from './kit';
import { expectComposeAgrees, inspectAll, smallShop, stateOf } from './small-shop';

/** A switch that fails: whatever happens, the old mode is back exactly as it was. */
describe('a switch that cannot succeed', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  async function inDev(change: Parameters<typeof smallShop>[0], options: WorldOptions = {}): Promise<{ readonly project: Awaited<ReturnType<typeof smallShop>>; readonly world: World }> {
    const project = await smallShop(change);
    const first = await openWorld();
    await first.projects.open(project.dir, true);
    expect((await first.switchTo(project.dir, 'dev')).error).toBeNull();
    await first.close();
    const world = await openWorld(options);
    open.push(world, project);
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
    const { project, world } = await inDev({ prod: { web: { command: ['sh', '-c', 'echo it is broken; exit 3'] } } });
    const before = await stateOf(project);
    const ended = await world.switchTo(project.dir, 'prod');
    expect(ended.state).toBe('rolled-back');
    expect(ended.error).toMatchObject({ code: 'start-failed', service: 'web', message: 'web did not come up: it ended with code 3.', details: { logs: ['it is broken'] } });
    await expectOldMode(project, before, ended);
  });

  it('because a new service never gets healthy', async () => {
    const { project, world } = await inDev({ prod: { api: { healthcheck: { test: ['CMD-SHELL', 'echo no database; exit 1'], interval: '1s', retries: 2 } } } });
    const before = await stateOf(project);
    const ended = await world.switchTo(project.dir, 'prod');
    expect(ended.state).toBe('rolled-back');
    expect(ended.error).toMatchObject({ code: 'unhealthy', message: 'api did not come up: its health check fails: no database.' });
    await expectOldMode(project, before, ended);
  });

  it('because a Dockerfile fails', async () => {
    const { project, world } = await inDev({ prod: { web: { image: undefined, build: './broken' } } });
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
      const { project, world } = await inDev({ prod: { api: { ports: [`127.0.0.1:${String(taken)}:8080`] } } });
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

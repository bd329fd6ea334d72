import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../integration/modes/kit';
import { smallShop } from '../integration/modes/small-shop';
import { privateEngineObstacle, startPrivateEngine, type PrivateEngine } from '../support/private-engine';

const run = promisify(execFile);
const obstacle = await privateEngineObstacle();

/** What happens to the engine itself in the middle of a switch: on an engine of the test's own. */
describe.skipIf(obstacle !== null)('a switch whose engine fails', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  async function states(engine: PrivateEngine, name: string): Promise<readonly string[]> {
    const { stdout } = await run('docker', ['ps', '-a', '--filter', `label=com.docker.compose.project=${name}`, '--format', '{{.Names}} {{.State}}'], { env: { ...process.env, DOCKER_HOST: engine.dockerHost } });
    return stdout.trim().split('\n').sort();
  }

  async function inDev(engine: PrivateEngine, env: { readonly [name: string]: string }, change: Parameters<typeof smallShop>[0] = {}): Promise<{ readonly world: World; readonly project: Awaited<ReturnType<typeof smallShop>> }> {
    const project = await smallShop({ ...change, socketPath: engine.socketPath });
    const first = await openWorld({ socketPath: engine.socketPath });
    await first.projects.open(project.dir, true);
    expect((await first.switchTo(project.dir, 'dev')).error).toBeNull();
    await first.close();
    const world = await openWorld({ socketPath: engine.socketPath, env });
    await world.projects.open(project.dir, true);
    open.unshift(world, project);
    return { world, project };
  }

  it('because it is restarted: the old mode is back, and the error says so', async () => {
    const engine = await startPrivateEngine();
    open.push(engine);
    const { world, project } = await inDev(engine, { BERTH_FAIL: 'container.start:after-intent:1:delay=4000' });
    const before = await states(engine, project.name);
    const { id } = await world.operations.enqueue('modes.switch', { project: project.dir, mode: 'prod' });
    await new Promise<void>((resolve) => {
      const subscription = world.events.subscribe(() => {
        void world.operations.steps(id).then((steps) => {
          if (!steps.some((one) => one.name === 'container.start')) return;
          subscription.dispose();
          resolve();
        });
      });
    });
    await engine.restart();
    const ended = await world.operations.wait(id, 120_000);
    expect(ended.error?.code, ended.error?.message).toBe('engine-lost');
    expect(ended.state).toBe('rolled-back');
    expect(await states(engine, project.name)).toEqual(before);
  });

  it('because its disk is full at the build: the old mode never stopped', async () => {
    const engine = await startPrivateEngine({ dataRootSizeMiB: 192 });
    open.push(engine);
    const { world, project } = await inDev(engine, {}, { prod: { web: { image: undefined, build: './web' } } });
    await project.write('web/Dockerfile', 'FROM berth-test/busybox:1\nRUN dd if=/dev/zero of=/big bs=1M count=64\n');
    const before = await states(engine, project.name);
    await engine.fillDisk(8 * 1024 * 1024);
    const ended = await world.switchTo(project.dir, 'prod');
    await engine.freeDisk();
    expect(ended.state).toBe('rolled-back');
    expect(ended.error?.code, ended.error?.message).toMatch(/^(disk-full|build-failed)$/);
    expect(await states(engine, project.name)).toEqual(before);
  });
});

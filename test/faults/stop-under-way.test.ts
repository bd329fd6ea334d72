import { execFile, spawn } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { bundleForNode } from '../integration/modes/bundle';
import { openWorld } from '../integration/modes/kit';
import { inspectAll, smallShop } from '../integration/modes/small-shop';
import { BUSYBOX_IMAGE } from '../support/images';

const run = promisify(execFile);
const cleanUp: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const one of cleanUp.splice(0).reverse()) await one();
});

/**
 * The engine finishes a stop even when the one who asked for it is dead. Found by killing a switch while a slow service was
 * stopping: recovery saw it running, called the old mode whole, and a moment later it was gone.
 */
it('a switch that is killed while a slow service stops leaves the old mode running, and it stays', async () => {
  const slow = { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'sleep 4; exit 0' TERM; while true; do sleep 0.2; done"] };
  const project = await smallShop({ dev: { mail: slow } });
  cleanUp.push(() => project.close());
  const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-md-slow-')));
  cleanUp.push(() => rm(home, { recursive: true, force: true }));
  const program = await bundleForNode('test/faults/switch-process.ts');

  const world = await openWorld();
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  await world.close();

  const events = spawn('docker', ['events', '--filter', `label=com.docker.compose.project=${project.name}`, '--filter', 'event=kill', '--format', '{{index .Actor.Attributes "com.docker.compose.service"}}']);
  cleanUp.push(() => Promise.resolve(events.kill()));
  const berth = spawn(process.execPath, [program, 'switch', home, project.dir, 'prod']);
  const ended = new Promise<string | null>((resolve) => berth.once('exit', (_, signal) => resolve(signal)));
  for await (const service of createInterface({ input: events.stdout })) {
    if (service === 'mail') break;
  }
  const killedAt = Date.now();
  berth.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');

  const recovered = JSON.parse((await run(process.execPath, [program, 'recover', home, project.dir, '-'])).stdout) as readonly { state: string }[];
  expect(recovered.map((one) => one.state)).toEqual(['rolled-back']);
  const now = await inspectAll(project);
  expect(now.every((one) => one.State.Status === 'running')).toBe(true);
  const mail = now.find((one) => one.Name === `/${project.name}-mail-1`);
  // The stop that was under way has ended and it was started anew: nothing is left that could end it.
  expect(Date.parse(mail?.State.StartedAt ?? '')).toBeGreaterThan(killedAt);
});

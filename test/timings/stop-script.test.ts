import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { berthCommand, type BerthCommand } from '../support/berth-command';
import { ensureBusybox } from '../support/images';
import { opsProject, type TestProject } from '../support/projects';

const run = promisify(execFile);
/** Nothing in the project needs longer than its ten seconds of grace. */
const STOP_MS = 15_000;

let berth: BerthCommand;
let project: TestProject;

beforeAll(async () => {
  await ensureBusybox();
  berth = await berthCommand();
  project = await opsProject();
  for (const words of [['projects', 'open', '--trust', project.dir], ['scripts', 'install', '--project', project.dir, '--yes']]) expect((await berth.json(words)).answer.ok).toBe(true);
});
afterAll(async () => {
  await berth.close();
  await project.close();
});

async function script(name: string): Promise<number> {
  const began = performance.now();
  const env = { PATH: process.env['PATH'] ?? '', HOME: berth.home, BERTH_HOME: berth.home, BERTH_SETTINGS: process.env['BERTH_SETTINGS'] ?? '', BERTH: resolve('bin/berth'), NO_COLOR: '1' };
  await run(join(project.dir, 'scripts', name), [], { env, cwd: berth.home });
  return performance.now() - began;
}

it('stop-dev.sh has stopped everything soon', async () => {
  await script('dev-mode.sh');
  expect(await script('stop-dev.sh')).toBeLessThan(STOP_MS);
});

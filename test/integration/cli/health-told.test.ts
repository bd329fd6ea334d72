import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { OutputOf } from '@shared/contract/contract';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';

const run = promisify(execFile);
let project: TestProject;
let berth: BerthCommand;

beforeAll(async () => {
  await ensureBusybox();
  // The engine's own first look is after the test.
  const web = { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '1s', healthcheck: { test: ['CMD', 'true'], interval: '10m' } };
  project = await emptyProject('htold', { files: { 'compose.yaml': stringify({ services: { web } }) } });
  berth = await berthCommand();
  await berth.json(['projects', 'open', project.dir, '--trust']);
});
afterAll(async () => {
  await berth.close();
  await project.close();
});

const told = async (): Promise<string | undefined> => (await berth.json<OutputOf<'services.list'>>(['services', 'list'], { cwd: project.dir })).answer.value?.services[0]?.health;

it('a command tells the health that an earlier one saw, as long as the container runs as it did', async () => {
  expect((await berth.json(['modes', 'switch', 'default', '--yes'], { cwd: project.dir })).answer.error).toBeUndefined();
  expect(await told()).toBe('healthy');
  expect(await told()).toBe('healthy');
  await run('docker', ['restart', '-t', '0', `${project.name}-web-1`]);
  expect(await told()).toBe('starting');
});

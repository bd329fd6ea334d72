import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ComposeService } from '@main/compose';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from './kit';

const run = promisify(execFile);
let project: TestProject;
let world: World;

beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('bc');
  const command = ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"];
  await project.write('compose.yaml', stringify({ services: { web: { build: '.', command }, plain: { image: BUSYBOX_IMAGE, command } } }));
  await dockerfile('one');
  await up();
  world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  await world.projects.open(project.dir, true);
});
afterAll(async () => {
  await world.close();
  await project.close();
});

const dockerfile = (text: string): Promise<void> => project.write('Dockerfile', `FROM ${BUSYBOX_IMAGE}\nRUN echo ${text} > /made\n`);
const up = (): Promise<unknown> => run('docker', ['compose', 'up', '-d', '--build', '--wait'], { cwd: project.dir });
const planned = async (): Promise<readonly string[]> => (await world.modes.plan(project.dir, 'default')).changes.map((one) => `${one.action} ${one.service}`).sort();
const made = async (): Promise<string> => (await run('docker', ['compose', 'exec', '-T', 'web', 'cat', '/made'], { cwd: project.dir })).stdout.trim();

it('an image of docker compose’s is taken as it is until its sources change, whoever built before', async () => {
  expect(await planned()).toEqual(['keep plain', 'keep web']);
  await dockerfile('two');
  expect(await planned()).toEqual(['keep plain', 'recreate web']);
  expect((await world.switchTo(project.dir, 'default')).error).toBeNull();
  expect([await made(), await planned()]).toEqual(['two', ['keep plain', 'keep web']]);

  // Built once more from the same sources.
  await up();
  expect(await planned()).toEqual(['keep plain', 'keep web']);
  await dockerfile('three');
  expect(await planned()).toEqual(['keep plain', 'recreate web']);
  await up();
  expect([await made(), await planned()]).toEqual(['three', ['keep plain', 'keep web']]);
});

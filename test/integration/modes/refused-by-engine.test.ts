import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ComposeService } from '@main/compose';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from './kit';

let project: TestProject;
let world: World;

beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('re');
  await write(IMAGE);
  world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  await world.projects.open(project.dir, true);
});
afterAll(async () => {
  await world.close();
  await project.close();
});

const write = (...lines: readonly string[]): Promise<void> => project.write('compose.yaml', `services:\n  web:\n${lines.map((line) => `    ${line}\n`).join('')}`);
const IMAGE = `image: ${BUSYBOX_IMAGE}`;

it.each([
  ['when a container is made', [IMAGE, 'command: sleep 100000', 'mem_limit: 1m'], /^Docker could not create web: /, 5],
  ['when a container is started', [IMAGE, 'command: sleep 100000', 'user: nobody-at-all'], /^web did not start: unable to find user/, 5],
  ['where the program is not there', [IMAGE, 'entrypoint: no-such-program'], /^web did not start: .*executable file not found/, 4],
  ['where the image is not there', ['image: berth-test/no-such:1'], /no-such/, 3],
] as const)('what the engine refuses %s is said with its line', async (_when, lines, message, line) => {
  await write(...lines);
  const { error } = await world.switchTo(project.dir, 'default');
  expect(error).toMatchObject({ service: 'web', message: expect.stringMatching(message) as string, where: { file: join(project.dir, 'compose.yaml'), line } });
});

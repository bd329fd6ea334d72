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
  ['when a container is made', [IMAGE, 'command: sleep 100000', 'cpuset: "900"'], /^Docker could not create web: requested CPUs/i, 5],
  ['when a container is started', [IMAGE, 'command: sleep 100000', 'user: nobody-at-all'], /^web did not start: unable to find user/, 5],
  ['where the program is not there', [IMAGE, 'entrypoint: no-such-program'], /^web did not start: .*executable file not found/, 4],
  ['where the image is not there', ['image: berth-test/no-such:1'], /no-such/, 3],
] as const)('what the engine refuses %s is said with its line', async (_when, lines, message, line) => {
  await write(...lines);
  const { error } = await world.switchTo(project.dir, 'default');
  expect(error).toMatchObject({ service: 'web', message: expect.stringMatching(message) as string, where: { file: join(project.dir, 'compose.yaml'), line } });
});

it.each([
  ['is not there', './none.json', 'cannot be read'],
  ['is no JSON', './words.json', 'is no JSON'],
])('a seccomp profile that %s is said with its line', async (_when, path, said) => {
  await project.write('words.json', 'not a profile');
  await write(IMAGE, 'command: sleep 100000', `security_opt: ["seccomp:${path}"]`);
  await world.projects.open(project.dir, true);
  const { error } = await world.switchTo(project.dir, 'default');
  expect(error).toMatchObject({ service: 'web', message: `The seccomp profile ${path} of web ${said}.`, where: { file: join(project.dir, 'compose.yaml'), line: 5 } });
});

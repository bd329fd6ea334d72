import { afterAll, beforeAll, expect, it } from 'vitest';
import { ComposeService } from '@main/compose';
import { createFolderTurns } from '@main/operations/folder-turns';
import { hostSources } from '@main/platform/mount-source';
import { hostPorts } from '@main/platform/ports';
import { wireFiles } from '@main/wiring/files';
import { openWorld, type World } from '../integration/modes/kit';
import { BUSYBOX_IMAGE } from '../support/images';
import { emptyProject, type TestProject } from '../support/projects';

const CALL = { door: 'internal', signal: new AbortController().signal } as const;
let world: World;
let project: TestProject;
let files: ReturnType<typeof wireFiles>;

beforeAll(async () => {
  const compose = new ComposeService({ environment: {} });
  world = await openWorld({ compose });
  const checkDoors = { ports: hostPorts(), sources: hostSources({ timeoutMs: 2_000 }), engineIsLocal: () => true, engineApiVersion: () => null, loadModes: (id: string) => world.projects.loadModes(id) };
  files = wireFiles({ foundation: { store: world.store, operations: world.operations, turns: createFolderTurns() }, projects: world.projects, compose, checkDoors, observe: () => Promise.resolve(null), commits: () => Promise.resolve([]) });
  const services = Array.from({ length: 12 }, (_, index) => `  s${String(index)}:\n    image: ${BUSYBOX_IMAGE}\n    environment: { A: "1", B: "2" }\n    ports: ["127.0.0.1:${String(28_000 + index)}:80"]\n`).join('');
  project = await emptyProject('chk', { files: { 'docker-compose.dev.yml': `services:\n${services}`, 'docker-compose.clean.yml': `services:\n${services}` } });
});
afterAll(async () => {
  await world.close();
  await project.close();
});

it('says what a text means within 100 ms, while somebody types', async () => {
  const text = await project.read('docker-compose.dev.yml');
  const check = (words: string): Promise<{ readonly tookMs: number }> => files['files.check']({ project: project.dir, file: 'docker-compose.dev.yml', text: words }, CALL);
  await check(text);
  const times: number[] = [];
  for (let index = 0; index < 9; index += 1) times.push((await check(`${text}# ${String(index)}\n`)).tookMs);
  expect(times.sort((a, b) => a - b)[4]).toBeLessThan(100);
});

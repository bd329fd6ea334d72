import { createServer } from 'node:net';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { engineIsLocal, observeMode, portMapHandlers } from '@main/checks';
import { sourceHandlers } from '@main/compose';
import { hostPorts } from '@main/platform/ports';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';
import { openEditWorld, type EditWorld } from './kit';

const CALL = { door: 'internal', signal: new AbortController().signal } as const;
let world: EditWorld;
const made: TestProject[] = [];

beforeAll(async () => {
  await ensureBusybox();
  world = await openEditWorld();
});
afterAll(() => world.close());
afterEach(async () => {
  for (const one of made.splice(0)) await one.close();
});

async function project(files: { readonly [path: string]: string }): Promise<TestProject> {
  const one = await emptyProject('src', { files });
  made.push(one);
  return one;
}

const source = (dir: string, file: string): Promise<OutputOf<'compose.source'>> => sourceHandlers(world.projects)['compose.source']({ project: dir, file }, CALL);

it('shows the files that modes are made from, and no other', async () => {
  const outside = await project({ 'secret.env': 'TOKEN=1\n' });
  const one = await project({ 'compose.yaml': `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n    env_file: [a.env, ${join(outside.dir, 'secret.env')}]\n`, 'a.env': 'A=1\n', '.env': 'B=2\n', 'other.txt': 'x\n', 'docker-compose.dev.yml': 'services: [\n' });
  expect(await source(one.dir, 'compose.yaml')).toEqual({ file: join(one.dir, 'compose.yaml'), text: await one.read('compose.yaml') });
  expect((await source(one.dir, join(one.dir, 'a.env'))).text).toBe('A=1\n');
  for (const file of ['other.txt', '../x', '/etc/passwd', 'a.env/../other.txt', '']) await expect(source(one.dir, file)).rejects.toMatchObject({ code: 'not-found' });
  await expect(source(one.dir, join(outside.dir, 'secret.env'))).rejects.toMatchObject({ code: 'trust-required' });
  const linked = await project({ 'compose.yaml': `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n    env_file: link.env\n` });
  await symlink(join(outside.dir, 'secret.env'), join(linked.dir, 'link.env'));
  await expect(source(linked.dir, 'link.env')).rejects.toMatchObject({ code: 'file-unreadable' });
  await world.projects.trust(linked.dir);
  expect((await source(linked.dir, 'link.env')).text).toBe('TOKEN=1\n');
});

it('shows a mode’s file that cannot be read as compose', async () => {
  const broken = await project({ 'docker-compose.dev.yml': `services:\n  a: { image: ${BUSYBOX_IMAGE} }\n`, 'docker-compose.clean.yml': 'services: [\n' });
  expect((await source(broken.dir, 'docker-compose.clean.yml')).text).toBe('services: [\n');
});

it('maps the ports of all modes with who has them now', async () => {
  const [held, own, free] = [await freePort(), await freePort(), await freePort()];
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(held, '127.0.0.1', resolve));
  const text = (port: number): string => `services:\n  a:\n    image: ${BUSYBOX_IMAGE}\n    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n    stop_grace_period: 2s\n    ports: ["127.0.0.1:${String(own)}:80", "127.0.0.1:${String(port)}:81/udp"]\n`;
  const one = await project({ 'docker-compose.dev.yml': text(free), 'docker-compose.clean.yml': text(free).replace(`${String(free)}:81/udp`, `${String(held)}:82`) });
  await world.projects.open(one.dir, true);
  expect((await world.switchTo(one.dir, 'dev')).error).toBeNull();
  const handlers = portMapHandlers({ projects: world.projects, ports: hostPorts(), observe: (loaded) => observeMode(world.engine, loaded), engineIsLocal: () => engineIsLocal(world.engine) });
  const { entries, markdown } = await handlers['compose.ports']({ project: one.dir }, CALL);
  expect(entries.map((entry) => [entry.mode, entry.hostPort, entry.containerPort, entry.protocol, entry.state])).toEqual([
    ['dev', own, 80, 'tcp', 'own'],
    ['dev', free, 81, 'udp', 'own'],
    ['prod', own, 80, 'tcp', 'own'],
    ['prod', held, 82, 'tcp', 'taken'],
  ]);
  expect(entries[3]?.holder).toContain(`(pid ${String(process.pid)})`);
  expect(entries[3]?.where).toMatchObject({ file: join(one.dir, 'docker-compose.clean.yml'), line: 6 });
  expect(markdown.split('\n').filter((line) => line.startsWith('| a |'))).toHaveLength(4);
  expect((await handlers['compose.ports']({ project: one.dir, mode: 'prod' }, CALL)).entries).toHaveLength(2);
  await new Promise((resolve) => server.close(resolve));
});

import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createChecks, fixOperation, observeMode } from '@main/checks';
import { serviceRemaker } from '@main/modes';
import { readBeneath, replaceBeneath } from '@main/platform/files';
import { mountLooker } from '@main/platform/mount-look';
import { hostSources, statProbe } from '@main/platform/mount-source';
import { hostPorts } from '@main/platform/ports';
import { runProgram } from '@main/platform/process';
import { hostSourceMaker } from '@main/platform/source-maker';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { openEditWorld, type EditWorld } from '../compose/kit';
import { execIn, idsOf } from '../modes/small-shop';

let world: EditWorld;
let project: TestProject;

beforeAll(async () => {
  await ensureBusybox();
  world = await openEditWorld();
});
afterAll(() => world.close());
afterEach(() => project.close());

it('makes the container anew that still holds a file which was replaced, and no other', async () => {
  const service = (volumes: string): string => `    image: ${BUSYBOX_IMAGE}\n    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n    stop_grace_period: 2s\n${volumes}`;
  project = await emptyProject('fr', { files: { 'compose.yaml': `services:\n  a:\n${service('    volumes: ["./app.conf:/etc/app.conf:ro"]\n')}  b:\n${service('')}`, 'app.conf': 'old\n' } });
  const { engine, projects, operations, modes, deps } = world;
  await projects.open(project.dir, true);
  const mode = (await projects.resolve(project.dir)).modes[0]?.name ?? '';
  expect((await world.switchTo(project.dir, mode)).error).toBeNull();
  const before = await idsOf(project);
  await writeFile(join(project.dir, 'app.conf.tmp'), 'new\n');
  await rename(join(project.dir, 'app.conf.tmp'), join(project.dir, 'app.conf'));

  const sources = hostSources({ timeoutMs: 2000 });
  const checks = createChecks({ ports: hostPorts(), sources, mounts: mountLooker({ timeoutMs: 2000, probe: statProbe(runProgram) }), engineIsLocal: () => true, engineApiVersion: () => null });
  const observe = (loaded: Parameters<typeof observeMode>[1]): ReturnType<typeof observeMode> => observeMode(engine, loaded);
  operations.register(fixOperation({ projects, checks, engine, observe, defaultMode: () => Promise.resolve(mode), maker: hostSourceMaker(), readText: (path) => sources.readText(path), readBeneath, replaceBeneath, lock: deps.lock, remaker: serviceRemaker(deps, modes) }));
  const loaded = await projects.loadMode(project.dir, mode);
  const [finding, ...others] = await checks.run(loaded, await observe(loaded));
  expect([finding?.code, others]).toEqual(['BIND_SOURCE_STALE', []]);
  const fixed = await world.change('checks.fix', { project: project.dir, fixes: [finding?.id ?? ''] });
  expect(fixed.error).toBeNull();
  expect(fixed.result).toMatchObject({ diff: 'make the container of a anew\n' });
  const after = await idsOf(project);
  expect([after['a'] === before['a'], after['b'] === before['b']]).toEqual([false, true]);
  expect(await execIn(project, 'a', 'cat /etc/app.conf')).toBe('new\n');
  expect(await checks.run(loaded, await observe(loaded))).toEqual([]);
});

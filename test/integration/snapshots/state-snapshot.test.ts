import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CreateDependencies } from '@main/snapshots/gather-types';
import { stateSnapshots, type MakeState } from '@main/snapshots/state-snapshot';
import { ensureBusybox } from '../../support/images';
import type { TestProject } from '../../support/projects';
import { openWorld, type World } from '../modes/kit';
import { smallShop } from '../modes/small-shop';
import { withCreate, type CreateWorld } from './create-kit';

let world: World;
let project: TestProject;
let created: CreateWorld;
let make: MakeState;
let projectId: string;

beforeAll(async () => {
  await ensureBusybox();
  project = await smallShop();
  world = await openWorld();
  projectId = (await world.projects.open(project.dir, true)).id;
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  created = await withCreate(world, (deps: CreateDependencies) => {
    make = stateSnapshots(deps);
    return deps;
  });
});
afterAll(async () => {
  await world.close();
  await project.close();
});

const never = new AbortController().signal;

it('keeps files, settings, images and payloads, each with the operation it was made before', async () => {
  for (const name of ['op_0', 'op_1']) await make({ projectId, operationId: name, reason: 'modes.switch' }, never);
  const { manifests } = await created.repository.list();
  expect(manifests.map(({ manifest }) => manifest.operationId)).toEqual(['op_1', 'op_0']);
  for (const { manifest } of manifests) expect([manifest.reason, manifest.mode, ...manifest.parts.map(({ kind }) => kind)]).toEqual(['modes.switch', 'dev', 'files', 'files', 'settings', 'containers', 'images']);
});

it('leaves none when it is cancelled', async () => {
  const before = (await created.repository.list()).manifests.length;
  await expect(make({ projectId, operationId: 'op_cancelled', reason: 'checks.fix' }, AbortSignal.abort())).rejects.toThrow();
  expect((await created.repository.list()).manifests).toHaveLength(before);
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Operation } from '@shared/domain/operations/operation';
import { rebuildOperation } from '@main/modes';
import { ensureBusybox } from '../../support/images';
import { opsProject, type TestProject } from '../../support/projects';
import { openWorld, type World } from '../modes/kit';
import { execIn, idsOf, stateOf } from '../modes/small-shop';

const run = promisify(execFile);
const SERVICES = ['ai-brain', 'api', 'automation-service', 'database'];
let project: TestProject;
let world: World;

beforeAll(async () => {
  await ensureBusybox();
  project = await opsProject();
  world = await openWorld();
  await world.projects.open(project.dir, true);
  world.operations.register(rebuildOperation(world.deps, world.modes));
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  await execIn(project, 'database', 'echo kept > /var/lib/postgresql/data/row');
});
afterAll(async () => {
  await world.close();
  await project.close();
});

async function rebuild(services: readonly string[] = [], more: { readonly cache?: boolean } = {}): Promise<Operation> {
  const { id } = await world.operations.enqueue('services.rebuild', { project: project.dir, services: [...services], cache: more.cache ?? false, pull: false });
  return world.operations.wait(id, 300_000);
}

/** The image each service's container runs from, and each name of an image of the project. */
async function imagesOf(): Promise<{ readonly used: { readonly [service: string]: string }; readonly named: string }> {
  const ids = await idsOf(project);
  const used: { [service: string]: string } = {};
  for (const [service, id] of Object.entries(ids)) used[service] = (await run('docker', ['inspect', '-f', '{{.Image}}', id])).stdout.trim();
  return { used, named: (await run('docker', ['images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}', `${project.name}-*`])).stdout.split('\n').sort().join('\n') };
}

const rowOf = (): Promise<string> => execIn(project, 'database', 'cat /var/lib/postgresql/data/row');

it('makes the image of every built service anew, recreates the containers and keeps the volumes', async () => {
  const before = { ids: await idsOf(project), images: await imagesOf() };
  const ended = await rebuild();
  expect(ended.error).toBeNull();
  expect(ended.result).toMatchObject({ services: SERVICES });
  const after = { ids: await idsOf(project), images: await imagesOf() };
  for (const service of SERVICES) {
    expect(after.ids[service]).not.toBe(before.ids[service]);
    expect(after.images.used[service]).not.toBe(before.images.used[service]);
  }
  expect(ended.result).toMatchObject({ images: after.images.used });
  expect(await rowOf()).toBe('kept\n');
  expect((await world.modes.plan(project.dir, 'dev')).changes.every((one) => one.action === 'keep')).toBe(true);
});

it('flags only the service whose dependencies changed; rebuilt, it sees them, and nobody else has a new image', async () => {
  const before = { ids: await idsOf(project), images: await imagesOf() };
  await project.write('api/requirements.txt', 'flask==3.0.3\n');
  const { changes } = await world.modes.plan(project.dir, 'dev');
  expect(changes.filter((one) => one.action !== 'keep')).toMatchObject([{ service: 'api', action: 'recreate', reasons: ['image changes'] }]);
  const ended = await rebuild(['api'], { cache: true });
  expect(ended.error).toBeNull();
  expect(ended.result).toMatchObject({ services: ['api'] });
  expect(await execIn(project, 'api', 'cat /app/requirements.txt')).toBe('flask==3.0.3\n');
  const after = { ids: await idsOf(project), images: await imagesOf() };
  for (const service of SERVICES.filter((one) => one !== 'api')) {
    expect(after.images.used[service]).toBe(before.images.used[service]);
    expect(after.ids[service]).toBe(before.ids[service]);
  }
  expect(after.images.used['api']).not.toBe(before.images.used['api']);
});

it('leaves everything as it was when one build fails, the names of images that were built already too', async () => {
  const dockerfile = await project.read('database/Dockerfile');
  const before = { state: await stateOf(project), images: await imagesOf() };
  await project.write('database/Dockerfile', `${dockerfile}RUN sleep 1 && false\n`);
  const ended = await rebuild();
  expect(ended.error).toMatchObject({ code: 'build-failed', service: 'database' });
  expect({ state: await stateOf(project), images: await imagesOf() }).toEqual(before);
  await project.write('database/Dockerfile', dockerfile);
  expect((await world.modes.plan(project.dir, 'dev')).changes.every((one) => one.action === 'keep')).toBe(true);
});

it('leaves everything as it was when a new container does not get healthy', async () => {
  const dockerfile = await project.read('api/Dockerfile');
  const before = { state: await stateOf(project), images: await imagesOf() };
  await project.write('api/Dockerfile', dockerfile.replace('RUN echo ok > /app/health.txt', 'RUN true'));
  const ended = await rebuild(['api']);
  expect(ended.state).toBe('rolled-back');
  expect({ state: await stateOf(project), images: await imagesOf() }).toEqual(before);
  await project.write('api/Dockerfile', dockerfile);
});

it('refuses what is not there', async () => {
  await expect(rebuild(['nothing'])).rejects.toMatchObject({ code: 'service-not-found' });
});

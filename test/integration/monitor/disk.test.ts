import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Operation } from '@shared/domain/operations/operation';
import { diskCleanOperation, showDisk, type DiskDependencies } from '@main/monitor/disk';
import { systemClock } from '@main/platform/system-clock';
import { openWorld, type World } from '../modes/kit';
import { engineJson, engineRequest, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';

let world: World;
let project: TestProject;
let neighbour: TestProject;
let deps: DiskDependencies;
let used: string;
let unused: string;
let theirs: string;

interface Clean {
  readonly removed: readonly string[];
  readonly freedBytes: number;
  readonly kept: readonly string[];
}

/** An image of its own content and labels, past the product: committed from a container that wrote a file. */
async function image(owner: TestProject, service: string, mebibytes: number, tags: readonly string[]): Promise<string> {
  const labels = { 'com.docker.compose.project': owner.name, 'com.docker.compose.service': service };
  const { Id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${owner.name}-make-${service}`, {
    body: { Image: await ensureBusybox(), Labels: labels, Cmd: ['sh', '-c', `dd if=/dev/urandom of=/data-${service} bs=1M count=${String(mebibytes)}`] },
  });
  await engineRequest('POST', `/containers/${Id}/start`);
  await engineRequest('POST', `/containers/${Id}/wait`);
  const made = await engineJson<{ Id: string }>('POST', `/commit?container=${Id}&repo=${owner.name}-${service}&tag=${tags[0] ?? 'latest'}`, { body: {} });
  for (const tag of tags.slice(1)) await engineRequest('POST', `/images/${made.Id}/tag?repo=${owner.name}-${service}&tag=${tag}`);
  await engineRequest('DELETE', `/containers/${Id}?force=1&v=1`);
  return made.Id;
}

async function clean(items: readonly string[], dryRun: boolean): Promise<Operation & { readonly value: Clean }> {
  const { id } = await world.operations.enqueue('disk.clean', { items: [...items], dryRun } as JsonObject);
  const ended = await world.operations.wait(id, 120_000);
  return { ...ended, value: ended.result as unknown as Clean };
}

const has = async (id: string): Promise<boolean> => (await engineRequest('GET', `/images/${id}/json`)).status === 200;

beforeAll(async () => {
  const text = 'services:\n  web:\n    image: x\n';
  const files = { 'docker-compose.dev.yml': text, 'docker-compose.clean.yml': text };
  project = await emptyProject('disk', { files });
  neighbour = await emptyProject('disk-other', { files });
  world = await openWorld();
  await world.projects.open(project.dir, true);
  deps = { engine: world.engine, projects: world.projects, clock: systemClock };
  world.operations.register(diskCleanOperation(deps));
  unused = await image(project, 'old', 8, ['berth-dev', 'latest']);
  used = await image(project, 'used', 2, ['latest', 'berth-dev']);
  theirs = await image(neighbour, 'old', 2, ['latest']);
  await engineJson('POST', `/containers/create?name=${project.name}-used`, { body: { Image: used, Labels: { 'com.docker.compose.project': project.name } } });
  await engineJson('POST', '/volumes/create', { body: { Name: `${project.name}_data`, Labels: { 'com.docker.compose.project': project.name } } });
});
afterAll(async () => {
  await world.close();
  await project.close();
  await neighbour.close();
});

describe('the disk', () => {
  it('is shown with what may go and why', async () => {
    const shown = await showDisk(deps);
    const item = (id: string) => shown.items.find((one) => one.id === id);
    expect(item(`image:${unused}`)).toMatchObject({ removable: true, name: `${project.name}-old:berth-dev, ${project.name}-old:latest` });
    expect(item(`image:${unused}`)?.why).toContain(project.name);
    expect(item(`image:${unused}`)?.sizeBytes).toBeGreaterThanOrEqual(8 * 1024 * 1024);
    expect(item(`image:${used}`)).toMatchObject({ removable: false, why: '' });
    expect(item(`image:${theirs}`)).toMatchObject({ removable: false });
    expect(item(`volume:${project.name}_data`)).toMatchObject({ removable: false });
    expect(shown.images.reclaimableBytes).toBeGreaterThanOrEqual(8 * 1024 * 1024);
  });

  it('is not changed by a dry run', async () => {
    const { state, value } = await clean([`image:${unused}`, `image:${used}`], true);
    expect(state).toBe('succeeded');
    expect(value.removed).toEqual([`image:${unused}`]);
    expect(value.freedBytes).toBeGreaterThanOrEqual(8 * 1024 * 1024);
    expect(value.kept).toHaveLength(1);
    expect([await has(unused), await has(used)]).toEqual([true, true]);
  });

  it('loses exactly what was chosen and may go', async () => {
    const before = await engineJson<readonly { Id: string }[]>('GET', '/images/json?all=1');
    const { state, value } = await clean([`image:${unused}`, `image:${used}`, `image:${theirs}`, `volume:${project.name}_data`, `image:sha256:${'0'.repeat(64)}`], false);
    expect(state).toBe('succeeded');
    expect(value.removed).toEqual([`image:${unused}`]);
    expect(value.kept).toHaveLength(4);
    expect(value.freedBytes).toBeGreaterThan(7 * 1024 * 1024);
    expect([await has(unused), await has(used), await has(theirs)]).toEqual([false, true, true]);
    expect((await engineRequest('GET', `/volumes/${project.name}_data`)).status).toBe(200);
    // Of the images this test made, only the chosen one is gone; those of others may come and go meanwhile.
    const own = before.map((one) => one.Id).filter((id) => [unused, used, theirs].includes(id));
    expect(own).toHaveLength(3);
    const steps = await world.operations.steps((await world.operations.list({ limit: 1 }))[0]?.id ?? '');
    expect(steps.filter((one) => one.name === 'disk.remove-image').length).toBe(2);
  });

  it('refuses what is not an item', async () => {
    for (const item of ['*', 'image:latest', 'image:sha256:abc', 'build-cache:x', '']) await expect(world.operations.enqueue('disk.clean', { items: [item], dryRun: false })).rejects.toMatchObject({ code: 'input-invalid' });
  });
});

describe('the door', () => {
  async function codeOf(work: Promise<unknown>): Promise<string> {
    const error: unknown = await work.then(() => null, (reason: unknown) => reason);
    return error instanceof AppError ? error.code : 'none';
  }

  it('removes nothing outside the allowance, and nothing in use within it', async () => {
    const allowed = world.engine.cleanUp({ imageIds: [used], buildCacheIds: [] });
    expect(await codeOf(allowed.removeImage(theirs, []))).toBe('policy-refused');
    expect(await codeOf(allowed.removeImage(`${neighbour.name}-old:latest`, []))).toBe('policy-refused');
    expect(await codeOf(allowed.removeImage(used, ['x', `${neighbour.name}-old:latest`]))).toBe('policy-refused');
    expect(await codeOf(allowed.removeImage(used.slice(0, 19), []))).toBe('policy-refused');
    expect(await codeOf(allowed.removeBuildCache(['a'.repeat(25)]))).toBe('policy-refused');
    expect(await codeOf(allowed.removeVolume('a'.repeat(64)))).toBe('policy-refused');
    expect(await codeOf(world.engine.cleanUp({ imageIds: [], buildCacheIds: [], volumeNames: ['named'] }).removeVolume('named'))).toBe('policy-refused');
    const names = [`${project.name}-used:latest`, `${project.name}-used:berth-dev`];
    expect(await codeOf(allowed.removeImage(used, names))).toBe('engine-refused');
    expect([...((await world.engine.inspectImage(used))?.tags ?? [])].sort()).toEqual(names.sort());
    expect([await has(used), await has(theirs)]).toEqual([true, true]);
  });

  it('prunes build cache by one full id only', async () => {
    const wild = world.engine.cleanUp({ imageIds: [], buildCacheIds: ['.*', '', 'a', 'b'.repeat(25)] });
    for (const id of ['.*', '', 'a']) expect(await codeOf(wild.removeBuildCache([id]))).toBe('policy-refused');
    const before = (await world.engine.diskUse()).buildCache.length;
    // Allowed, but there is none of that id.
    expect(await wild.removeBuildCache(['b'.repeat(25)])).toEqual([]);
    expect(before).toBeGreaterThanOrEqual(0);
  });
});

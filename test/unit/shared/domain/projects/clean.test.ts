import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineDisk, ImageUse, VolumeUse } from '@shared/domain/engine/disk-use';
import type { ObservedNetwork } from '@shared/domain/engine/observed';
import { foreignFolder, planClean, type CleanInput } from '@shared/domain/projects/clean';
import { container, DIR, loaded } from '../modes/world';

const PROJECT = 'com.docker.compose.project';
const SERVICE = 'com.docker.compose.service';
const NAMELESS = 'a'.repeat(64);
const model = loaded('dev', { web: { build: { context: `${DIR}/web` } }, db: { volumes: [{ type: 'volume', source: 'data', target: '/data' }] } }).model;

function image(id: string, more: Partial<ImageUse> = {}): ImageUse {
  return { id: `sha256:${id.padStart(64, '0')}`, parentId: '', tags: [], digests: [], labels: {}, createdAt: '', sizeBytes: 10, ownBytes: 10, containers: 0, ...more };
}
function volume(name: string, project: string | null = 'shop', containers = 0): VolumeUse {
  return { name, labels: project === null ? {} : { [PROJECT]: project }, createdAt: '', sizeBytes: 100, containers };
}
function network(name: string, project: string | null, containerIds: readonly string[] = []): ObservedNetwork {
  return { id: `net-${name}`, name, driver: 'bridge', labels: project === null ? {} : { [PROJECT]: project }, subnets: [], containerIds };
}
const built = (id: string, tags: readonly string[], project = 'shop', service = 'web'): ImageUse => image(id, { tags, labels: { [PROJECT]: project, [SERVICE]: service } });
const NO_DISK: EngineDisk = { layersBytes: 0, images: [], volumes: [], buildCache: [], containers: [] };

function input(more: Partial<CleanInput> & { readonly disk?: EngineDisk } = {}): CleanInput {
  return { project: 'shop', dir: DIR, containers: [], networks: [], disk: NO_DISK, models: { dev: model }, volumes: false, ...more };
}

describe('what cleaning a project removes', () => {
  it('takes containers, networks and images that are the project’s alone', () => {
    const web = container('web');
    const plan = planClean(
      input({
        containers: [web],
        networks: [network('shop_default', 'shop', [web.id]), network('shop_shared', 'shop', ['stranger']), network('other_default', 'other'), network('byhand', null)],
        disk: { ...NO_DISK, images: [built('1', ['shop-web:berth-dev', 'shop-web:latest']), built('2', []), built('3', ['other-web:latest'], 'other'), image('4', { tags: ['busybox:1'] })] },
      }),
    );
    expect(plan.containers.map((one) => one.name)).toEqual([web.name]);
    expect(plan.networks.map((one) => one.name)).toEqual(['shop_default']);
    expect(plan.images.map((one) => one.names)).toEqual([[], ['shop-web:berth-dev', 'shop-web:latest']]);
    expect(plan.kept).toEqual(['The network shop_shared stays: containers of somebody else are in it.']);
    expect(plan.freedBytes).toBe(20);
  });

  it('leaves an image that was built on top of the project’s, carries another name too, or is used by somebody else', () => {
    const images = [built('1', ['derived:1']), built('2', ['shop-web:latest', 'registry.local/web:1']), built('3', ['shop-web:berth-dev'])];
    const plan = planClean(input({ disk: { ...NO_DISK, images, containers: [{ id: 'stranger', name: 'stranger', project: '', imageId: images[2]?.id ?? '', running: true, writtenBytes: 0, createdAt: '' }] } }));
    expect(plan.images).toEqual([]);
    expect(plan.kept).toHaveLength(2);
  });

  it('takes volumes only when they are asked for, never an external one or one that is in use elsewhere', () => {
    const db = container('db', { mounts: [{ type: 'volume', source: NAMELESS, target: '/tmp', readOnly: false }] });
    const models = { dev: { ...model, volumes: { data: { name: 'shop_data' }, ours: { name: 'shop_external', external: true } } } };
    const disk = { ...NO_DISK, volumes: [volume('shop_data'), volume('shop_external'), volume('shop_used', 'shop', 1), volume('other_data', 'other'), volume('byhand', null), volume(NAMELESS, null, 1), volume('b'.repeat(64), null)] };
    // What has no name goes with its container, as in a switch; one that somebody else mounts too stays.
    expect(planClean(input({ containers: [db], disk, models }))).toMatchObject({ volumes: [], nameless: [NAMELESS], freedBytes: 100, kept: ['One volume without a name goes with its container and is in no snapshot: no new container would use it.'] });
    const shared = { ...disk, volumes: [volume(NAMELESS, null, 2)] };
    expect(planClean(input({ containers: [db], disk: shared, models }))).toMatchObject({ nameless: [], kept: [`The volume ${NAMELESS} stays: a container of somebody else uses it.`] });
    expect(planClean(input({ containers: [db], disk, models, volumes: true }))).toMatchObject({ volumes: ['shop_data'], nameless: [NAMELESS], kept: ['The volume shop_used stays: a container of somebody else uses it.', 'One volume without a name goes with its container and is in no snapshot: no new container would use it.'] });
  });

  it('sees a container of another folder under the same name', () => {
    const stranger = container('web', { workingDir: '/somewhere/else' });
    expect(foreignFolder({ dir: DIR, containers: [container('db'), stranger] })).toBe('/somewhere/else');
    expect(foreignFolder({ dir: DIR, containers: [container('db')] })).toBeNull();
  });

  it('never takes anything that does not carry the project’s name', () => {
    const owner = fc.constantFrom('shop', 'other', null);
    const things = fc.record({ images: fc.array(fc.tuple(owner, fc.constantFrom('shop-web:latest', 'other-web:latest', 'busybox:1'))), volumes: fc.array(owner), networks: fc.array(owner), ticked: fc.boolean() });
    fc.assert(
      fc.property(things, (given) => {
        const images = given.images.map(([project, tag], index) => image(String(index), { tags: [tag], labels: project === null ? {} : { [PROJECT]: project, [SERVICE]: 'web' } }));
        const volumes = given.volumes.map((project, index) => volume(`v${String(index)}`, project));
        const networks = given.networks.map((project, index) => network(`n${String(index)}`, project));
        const plan = planClean(input({ networks, disk: { ...NO_DISK, images, volumes }, volumes: given.ticked }));
        for (const one of plan.images) expect(one.names.every((name) => name.startsWith('shop-'))).toBe(true);
        for (const one of plan.images) expect(images.find((other) => other.id === one.id)?.labels[PROJECT]).not.toBe('other');
        for (const name of plan.volumes) expect(volumes.find((one) => one.name === name)?.labels[PROJECT]).toBe('shop');
        for (const one of plan.networks) expect(networks.find((other) => other.id === one.id)?.labels[PROJECT]).toBe('shop');
        if (!given.ticked) expect(plan.volumes).toEqual([]);
      }),
    );
  });
});

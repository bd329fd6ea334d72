import { describe, expect, it } from 'vitest';
import { diskFromJson, measuredBytes } from '@shared/domain/engine/disk-use';
import { diskItems, diskTotals } from '@shared/domain/monitor/disk-items';

const ID = (letter: string): string => `sha256:${letter.repeat(64)}`;
const built = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'api', 'dev.berth.build': 'x' };

function image(letter: string, more: object = {}): object {
  return { Id: ID(letter), Containers: 0, Created: 1_795_264_284, Labels: built, ParentId: '', RepoDigests: null, RepoTags: ['shop-api:berth-dev', 'shop-api:latest'], SharedSize: 900, Size: 1_000, ...more };
}
const cache = (id: string, more: object = {}): object => ({ ID: id, Parent: '', Type: 'regular', Description: 'RUN x', InUse: false, Shared: false, Size: 50, CreatedAt: '2026-11-21T10:47:04.253416623Z', ...more });

function disk(parts: object) {
  return diskFromJson({ LayersSize: 5_000, Images: [], Containers: [], Volumes: [], BuildCache: [], ...parts });
}

describe('what may be removed', () => {
  const cases: readonly (readonly [string, object, boolean])[] = [
    ['an unused image of an open project', {}, true],
    ['one a container uses', { Containers: 1 }, false],
    ['one of a project that is not open', { Labels: { ...built, 'com.docker.compose.project': 'other' }, RepoTags: ['other-api:latest'] }, false],
    ['one that only inherited the labels', { RepoTags: ['company/app:1'] }, false],
    ['one that has a name of others besides', { RepoTags: ['shop-api:latest', 'company/app:1'] }, false],
    ['one without labels', { Labels: null, RepoTags: ['busybox:1'] }, false],
    ['a nameless one', { Labels: null, RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] }, true],
    ['a nameless one that Berth built for a project that was closed', { Labels: { ...built, 'com.docker.compose.project': 'closed' }, RepoTags: null }, true],
    ['a nameless one that compose built for others', { Labels: { 'com.docker.compose.project': 'other' }, RepoTags: null }, false],
    ['one that was downloaded by digest', { Labels: null, RepoTags: null, RepoDigests: ['postgres@sha256:abc'] }, false],
  ];
  it.each(cases)('%s', (_name, more, removable) => {
    const [item] = diskItems(disk({ Images: [image('a', more)] }), ['shop']);
    expect(item?.removable).toBe(removable);
    expect(item?.why === '').toBe(!removable);
  });

  it('never an image that a stopped container uses or another image is built on', () => {
    const items = diskItems(disk({ Images: [image('a'), image('b', { RepoTags: null }), image('c', { ParentId: ID('b') })], Containers: [{ Id: 'x', Names: ['/y'], ImageID: ID('a'), State: 'exited' }] }), ['shop']);
    expect(items.filter((one) => one.removable).map((one) => one.id)).toEqual([`image:${ID('c')}`]);
  });

  it('never a volume or a container', () => {
    const items = diskItems(disk({ Volumes: [{ Name: 'v', UsageData: { RefCount: 0, Size: 7 } }], Containers: [{ Id: 'x', Names: ['/y'], State: 'exited', SizeRw: 3 }, { Id: 'z', Names: ['/z'], State: 'running' }] }), ['shop']);
    expect(items.map((one) => [one.id, one.removable])).toEqual([['volume:v', false], ['container:x', false]]);
  });

  it('build cache that neither a build, an image nor the builder needs', () => {
    const items = diskItems(disk({ BuildCache: [cache('a'), cache('b', { InUse: true }), cache('c', { Shared: true }), cache('d', { Type: 'frontend' })] }), []);
    expect(items.filter((one) => one.removable).map((one) => one.id)).toEqual(['build-cache:a']);
  });
});

describe('totals', () => {
  it('count what an image has of its own, and what is shared once', () => {
    const read = disk({ Images: [image('a'), image('b', { Containers: 1 })], BuildCache: [cache('a'), cache('c', { Shared: true })] });
    const totals = diskTotals(read, diskItems(read, ['shop']));
    expect(totals.images).toEqual({ count: 2, sizeBytes: 5_000, reclaimableBytes: 100 });
    expect(totals.buildCache).toEqual({ count: 2, sizeBytes: 50, reclaimableBytes: 50 });
    expect(measuredBytes(read)).toBe(5_050);
  });

  it('are zero for whatever the engine leaves out', () => {
    for (const body of [null, {}, { Images: null, BuildCache: 'x', Volumes: [null], LayersSize: -1 }]) expect(diskTotals(diskFromJson(body), []).images.sizeBytes).toBe(0);
  });
});

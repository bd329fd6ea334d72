import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { createEngine } from '@main/docker/engine';
import type { Engine } from '@main/docker/types';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { BUSYBOX_IMAGE, engineJson, ensureBusybox } from '../../support/images';
import { privateEngineObstacle, startPrivateEngine, type PrivateEngine } from '../../support/private-engine';

const obstacle = await privateEngineObstacle();
const MIB = 1024 * 1024;
/** The engine rounds nothing, but what a record shares with another is counted once only. */
const ROUNDING_BYTES = 64 * 1024;

type Disk = OutputOf<'disk.show'>;
type Clean = OutputOf<'disk.clean'>;

interface Everything {
  readonly Images: readonly { readonly Id: string }[] | null;
  readonly Containers: readonly { readonly Id: string }[] | null;
  readonly Volumes: readonly { readonly Name: string }[] | null;
  readonly BuildCache: readonly { readonly ID: string; readonly Size: number; readonly InUse: boolean; readonly Shared: boolean }[] | null;
}

describe.skipIf(obstacle !== null)(`build cache on an engine of its own${obstacle === null ? '' : ` (${obstacle})`}`, () => {
  let engine: PrivateEngine;
  let product: Engine;
  let berth: BerthCommand;
  let context: string;
  let builds = 0;

  beforeAll(async () => {
    engine = await startPrivateEngine();
    product = createEngine({ env: { DOCKER_HOST: engine.dockerHost } });
    berth = await berthCommand();
    await ensureBusybox({ socketPath: engine.socketPath });
    await engineJson('POST', '/volumes/create', { socketPath: engine.socketPath, body: { Name: 'kept' } });
    await engineJson('POST', '/containers/create?name=kept', { socketPath: engine.socketPath, body: { Image: BUSYBOX_IMAGE } });
    context = await realpath(await mkdtemp(join(tmpdir(), 'bt-bc-')));
  }, 120_000);
  afterAll(async () => {
    product.close();
    await berth.close();
    await engine.close();
    await rm(context, { recursive: true, force: true });
  }, 60_000);

  /** Steps that leave 8 and 3 MiB in the cache; the image that is built holds neither. */
  beforeEach(async () => {
    builds += 1;
    const big = (mebibytes: number, name: string): string => `RUN echo ${String(builds)} && dd if=/dev/urandom of=/${name} bs=1M count=${String(mebibytes)}`;
    await writeFile(join(context, 'Dockerfile'), `FROM ${BUSYBOX_IMAGE} AS made\n${big(8, 'large')}\n${big(3, 'small')}\nFROM ${BUSYBOX_IMAGE}\nCOPY --from=made /etc/passwd /proof-${String(builds)}\n`);
    await product.as({ projectDir: context, projectName: 'proof', trustedFactKeys: [] }).build({ contextDir: context, dockerfile: 'Dockerfile', args: {}, labels: { 'com.docker.compose.project': 'proof' }, tags: [`proof-web:${String(builds)}`], noCache: false, pull: false, cacheFrom: [], extraHosts: [] }, () => undefined);
  }, 120_000);

  const everything = (): Promise<Everything> => engineJson('GET', '/system/df', { socketPath: engine.socketPath });
  const cacheIds = async (): Promise<readonly string[]> => ((await everything()).BuildCache ?? []).map((one) => one.ID).sort();
  const cacheBytes = async (): Promise<number> => ((await everything()).BuildCache ?? []).filter((one) => !one.Shared).reduce((sum, one) => sum + one.Size, 0);
  /** All but the build cache. */
  const rest = async (): Promise<unknown> => {
    const { Images, Containers, Volumes } = await everything();
    return { images: (Images ?? []).map((one) => one.Id).sort(), containers: (Containers ?? []).map((one) => one.Id), volumes: (Volumes ?? []).map((one) => one.Name) };
  };
  const env = (more: { readonly [name: string]: string } = {}) => ({ env: { DOCKER_HOST: engine.dockerHost, ...more } });
  const show = async (): Promise<Disk> => (await berth.json<Disk>(['disk', 'show'], env())).answer.value as Disk;
  const removableCache = (disk: Disk): readonly string[] => disk.items.filter((one) => one.kind === 'build-cache' && one.removable).map((one) => one.id);

  it('is listed, and a clean-up frees what its preview said and nothing else', async () => {
    const disk = await show();
    const before = { rest: await rest(), ids: await cacheIds(), bytes: await cacheBytes() };
    const items = removableCache(disk);
    expect(disk.buildCache.count).toBe(before.ids.length);
    expect(disk.items.filter((one) => one.kind === 'build-cache' && one.sizeBytes >= 3 * MIB)).toHaveLength(2);
    const preview = (await berth.json<Clean>(['disk', 'clean', ...items, '--dry-run'], env())).answer.value as Clean;
    expect(preview.removed).toEqual(items);
    expect(preview.freedBytes).toBeGreaterThanOrEqual(11 * MIB);
    expect(await cacheIds()).toEqual(before.ids);

    const cleaned = (await berth.json<Clean>(['disk', 'clean', ...items, '--yes'], env())).answer.value as Clean;
    expect([...cleaned.removed].sort()).toEqual([...items].sort());
    expect(cleaned.kept).toEqual([]);
    expect(Math.abs(cleaned.freedBytes - preview.freedBytes)).toBeLessThanOrEqual(ROUNDING_BYTES);
    expect(Math.abs(before.bytes - (await cacheBytes()) - preview.freedBytes)).toBeLessThanOrEqual(ROUNDING_BYTES);
    const chosen = new Set(items.map((one) => one.slice('build-cache:'.length)));
    expect(await cacheIds()).toEqual(before.ids.filter((id) => !chosen.has(id)));
    expect(await rest()).toEqual(before.rest);
  }, 120_000);

  it('keeps a record that others build on, when only that one is chosen', async () => {
    const disk = await show();
    const large = disk.items.find((one) => one.kind === 'build-cache' && one.sizeBytes >= 8 * MIB && one.removable);
    const before = await cacheIds();
    const cleaned = (await berth.json<Clean>(['disk', 'clean', large?.id ?? '', '--yes'], env())).answer.value as Clean;
    expect([cleaned.removed, cleaned.kept.length]).toEqual([[], 1]);
    expect(await cacheIds()).toEqual(before);
  }, 120_000);

  it.each(['commit:after-result', 'disk.remove-build-cache:after-intent', 'disk.remove-build-cache:after', 'disk.remove-build-cache:after-result', 'operation.end:before'])(
    'a kill at %s past the commit is finished and accounted for after the next start',
    async (point) => {
      const items = removableCache(await show());
      const before = { rest: await rest(), ids: await cacheIds(), bytes: await cacheBytes() };
      expect(before.bytes).toBeGreaterThanOrEqual(11 * MIB);
      expect((await berth.run(['disk', 'clean', ...items, '--yes'], env({ BERTH_FAIL: `${point}:1:kill` }))).code).toBeNull();
      const ended = (await berth.json<OutputOf<'operations.list'>>(['operations', 'list', '--limit', '1'], env())).answer.value?.[0];
      expect(ended).toMatchObject({ kind: 'disk.clean', state: 'succeeded', error: null });
      const result = ended?.result as Clean;
      expect([...result.removed].sort()).toEqual([...items].sort());
      expect(result.kept).toEqual([]);
      expect(Math.abs(result.freedBytes - (before.bytes - (await cacheBytes())))).toBeLessThanOrEqual(ROUNDING_BYTES);
      expect(result.freedBytes).toBeGreaterThanOrEqual(11 * MIB - ROUNDING_BYTES);
      expect(await rest()).toEqual(before.rest);
      const chosen = new Set(items.map((one) => one.slice('build-cache:'.length)));
      expect(await cacheIds()).toEqual(before.ids.filter((id) => !chosen.has(id)));
    },
    120_000,
  );

  it('a kill before the commit removes nothing', async () => {
    const items = removableCache(await show());
    const before = await cacheIds();
    expect((await berth.run(['disk', 'clean', ...items, '--yes'], env({ BERTH_FAIL: 'commit:before:1:kill' }))).code).toBeNull();
    expect((await berth.json<OutputOf<'operations.list'>>(['operations', 'list', '--limit', '1'], env())).answer.value?.[0]?.state).toBe('rolled-back');
    expect(await cacheIds()).toEqual(before);
  }, 120_000);
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import type { Manifest } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Handlers } from '@main/dispatch/types';
import type { Scheduler } from '@main/operations/scheduler';
import type { OperationContext, OperationKind } from '@main/operations/types';
import { silentLogger } from '@main/platform/logger';
import type { SnapshotRepository } from '@main/platform/snapshots/types';
import { openStore, type OpenedStore } from '@main/platform/store';
import { createSnapshots, tellsSchedule, type Snapshots } from '@main/snapshots';
import { INSTALL_KEYS, folderRepository, manifestOf, scratchFolder, storePart } from '../../support/snapshot-repository';

const HOUR_MS = 3_600_000;
const PROJECT = 'p_0000000000001';
const OTHER = 'p_0000000000002';
type Scheduled = Awaited<ReturnType<Scheduler['list']>>[number];

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let store: OpenedStore;
let snapshots: Snapshots;
let handlers: ReturnType<Snapshots['handlers']>;
let nowMs: number;
let events: BerthEvent[];
let schedules: Scheduled[];
let open: JsonObject[];
let removedVolumes: string[];
let usedVolumes: string[];
/** What a bucket would open: a folder too, so that its answers can be had without one. */
let bucket: (passphrase: string | null) => Promise<SnapshotRepository>;

beforeEach(async () => {
  scratch = await scratchFolder();
  store = await openStore({ home: scratch.dir, inProcess: true });
  [nowMs, events, schedules, open, removedVolumes, usedVolumes] = [Date.parse('2026-05-04T12:00:00Z'), [], [], [], [], []];
  bucket = () => folderRepository(`${scratch.dir}/bucket`);
  snapshots = make();
  handlers = snapshots.handlers({ planCreate: never, planRestore: never, compare: never });
});
afterEach(async () => {
  await snapshots.watch.stop();
  await store.close();
  await scratch.remove();
});

const never = (): never => {
  throw new Error('Nobody asks for this.');
};

function make(): Snapshots {
  const projects = { resolve: (id: string) => Promise.resolve({ id, name: 'shop', dir: '/shop', modes: [], trusted: true }), authorization: () => Promise.resolve({ projectDir: '/shop', projectName: 'shop', trustedFactKeys: [] }) };
  const engine = { as: () => ({ removeVolume: (name: string) => (usedVolumes.includes(name) ? Promise.reject(new AppError('engine-refused', 'It is in use.')) : Promise.resolve(void removedVolumes.push(name))) }) };
  const scheduler: Pick<Scheduler, 'list' | 'set' | 'remove'> = {
    list: () => Promise.resolve([...schedules]),
    set: (request) => {
      const made = { id: `s_${String(schedules.length)}`, nextAt: '', lastAt: null, lastOperationId: null, ...request } as unknown as Scheduled;
      schedules.push(made);
      return Promise.resolve(made);
    },
    remove: (id) => Promise.resolve(void (schedules = schedules.filter((one) => one.id !== id))),
  };
  return createSnapshots({
    store,
    projects: projects as never,
    engine: engine as never,
    operations: { list: () => Promise.resolve(open as never) },
    buckets: { ensureOwnBucket: () => Promise.resolve() },
    volumeSizes: () => Promise.resolve(new Map([['shop_data__berth_1', 4_096]])),
    scheduler: () => scheduler,
    stateDir: scratch.dir,
    sealer: () => Promise.resolve(INSTALL_KEYS.install ?? never()),
    openFolder: async (dir) => opened(await folderRepository(dir)),
    openBucket: async (_place, { passphrase }) => opened(await bucket(passphrase)),
    s3: () => Promise.resolve({ endpoint: 'http://127.0.0.1:9', region: 'us-east-1', accessKey: 'a', secretKey: 's' }),
    learned: () => undefined,
    graceMs: 0,
    clock: { now: () => nowMs, monotonic: () => nowMs },
    publish: (event) => void events.push(event),
    log: silentLogger,
  });
}

const opened = (repository: SnapshotRepository): { readonly repository: SnapshotRepository; close(): Promise<void> } => ({ repository, close: () => repository.close() });
const local = (): Promise<SnapshotRepository> => snapshots.repositories.open(PROJECT, 'local');

/** A snapshot with one file of its own, so many hours before now. */
async function made(hoursAgo: number, more: Partial<Manifest> = {}, projectId = PROJECT): Promise<string> {
  const repository = await local();
  const writer = await repository.begin(new AbortController().signal);
  const part = await storePart(writer, { name: 'shop_data', files: { 'a.txt': new TextEncoder().encode(`content of ${String(hoursAgo)} ${projectId} ${String(Math.random())}`) } });
  const manifest = manifestOf([part], { createdAt: new Date(nowMs - hoursAgo * HOUR_MS).toISOString(), project: { id: projectId, name: 'shop', dir: '/shop' }, ...more });
  await snapshots.notes.made(projectId, 'local', manifest.id, await writer.finish(manifest));
  return manifest.id;
}

const ask = <N extends keyof typeof handlers>(name: N, input: Parameters<Handlers[N]>[0]): ReturnType<Handlers[N]> => (handlers[name] as (input: unknown, call: unknown) => ReturnType<Handlers[N]>)(input, {});
const list = (): ReturnType<Handlers['snapshots.list']> => ask('snapshots.list', { project: PROJECT });
const idsNow = async (): Promise<readonly string[]> => (await list()).snapshots.map(({ id }) => id);

function kindOf(name: string): OperationKind {
  return snapshots.operations.find(({ kind }) => kind === name) ?? never();
}
const log: string[] = [];
async function run(name: string, input: JsonObject): Promise<{ readonly stored: JsonObject; readonly result: JsonObject }> {
  const context = { operationId: 'op_prune', signal: new AbortController().signal, effect: (_name: string, _intent: JsonObject, act: () => Promise<unknown>) => act(), note: () => Promise.resolve(), commit: () => Promise.resolve(), records: () => [], progress: () => undefined, log: (text: string) => void log.push(text) } as unknown as OperationContext;
  const stored = (await kindOf(name).prepare?.(input)) ?? input;
  return { stored, result: (await kindOf(name).run(context, stored)) as JsonObject };
}

describe('the list of snapshots', () => {
  it('has those of the project, newest first, with what they take', async () => {
    const [first, second] = [await made(2), await made(1, { tag: 'before lunch', health: 'unhealthy' })];
    await made(0, {}, OTHER);
    const { snapshots: all, repositories } = await list();
    expect(all.map(({ id, tag, health, repository, pinned, verified }) => ({ id, tag, health, repository, pinned, verified }))).toEqual([
      { id: second, tag: 'before lunch', health: 'unhealthy', repository: 'local', pinned: false, verified: null },
      { id: first, tag: null, health: 'healthy', repository: 'local', pinned: false, verified: null },
    ]);
    expect(all.every(({ storedBytes, sizeBytes }) => storedBytes > 0 && sizeBytes > 0)).toBe(true);
    expect(repositories).toMatchObject([{ name: 'local', kind: 'folder', place: `${scratch.dir}/snapshots`, snapshots: 2, state: 'ready', encrypted: 'secrets' }]);
  });

  it('says when the contents of a snapshot were compared, and how that ended', async () => {
    const id = await made(1);
    await snapshots.notes.verified(PROJECT, 'local', id, false);
    expect((await ask('snapshots.show', { project: PROJECT, id })).verified).toEqual({ at: new Date(nowMs).toISOString(), ok: false });
  });

  it('is told once for what comes together', async () => {
    const id = await made(1);
    await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 15_000 });
    await Promise.all([true, false, true].map((ok) => snapshots.notes.verified(PROJECT, 'local', id, ok)));
    await vi.waitFor(() => expect(events).toHaveLength(2), { timeout: 15_000 });
    expect(events[1]).toMatchObject({ type: 'snapshots.changed', projectId: PROJECT, snapshots: { snapshots: [{ id, verified: { ok: true } }] } });
  });

  it('finds one by its tag or the beginning of its id, of this project alone, and asks where several fit', async () => {
    const [first, second, third] = [await made(3, { tag: 'nightly' }), await made(2, { tag: 'nightly' }), await made(1, { tag: 'before the move' })];
    await made(0, { tag: 'before the move' }, OTHER);
    expect((await snapshots.repositories.find(PROJECT, 'before the move')).manifest.id).toBe(third);
    expect((await snapshots.repositories.find(PROJECT, third.slice(0, -1).toLowerCase())).manifest.id).toBe(third);
    await expect(snapshots.repositories.find(PROJECT, 'nightly')).rejects.toMatchObject({ code: 'input-invalid', message: expect.stringMatching(new RegExp(`^2 snapshots of this project are called nightly: (?:${first}, ${second}|${second}, ${first})\\.$`)) as string });
    await expect(snapshots.repositories.find(PROJECT, 'weekly')).rejects.toMatchObject({ code: 'not-found', message: 'There is no snapshot weekly of this project.' });
    expect((await ask('snapshots.pin', { project: PROJECT, id: 'before the move', pinned: true })).pinned).toBe(true);
    expect((await ask('snapshots.delete', { project: PROJECT, id: 'before the move' })).deleted).toMatchObject([{ id: third }]);
    expect((await ask('snapshots.undelete', { project: PROJECT, id: 'before the move' })).snapshots.map(({ id }) => id)).toContain(third);
  });

  it('finds the newest one from when all was well', async () => {
    const good = await made(3);
    await made(1, { health: 'stopped' });
    expect((await snapshots.repositories.find(PROJECT, 'last-good')).manifest.id).toBe(good);
    await expect(snapshots.repositories.find(OTHER, 'last-good')).rejects.toMatchObject({ code: 'not-found' });
    await expect(snapshots.repositories.find(OTHER, good)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('deleting', () => {
  it('can be taken back for a day, and is out of sight meanwhile', async () => {
    const id = await made(1, { tag: 'keep me' });
    const { snapshots: left, deleted } = await ask('snapshots.delete', { project: PROJECT, id });
    expect(left).toEqual([]);
    expect(deleted).toEqual([{ id, tag: 'keep me', createdAt: new Date(nowMs - HOUR_MS).toISOString(), until: new Date(nowMs + 24 * HOUR_MS).toISOString() }]);
    await expect(snapshots.repositories.find(PROJECT, id)).rejects.toMatchObject({ code: 'not-found', hint: `berth snapshots undelete ${id} brings it back.` });
    await expect(snapshots.repositories.find(PROJECT, 'last-good')).rejects.toMatchObject({ code: 'not-found' });
    expect((await run('snapshots.prune', { project: PROJECT })).result).toMatchObject({ removed: [] });
    expect((await ask('snapshots.undelete', { project: PROJECT, id })).snapshots).toMatchObject([{ id, tag: 'keep me' }]);
    await (await local()).verify([id], { percent: 100, onProgress: () => undefined, signal: new AbortController().signal });
  });

  it('is for good when the day is over: prune frees its space', async () => {
    const [id, other] = [await made(1), await made(2)];
    await ask('snapshots.delete', { project: PROJECT, id });
    nowMs += 24 * HOUR_MS;
    expect((await list()).deleted).toEqual([]);
    await expect(ask('snapshots.undelete', { project: PROJECT, id })).rejects.toMatchObject({ code: 'not-found' });
    const { result } = await run('snapshots.prune', { project: PROJECT });
    expect(result).toMatchObject({ removed: [id] });
    expect(Number(result['freedBytes'])).toBeGreaterThan(0);
    expect(await idsNow()).toEqual([other]);
    await expect((await local()).manifest(id)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('retention', () => {
  const ONLY_NEWEST = { keepLast: 1, keepHourly: 0, keepDaily: 0, keepWeekly: 0 };

  it('removes what is no longer kept, of this project only; pinned and last good ones stay', async () => {
    const [oldest, pinned, good, unwell] = [await made(9), await made(8), await made(7), await made(6, { health: 'unhealthy' })];
    const other = await made(10, {}, OTHER);
    await ask('snapshots.pin', { project: PROJECT, id: pinned, pinned: true });
    await ask('snapshots.configure', { project: PROJECT, ...ONLY_NEWEST });
    expect((await run('snapshots.prune', { project: PROJECT, dryRun: true })).result).toMatchObject({ removed: [oldest] });
    expect(await idsNow()).toEqual([unwell, good, pinned, oldest]);
    expect((await run('snapshots.prune', { project: PROJECT })).result).toMatchObject({ removed: [oldest] });
    expect(await idsNow()).toEqual([unwell, good, pinned]);
    expect((await snapshots.repositories.find(OTHER, other)).manifest.id).toBe(other);
  });

  it('goes on where a crash left one that is gone already', async () => {
    const [gone, stays] = [await made(1), await made(2)];
    await ask('snapshots.delete', { project: PROJECT, id: gone });
    await (await local()).remove(gone);
    nowMs += 24 * HOUR_MS;
    expect((await run('snapshots.prune', { project: PROJECT })).result).toMatchObject({ removed: [gone] });
    expect((await run('snapshots.prune', { project: PROJECT })).result).toMatchObject({ removed: [] });
    expect(await idsNow()).toEqual([stays]);
  });

  it('leaves one that something is being done with', async () => {
    const [used] = [await made(9, { health: 'unhealthy' }), await made(1)];
    await ask('snapshots.configure', { project: PROJECT, ...ONLY_NEWEST });
    open = [{ id: 'op_restore', state: 'running', input: { project: PROJECT, id: used } }];
    expect((await run('snapshots.prune', { project: PROJECT })).result).toMatchObject({ removed: [] });
    open = [{ id: 'op_restore', state: 'succeeded', input: { project: PROJECT, id: used } }];
    expect((await run('snapshots.prune', { project: PROJECT })).result).toMatchObject({ removed: [used] });
  });

  it('does nothing while somebody reads, and is tried again', async () => {
    const id = await made(9, { health: 'unhealthy' });
    await made(1);
    await ask('snapshots.configure', { project: PROJECT, ...ONLY_NEWEST });
    await (await local()).reading(async () => {
      await expect(run('snapshots.prune', { project: PROJECT })).rejects.toMatchObject({ code: 'locked' });
    });
    expect(kindOf('snapshots.prune').retry?.codes).toEqual(['locked']);
    await run('snapshots.prune', { project: PROJECT });
    await expect(snapshots.repositories.find(PROJECT, id)).rejects.toMatchObject({ code: 'not-found' });
  }, 60_000);

  it('removes volumes that a restore put aside when their time is over; one that is in use stays', async () => {
    for (const volume of ['shop_data__berth_1', 'shop_data__berth_2']) await snapshots.notes.replaced(PROJECT, { volume, of: 'shop_data', snapshotId: null });
    expect((await list()).replaced[0]).toEqual({ volume: 'shop_data__berth_1', of: 'shop_data', snapshotId: null, since: new Date(nowMs).toISOString(), until: new Date(nowMs + 24 * HOUR_MS).toISOString(), sizeBytes: 4_096 });
    expect((await run('snapshots.prune', { project: PROJECT })).result).toMatchObject({ volumes: [] });
    nowMs += 25 * HOUR_MS;
    usedVolumes = ['shop_data__berth_2'];
    expect((await run('snapshots.prune', { project: PROJECT })).result).toMatchObject({ volumes: ['shop_data__berth_1'] });
    expect(removedVolumes).toEqual(['shop_data__berth_1']);
    expect((await list()).replaced.map(({ volume }) => volume)).toEqual(['shop_data__berth_2']);
    expect(log.at(-1)).toBe('The volume shop_data__berth_2 stays for now: It is in use.');
  });
});

describe('settings and schedules', () => {
  it('one schedule makes snapshots and follows what is chosen; old ones are removed once a day', async () => {
    await made(1);
    expect(schedules.map(({ kind, everySeconds }) => [kind, everySeconds])).toEqual([['snapshots.prune', 86_400]]);
    await ask('snapshots.configure', { project: PROJECT, everyMinutes: 60 });
    const without = { project: PROJECT, only: ['files', 'settings', 'containers', 'images'] };
    expect(schedules.slice(1)).toMatchObject([{ kind: 'snapshots.create', everySeconds: 3_600, input: without }]);
    const [, before] = schedules;
    await ask('snapshots.configure', { project: PROJECT, keepDaily: 3 });
    expect(schedules[1]).toBe(before);
    await ask('snapshots.configure', { project: PROJECT, volumes: true });
    expect(schedules.slice(1)).toMatchObject([{ kind: 'snapshots.create', everySeconds: 3_600, input: { project: PROJECT } }]);
    const { settings } = await ask('snapshots.configure', { project: PROJECT, everyMinutes: 0 });
    expect(schedules.map(({ kind }) => kind)).toEqual(['snapshots.prune']);
    expect(settings).toMatchObject({ everyMinutes: null, volumes: true, retention: { keepDaily: 3, keepLast: 20 } });
  });

  it('a snapshot says that a schedule made it', async () => {
    const inputs: JsonObject[] = [];
    const kind = { kind: 'snapshots.create', run: (_context: unknown, input: JsonObject) => (inputs.push(input), Promise.resolve(null)) } as unknown as OperationKind;
    for (const origin of ['schedule', 'user']) await tellsSchedule(kind, { get: () => Promise.resolve({ origin } as never) }).run({ operationId: 'op' } as never, { project: PROJECT });
    expect(inputs).toEqual([{ project: PROJECT, reason: 'schedule' }, { project: PROJECT }]);
  });

  it.each([
    [{}, 'input-invalid'],
    [{ everyMinutes: 2 }, 'input-invalid'],
    [{ repository: 'nowhere' }, 'not-found'],
  ])('refuses %j', async (change, code) => {
    await expect(ask('snapshots.configure', { project: PROJECT, ...change })).rejects.toMatchObject({ code });
  });

  it('remembers how the contents of a volume are read', async () => {
    await ask('snapshots.consistency', { project: PROJECT, volume: 'shop_data', choice: 'stop' });
    expect((await snapshots.notes.settings(PROJECT)).consistency).toEqual({ shop_data: 'stop' });
    expect((await ask('snapshots.consistency', { project: PROJECT, volume: 'shop_data', choice: 'auto' })).settings.consistency).toEqual({});
  });
});

describe('buckets', () => {
  it('are added with a passphrase that is written down nowhere but sealed', async () => {
    const asked: (string | null)[] = [];
    bucket = (passphrase) => {
      asked.push(passphrase);
      return folderRepository(`${scratch.dir}/bucket`);
    };
    const { stored, result } = await run('snapshots.add-repository', { project: PROJECT, bucket: 'shop-safe', prefix: 'berth-snapshots', passphrase: 'correct horse battery' });
    expect(JSON.stringify([stored, result])).not.toContain('correct horse');
    expect(JSON.stringify(await store.listRecords('snapshots'))).not.toContain('correct horse');
    expect(asked[0]).toBe('correct horse battery');
    expect((await list()).repositories).toMatchObject([{ name: 'local' }, { name: 'shop-safe', kind: 'bucket', state: 'ready' }]);
    // What is repeated knows the passphrase by what was written down.
    expect(await kindOf('snapshots.add-repository').prepare?.({ ...stored, bucket: 'other' })).toMatchObject({ passphraseRef: stored['passphraseRef'] });
    await expect(run('snapshots.add-repository', { project: PROJECT, bucket: 'shop-safe', prefix: 'berth-snapshots' })).rejects.toMatchObject({ code: 'input-invalid' });
    expect((await ask('snapshots.configure', { project: PROJECT, repository: 'shop-safe' })).settings.repository).toBe('shop-safe');
  });

  it('that are away are said to be, and hold nothing else up', async () => {
    const id = await made(1);
    await run('snapshots.add-repository', { project: PROJECT, bucket: 'shop-safe', prefix: '' });
    await snapshots.watch.stop();
    bucket = () => Promise.reject(new AppError('storage-unreachable', 'http://127.0.0.1:9 does not answer.'));
    const { repositories, snapshots: all } = await list();
    expect(repositories[1]).toMatchObject({ state: 'offline', detail: 'http://127.0.0.1:9 does not answer.' });
    expect(all.map((one) => one.id)).toEqual([id]);
    expect((await snapshots.repositories.find(PROJECT, id)).name).toBe('local');
    expect((await run('snapshots.prune', { project: PROJECT })).result).toMatchObject({ removed: [] });
  });
});

it('snapshots of a copy go with it', async () => {
  const [mine, other] = [await made(1), await made(1, {}, OTHER)];
  await snapshots.notes.replaced(PROJECT, { volume: 'v', of: 'shop_data', snapshotId: mine });
  await snapshots.discard(PROJECT);
  expect(await list()).toMatchObject({ snapshots: [], replaced: [] });
  expect(schedules.map(({ input }) => input['project'])).toEqual([OTHER]);
  expect((await snapshots.repositories.find(OTHER, other)).manifest.id).toBe(other);
});

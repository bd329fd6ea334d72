import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { OPERATION_DEFAULTS, type Operation, type OperationState } from '@shared/domain/operations/operation';
import { createEventStream, createOperations } from '@main/operations/index';
import type { OperationKind } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { operationFolders } from '@main/platform/operation-folders';
import { openStore, type OpenedStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import { berthCommand, type BerthCommand } from '../../support/berth-command';

const DAY_MS = 24 * 60 * 60 * 1_000;
const LIMITS = { keepCount: 200, keepDays: 30, keepFailedDays: 90 };

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'bt-clean-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const idOf = (name: string, number: number): string => `op_${name}${String(number).padStart(5, '0')}`;

function record(id: string, state: OperationState, finishedMs: number): Operation {
  const at = new Date(finishedMs).toISOString();
  return { ...OPERATION_DEFAULTS, id, kind: 'toy.wait', key: 'toy', title: 'Wait', projectId: null, state, progress: { step: 0, of: 0, message: '' }, input: {}, result: null, error: null, cancellable: false, createdAt: at, startedAt: at, finishedAt: at };
}

/** 1,000 that succeeded, a second apart, and among them failed ones older than succeeded ones may get; each left something behind. */
async function fill(store: OpenedStore, folder: string): Promise<{ readonly well: readonly string[]; readonly failed: readonly string[]; readonly old: readonly string[] }> {
  const folders = operationFolders(folder);
  const nowMs = Date.now();
  const failed = Array.from({ length: 20 }, (_, number) => idOf('failed', number));
  const old = Array.from({ length: 5 }, (_, number) => idOf('old', number));
  for (const id of old) await store.putOperation(record(id, 'failed', nowMs - 91 * DAY_MS));
  for (const id of failed) await store.putOperation(record(id, 'failed', nowMs - 60 * DAY_MS));
  const well = Array.from({ length: 1_000 }, (_, number) => idOf('well', number));
  for (const [number, id] of well.entries()) {
    await store.putOperation(record(id, 'succeeded', nowMs - (1_000 - number) * 1_000));
    await store.appendJournal({ operationId: id, seq: 1, name: 'toy.act', phase: 'note', at: new Date(nowMs).toISOString(), data: {} });
  }
  for (const id of [...well.slice(0, 300), ...well.slice(-100), ...failed]) await writeFile(join(await folders.make(id), 'left'), 'x');
  return { well, failed, old };
}

it('leaves the newest 200 of 1,000, failed ones for longer, whatever has not ended, and no temporary folder', async () => {
  const store = await openStore({ home, inProcess: true });
  const folders = operationFolders(home);
  const operations = await createOperations({ store, folders, events: createEventStream(systemClock), clock: systemClock, failpoints: createFailpoints({}), logger: silentLogger, redact: (text) => text });
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const waiting: OperationKind = {
    kind: 'toy.wait',
    needsEngine: false,
    key: () => 'toy',
    title: () => 'Wait',
    projectId: () => null,
    async run(context) {
      await folders.make(context.operationId);
      await released;
      await context.commit();
      return null;
    },
    rollback: () => Promise.resolve(),
    finish: () => Promise.resolve(null),
  };
  operations.register(waiting);
  try {
    const { well, failed, old } = await fill(store, home);
    const open = await Promise.all(Array.from({ length: 4 }, () => operations.enqueue('toy.wait', {})));
    await expect.poll(async () => (await operations.get(open[0]?.id ?? '')).state).toBe('running');
    await expect.poll(() => folders.list()).toContain(open[0]?.id);

    expect(await operations.cleanup(LIMITS)).toEqual({ removed: 805, kept: 220 });
    const left = await store.listOperations({ limit: 2_000 });
    expect(left.map((one) => one.id).sort()).toEqual([...well.slice(-200), ...failed, ...open.map((one) => one.id)].sort());
    expect(left.filter((one) => one.state === 'running' || one.state === 'queued').map((one) => one.state).sort()).toEqual(['queued', 'queued', 'queued', 'running']);
    expect(await Promise.all([...well.slice(0, 800), ...old].map((id) => store.journal(id))).then((rows) => rows.flat())).toEqual([]);
    expect(await store.journal(well.at(-1) ?? '')).toHaveLength(1);
    // Only that of the one that runs.
    expect(await folders.list()).toEqual([open[0]?.id]);

    release();
    await operations.whenIdle();
    expect((await operations.list({ limit: 500 })).filter((one) => open.some(({ id }) => id === one.id)).map((one) => one.state)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    await operations.cleanup(LIMITS);
    expect(await folders.list()).toEqual([]);
  } finally {
    release();
    await operations.shutdown(5_000);
    await store.close();
  }
});

it('is `berth operations cleanup`, by the settings or by a number', async () => {
  const berth: BerthCommand = await berthCommand();
  try {
    const store = await openStore({ home: berth.home, inProcess: true });
    const { well, failed } = await fill(store, berth.home);
    await store.close();
    const list = async (): Promise<readonly string[]> => ((await berth.json<OutputOf<'operations.list'>>(['operations', 'list', '--limit', '500'])).answer.value ?? []).map((one) => one.id);
    expect((await berth.json(['operations', 'cleanup'])).answer.error?.code).toBe('consent-required');
    expect(await list()).toHaveLength(500);
    expect(await berth.json(['settings', 'set', 'operations.keepCount', '200'])).toMatchObject({ code: 0 });
    expect((await berth.run(['operations', 'cleanup', '--yes'])).stdout).toBe('Removed 805, kept 220.\n');
    expect([...(await list())].sort()).toEqual([...well.slice(-200), ...failed].sort());
    expect(await readdir(join(berth.home, 'tmp'))).toEqual([]);
    expect((await berth.json(['operations', 'cleanup', '--keep', '7', '--yes'])).answer.value).toEqual({ removed: 206, kept: 14 });
    expect([...(await list())].sort()).toEqual([...well.slice(-7), ...failed.slice(-7)].sort());
  } finally {
    await berth.close();
  }
});

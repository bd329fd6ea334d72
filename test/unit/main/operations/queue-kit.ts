import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import { createEventStream, createOperations } from '@main/operations/index';
import type { OperationContext, OperationKind, Operations, StateKeeper } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { operationFolders } from '@main/platform/operation-folders';
import { openStore, type OpenedStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';

/** What a test of the queue works with: new for each. */
export interface QueueBench {
  readonly home: string;
  readonly store: OpenedStore;
  readonly engine: { ready: boolean };
  /** Moves the clock forward without waiting. */
  aheadMs: number;
  /** Keeps what is there before an operation changes it. */
  keepState: StateKeeper | undefined;
  /** A queue on the store that knows these kinds; opened again it is the next start. */
  open(kinds: readonly OperationKind[], maxParallel?: number): Promise<Operations>;
}

/** A store and a clock for each test of the file. */
export function useQueue(): QueueBench {
  const bench = { home: '', store: undefined as unknown as OpenedStore, engine: { ready: true }, aheadMs: 0, keepState: undefined as StateKeeper | undefined, open };
  beforeEach(async () => {
    const home = await mkdtemp(join(tmpdir(), 'berth-line-'));
    Object.assign(bench, { home, store: await openStore({ home, inProcess: true }), engine: { ready: true }, aheadMs: 0, keepState: undefined });
  });
  afterEach(async () => {
    await bench.store.close();
    await rm(bench.home, { recursive: true, force: true });
  });

  async function open(kinds: readonly OperationKind[], maxParallel = 4): Promise<Operations> {
    const clock = { now: () => systemClock.now() + bench.aheadMs, monotonic: () => systemClock.monotonic() };
    const operations = await createOperations(
      { store: bench.store, keepState: bench.keepState, events: createEventStream(systemClock), clock, failpoints: createFailpoints({}), logger: silentLogger, redact: (text) => text, engineReady: () => bench.engine.ready, folders: operationFolders(bench.home), limits: () => ({ keepCount: 10, keepDays: 30, keepFailedDays: 90 }) },
      { maxParallel },
    );
    for (const kind of kinds) operations.register(kind);
    return operations;
  }
  return bench;
}

/** An operation of kind `toy.run` that does this. */
export function toy(run: (context: OperationContext, input: JsonObject) => Promise<Json>, more: Partial<OperationKind> = {}): OperationKind {
  return { kind: 'toy.run', key: (input) => String(input['key'] ?? 'k'), title: (input) => `Toy ${String(input['name'] ?? '')}`, projectId: () => null, run, rollback: async () => undefined, finish: async () => null, ...more };
}
/** One that writes its name down when it runs, and fails when it is told to. */
export const named = (order: string[], more: Partial<OperationKind> = {}): OperationKind =>
  toy(async (_context, input) => {
    order.push(String(input['name']));
    if (input['fails'] === true) throw new AppError('blocked', 'Blocked.');
    return null;
  }, more);

/** Waits until a check holds, for as long as a loaded machine may take. */
export const eventually = (check: () => Promise<unknown>): Promise<unknown> => vi.waitFor(check, { timeout: 15_000 });

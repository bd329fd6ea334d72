import { homedir } from 'node:os';
import { END_OWNED_MS } from '@shared/domain/services/owned-command';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import { installedDialect, pluginPaths } from '@main/compose';
import { engineView } from '@main/diagnostics/engine-handlers';
import type { Engine } from '@main/docker/types';
import { followForLog } from '@main/operations';
import type { RecoveredOperation } from '@main/operations/types';
import { hostInfo } from '@main/platform/host-info';
import { runProgram } from '@main/platform/process';
import type { ApiSlot } from '@main/runtime';
import type { ApiStarter, LifespanStep } from '@main/runtime/types';
import type { Foundation } from './foundation';
import type { Capabilities, Ending } from './wired';

/** How long the first search for an engine may hold up the start; it goes on by itself afterwards. */
const FIRST_CONNECT_MS = 4_000;
/** How long what runs may take to be undone at the end; what is left then is undone at the next start. */
const SHUTDOWN_GRACE_MS = 20_000;
/** How long the reconcilers may take to stop, besides the commands of windows that are ended first. */
const STOP_MS = 5_000;
/** How long callers of the socket may take to end. */
const API_GRACE_MS = 2_000;

export interface StepOptions {
  readonly foundation: Foundation;
  readonly capabilities: Capabilities;
  readonly apiSlot: ApiSlot;
  readonly apiStarter: () => ApiStarter | null;
  readonly worker: EngineWork;
  /** False in a process that hosts a single command: nothing is looked at again and again. */
  readonly live: boolean;
  /** A host that exists to be asked is nothing without its socket. */
  readonly apiRequired: boolean;
}

/** The seven steps of the process's life in their order (store, engine, events, api, worker, reconcilers, scheduler). */
export function lifespanSteps(options: StepOptions): readonly LifespanStep[] {
  return [storeStep(options), engineStep(options), eventsStep(options), apiStep(options), workerStep(options), reconcilersStep(options), schedulerStep(options)];
}

/** The recovery of what a crash left: at the start and whenever the engine is back; whoever comes first does it, all see what was done. */
export class EngineWork {
  private readonly done = new Map<string, RecoveredOperation>();
  isStarted = false;

  constructor(
    private readonly foundation: Foundation,
    private readonly capabilities: Pick<Capabilities, 'projects' | 'twins'>,
  ) {}

  recovered(): readonly RecoveredOperation[] {
    return [...this.done.values()];
  }

  /** Without an engine only what needs none. */
  async recover(): Promise<void> {
    const { operations, engine, log } = this.foundation;
    for (const one of await operations.recover(engine.state().state === 'connected' ? 'all' : 'without-engine')) {
      if (!this.done.has(one.id)) log.info('an operation that a crash left was ended', { id: one.id, state: one.state });
      this.done.set(one.id, one);
    }
    if (engine.state().state !== 'connected') return;
    for (const name of await this.capabilities.twins.removeLeftovers()) log.info('a copy of a project that a crash left was removed', { name });
  }

  /** What depends on the engine being there. */
  engineIsBack(): void {
    if (!this.isStarted) return;
    void this.recover()
      .then(() => this.capabilities.projects.announce())
      .catch((error: unknown) => this.foundation.log.error('recovery failed', { error }));
  }
}

/** It was opened before anything else could be made: the lease decides whether this process may live at all. */
function storeStep({ foundation: { store, log } }: StepOptions): LifespanStep {
  return {
    name: 'store',
    startTimeoutMs: 1_000,
    stopTimeoutMs: 5_000,
    start: () => Promise.resolve('open'),
    async stop() {
      await store.close();
      log.info('store.closed');
    },
  };
}

function engineStep({ foundation: { engine, events }, capabilities, worker }: StepOptions): LifespanStep {
  let held: Disposable | null = null;
  return {
    name: 'engine',
    startTimeoutMs: FIRST_CONNECT_MS,
    stopTimeoutMs: 1_000,
    async start() {
      if (held !== null) return untilConnected(engine);
      held = engine.onStateChanged((state) => {
        events.publish({ type: 'engine.changed', engine: engineView(state) });
        if (state.state === 'connected') worker.engineIsBack();
      });
      capabilities.compose.warm();
      const [dialect, state] = await Promise.all([findDialect(), engine.connect()]);
      capabilities.setDialect(dialect);
      if (state.state === 'unreachable') throw new AppError('engine-unreachable', state.message);
      return untilConnected(engine);
    },
    async stop() {
      held?.dispose();
      await engine.settled();
      engine.close();
      capabilities.compose.close();
    },
  };
}

function findDialect(): ReturnType<typeof installedDialect> {
  const host = hostInfo();
  return installedDialect({
    paths: pluginPaths(process.platform, homedir(), process.env),
    exists: (path) => host.exists(path),
    version: async (path) => (await runProgram(path, ['version', '--short'], { timeoutMs: 3_000 })).stdout,
  });
}

/** Resolves with the engine's version; the connection looks for it by itself. */
async function untilConnected(engine: Engine): Promise<string> {
  for (;;) {
    const state = engine.state();
    if (state.state === 'connected') return `Docker ${state.info.version}`;
    await new Promise<void>((resolve) => {
      const listening = engine.onStateChanged((next) => {
        if (next.state !== 'connected') return;
        listening.dispose();
        resolve();
      });
    });
  }
}

function eventsStep({ foundation: { engine, events }, capabilities: { eventLog, projects } }: StepOptions): LifespanStep {
  let held: Disposable | null = null;
  return {
    name: 'events',
    startTimeoutMs: 2_000,
    stopTimeoutMs: 3_000,
    async start() {
      held ??= await followForLog({ log: eventLog, engine, events, projects: () => projects.list() });
      return 'ready';
    },
    async stop() {
      // What the other parts said last is still written down.
      events.flush();
      held?.dispose();
      await eventLog.close();
      events.close();
    },
  };
}

function apiStep({ apiSlot, apiStarter, apiRequired }: StepOptions): LifespanStep {
  let close: ((graceMs: number) => Promise<void>) | null = null;
  return {
    name: 'api',
    startTimeoutMs: 5_000,
    stopTimeoutMs: API_GRACE_MS + 2_000,
    required: apiRequired,
    async start() {
      const starter = apiStarter();
      if (starter === null) return 'nobody listens in this process';
      const api = await starter();
      close = (graceMs) => api.close(graceMs);
      apiSlot.attach(api);
      return 'listening';
    },
    async stop() {
      await close?.(API_GRACE_MS);
      apiSlot.attach(null);
    },
  };
}

function workerStep({ foundation: { operations, engine, log }, worker }: StepOptions): LifespanStep {
  return {
    name: 'worker',
    startTimeoutMs: 60_000,
    stopTimeoutMs: SHUTDOWN_GRACE_MS + 1_000,
    async start() {
      worker.isStarted = true;
      await worker.recover();
      const done = `${String(worker.recovered().length)} recovered`;
      return engine.state().state === 'connected' ? `ready, ${done}` : `waits for the engine, ${done}`;
    },
    async stop() {
      await operations.shutdown(SHUTDOWN_GRACE_MS);
      log.info('worker.stopped');
    },
  };
}

function reconcilersStep({ capabilities, live }: StepOptions): LifespanStep {
  const held: Ending[] = [];
  let next = 0;
  return {
    name: 'reconcilers',
    startTimeoutMs: 5_000,
    stopTimeoutMs: END_OWNED_MS + STOP_MS,
    async start() {
      if (!live) return 'none: a single command';
      // A try that failed in the middle goes on with the one that failed.
      for (; next < capabilities.reconcilers.length; next += 1) {
        const begun = await capabilities.reconcilers[next]?.();
        if (begun !== undefined) held.push(begun);
      }
      return `${String(held.length)} at work`;
    },
    async stop() {
      next = capabilities.reconcilers.length;
      for (const one of held.splice(0).reverse()) await one.dispose();
    },
  };
}

function schedulerStep({ capabilities, live }: StepOptions): LifespanStep {
  return {
    name: 'scheduler',
    startTimeoutMs: 5_000,
    stopTimeoutMs: 2_000,
    async start() {
      if (!live) return 'none: a single command';
      await capabilities.scheduler.start();
      return 'ready';
    },
    stop() {
      capabilities.scheduler.stop();
      return Promise.resolve();
    },
  };
}

import { hasSizeOnly } from '@shared/domain/workspaces/keys';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import type { SentFile, SentFiles, VolumeScope } from '@shared/domain/workspaces/volume-plan';
import { inScope } from '@shared/domain/workspaces/volume-plan';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import { InTurn } from '@shared/kernel/in-turn';
import { lockFile } from '../platform/project-lock';
import type { QuickS3 } from '../platform/s3/sync-types';
import { mkdirFolder, readSmall, writeSmall } from '../platform/sync/small-file';
import { SyncState } from '../platform/sync/sync-state';
import { folderIdentity, realFolder } from '../platform/sync/walk';
import { holdingConditions, rememberedTraits, type TraitsOf } from './engine-conditions';
import { DestinationLease, type LeaseMemory } from './engine-lease';
import { planRun } from './engine-plan';
import { SyncRun, type EngineCore, type StepSource } from './engine-run';
import type { SyncEngine, SyncEngineOptions, SyncPlan, SyncProgress, SyncReport, SyncRequest, SyncWatch, SyncWatchEvent } from './engine-types';
import { SyncWatcher } from './engine-watch';

/** What an engine does, on the thread that calls it: it reads folders and files with blocking calls. The app runs it in a worker. */
export class SyncCore implements SyncEngine {
  private readonly turns = new InTurn();
  private readonly watches = new Set<SyncWatch>();
  private readonly traits: TraitsOf;
  private readonly s3: QuickS3;
  private readonly lease: DestinationLease;
  private opened: { readonly core: EngineCore; readonly lock: Disposable } | null = null;
  private readonly closing = new AbortController();

  constructor(
    private readonly options: SyncEngineOptions,
    private readonly client: QuickS3,
    private readonly clock: Clock,
  ) {
    this.traits = rememberedTraits(client, options.destination.bucket, join(options.stateDir, 'store.json'), () => clock.now());
    this.s3 = holdingConditions(client, this.traits);
    this.lease = new DestinationLease(this.s3, options.destination, this.leaseMemory(), () => clock.now());
  }

  run(request: SyncRequest, onProgress: (progress: SyncProgress) => void, signal?: AbortSignal): Promise<SyncReport> {
    return this.runFrom(request, onProgress, {}, signal);
  }

  plan(request: SyncRequest, signal?: AbortSignal): Promise<SyncPlan> {
    return this.turns.run(async () => {
      const core = await this.open();
      return planRun(core ?? this.options.root, request, this.either(signal));
    });
  }

  contents(scope: VolumeScope): Promise<SentFiles> {
    return this.turns.run(async () => {
      const core = await this.open();
      return core === null ? { files: [], complete: false } : sentFiles(core.state, scope);
    });
  }

  async watch(request: Pick<SyncRequest, 'workspace'>, onEvent: (event: SyncWatchEvent) => void): Promise<SyncWatch> {
    const watcher = new SyncWatcher({
      request, onEvent, clock: this.clock,
      core: () => this.open(),
      run: (source, signal) => this.runFrom({ workspace: request.workspace }, () => undefined, source, signal),
    });
    const watch: SyncWatch = {
      stop: async () => {
        await watcher.stop();
        this.watches.delete(watch);
        if (this.watches.size === 0) await this.lease.release();
      },
    };
    this.watches.add(watch);
    await watcher.start();
    return watch;
  }

  async close(): Promise<void> {
    this.closing.abort();
    for (const watch of [...this.watches]) await watch.stop();
    await this.turns.run(async () => {
      await this.lease.release();
      this.opened?.core.state.close();
      this.opened?.lock.dispose();
      this.opened = null;
      await this.client.close();
    });
  }

  private runFrom(request: SyncRequest, onProgress: (progress: SyncProgress) => void, source: StepSource, signal?: AbortSignal): Promise<SyncReport> {
    return this.turns.run(async () => {
      if (this.closing.signal.aborted) throw new AppError('cancelled', 'Cancelled.');
      const core = await this.open();
      if (core === null) return nothingThere(this.options);
      try {
        return await new SyncRun(core, request, onProgress, this.either(signal), source).run();
      } finally {
        if (this.watches.size === 0) await this.lease.release();
      }
    });
  }

  private either(signal: AbortSignal | undefined): AbortSignal {
    const either = signal === undefined ? this.closing.signal : AbortSignal.any([signal, this.closing.signal]);
    // Each call under way listens to it.
    setMaxListeners(0, either);
    return either;
  }

  /** Null when there is no folder. The state is opened once and kept. */
  private async open(): Promise<EngineCore | null> {
    const { root: wanted, stateDir, destination } = this.options;
    const root = realFolder(wanted);
    const identity = root === null ? null : folderIdentity(root);
    if (root === null || identity === null) return null;
    if (this.opened === null) {
      const lock = await lockFile(join(stateDir, 'lock'), async () => mkdirFolder(stateDir), (who) => `${who} is syncing ${wanted}.`);
      const state = SyncState.open(stateDir, { ...destination, root: wanted }, identity);
      this.opened = { lock, core: this.coreAt(root, state) };
    }
    if (this.opened.core.root !== root) this.opened = { ...this.opened, core: { ...this.opened.core, root } };
    return this.opened.core;
  }

  private coreAt(root: string, state: SyncState): EngineCore {
    const { options, s3, clock, lease, traits } = this;
    return { options, s3, clock, lease, state, root, traits };
  }

  private leaseMemory(): LeaseMemory {
    const path = join(this.options.stateDir, 'lease.json');
    return {
      read: () => {
        const { own = null, seen = null } = readSmall(path) ?? {};
        const seenObject = typeof seen === 'object' && seen !== null && !Array.isArray(seen) ? (seen as { readonly etag?: unknown; readonly atMs?: unknown }) : null;
        return {
          own: Array.isArray(own) ? own.filter((one): one is string => typeof one === 'string') : [],
          seen: typeof seenObject?.etag === 'string' && typeof seenObject.atMs === 'number' ? { etag: seenObject.etag, atMs: seenObject.atMs } : null,
        };
      },
      write: ({ own, seen }) => writeSmall(path, { own: [...own], seen }),
    };
  }
}

function sentFiles(state: SyncState, scope: VolumeScope): SentFiles {
  const files: SentFile[] = [];
  const add = ({ key, sizeBytes, md5 }: SentFile): unknown => files.push({ key, sizeBytes, md5 });
  if ('keys' in scope) {
    for (const key of scope.keys) {
      const file = state.get(key);
      if (file !== undefined) add(file);
    }
  } else {
    const isWanted = inScope(scope);
    for (const prefix of scope.workspaces === null || scope.workspaces.includes('.') ? [''] : scope.workspaces.map((name) => `${name}/`)) {
      const entries = state.entries(prefix);
      for (let one = entries.next(); one.done !== true; one = entries.next()) if (isWanted(one.value.key)) add(one.value);
    }
  }
  return { files, complete: !state.dirty };
}

function nothingThere(options: SyncEngineOptions): SyncReport {
  return {
    workspaces: [], conflicts: [], skipped: [], skippedCount: 0, halt: { reason: 'root-missing', root: options.root }, approval: null, deletesDeferred: 0, foreignObjects: null, listed: false,
    sizeOnly: hasSizeOnly(options.settings.sizeOnly), durationMs: 0, requests: { puts: 0, lists: 0, heads: 0, deletes: 0 },
  };
}

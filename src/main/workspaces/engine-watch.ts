import { errorData } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { FolderFilter } from '@shared/domain/workspaces/folder-filter';
import { stepWithLocal } from '@shared/domain/workspaces/plan';
import type { SyncStep } from '@shared/domain/workspaces/sync-model';
import { FolderWatch, lookAt } from '../platform/sync/folder-watch';
import type { EngineCore, StepSource } from './engine-run';
import type { SyncReport, SyncRequest, SyncWatchEvent } from './engine-types';

/** A save is several events; a checkout is thousands. */
const GATHER_MS = 30;
const BURST_MS = 500;
const BURST_EVENTS = 20;
/** A rename is a removal and something new: the new one goes first. */
const REMOVE_AFTER_MS = 2_000;
const RECONCILE_MS = 300_000;
const POLL_MS = 3_000;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;

/** What a watcher is given. */
export interface SyncWatcherOptions {
  readonly request: Pick<SyncRequest, 'workspace'>;
  readonly onEvent: (event: SyncWatchEvent) => void;
  readonly clock: Clock;
  readonly core: () => Promise<EngineCore | null>;
  readonly run: (source: StepSource, signal: AbortSignal) => Promise<SyncReport>;
}

/** Sends what is saved as it is saved: single files at once, everything else by a look at the whole folder. */
export class SyncWatcher {
  private readonly filters = new Map<string, FolderFilter>();
  private readonly pending = new Map<string, { readonly folder: string; readonly name: string }>();
  private watch: FolderWatch | null = null;
  private full = false;
  private timer: NodeJS.Timeout | undefined;
  private removeTimer: NodeJS.Timeout | undefined;
  private reconcileTimer: NodeJS.Timeout | undefined;
  private working: Promise<void> | null = null;
  private failures = 0;
  private stopped = false;
  /** What is under way at the end is cut and completed by the next run: the store may be one that never answers. */
  private readonly stopping = new AbortController();
  private polling = false;

  constructor(private readonly options: SyncWatcherOptions) {}

  /** Resolves after the first look at everything, whether or not it could be sent. */
  async start(): Promise<void> {
    this.full = true;
    await this.work();
    this.tellMode();
    this.repeat();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.stopping.abort();
    for (const timer of [this.timer, this.removeTimer]) clearTimeout(timer);
    clearInterval(this.reconcileTimer);
    this.watch?.close();
    await this.working;
  }

  private repeat(): void {
    clearInterval(this.reconcileTimer);
    if (this.stopped) return;
    this.reconcileTimer = setInterval(() => this.lookAtAll(0), this.polling ? POLL_MS : RECONCILE_MS);
    this.reconcileTimer.unref();
  }

  private lookAtAll(inMs: number): void {
    this.full = true;
    this.schedule(inMs);
  }

  private schedule(inMs: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.work(), inMs);
  }

  private changed(folder: string, name: string | null): void {
    if (this.stopped) return;
    const first = this.pending.size === 0 && !this.full;
    if (name === null || this.filters.get(folder) === undefined) this.full = true;
    else this.pending.set(folder + name, { folder, name });
    if (this.pending.size > BURST_EVENTS) this.full = true;
    // While more than one thing happens the clock starts anew; a single save does not wait for the next.
    if (this.full) this.schedule(BURST_MS);
    else if (first) this.schedule(GATHER_MS);
  }

  private async work(): Promise<void> {
    if (this.working !== null) {
      await this.working;
      if (this.pending.size > 0 || this.full) this.schedule(0);
      return;
    }
    this.working = this.once();
    try {
      await this.working;
    } finally {
      this.working = null;
    }
  }

  private async once(): Promise<void> {
    try {
      const core = await this.options.core();
      if (core !== null) await core.lease.take(this.stopping.signal);
      const steps = core === null || this.full ? null : this.stepsOf(core);
      if (core === null || steps === null) await this.runAll(core);
      else if (steps.length > 0) await this.runSome(steps);
      this.failures = 0;
    } catch (error) {
      if (this.stopped) return;
      const { code, message } = errorData(error);
      this.options.onEvent({ kind: 'failed', code, message });
      const waitMs = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? POLL_MS;
      this.failures += 1;
      this.lookAtAll(waitMs);
    }
  }

  private async runAll(core: EngineCore | null): Promise<void> {
    this.full = false;
    this.pending.clear();
    clearTimeout(this.removeTimer);
    const seen = new Set<string>();
    this.watch ??= core === null ? null : new FolderWatch(core.root, (folder, name) => this.changed(folder, name), () => this.poll());
    const report = await this.options.run({
      folders: {
        entering: (key) => {
          seen.add(key);
          this.watch?.add(key);
        },
        filtered: (key, filter) => this.filters.set(key, filter),
      },
    }, this.stopping.signal);
    if (report.halt === null || report.halt.reason === 'too-many-deletes') {
      this.watch?.keepOnly(seen);
      for (const key of [...this.filters.keys()]) if (!seen.has(key)) this.filters.delete(key);
    }
    this.options.onEvent({ kind: 'run', report, keys: [] });
  }

  private async runSome(steps: readonly SyncStep[]): Promise<void> {
    const report = await this.options.run({ steps }, this.stopping.signal);
    this.options.onEvent({ kind: 'run', report, keys: steps.map((step) => ('local' in step && step.local !== null ? step.local.key : '')) });
  }

  /** What has to be sent of what changed; null when everything has to be looked at. */
  private stepsOf(core: EngineCore): readonly SyncStep[] | null {
    const steps: SyncStep[] = [];
    const changes = [...this.pending.values()];
    this.pending.clear();
    for (const change of changes) {
      const step = this.stepOf(core, change);
      if (step === 'all') return null;
      if (step !== null && step.kind !== 'keep') steps.push(step);
    }
    return steps;
  }

  private stepOf(core: EngineCore, { folder, name }: { readonly folder: string; readonly name: string }): SyncStep | 'all' | null {
    const filter = this.filters.get(folder);
    if (filter === undefined || name === '.gitignore' || name === '.dockerignore') return 'all';
    const { workspace } = this.options.request;
    const key = folder + name;
    if (workspace !== null && !`${key}/`.startsWith(`${workspace}/`)) return null;
    const look = lookAt(core.root, key);
    const verdict = filter.child(name, look.kind === 'folder');
    if (look.kind === 'folder') return verdict.descend ? 'all' : null;
    if (look.kind === 'file' && verdict.included && !this.isReserved(key)) return stepWithLocal(look.file, core.state.get(key), undefined, false, { sizeOnly: core.options.settings.sizeOnly });
    if (core.state.has(key)) this.removeLater();
    return null;
  }

  private isReserved(key: string): boolean {
    return key.startsWith('.berth/') || key.includes('\ufffd');
  }

  private removeLater(): void {
    if (this.stopped) return;
    clearTimeout(this.removeTimer);
    this.removeTimer = setTimeout(() => this.lookAtAll(0), REMOVE_AFTER_MS);
  }

  private poll(): void {
    this.polling = true;
    this.tellMode();
    this.repeat();
  }

  private tellMode(): void {
    this.options.onEvent({ kind: 'mode', mode: this.polling ? 'polling' : 'watching', folders: this.watch?.size ?? 0 });
  }
}

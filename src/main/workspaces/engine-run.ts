import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import { approvalOfRoot, judgeDeletes, judgeRoot } from '@shared/domain/workspaces/guard';
import { compareKeys, hasSizeOnly } from '@shared/domain/workspaces/keys';
import type { RemoteFile, SyncHalt, SyncStep } from '@shared/domain/workspaces/sync-model';
import type { QuickS3, StoreTraits } from '../platform/s3/sync-types';
import type { SyncState } from '../platform/sync/sync-state';
import { folderIdentity, type WalkFolders } from '../platform/sync/walk';
import { BATCH_FILE_MAX_BYTES, Batches } from './engine-batches';
import { Lanes } from './engine-lanes';
import type { DestinationLease } from './engine-lease';
import { approvalOfDeletes, removeAll, trashPrefixOf, type RemoveStep } from './engine-remover';
import { scan } from './engine-scan';
import { Sender, type RunContext } from './engine-sender';
import { Tally } from './engine-tally';
import type { SyncEngineOptions, SyncProgress, SyncReport, SyncRequest } from './engine-types';

/** What is read and not yet sent, together. */
const HELD_MAX_BYTES = 24 * 1024 * 1024;
const PROGRESS_EVERY_MS = 200;
const KEPT_BETWEEN_LOOKS = 500;
const SWEEP_OLDER_MS = 24 * 3_600_000;

/** What the runs of one engine share. */
export interface EngineCore {
  readonly options: SyncEngineOptions;
  readonly s3: QuickS3;
  readonly clock: Clock;
  readonly lease: DestinationLease;
  readonly state: SyncState;
  /** The folder, its links resolved. */
  readonly root: string;
  /** What the store can do; asked once. */
  readonly traits: (signal: AbortSignal | undefined) => Promise<StoreTraits>;
}

/** Where the steps of a run come from when not from a look at everything, and who wants to know which folders were looked at. */
export interface StepSource {
  readonly steps?: readonly SyncStep[] | undefined;
  readonly folders?: WalkFolders | undefined;
}

/** One run from the look to the last removal. */
export class SyncRun {
  readonly tally: Tally;
  private readonly sender: Sender;
  private readonly lanes: Lanes;
  private readonly batches: Batches;
  private readonly context: RunContext;
  private readonly removals: RemoveStep[] = [];
  private readonly listing: boolean;
  private readonly wasDirty: boolean;
  private readonly beganMs: number;
  private ready: Promise<void> | null = null;
  private toldMs = 0;
  private kept = 0;
  private readonly before: QuickS3['counters'];

  constructor(
    private readonly core: EngineCore,
    private readonly request: SyncRequest,
    private readonly onProgress: (progress: SyncProgress) => void,
    private readonly signal: AbortSignal | undefined,
    private readonly source: StepSource = {},
  ) {
    const { options, s3, state, clock, root } = core;
    this.beganMs = clock.monotonic();
    this.before = { ...s3.counters };
    this.tally = new Tally(() => clock.monotonic());
    this.wasDirty = state.dirty;
    const verifyEveryMs = options.settings.verifyEveryMs;
    this.listing = source.steps === undefined && (state.dirty || request.verify === true || (request.keepLocal ?? []).length > 0 || (verifyEveryMs > 0 && clock.now() - state.listedAtMs >= verifyEveryMs));
    this.context = {
      s3, root, state, tally: this.tally, signal,
      bucket: options.destination.bucket,
      prefix: options.destination.prefix,
      sizeOnly: options.settings.sizeOnly,
      mayOverwrite: mayOverwrite(state, request),
      beforeWrite: () => this.beforeWrite(),
    };
    this.sender = new Sender(this.context);
    this.lanes = new Lanes(options.settings.concurrency, HELD_MAX_BYTES);
    this.batches = new Batches(this.context, this.sender, this.lanes);
  }

  async run(): Promise<SyncReport> {
    const { state, clock } = this.core;
    const halt = this.judgeRoot();
    if (halt !== null) return this.report(halt.halt, halt.approval);
    const atMs = clock.now();
    let listedAll = false;
    try {
      await this.sendAll();
      await this.verifyBatches();
      const stopped = await this.removeAll();
      await this.sendLater();
      // Without what a stop left out, nothing is wrong with what is there.
      listedAll = this.listing && this.request.workspace === null;
      const clean = (listedAll || !this.wasDirty) && this.tally.conflicts.length === 0;
      state.finish(clean, listedAll ? atMs : null);
      return this.report(stopped, stopped === null ? null : approvalOfDeletes(this.removals));
    } catch (error) {
      await this.lanes.idle().catch(() => undefined);
      state.finish(false, null);
      throw this.signal?.aborted === true ? new AppError('cancelled', 'Cancelled.', { cause: error }) : error;
    }
  }

  private judgeRoot(): { readonly halt: SyncHalt; readonly approval: string | null } | null {
    const { options, state, root } = this.core;
    const now = folderIdentity(root);
    const halt = judgeRoot(options.root, now, state.identity);
    if (halt === null) return null;
    const approval = now === null ? null : approvalOfRoot(now);
    if (now === null || approval !== this.request.approve) return { halt, approval };
    state.adopt(now);
    return null;
  }

  private async sendAll(): Promise<void> {
    const { options, s3, state, root } = this.core;
    const { workspace } = this.request;
    const batching = this.listing && !hasSizeOnly(options.settings.sizeOnly);
    const { bucket, prefix, mayOverwrite: may } = this.context;
    const steps = this.source.steps ?? scan({ s3, state, root, workspace, bucket, prefix, settings: options.settings, tally: this.tally, listing: this.listing, mayOverwrite: may, folders: this.source.folders, onKeep: (key) => this.keep(key), signal: this.signal });
    for await (const step of steps) await this.take(step, batching);
    await this.batches.end();
    await this.lanes.idle();
  }

  private keep(key: string): void {
    this.tally.kept(key);
    this.kept += 1;
    // The clock is not asked for each of a million.
    if (this.kept % KEPT_BETWEEN_LOOKS === 0) this.tell('sending');
  }

  private async take(step: SyncStep, batching: boolean): Promise<void> {
    const { tally, lanes, sender } = this;
    this.tell('sending');
    switch (step.kind) {
      case 'keep':
        return this.keep(step.local.key);
      case 'forget':
        return this.core.state.forget(step.key);
      case 'remove':
        this.removals.push(step);
        return;
      case 'conflict':
        tally.conflicts.push({ key: step.key, because: step.because, etag: step.remote?.etag ?? null, localBytes: step.local?.sizeBytes ?? null, remoteBytes: step.remote?.sizeBytes ?? null });
        return;
      default:
        this.signal?.throwIfAborted();
        if (batching && step.kind === 'upload' && step.ifMatch === null && step.local.sizeBytes <= BATCH_FILE_MAX_BYTES && (await this.core.traits(this.signal)).tarBatches) return this.batches.add(step);
        return lanes.start(step.local.sizeBytes, () => sender.send(step));
    }
  }

  /** A tar says nothing of its files: what did not arrive is sent by itself. */
  private async verifyBatches(): Promise<void> {
    if (this.batches.sent === 0) return;
    this.tell('verifying', true);
    const { s3, state } = this.core;
    const { bucket, prefix } = this.context;
    const scope = this.request.workspace === null ? '' : `${this.request.workspace}/`;
    const known = state.entries(scope);
    let one = known.next();
    const lost = new Lanes(this.core.options.settings.concurrency, HELD_MAX_BYTES);
    const compare = async (there: RemoteFile | undefined): Promise<void> => {
      const file = one.value;
      if (file === undefined || there?.etag === file.etag) return;
      await lost.start(file.sizeBytes, () => this.sender.send(there === undefined ? { kind: 'upload', local: file, ifMatch: null } : { kind: 'adopt', local: file, remote: there }));
    };
    for await (const page of s3.list(bucket, prefix + scope, this.signal)) {
      const there = new Map(page.map((object) => [object.key.slice(prefix.length), object]));
      const last = page[page.length - 1]?.key.slice(prefix.length);
      for (; last !== undefined && one.done !== true && compareKeys(one.value.key, last) <= 0; one = known.next()) await compare(there.get(one.value.key));
    }
    for (; one.done !== true; one = known.next()) await compare(undefined);
    await lost.idle();
  }

  private async removeAll(): Promise<SyncHalt | null> {
    const { options, state, root, clock } = this.core;
    if (this.removals.length === 0) return null;
    const now = folderIdentity(root);
    const halt = judgeRoot(options.root, now, state.identity) ?? judgeDeletes(options.root, { deletes: this.removals.length, seen: seenOf(this.request, this.tally.files), known: this.tally.known });
    if (halt !== null && (halt.reason === 'root-missing' || halt.reason === 'root-replaced' || this.request.approve !== approvalOfDeletes(this.removals))) return halt;
    this.tell('removing', true);
    const { trash, concurrency } = options.settings;
    await removeAll(this.removals, this.context, {
      atOnce: concurrency,
      trashPrefix: trash ? trashPrefixOf(options.destination.prefix, clock.now()) : null,
      unsent: this.sender.unsent,
      onPack: () => this.tell('removing', true),
    });
    return null;
  }

  private async sendLater(): Promise<void> {
    const steps = this.sender.later.splice(0);
    for (const step of steps) await this.lanes.start(step.local.sizeBytes, () => this.sender.send(step));
    await this.lanes.idle();
    // Still refused: something that is not ours lies in the way.
    for (const { local } of this.sender.later) this.tally.conflicts.push({ key: local.key, because: 'not-ours', etag: null, localBytes: local.sizeBytes, remoteBytes: null });
  }

  private async beforeWrite(): Promise<void> {
    this.signal?.throwIfAborted();
    this.ready ??= this.core.lease.take(this.signal).then(() => {
      this.core.state.begin();
      return this.wasDirty ? this.sweep() : undefined;
    });
    await this.ready;
    this.core.lease.assertHeld();
  }

  /** Parts of large files that an interrupted run left, a day old so that nobody else's upload is meant. */
  private async sweep(): Promise<void> {
    await this.core.s3.sweepParts(this.context.bucket, this.context.prefix, new Date(this.core.clock.now() - SWEEP_OLDER_MS), this.signal).catch(() => undefined);
  }

  private tell(phase: SyncProgress['phase'], now = false): void {
    const at = this.core.clock.monotonic();
    if (!now && at - this.toldMs < PROGRESS_EVERY_MS) return;
    this.toldMs = at;
    this.onProgress(this.tally.progress(phase));
  }

  private report(halt: SyncHalt | null, approval: string | null): SyncReport {
    const { tally, core, before } = this;
    const { puts, lists, heads, deletes } = core.s3.counters;
    return {
      workspaces: tally.reports(), conflicts: tally.conflicts, skipped: tally.skipped, skippedCount: tally.skippedCount, halt, approval,
      deletesDeferred: tally.deletesDeferred + (halt === null ? 0 : this.removals.length), foreignObjects: this.listing ? tally.foreignObjects : null, listed: this.listing, sizeOnly: hasSizeOnly(core.options.settings.sizeOnly),
      durationMs: Math.round(core.clock.monotonic() - this.beganMs),
      requests: { puts: puts - before.puts, lists: lists - before.lists, heads: heads - before.heads, deletes: deletes - before.deletes },
    };
  }
}

/** Only the whole folder can be emptied: one workspace may go, within the limit. */
export function seenOf({ workspace }: SyncRequest, files: number): number {
  return workspace === null ? files : Number.POSITIVE_INFINITY;
}

/** Interrupted runs of ours left it there, or somebody chose the file here over it. */
export function mayOverwrite(state: SyncState, { keepLocal = [] }: SyncRequest): (key: string, etag: string) => boolean {
  const chosen = new Map(keepLocal.map(({ key, etag }) => [key, etag]));
  return (key, etag) => state.isOurs(key, etag) || chosen.get(key) === etag;
}

import type { Operation, OperationProgress } from '@shared/domain/operations/operation';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import type { Clock } from '@shared/kernel/clock';
import type { Failpoints } from '@main/platform/failpoints';
import type { OperationFolders } from '@main/platform/operation-folders';
import type { Logger, OperationLimits, Store } from '@main/platform/types';
import type { EventStream } from './event-stream';
import type { StructuralGuard } from './structural';
import type { StateKeeper } from './types';

const LOG_FLUSH_MS = 100;
const MAX_LINE_CHARS = 4_000;

/** What running and recovering operations needs from outside. */
export interface OperationDeps {
  readonly store: Store;
  readonly events: EventStream;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  readonly logger: Logger;
  /** Takes secrets out of log lines before they are stored or shown. */
  readonly redact: (text: string) => string;
  /** Whether there is an engine to work with: without it, operations that need one wait in the queue. Default: always. */
  readonly engineReady?: (() => boolean) | undefined;
  /** Which ended operations stay; asked each time. Default: the settings' defaults. */
  readonly limits?: (() => OperationLimits) | undefined;
  /** Temporary folders of operations, to be removed with them. */
  readonly folders?: OperationFolders | undefined;
  /** Plans and backups of operations that change files of a project. */
  readonly structural?: StructuralGuard | undefined;
  /** Asked before operations that change a project. */
  readonly keepState?: StateKeeper | undefined;
}

/** An operation that is queued, runs, or waits for recovery: its current record, and who waits for its end. */
export class LiveOperation {
  readonly abort = new AbortController();
  cancelRequested = false;
  /** Set when the commit is being written: from here on a cancel is too late. */
  committing = false;
  committed = false;
  /** The end could not be written: what the disk says is out of date, this object is not. */
  isUnsaved = false;
  /** Id of the operation that waits for this one; only known to the process that began both. */
  parent: string | null = null;
  /** Changes that may not be on disk yet: written again with the next one. */
  private unwritten: Partial<Operation> = {};
  private readonly waiters = new Set<() => void>();
  private lines: string[] = [];
  private flushTimer: NodeJS.Timeout | null = null;

  constructor(
    public operation: Operation,
    private readonly deps: OperationDeps,
    /** Whether the store has it already. */
    private isStored = false,
  ) {}

  get ended(): boolean {
    return FINAL_STATES.includes(this.operation.state);
  }

  /** Changes the record, tells the doors, and resolves when the change is on disk. Only what changed is written: others may change other fields of the record. */
  async save(change: Partial<Operation>): Promise<void> {
    this.remember(change);
    this.publish();
    if (!this.isStored) {
      await this.deps.store.putOperation(this.operation);
      this.isStored = true;
      this.unwritten = {};
      return;
    }
    const written = this.unwritten;
    const stored = await this.deps.store.patchOperation(this.operation.id, { ...written, progress: this.operation.progress });
    this.unwritten = Object.fromEntries(Object.entries(this.unwritten).filter(([name, value]) => written[name as keyof Operation] !== value));
    this.operation = { ...this.operation, version: stored.version, undoable: this.unwritten.undoable ?? stored.undoable };
  }

  /** Changes the record in memory; the next save writes it. */
  remember(change: Partial<Operation>): void {
    this.unwritten = { ...this.unwritten, ...change };
    this.operation = { ...this.operation, ...change };
  }

  /** Asks what runs to end and to undo what it did. */
  cancel(): void {
    this.cancelRequested = true;
    this.progress({ message: 'Cancelling' });
    this.abort.abort();
  }

  /** Tries again to write an end that could not be written when it came. Resolves with whether it is on disk now. */
  async saveEnd(): Promise<boolean> {
    this.isUnsaved = !(await this.save({}).then(() => true, () => false));
    return !this.isUnsaved;
  }

  /** Shown, not stored at once: progress is worth an event, not a sync to disk. */
  progress(change: Partial<OperationProgress>): void {
    const before = this.operation.progress;
    const services = change.services === undefined ? before.services : { ...before.services, ...change.services };
    const details = change.details === undefined ? before.details : { ...before.details, ...change.details };
    this.operation = { ...this.operation, progress: { ...before, ...change, ...(services === undefined ? {} : { services }), ...(details === undefined ? {} : { details }) } };
    this.publish();
  }

  publish(): void {
    this.deps.events.publish({ type: 'operation.changed', operation: this.operation as never });
  }

  log(text: string, service: string | undefined): void {
    const clean = this.deps.redact(text.replace(/\s+$/, ''));
    if (clean === '') return;
    for (const line of clean.split(/\r?\n/)) {
      const cut = line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}…` : line;
      this.lines.push(service === undefined ? cut : `${service} | ${cut}`);
      this.deps.events.publish({ type: 'operation.logged', operationId: this.operation.id, service: service ?? null, text: cut });
    }
    this.flushTimer ??= setTimeout(() => void this.flushLog(), LOG_FLUSH_MS);
  }

  async flushLog(): Promise<void> {
    if (this.flushTimer !== null) clearTimeout(this.flushTimer);
    this.flushTimer = null;
    const lines = this.lines;
    this.lines = [];
    if (lines.length === 0) return;
    await this.deps.store.appendLog(this.operation.id, lines).catch((error: unknown) => this.deps.logger.warn('A log could not be stored', { operationId: this.operation.id, error }));
  }

  /** Calls back once, when the operation has ended. */
  onEnd(listener: () => void): () => void {
    this.waiters.add(listener);
    return () => this.waiters.delete(listener);
  }

  announceEnd(): void {
    const waiters = [...this.waiters];
    this.waiters.clear();
    for (const waiter of waiters) waiter();
  }
}

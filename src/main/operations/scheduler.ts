import { contract, type OutputOf } from '@shared/contract/contract';
import type { ContractEntry } from '@shared/contract/define';
import type { BerthEvent } from '@shared/contract/events';
import { inputError } from '@shared/contract/input-errors';
import { scheduleTurn } from '@shared/domain/operations/schedule';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { JsonObject } from '@shared/kernel/json';
import { textHash } from '@shared/kernel/text-hash';
import type { TimedWork } from '@shared/kernel/timed-work';
import type { Handlers } from '@main/dispatch/types';
import type { Logger, Store, StoredRecord } from '@main/platform/types';
import type { Operations } from './types';

/** Timers stand still while the machine sleeps: the clock is asked at least so often. */
const LONGEST_WAIT_MS = 15_000;

type Schedule = OutputOf<'schedules.list'>[number];

/** Operations that are run again and again. */
export interface Scheduler {
  /** Runs what is due now, once each, and from then on. */
  start(): Promise<void>;
  /** Starts nothing more. What it put into the queue is the queue's. */
  stop(): void;
  list(): Promise<Schedule[]>;
  set(request: { readonly kind: string; readonly input: JsonObject; readonly everySeconds: number; readonly enabled: boolean }): Promise<Schedule>;
  remove(id: string): Promise<void>;
}

export interface SchedulerDependencies {
  readonly store: Pick<Store, 'listRecords' | 'patchRecord' | 'removeRecord' | 'getRecord'>;
  readonly operations: Pick<Operations, 'enqueue'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timed: TimedWork;
  readonly publish: (event: BerthEvent) => void;
  /** Turns a folder into a project's id: a schedule must mean the same project from wherever it is read. */
  readonly projectIdOf: (reference: string) => Promise<string>;
}

/** Makes the scheduler over what the store keeps. */
export function createScheduler(deps: SchedulerDependencies): Scheduler {
  return new RecordScheduler(deps);
}

/** Binds `schedules.*`. */
export function scheduleHandlers(scheduler: Scheduler): Pick<Handlers, 'schedules.list' | 'schedules.set' | 'schedules.remove'> {
  return {
    'schedules.list': () => scheduler.list(),
    'schedules.set': (input) => scheduler.set({ ...input, input: input.input as JsonObject }),
    'schedules.remove': async (input) => {
      await scheduler.remove(input.id);
      return { done: true };
    },
  };
}

class RecordScheduler implements Scheduler {
  private timer: NodeJS.Timeout | null = null;
  private isStarted = false;
  private turning: Promise<void> = Promise.resolve();
  private newestTurn = 0;

  constructor(private readonly deps: SchedulerDependencies) {}

  async start(): Promise<void> {
    this.isStarted = true;
    await this.turn();
  }

  stop(): void {
    this.isStarted = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  async list(): Promise<Schedule[]> {
    return (await this.deps.store.listRecords('schedule')).map(scheduleOf);
  }

  async set(request: Parameters<Scheduler['set']>[0]): Promise<Schedule> {
    const input = await this.checkedInput(request.kind, request.input);
    const id = `s_${textHash(JSON.stringify([request.kind, sortedKeys(input)]))}`;
    const nextAt = new Date(this.deps.clock.now() + request.everySeconds * 1_000).toISOString();
    const known = await this.deps.store.getRecord('schedule', id);
    const kept = known === null ? { lastAt: null, lastOperationId: null } : {};
    const stored = await this.deps.store.patchRecord('schedule', id, { kind: request.kind, input, everySeconds: request.everySeconds, enabled: request.enabled, nextAt, ...kept });
    await this.tell();
    if (this.isStarted) await this.turn();
    return scheduleOf(stored);
  }

  async remove(id: string): Promise<void> {
    if ((await this.deps.store.getRecord('schedule', id)) === null) throw new AppError('not-found', `There is no schedule "${id}".`, { hint: 'See `berth schedules list`.' });
    await this.deps.store.removeRecord('schedule', id);
    await this.tell();
  }

  /** Whoever shows schedules follows this. */
  private async tell(): Promise<void> {
    this.deps.publish({ type: 'schedules.changed', schedules: await this.list() });
  }

  private async checkedInput(kind: string, input: JsonObject): Promise<JsonObject> {
    const entry: ContractEntry | undefined = Object.hasOwn(contract, kind) ? contract[kind as keyof typeof contract] : undefined;
    if (entry?.kind !== 'operation') throw new AppError('input-invalid', `"${kind.slice(0, 64)}" is not an operation that can be scheduled.`, { hint: 'Operations are, for example, services.restart and drift.heal.' });
    const reference = input['project'];
    const given = typeof reference === 'string' ? { ...input, project: await this.deps.projectIdOf(reference) } : input;
    const parsed = entry.input.strict().safeParse(given);
    if (!parsed.success) throw inputError(parsed.error, entry.input.shape);
    return parsed.data as JsonObject;
  }

  /** One turn after the other: two at once would run a schedule twice. */
  private turn(): Promise<void> {
    this.turning = this.turning.then(async () => {
      // One that was given up meanwhile starts nothing more: two at once would run a schedule twice.
      const turn = (this.newestTurn += 1);
      const waitMs = await this.deps.timed(() => this.runDue(() => this.isStarted && turn === this.newestTurn)).catch((error: unknown) => {
        this.deps.log.error('the schedules could not be read', { error });
        return LONGEST_WAIT_MS;
      });
      if (this.timer !== null) clearTimeout(this.timer);
      // Stopped meanwhile, while the disk was asked.
      if (!this.isStarted) return;
      this.timer = setTimeout(() => void this.turn(), Math.max(waitMs, 0));
      this.timer.unref();
    });
    return this.turning;
  }

  /** Resolves with how long nothing is due. */
  private async runDue(goesOn: () => boolean): Promise<number> {
    if (!goesOn()) return LONGEST_WAIT_MS;
    const nowMs = this.deps.clock.now();
    let waitMs = LONGEST_WAIT_MS;
    let moved = false;
    for (const schedule of await this.list()) {
      if (!schedule.enabled) continue;
      if (!goesOn()) break;
      const { due, nextAtMs } = scheduleTurn({ everyMs: schedule.everySeconds * 1_000, nextAtMs: Date.parse(schedule.nextAt) }, nowMs);
      waitMs = Math.min(waitMs, nextAtMs - nowMs);
      if (!due && nextAtMs === Date.parse(schedule.nextAt)) continue;
      await this.run(schedule, due, nowMs, nextAtMs);
      moved = true;
    }
    if (moved) await this.tell();
    return waitMs;
  }

  private async run(schedule: Schedule, due: boolean, nowMs: number, nextAtMs: number): Promise<void> {
    const nextAt = new Date(nextAtMs).toISOString();
    // The next time is on disk before the operation is: a crash in between leaves one out, it never doubles one.
    await this.deps.store.patchRecord('schedule', schedule.id, due ? { nextAt, lastAt: new Date(nowMs).toISOString() } : { nextAt });
    if (!due) return;
    try {
      const operation = await this.deps.operations.enqueue(schedule.kind, schedule.input as JsonObject, { origin: 'schedule', dedupeKey: `schedule:${schedule.id}` });
      await this.deps.store.patchRecord('schedule', schedule.id, { lastOperationId: operation.id });
    } catch (error) {
      this.deps.log.warn('a schedule could not be run; it is tried at its next time', { schedule: schedule.id, kind: schedule.kind, error });
    }
  }
}

function scheduleOf(record: StoredRecord): Schedule {
  return { ...(record.data as unknown as Omit<Schedule, 'id'>), id: record.id };
}

/** The same request in another order is the same schedule. */
function sortedKeys(input: JsonObject): unknown {
  return Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1));
}

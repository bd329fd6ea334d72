import { setTimeout as pause } from 'node:timers/promises';
import { askHost, askToYield, createLocalApiClient, wasNotTaken } from '@main/api/client';
import type { RecoveredOperation } from '@main/operations/types';
import { statePaths, thisMachine } from '@main/platform/paths';
import type { SequencedEvent } from '@shared/contract/events';
import { AppError, type AppErrorData } from '@shared/kernel/app-error';
import { failed, type Result } from '@shared/kernel/result';
import { holderOf, type Holder } from './host-gate';

const LEASE_WAIT_MS = 10_000;
const LEASE_RETRY_MS = 100;
/** For so long a host is looked for that is still there when it is asked. */
const TURN_WAIT_MS = 60_000;
/** So many hosts may die over a question that does no harm. */
const LOST_TRIES = 5;
/** How often a holder is asked again, beside when it ends: it may have begun to wait for its user. */
const HOLDER_ASK_MS = 1_000;
/** Most holders end sooner than this; nobody needs to be told of those. */
const WAITING_TOLD_MS = 500;

/** A way to the services: the Berth that runs, or this process itself. */
export interface Connection {
  readonly hosted: boolean;
  call(name: string, input: unknown, signal: AbortSignal): Promise<Result<unknown, AppErrorData>>;
  stream(name: string, input: unknown, signal: AbortSignal, push: (item: unknown) => void): Promise<Result<null, AppErrorData>>;
  events(since: number | undefined, signal: AbortSignal, push: (event: SequencedEvent) => void): Promise<void>;
  /** Whether other commands may start operations here; only a host has a say in that. */
  takeOperations(on: boolean): void;
  /** Resolves when another may host: at once, unless this process has just let go of the state for one that stays. */
  left(): Promise<void>;
  /** when-quiet: waits until nobody else needs this process as their host. now: ends or undoes what runs. Then lets go of everything. */
  close(how: 'when-quiet' | 'now'): Promise<void>;
}

export interface ConnectOptions {
  /** Hosting goes on for longer than one command: keep the state of services fresh as events. */
  readonly live: boolean;
  /** Only host: `serve`. */
  readonly mustHost: boolean;
  /** Told of each operation that a crash had left and that was ended when this process began to host. */
  readonly onRecovered: (operation: RecoveredOperation) => void;
  /** What this process is there for, as others are told: `berth modes switch`. */
  readonly command: string;
  /** Others may start operations here: it has none of its own that would have to wait for them. */
  readonly takesOperations: boolean;
  /** It only watches: a process that stays gets the state from it, and it goes on watching there. */
  readonly yields: boolean;
  /** Told once of each command that has to end first. */
  readonly onWaiting: (holder: Holder) => void;
  /** Told what of others keeps this process when its own work is done. Resolves when the user does not want to wait for that. */
  readonly onStaying: (others: { readonly operations: number; readonly commands: number }) => Promise<void>;
}

/**
 * Asks the socket first; hosts when nobody answers. When another process has the state but does not answer (it is
 * just starting or ending), waits for it. Rejects with `state-locked` after ten seconds of the same one, or a minute of one after the other.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const paths = statePaths(thisMachine());
  const lastMs = performance.now() + TURN_WAIT_MS;
  let endsAtMs = performance.now() + LEASE_WAIT_MS;
  let holder: unknown;
  for (;;) {
    const host = await askHost(paths.socket);
    if (host !== null) {
      if (options.mustHost && performance.now() < endsAtMs && (await askToYield(paths.socket))) {
        await pause(LEASE_RETRY_MS);
        continue;
      }
      if (options.mustHost) throw new AppError('state-locked', `Berth already runs (process ${host.pid}).`, { hint: 'Nothing more is needed: commands find it by themselves.', details: { pid: host.pid } });
      const client = createLocalApiClient(paths.socket);
      return { hosted: false, ...client, takeOperations: () => undefined, left: () => Promise.resolve(), close: () => Promise.resolve() };
    }
    try {
      // Loaded only here: a command that finds a running Berth needs none of it.
      const { hostServices } = await import('./host');
      return await hostServices(options);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'state-locked') throw error;
      // Where commands of many terminals take turns, the state changes hands: only one that keeps it is not waited for.
      if (error.details?.['pid'] !== holder) endsAtMs = Math.min(lastMs, performance.now() + LEASE_WAIT_MS);
      holder = error.details?.['pid'];
      if (performance.now() > endsAtMs) throw error;
    }
    await pause(LEASE_RETRY_MS);
  }
}

/** A connection that finds the next host when the one it spoke to ends. */
export class Session {
  private reconnecting: Promise<void> | null = null;

  private constructor(
    private connection: Connection,
    private readonly options: ConnectOptions,
  ) {}

  static async open(options: ConnectOptions): Promise<Session> {
    return new Session(await connect(options), options);
  }

  get hosted(): boolean {
    return this.connection.hosted;
  }

  /** `repeatable`: asking twice does no harm, so that it is asked again when the host died over it. */
  call(name: string, input: unknown, signal: AbortSignal, repeatable: boolean): Promise<Result<unknown, AppErrorData>> {
    return this.overHosts(() => this.connection.call(name, input, signal), signal, repeatable);
  }

  /** An operation, from whichever host takes it. The signal ends the waiting for one; asking is never ended half-way, since whether it was taken must be known. */
  start(name: string, input: unknown, signal: AbortSignal): Promise<Result<unknown, AppErrorData>> {
    const unaborted = new AbortController().signal;
    return this.overHosts(() => this.connection.call(name, input, unaborted), signal, false);
  }

  /** `onAgain`: called before another host is asked to go on, whose first items may be the last ones of the one before. Without it, a stream that has begun ends with its host. */
  stream(name: string, input: unknown, signal: AbortSignal, push: (item: unknown) => void, onAgain?: () => void): Promise<Result<null, AppErrorData>> {
    let hasBegun = false;
    const ask = (): Promise<Result<null, AppErrorData>> => {
      if (hasBegun) onAgain?.();
      hasBegun = true;
      return this.connection.stream(name, input, signal, push);
    };
    return this.overHosts(ask, signal, onAgain !== undefined);
  }

  /** Lets others start operations here while this command waits for its user: they need not wait for a person. */
  async whileAsking<T>(ask: () => Promise<T>): Promise<T> {
    this.connection.takeOperations(true);
    try {
      return await ask();
    } finally {
      this.connection.takeOperations(this.options.takesOperations);
    }
  }

  /** Until the signal is aborted, over as many hosts as it takes. `onAgain`: another host tells from here on, and what happened between was not told. */
  async events(signal: AbortSignal, push: (event: SequencedEvent) => void, onAgain?: () => void): Promise<void> {
    while (!signal.aborted) {
      const { connection } = this;
      await connection.events(undefined, signal, push);
      if (!signal.aborted) await this.reconnect(connection);
      if (!signal.aborted) onAgain?.();
    }
  }

  close(): Promise<void> {
    return this.connection.close('when-quiet');
  }

  /** Asks until a host takes it and answers: the one that was asked may end over it, or be busy with its own command. */
  private async overHosts<T>(ask: () => Promise<Result<T, AppErrorData>>, signal: AbortSignal, repeatable: boolean): Promise<Result<T, AppErrorData>> {
    let endsAtMs = performance.now() + TURN_WAIT_MS;
    for (let lost = 0, late = 0; ; ) {
      const { connection } = this;
      const result = await ask();
      // Only a host that lets go of the state did not take what it was asked by its own command.
      if (result.ok || (connection.hosted && !wasNotTaken(result.error))) return result;
      const holder = holderOf(result.error);
      if (holder !== null) {
        await this.untilItMayTake(holder, signal);
        if (signal.aborted) return failed({ code: 'cancelled', message: 'Nothing was changed.' });
        endsAtMs = performance.now() + TURN_WAIT_MS;
        continue;
      }
      const wasLost = result.error.code === 'interrupted' || (result.error.code === 'cancelled' && !signal.aborted);
      if (wasNotTaken(result.error)) {
        // Among many commands that take turns, it may come too late for one host after the other.
        if (performance.now() > endsAtMs) return result;
        late += 1;
        if (late > 1) await pause(LEASE_RETRY_MS);
      } else {
        if (!repeatable || !wasLost || lost >= LOST_TRIES) return result;
        lost += 1;
      }
      await this.reconnect(connection);
    }
  }

  /** Until the holder has ended, or takes operations after all. It is not asked with the operation itself again and again: should it die over that, nobody could say whether it was taken. */
  private async untilItMayTake(holder: Holder, signal: AbortSignal): Promise<void> {
    const telling = setTimeout(() => this.options.onWaiting(holder), WAITING_TOLD_MS);
    try {
      while (!signal.aborted) {
        // Its stream of events ends with it.
        const { connection } = this;
        const listening = AbortSignal.any([signal, AbortSignal.timeout(HOLDER_ASK_MS)]);
        await Promise.all([connection.events(undefined, listening, () => undefined), pause(LEASE_RETRY_MS)]);
        const host = await askHost(statePaths(thisMachine()).socket);
        if (host?.pid === holder.pid && host.heldBy !== undefined) continue;
        if (host?.pid !== holder.pid && !signal.aborted) await this.reconnect(connection);
        return;
      }
    } finally {
      clearTimeout(telling);
    }
  }

  /** Away from a connection that ended. All that had it go on with the same next one: two at once would both try to host. */
  private reconnect(ended: Connection): Promise<void> {
    if (this.connection !== ended) return Promise.resolve();
    this.reconnecting ??= this.connectAgain().finally(() => (this.reconnecting = null));
    return this.reconnecting;
  }

  private async connectAgain(): Promise<void> {
    await this.connection.left();
    this.connection = await connect(this.options);
  }
}

import { askHost, createLocalApiClient, wasNotTaken } from '@main/api/client';
import type { RecoveredOperation } from '@main/operations/types';
import { statePaths, thisMachine } from '@main/platform/paths';
import type { SequencedEvent } from '@shared/contract/events';
import { AppError, type AppErrorData } from '@shared/kernel/app-error';
import type { Result } from '@shared/kernel/result';

const LEASE_WAIT_MS = 10_000;
const LEASE_RETRY_MS = 100;

/** A way to the services: the Berth that runs, or this process itself. */
export interface Connection {
  readonly hosted: boolean;
  call(name: string, input: unknown, signal: AbortSignal): Promise<Result<unknown, AppErrorData>>;
  stream(name: string, input: unknown, signal: AbortSignal, push: (item: unknown) => void): Promise<Result<null, AppErrorData>>;
  events(since: number | undefined, signal: AbortSignal, push: (event: SequencedEvent) => void): Promise<void>;
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
}

/**
 * Asks the socket first; hosts when nobody answers. When another process has the state but does not answer (it is
 * just starting or ending), waits for it. Rejects with `state-locked` after ten seconds.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const paths = statePaths(thisMachine());
  const endsAtMs = performance.now() + LEASE_WAIT_MS;
  for (;;) {
    const host = await askHost(paths.socket);
    if (host !== null) {
      if (options.mustHost) throw new AppError('state-locked', `Berth already runs (process ${host.pid}).`, { hint: 'Nothing more is needed: commands find it by themselves.', details: { pid: host.pid } });
      const client = createLocalApiClient(paths.socket);
      return { hosted: false, ...client, close: () => Promise.resolve() };
    }
    try {
      // Loaded only here: a command that finds a running Berth needs none of it.
      const { hostServices } = await import('./host');
      return await hostServices(options);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'state-locked' || performance.now() > endsAtMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LEASE_RETRY_MS));
  }
}

/** A connection that finds the next host when the one it spoke to ends. */
export class Session {
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
  async call(name: string, input: unknown, signal: AbortSignal, repeatable: boolean): Promise<Result<unknown, AppErrorData>> {
    for (let tries = 0; ; tries += 1) {
      const result = await this.connection.call(name, input, signal);
      if (result.ok || this.connection.hosted || result.error.code !== 'interrupted' || tries >= 5) return result;
      if (!repeatable && !wasNotTaken(result.error)) return result;
      await this.reconnect();
    }
  }

  async stream(name: string, input: unknown, signal: AbortSignal, push: (item: unknown) => void): Promise<Result<null, AppErrorData>> {
    for (let tries = 0; ; tries += 1) {
      const result = await this.connection.stream(name, input, signal, push);
      if (result.ok || this.connection.hosted || !wasNotTaken(result.error) || tries >= 5) return result;
      await this.reconnect();
    }
  }

  /** Until the signal is aborted, over as many hosts as it takes. */
  async events(signal: AbortSignal, push: (event: SequencedEvent) => void): Promise<void> {
    while (!signal.aborted) {
      const { connection } = this;
      await connection.events(undefined, signal, push);
      if (!signal.aborted && connection === this.connection) await this.reconnect();
    }
  }

  close(): Promise<void> {
    return this.connection.close('when-quiet');
  }

  private async reconnect(): Promise<void> {
    const before = this.connection;
    const next = await connect(this.options);
    if (this.connection === before) this.connection = next;
    else await next.close('when-quiet');
  }
}

import { fieldOf, listOf, numberOf, textOf, textsOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import { Emitter } from '@shared/kernel/emitter';
import { findEngine, type FindEngineOptions } from './find-engine';
import type { Transport } from './transport';
import type { EngineEndpoint, EngineInfo, EngineState } from './types';

/** How often a connected engine is asked whether it still answers, and how it is looked for when it does not. */
export interface ConnectionTiming {
  readonly heartbeatMs: number;
  readonly heartbeatDeadlineMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** For so long after a loss only the same engine is looked for: an operation in flight must not carry on with another one. */
  readonly sameEngineMs: number;
}

export const CONNECTION_TIMING: ConnectionTiming = { heartbeatMs: 2500, heartbeatDeadlineMs: 2000, firstRetryMs: 250, lastRetryMs: 5000, sameEngineMs: 90_000 };

const START_HINT = 'Start Docker; Berth connects by itself as soon as it runs.';

/**
 * Which engine there is and whether it answers. After a loss it looks again by itself, 0.25 to 5 s apart; calls are
 * still sent meanwhile (a busy engine that misses one heartbeat must not fail a switch), they fail by their own deadline.
 */
export class Connection {
  private current: EngineState = { state: 'connecting' };
  private transport: Transport | null = null;
  private readonly states = new Emitter<EngineState>();
  private connecting: Promise<EngineState> | null = null;
  private changing: Promise<EngineState> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private retryMs: number;
  private lost: { readonly endpoint: EngineEndpoint; readonly at: number } | null = null;
  /** Why the last search found none. */
  private away = { message: 'No Docker engine was found.', hint: START_HINT };
  private checking = false;
  private closed = false;
  /** Builder-Version of the last ping: '1' classic, '2' BuildKit, '' when the engine does not say. */
  builderVersion = '';

  constructor(
    private readonly options: FindEngineOptions,
    private readonly timing: ConnectionTiming = CONNECTION_TIMING,
  ) {
    this.retryMs = timing.firstRetryMs;
  }

  state(): EngineState {
    return this.current;
  }

  onStateChanged(listener: (state: EngineState) => void): Disposable {
    return this.states.on(listener);
  }

  connect(): Promise<EngineState> {
    if (this.connecting !== null) return this.connecting;
    if (this.closed) return Promise.resolve(this.current);
    clearTimeout(this.timer);
    this.connecting = this.search().finally(() => {
      this.connecting = null;
      this.schedule();
    });
    return this.connecting;
  }

  /** Another engine was chosen: lets go of the one there is, with all that waits on it, and looks anew. */
  change(): Promise<EngineState> {
    this.changing ??= this.letGo().finally(() => (this.changing = null));
    return this.changing;
  }

  private async letGo(): Promise<EngineState> {
    await this.connecting;
    if (this.closed) return this.current;
    const before = this.transport;
    this.transport = null;
    this.lost = null;
    this.retryMs = this.timing.firstRetryMs;
    this.set({ state: 'connecting' });
    before?.close();
    return this.connect();
  }

  /** The transport to use now. Looks for an engine first when none was found yet. */
  async ready(): Promise<Transport> {
    if (this.transport === null) await this.connect();
    if (this.transport !== null) return this.transport;
    throw this.unreachable();
  }

  async info(): Promise<EngineInfo> {
    if (this.current.state !== 'connected') await this.connect();
    if (this.current.state === 'connected') return this.current.info;
    throw this.unreachable();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.transport?.close();
  }

  private unreachable(): AppError {
    const state = this.current;
    return new AppError('engine-unreachable', this.away.message, { hint: this.away.hint, ...(state.state === 'unreachable' ? { details: { tried: state.tried } } : {}) });
  }

  private set(state: EngineState): void {
    const before = this.current;
    this.current = state;
    if (before.state === 'unreachable' && state.state === 'unreachable' && before.message === state.message) return;
    if (before.state === 'connected' && state.state === 'connected' && before.info === state.info) return;
    this.states.emit(state);
  }

  private async search(): Promise<EngineState> {
    if (this.transport !== null && this.current.state === 'connected' && (await this.answers(this.transport))) return this.current;
    if (this.transport !== null && this.lost === null) this.lost = { endpoint: this.transport.endpoint, at: Date.now() };
    const only = this.lost !== null && Date.now() - this.lost.at < this.timing.sameEngineMs ? this.lost.endpoint : undefined;
    const found = await findEngine(this.options, only);
    if (this.closed) {
      found.transport?.close();
      return this.current;
    }
    if (found.transport === null) {
      this.away = { message: found.message, hint: found.hint ?? START_HINT };
      this.set({ state: 'unreachable', message: found.hint === undefined ? found.message : `${found.message} ${found.hint}`, tried: found.tried });
      return this.current;
    }
    try {
      const info = await this.describe(found.transport);
      this.adopt(found.transport);
      this.retryMs = this.timing.firstRetryMs;
      this.lost = null;
      this.set({ state: 'connected', info });
    } catch (error) {
      found.transport.close();
      this.set({ state: 'unreachable', message: error instanceof Error ? error.message : String(error), tried: found.tried });
    }
    return this.current;
  }

  private adopt(transport: Transport): void {
    // The old one is not closed: what still waits on it ends by its own deadline or by the engine's going away.
    this.transport = transport;
    transport.onTrouble = () => void this.verify();
  }

  private async describe(transport: Transport): Promise<EngineInfo> {
    const headers = await transport.ping(this.timing.heartbeatDeadlineMs);
    this.builderVersion = String(headers['builder-version'] ?? '');
    const version = (await transport.call({ method: 'GET', path: '/version', doing: 'tell its version' })).body;
    transport.pin(textOf(fieldOf(version, 'ApiVersion')) || '1.41');
    const info = (await transport.call({ method: 'GET', path: '/info', doing: 'describe itself' })).body;
    return {
      endpoint: transport.endpoint,
      version: textOf(fieldOf(version, 'Version')),
      apiVersion: transport.apiVersion,
      os: textOf(fieldOf(version, 'Os')) || textOf(fieldOf(info, 'OSType')),
      arch: textOf(fieldOf(version, 'Arch')),
      rootless: textsOf(fieldOf(info, 'SecurityOptions')).some((option) => option.includes('rootless')),
      name: textOf(fieldOf(info, 'Name')),
      cpus: numberOf(fieldOf(info, 'NCPU')) || undefined,
      memoryBytes: numberOf(fieldOf(info, 'MemTotal')) || undefined,
      addressPools: addressPoolsOf(info),
    };
  }

  private async answers(transport: Transport): Promise<boolean> {
    try {
      await transport.ping(this.timing.heartbeatDeadlineMs);
      return true;
    } catch {
      return false;
    }
  }

  /** One look whether a connected engine is still there; asked for as well when its event stream ends, so that a quick restart is not missed between two heartbeats. */
  async verify(): Promise<void> {
    const transport = this.transport;
    if (this.checking || this.closed || transport === null || this.current.state !== 'connected') return;
    this.checking = true;
    try {
      if (await this.answers(transport)) return;
      if (this.closed) return;
      this.lost = { endpoint: transport.endpoint, at: Date.now() };
      this.retryMs = this.timing.firstRetryMs;
      this.set({ state: 'unreachable', message: 'Docker stopped answering. Berth connects again as soon as it runs.', tried: [`${transport.endpoint.origin} (${transport.endpoint.uri}): does not answer`] });
    } finally {
      this.checking = false;
      this.schedule();
    }
  }

  private schedule(): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    const connected = this.current.state === 'connected';
    const waitMs = connected ? this.timing.heartbeatMs : this.retryMs;
    if (!connected) this.retryMs = Math.min(this.retryMs * 2, this.timing.lastRetryMs);
    this.timer = setTimeout(() => void (connected ? this.verify() : this.connect()), waitMs);
    // A waiting process (the CLI) ends when its work is done.
    this.timer.unref();
  }
}

/** Only an engine that was told says so. */
function addressPoolsOf(info: unknown): readonly string[] | undefined {
  const pools = listOf(fieldOf(info, 'DefaultAddressPools')).flatMap((pool) => textOf(fieldOf(pool, 'Base')) || []);
  return pools.length === 0 ? undefined : pools;
}

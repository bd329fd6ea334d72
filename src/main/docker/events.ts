import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { fieldOf, numberOf, textMapOf, textOf } from '@shared/domain/engine/read-json';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';
import type { Door } from './door';
import type { EngineEvent } from './types';

const MAX_WAITING_EVENTS = 10_000;
const EVENTS_AT_ONCE = 200;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;
const HEAD_DEADLINE_MS = 10_000;
const MAX_LINE_CHARS = 1024 * 1024;
/** Noise: health checks run as execs, several a second. */
const IGNORED_ACTIONS = /^(?:exec_|top$|attach$|detach$|resize$|archive-path$|extract-to-dir$|export$|copy$)/;

const GAP: Omit<EngineEvent, 'timeNano'> = { type: 'gap', action: 'gap', id: '', attributes: {} };

/** One event of `GET /events`; null for noise and for what is no event. */
export function readEvent(line: string): EngineEvent | null {
  let body: unknown;
  try {
    body = JSON.parse(line);
  } catch {
    return null;
  }
  const type = textOf(fieldOf(body, 'Type'));
  const action = textOf(fieldOf(body, 'Action'));
  if ((type !== 'container' && type !== 'network' && type !== 'volume' && type !== 'image') || action === '' || IGNORED_ACTIONS.test(action)) return null;
  return {
    type,
    action,
    id: textOf(fieldOf(body, 'Actor', 'ID')) || textOf(fieldOf(body, 'id')),
    attributes: textMapOf(fieldOf(body, 'Actor', 'Attributes')),
    timeNano: numberOf(fieldOf(body, 'timeNano')),
  };
}

/**
 * The event stream. The engine drops events of a reader that does not drain, and slows down meanwhile, so lines are
 * taken off the socket at once and listeners are called later, in portions. What may be missing (a reconnect, a full
 * queue) is announced as a `gap`: listeners then look at everything again.
 */
export class EventStream {
  private readonly listeners = new Set<(event: EngineEvent) => void>();
  private waiting: EngineEvent[] = [];
  private delivering = false;
  private current: Readable | null = null;
  private live = false;
  private running = false;
  private closed = false;
  private lastTimeNano = 0;
  /** The stream ended by itself and yet the engine answers: it may be another process by now. */
  private brokeOff = false;
  /** Events of the last moment, by which a replay after a reconnect is told from news. */
  private readonly seen = new Set<string>();
  private wake: (() => void) | undefined;
  private readonly stateWatch: Disposable;

  constructor(
    private readonly door: Door,
    /** Told of each event of the engine, gaps too. False for one that only says what listeners know. */
    private readonly isNews: (event: EngineEvent) => boolean = () => true,
  ) {
    this.stateWatch = door.connection.onStateChanged((state) => {
      // An engine that is gone or frozen says nothing on the stream; the heartbeat found out.
      if (state.state === 'unreachable') this.current?.destroy();
      if (state.state === 'connected') this.wake?.();
    });
  }

  on(listener: (event: EngineEvent) => void): Disposable {
    this.listeners.add(listener);
    if (!this.running) void this.run();
    else if (this.live) queueMicrotask(() => this.listeners.has(listener) && this.call(listener, { ...GAP, timeNano: this.lastTimeNano }));
    return toDisposable(() => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.current?.destroy();
      // From here on events are missed.
      this.isNews({ ...GAP, timeNano: this.lastTimeNano });
    });
  }

  /** Whether what happens now is heard. */
  isHeard(): boolean {
    return this.live && this.listeners.size > 0;
  }

  /** Tells listeners of something that was not heard on the stream. */
  announce(event: EngineEvent): void {
    this.enqueue(event);
  }

  close(): void {
    this.closed = true;
    this.stateWatch.dispose();
    this.current?.destroy();
    this.wake?.();
  }

  private async run(): Promise<void> {
    this.running = true;
    let retryMs = FIRST_RETRY_MS;
    while (!this.closed && this.listeners.size > 0) {
      try {
        const stream = await this.connect();
        retryMs = FIRST_RETRY_MS;
        await this.drain(stream);
        // A stream that ends by itself mostly means that the engine goes: being told of it now is what tells its restart from crashes.
        if (!this.closed && this.listeners.size > 0 && this.door.connection.state().state === 'connected') {
          await this.door.connection.verify();
          this.brokeOff = this.door.connection.state().state === 'connected';
        }
      } catch {
        // Not reachable: the state says so, and below is the wait.
      }
      this.live = false;
      if (this.closed || this.listeners.size === 0) break;
      await this.pause(retryMs);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
    this.running = false;
    this.lastTimeNano = 0;
    this.seen.clear();
  }

  private async connect(): Promise<Readable> {
    const since = this.lastTimeNano === 0 ? undefined : sinceText(this.lastTimeNano);
    const stream = await this.door.open({
      method: 'GET',
      path: '/events',
      query: { filters: JSON.stringify({ type: ['container', 'network', 'volume', 'image'] }), since },
      doing: 'send its events',
      deadlineMs: HEAD_DEADLINE_MS,
    });
    this.current = stream;
    this.live = true;
    const socket = (stream as Readable & { socket?: { setKeepAlive?(on: boolean, delayMs: number): void; unref?(): void } }).socket;
    socket?.setKeepAlive?.(true, 15_000);
    this.push({ ...GAP, ...(this.brokeOff ? { action: 'break' } : {}), timeNano: this.lastTimeNano });
    this.brokeOff = false;
    return stream;
  }

  private drain(stream: Readable): Promise<void> {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    return new Promise((resolve) => {
      const end = () => {
        this.current = null;
        stream.destroy();
        resolve();
      };
      stream.on('data', (chunk: Buffer) => {
        rest += decoder.write(chunk);
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > MAX_LINE_CHARS) end();
        for (const line of lines) this.take(line);
      });
      stream.on('error', end);
      stream.on('end', end);
      stream.on('close', end);
    });
  }

  private take(line: string): void {
    const event = readEvent(line);
    if (event === null) return;
    const key = `${event.timeNano} ${event.id} ${event.action}`;
    if (event.timeNano <= this.lastTimeNano && this.seen.has(key)) return;
    if (event.timeNano > this.lastTimeNano) this.lastTimeNano = event.timeNano;
    this.seen.add(key);
    if (this.seen.size > 1000) for (const old of [...this.seen].slice(0, 500)) this.seen.delete(old);
    this.push(event);
  }

  private push(event: EngineEvent): void {
    if (this.isNews(event)) this.enqueue(event);
  }

  private enqueue(event: EngineEvent): void {
    if (this.waiting.length >= MAX_WAITING_EVENTS) this.waiting = [{ ...GAP, timeNano: event.timeNano }];
    this.waiting.push(event);
    if (this.delivering) return;
    this.delivering = true;
    setImmediate(() => this.deliver());
  }

  private deliver(): void {
    for (const event of this.waiting.splice(0, EVENTS_AT_ONCE)) for (const listener of [...this.listeners]) this.call(listener, event);
    this.delivering = this.waiting.length > 0;
    if (this.delivering) setImmediate(() => this.deliver());
  }

  private call(listener: (event: EngineEvent) => void, event: EngineEvent): void {
    try {
      listener(event);
    } catch {
      // A listener's fault must not cost the others their events.
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      timer.unref();
      this.wake = done;
    });
  }
}

/** Seconds with nanoseconds. A JSON number keeps nanoseconds only to about 256 ns, so the last microsecond is asked for again. */
function sinceText(timeNano: number): string {
  const micros = BigInt(Math.floor(timeNano / 1000)) - 1n;
  return `${micros / 1_000_000n}.${String(micros % 1_000_000n).padStart(6, '0')}000`;
}

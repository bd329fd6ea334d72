import { request, type IncomingHttpHeaders } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { startLocalApi, type LocalApi, type LocalApiOptions } from '@main/api/server';
import { dispatcherOver } from '@main/dispatch/dispatcher';
import type { Dispatcher } from '@main/dispatch/types';
import { createEventStream, type EventStream } from '@main/operations/event-stream';
import { silentLogger } from '@main/platform/logger';
import { systemClock } from '@main/platform/system-clock';
import { createMetrics } from '@main/runtime/metrics';
import type { Metrics } from '@main/runtime/types';
import type { AlertCause, Alerts } from '@main/alerts/types';
import { entry } from '@shared/contract/define';
import { SETTINGS, type SettingKey, type SettingValue } from '@shared/domain/settings/settings';
import { AppError } from '@shared/kernel/app-error';
import type { ErrorCode } from '@shared/kernel/error-codes';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';

export const toyTable = {
  'toy.echo': entry({ kind: 'query', summary: 'Echo.', input: z.object({ text: z.string(), times: z.number().optional() }), output: z.string() }),
  'toy.wait': entry({ kind: 'query', summary: 'Wait.', input: z.object({}), output: z.string() }),
  'toy.fail': entry({ kind: 'query', summary: 'Fail.', input: z.object({ code: z.string() }), output: z.string() }),
  'toy.count': entry({ kind: 'stream', summary: 'Count.', input: z.object({ fail: z.boolean().default(false) }), output: z.number() }),
  'runtime.ask': entry({ kind: 'query', summary: 'Ask.', input: z.object({}), output: z.string() }),
};

/** Settings in memory. */
export class ToySettings {
  private readonly values = new Map<string, number | boolean>();
  private readonly listeners = new Set<(key: SettingKey) => void>();

  get<K extends SettingKey>(key: K): SettingValue<K> {
    return (this.values.get(key) ?? SETTINGS[key].default) as SettingValue<K>;
  }

  put(key: SettingKey, value: number | boolean): void {
    this.values.set(key, value);
    for (const listener of this.listeners) listener(key);
  }

  onChanged(listener: (key: SettingKey) => void): Disposable {
    this.listeners.add(listener);
    return toDisposable(() => this.listeners.delete(listener));
  }
}

/** Alerts that only remember what was said. */
export class ToyAlerts implements Pick<Alerts, 'raise' | 'clear'> {
  readonly standing = new Map<string, AlertCause>();

  raise(cause: AlertCause): ReturnType<Alerts['raise']> {
    this.standing.set(`${cause.code} ${cause.object}`, cause);
    const { object: _, ...rest } = cause;
    return Promise.resolve({ ...rest, id: 'a', raisedAt: '', count: 1, clearedAt: null, dismissed: false });
  }

  clear(cause: Pick<AlertCause, 'code' | 'object'>): Promise<void> {
    this.standing.delete(`${cause.code} ${cause.object}`);
    return Promise.resolve();
  }
}

export interface ApiKit {
  readonly home: string;
  readonly socketPath: string;
  readonly api: LocalApi;
  readonly events: EventStream;
  readonly settings: ToySettings;
  readonly alerts: ToyAlerts;
  readonly metrics: Metrics;
  readonly release: () => void;
  readonly wasAborted: Promise<void>;
  /** The port on 127.0.0.1, and its token; the setting is switched on for it. */
  readonly openTcp: (port?: number) => Promise<{ readonly port: number; readonly token: string }>;
  readonly close: () => Promise<void>;
}

export async function startKit(more: { readonly limits?: LocalApiOptions['limits']; readonly ringSize?: number; readonly dispatcher?: Dispatcher; readonly table?: LocalApiOptions['table'] } = {}): Promise<ApiKit> {
  const home = await mkdtemp(join(tmpdir(), 'berth-api-'));
  const socketPath = join(home, 's.sock');
  const events = createEventStream(systemClock, { coalesceMs: 1, ...(more.ringSize === undefined ? {} : { ringSize: more.ringSize }) });
  const settings = new ToySettings();
  const alerts = new ToyAlerts();
  const metrics = createMetrics({ settings, alerts: () => alerts, logger: silentLogger, monotonicMs: () => performance.now() });
  const toy = toyDispatcher();
  const api = await startLocalApi({ dispatcher: more.dispatcher ?? toy.dispatcher, table: more.dispatcher === undefined ? toyTable : more.table, events, socketPath, home, settings, alerts, metrics, version: '1.2.3', logger: silentLogger, limits: more.limits, components: () => [{ name: 'operation-worker', state: 'running', counters: { queued: 2 } }] });
  return {
    home,
    socketPath,
    api,
    events,
    settings,
    alerts,
    metrics,
    release: toy.release,
    wasAborted: toy.wasAborted,
    async openTcp(port) {
      settings.put('api.port', port ?? (await freePort()));
      settings.put('api.tcp', true);
      await api.tcpSettled();
      return { port: Number(new URL(api.tcp().url ?? '').port), token: (await readFile(join(home, 'api-token'), 'utf8')).trim() };
    },
    async close() {
      toy.release();
      await api.close(100);
      events.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function toyDispatcher(): { readonly dispatcher: Dispatcher; readonly release: () => void; readonly wasAborted: Promise<void> } {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let aborted: () => void = () => undefined;
  const wasAborted = new Promise<void>((resolve) => (aborted = resolve));
  const dispatcher = dispatcherOver(toyTable, {
    handlers: {
      'toy.echo': (input) => Promise.resolve((input as { text: string }).text),
      'toy.wait': async (_input, call) => {
        call.signal.addEventListener('abort', aborted);
        await gate;
        return 'waited';
      },
      'toy.fail': (input) => Promise.reject(new AppError((input as { code: ErrorCode }).code, 'It failed.')),
      'toy.count': (input, _call, push) => {
        if ((input as { fail: boolean }).fail) return Promise.reject(new AppError('service-not-found', 'There is no such service.'));
        [1, 2, 3].forEach((n) => push(n));
        return Promise.resolve();
      },
      'runtime.ask': () => Promise.resolve('here'),
    },
    operations: { enqueue: () => Promise.reject(new Error('none')) },
    logger: silentLogger,
    onBug: () => undefined,
    checkOutput: true,
  });
  return { dispatcher, release, wasAborted };
}

/** A port that was free a moment ago, with the next one after it, too. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? done(address.port) : fail(new Error('no port'))));
    });
  });
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request, as it is given. */
export function ask(where: { readonly socketPath: string } | { readonly port: number }, method: string, path: string, more: { readonly body?: string | Buffer; readonly headers?: { readonly [name: string]: string } } = {}): Promise<RawAnswer> {
  return new Promise((done, fail) => {
    const sent = request({ ...('port' in where ? { host: '127.0.0.1', port: where.port } : where), method, path, headers: more.headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', fail);
    });
    sent.on('error', fail);
    sent.end(more.body);
  });
}

/** Bytes over a connection, and everything that comes back until it is closed. */
export function talk(port: number, text: string): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }, () => socket.write(text));
    let heard = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (heard += chunk));
    socket.on('end', () => socket.end());
    socket.on('close', () => done(heard));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? done(heard) : fail(error)));
  });
}

export const JSON_TYPE = { 'content-type': 'application/json' };

export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

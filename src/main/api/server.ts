import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ContractEntry } from '@shared/contract/define';
import { contract as berthContract } from '@shared/contract/contract';
import { AppError, errorData, type AppErrorData } from '@shared/kernel/app-error';
import { failed } from '@shared/kernel/result';
import type { Dispatcher } from '@main/dispatch/types';
import type { EventStream } from '@main/operations/event-stream';
import type { Logger } from '@main/platform/types';
import { HEADERS_TIMEOUT_MS, MAX_BODY_BYTES, MAX_CONNECTIONS, MAX_STREAM_BACKLOG_BYTES, REQUEST_TIMEOUT_MS } from './limits';

export interface LocalApiOptions {
  readonly dispatcher: Dispatcher;
  readonly events: EventStream;
  /** Unix socket in a folder only the user can open, or a named pipe. Never TCP: any web page could speak to that. */
  readonly socketPath: string;
  readonly version: string;
  readonly logger: Logger;
  /** Defaults to Berth's contract. */
  readonly table?: { readonly [name: string]: ContractEntry };
}

export interface LocalApi {
  /** Calls and streams under way; listeners to events do not count, they hold nothing up. */
  activeRequests(): number;
  /** Resolves when no call is under way. */
  whenQuiet(): Promise<void>;
  /** Takes no more, ends event listeners, lets calls end within graceMs, removes the socket. */
  close(graceMs: number): Promise<void>;
}

/** Serves the contract on the socket. Only the holder of the lease calls it, so a socket file that is there is a leftover. */
export async function startLocalApi(options: LocalApiOptions): Promise<LocalApi> {
  const table: { readonly [name: string]: ContractEntry } = options.table ?? berthContract;
  const active = new Set<AbortController>();
  const listeners = new Set<ServerResponse>();
  let quietWaiters: (() => void)[] = [];
  let closing = false;

  const server = createServer({ keepAlive: false, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 2_000, maxHeaderSize: 8 * 1024 }, (request, response) => {
    response.on('error', () => undefined);
    void answer(request, response).catch((error: unknown) => {
      options.logger.warn('A local request failed', { error });
      respond(response, 500, failed(errorData(error)));
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (_error, socket) => socket.destroy());

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // No program of ours sends an Origin; whoever does is a browser that found a way to the socket.
    if (request.headers.origin !== undefined) return respond(response, 403, failed(new AppError('policy-refused', 'Browsers may not use the local API.').toData()));
    const url = new URL(request.url ?? '/', 'http://berth');
    if (request.method === 'GET' && url.pathname === '/v1/health') return respond(response, 200, { ok: true, value: { pid: process.pid, version: options.version } });
    if (request.method === 'GET' && url.pathname === '/v1/openapi.json') {
      const { openApiDocument } = await import('./openapi');
      return respond(response, 200, openApiDocument(options.version, table));
    }
    if (request.method === 'GET' && url.pathname === '/v1/events') return listen(Number(url.searchParams.get('since') ?? NaN), request, response);
    const name = /^\/v1\/([a-z][A-Za-z0-9]*\.[a-z][A-Za-z0-9-]*)$/.exec(url.pathname)?.[1];
    if (request.method !== 'POST' || name === undefined) return respond(response, 404, failed(new AppError('not-found', `There is no ${request.method ?? ''} ${url.pathname.slice(0, 80)}.`).toData()));
    if (closing) return respond(response, 503, failed(new AppError('busy', 'Berth is being closed.', { details: { notTaken: true } }).toData()));
    await perform(name, request, response);
  }

  async function perform(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const abort = new AbortController();
    active.add(abort);
    // A caller that has gone away waits for nothing: queries and streams end, operations go on.
    response.on('close', () => abort.abort());
    try {
      const input = await readJson(request);
      const call = { door: request.headers['berth-door'] === 'cli' ? ('cli' as const) : ('api' as const), signal: abort.signal };
      if (table[name]?.kind !== 'stream') return respond(response, 200, await options.dispatcher.call(name, input, call));
      response.writeHead(200, { 'content-type': 'application/x-ndjson', connection: 'close' });
      response.flushHeaders();
      const result = await options.dispatcher.stream(name, input, call, (item) => writeLine(response, { item }, () => abort.abort()));
      response.end(`${JSON.stringify(result)}\n`);
    } catch (error) {
      respond(response, 400, failed(errorData(error)));
    } finally {
      active.delete(abort);
      if (active.size === 0) {
        const waiters = quietWaiters;
        quietWaiters = [];
        for (const waiter of waiters) waiter();
      }
    }
  }

  function listen(since: number, request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/x-ndjson', connection: 'close' });
    // It was on its way when the closing began: its listener looks for the next host.
    if (closing) return void response.end();
    response.flushHeaders();
    listeners.add(response);
    if (Number.isInteger(since) && since >= 0) for (const event of options.events.since(since).events) writeLine(response, event, () => response.destroy());
    const subscription = options.events.subscribe((events) => {
      for (const event of events) writeLine(response, event, () => response.destroy());
    });
    request.socket.on('close', () => {
      subscription.dispose();
      listeners.delete(response);
    });
  }

  if (process.platform !== 'win32') await rm(options.socketPath, { force: true });
  await listenOn(server, options.socketPath);
  if (process.platform !== 'win32') await chmod(options.socketPath, 0o600);

  const whenQuiet = async (): Promise<void> => {
    while (active.size > 0) await new Promise<void>((resolve) => quietWaiters.push(resolve));
  };
  return {
    activeRequests: () => active.size,
    whenQuiet,
    async close(graceMs) {
      closing = true;
      for (const response of listeners) response.end();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([whenQuiet(), new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)))]);
      clearTimeout(timer);
      for (const abort of active) abort.abort();
      server.closeIdleConnections();
      const destroy = setTimeout(() => server.closeAllConnections(), 200);
      await closed;
      clearTimeout(destroy);
      if (process.platform !== 'win32') await rm(options.socketPath, { force: true });
    },
  };
}

async function listenOn(server: Server, socketPath: string): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  // Binding happens within listen(), so the socket is never wider open than 0600, and nothing else is made under this mask.
  const before = process.platform === 'win32' ? undefined : process.umask(0o177);
  try {
    server.listen(socketPath);
  } finally {
    if (before !== undefined) process.umask(before);
  }
  try {
    await listening;
  } catch (error) {
    throw new AppError('setup-failed', `Berth cannot listen on its socket: ${error instanceof Error ? error.message : String(error)}.`, { where: { file: socketPath }, cause: error });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new AppError('input-invalid', 'The request is larger than 256 KiB.');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new AppError('input-invalid', 'The request is not JSON.');
  }
}

function respond(response: ServerResponse, status: number, body: object | { ok: false; error: AppErrorData }): void {
  if (response.headersSent || response.destroyed) {
    response.end();
    return;
  }
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), connection: 'close' });
  response.end(text);
}

function writeLine(response: ServerResponse, value: unknown, tooSlow: () => void): void {
  if (response.writableEnded || response.destroyed) return;
  response.write(`${JSON.stringify(value)}\n`);
  if (response.writableLength > MAX_STREAM_BACKLOG_BYTES) tooSlow();
}

import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ContractEntry } from '@shared/contract/define';
import { contract as berthContract } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import type { Alerts } from '@main/alerts/types';
import type { Dispatcher } from '@main/dispatch/types';
import type { EventStream } from '@main/operations/event-stream';
import type { Logger } from '@main/platform/types';
import type { AttachedApi, Metrics, RuntimeComponent } from '@main/runtime/types';
import type { Settings } from '@main/settings/types';
import { createActiveCalls } from './active-calls';
import { endWith, refusal, type Answer } from './answers';
import { createApiComponent } from './api-component';
import { bind } from './bind';
import { createCallRoute } from './call-route';
import { createEventFeed } from './event-feed';
import { createGitopsRoutes } from './gitops-routes';
import type { Door } from './guard';
import { API_LIMITS, type ApiLimits } from './limits';
import { metricsPage, type ComponentFacts } from './metrics-page';
import { createRouter, type Router } from './router';
import { removeRuntimeFile, writeRuntimeFile } from './runtime-file';
import { createTcpDoor, type TcpDoor } from './tcp-door';
import { createApiToken } from './token';

export interface LocalApiOptions {
  readonly dispatcher: Dispatcher;
  readonly events: EventStream;
  /** Unix socket in a folder only the user can open, or a named pipe. */
  readonly socketPath: string;
  readonly version: string;
  readonly logger: Logger;
  /** Defaults to Berth's contract. */
  readonly table?: { readonly [name: string]: ContractEntry } | undefined;
  /** The state folder: the token and runtime.json lie there. Without it, or without settings, there is only the socket. */
  readonly home?: string | undefined;
  readonly settings?: Pick<Settings, 'get' | 'onChanged'> | undefined;
  readonly alerts?: Pick<Alerts, 'raise' | 'clear'> | undefined;
  readonly metrics?: Pick<Metrics, 'observe' | 'snapshot'> | undefined;
  /** The other components, for /health and /metrics. */
  readonly components?: (() => readonly ComponentFacts[]) | undefined;
  readonly limits?: Partial<ApiLimits> | undefined;
  /** The command this process is there for, while it starts no operation for anybody else; null when it does. For /health. */
  readonly heldBy?: (() => string | null) | undefined;
}

export interface LocalApi extends AttachedApi {
  /** Calls and streams under way; listeners to events do not count, they hold nothing up. */
  activeRequests(): number;
  /** Resolves when no call is under way. */
  whenQuiet(): Promise<void>;
  /** Takes no more, ends event listeners, lets calls end within graceMs, removes the socket. */
  close(graceMs: number): Promise<void>;
  /** Where it listens on 127.0.0.1. */
  tcp(): { readonly enabled: boolean; readonly url: string | null; readonly tokenFile: string };
  /** Resolves when what the settings asked for so far is done. */
  tcpSettled(): Promise<void>;
  /** Makes a new token and ends what was opened with the old one. */
  rotateToken(): Promise<{ tokenFile: string }>;
  readonly component: RuntimeComponent;
}

/** After so many turns everybody who was connecting has been taken in. */
const ACCEPT_TURNS = 3;

/** Serves the contract on the socket, and on 127.0.0.1 while the settings say so. Only the holder of the lease calls it, so a socket file that is there is a leftover. */
export async function startLocalApi(options: LocalApiOptions): Promise<LocalApi> {
  const limits: ApiLimits = { ...API_LIMITS, ...options.limits };
  const startedAt = new Date().toISOString();
  const calls = createActiveCalls();
  const feed = createEventFeed(options.events, limits);
  const token = createApiToken(options.home ?? '');
  const url = (): string | null => tcp?.url() ?? null;
  const component = createApiComponent({ calls, feed, url });
  let closing = false;

  const router = createRouter({
    table: options.table ?? berthContract,
    version: options.version,
    limits,
    logger: options.logger,
    feed,
    tokenMatches: (given) => token.matches(given),
    call: createCallRoute({ table: options.table ?? berthContract, dispatcher: options.dispatcher, calls, limits, logger: options.logger, metrics: options.metrics }),
    gitops: createGitopsRoutes({ dispatcher: options.dispatcher, limits }),
    health: () => ({ pid: process.pid, version: options.version, ...heldBy(), components: components().map(({ name, state }) => ({ name, state })) }),
    metricsPage: () => metricsPage({ version: options.version, components: components(), process: processFacts(), snapshot: options.metrics?.snapshot() ?? null }),
    isPaused: () => component.runtime.state() === 'paused',
    isClosing: () => closing,
    onAnswered: component.onAnswered,
  });

  function components(): readonly ComponentFacts[] {
    const own = { name: component.runtime.name, state: component.runtime.state(), counters: component.runtime.counters() };
    return [own, ...(options.components?.() ?? []).filter((one) => one.name !== own.name)];
  }

  function heldBy(): { readonly heldBy?: string } {
    const command = options.heldBy?.() ?? null;
    return command === null ? {} : { heldBy: command };
  }

  async function tellPlace(): Promise<void> {
    if (options.home === undefined || closing) return;
    await writeRuntimeFile(options.home, { pid: process.pid, socket: options.socketPath, tcp: url(), version: options.version, startedAt });
  }

  const tcp: TcpDoor | null =
    options.settings === undefined || options.home === undefined
      ? null
      : createTcpDoor({
          settings: options.settings,
          alerts: options.alerts,
          logger: options.logger,
          createServer: (port) => httpServer(router, { kind: 'tcp', port }, limits),
          beforeOpen: () => token.ensure(),
          onChanged: tellPlace,
          onClosing: () => feed.end('tcp'),
        });
  const server = httpServer(router, { kind: 'socket' }, limits);
  await listenOn(server, options.socketPath);
  await tcp?.start();
  await tellPlace();
  component.begin(startedAt);

  return {
    activeRequests: () => calls.size,
    whenQuiet: () => calls.whenQuiet(),
    component: component.runtime,
    tcp: () => ({ enabled: options.settings?.get('api.tcp') ?? false, url: url(), tokenFile: token.file }),
    tcpSettled: () => tcp?.settled() ?? Promise.resolve(),
    async rotateToken() {
      if (options.home === undefined) throw new AppError('setup-failed', 'This Berth has no folder for a token.');
      await token.rotate();
      feed.end('tcp');
      return { tokenFile: token.file };
    },
    async close(graceMs) {
      closing = true;
      component.end();
      feed.end();
      // Nobody finds it any more; whoever has found it is told that nothing was taken, and not just cut off: that could mean anything.
      if (process.platform !== 'win32') await rm(options.socketPath, { force: true });
      for (let turn = 0; turn < ACCEPT_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const closed = Promise.all([tcp?.stop(), new Promise<void>((resolve) => server.close(() => resolve()))]);
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([calls.whenQuiet(), new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)))]);
      clearTimeout(timer);
      calls.abortAll();
      const destroy = setTimeout(() => server.closeAllConnections(), 200);
      await closed;
      clearTimeout(destroy);
      if (options.home !== undefined) await removeRuntimeFile(options.home, process.pid);
    },
  };
}

function httpServer(router: Router, door: Door, limits: ApiLimits): Server {
  const server = createServer(
    { keepAlive: false, headersTimeout: limits.headersTimeoutMs, requestTimeout: limits.requestTimeoutMs, connectionsCheckingInterval: limits.checkEveryMs, maxHeaderSize: 8 * 1024 },
    (request, response) => router.handle(request, response, door),
  );
  server.maxConnections = limits.maxConnections;
  // A caller that asks first whether its body is wanted is told so by the route: a large one need not be sent at all.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers['content-length'] ?? 0) <= limits.maxBodyBytes) response.writeContinue();
    router.handle(request, response, door);
  });
  server.on('upgrade', (request, socket, head) => router.upgrade(request, socket, head, door));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => endWith(socket, malformed(error.code)));
  return server;
}

function malformed(code: string | undefined): Answer {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refusal(408, 'input-invalid', 'The request took too long to arrive.');
  if (code === 'HPE_HEADER_OVERFLOW') return refusal(431, 'input-invalid', 'The headers of the request are too large.');
  return refusal(400, 'input-invalid', 'This is not a request.');
}

function processFacts(): { memoryBytes: number; cpuSeconds: number; startedAtSeconds: number } {
  const { user, system } = process.cpuUsage();
  return { memoryBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6, startedAtSeconds: Math.round((performance.timeOrigin / 1_000) * 1_000) / 1_000 };
}

async function listenOn(server: Server, socketPath: string): Promise<void> {
  if (process.platform !== 'win32') await rm(socketPath, { force: true });
  // Binding happens within listen(), so the socket is never wider open than 0600, and nothing else is made under this mask.
  const listening = bind(server, () => {
    const before = process.platform === 'win32' ? undefined : process.umask(0o177);
    try {
      server.listen(socketPath);
    } finally {
      if (before !== undefined) process.umask(before);
    }
  });
  try {
    await listening;
  } catch (error) {
    throw new AppError('setup-failed', `Berth cannot listen on its socket: ${error instanceof Error ? error.message : String(error)}.`, { where: { file: socketPath }, cause: error });
  }
  if (process.platform !== 'win32') await chmod(socketPath, 0o600);
}

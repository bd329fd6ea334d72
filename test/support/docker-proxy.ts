import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer, isJson, keepAnswer, tapBody } from './docker-proxy-answer';
import { fits, ProxyRules, type ProxyAction, type ProxyRule } from './docker-proxy-rules';
import { passUpgrade } from './docker-proxy-upgrade';

/** One request as it went over the wire. */
export interface RecordedRequest {
  readonly method: string;
  /** Without version prefix and query. */
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  /** Parsed JSON, or undefined when there was none or it was an upload. */
  readonly body: unknown;
  readonly uploadBytes: number;
  /** What a build's session lets the engine call; empty for every other request. */
  readonly offers: readonly string[];
  /** Status of the answer; 0 while there is none. */
  status: number;
  /** True when the engine got it. */
  forwarded: boolean;
  /** The engine's JSON, where the proxy was asked to keep it. */
  answer?: unknown;
}

export interface DockerProxy {
  readonly socketPath: string;
  /** For DOCKER_HOST. */
  readonly uri: string;
  readonly requests: RecordedRequest[];
  /** Everything but reads. */
  changes(): readonly RecordedRequest[];
  /** Takes effect for requests from now on; `dispose` ends it. */
  addRule(rule: ProxyRule): { dispose(): void };
  clearRules(): void;
  /** Resolves with the first request, past or coming, that fits. */
  waitFor(method: string, path: string | RegExp): Promise<RecordedRequest>;
  /** The engine "is gone": the socket disappears and every connection breaks. `up` brings it back. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

function isRead(request: RecordedRequest): boolean {
  return request.method === 'GET' || request.method === 'HEAD' || /^\/containers\/[^/]+\/wait$/.test(request.path);
}

/** Starts a recording proxy with fault rules between a client and a real engine, Unix socket to Unix socket. */
export async function startDockerProxy(options: { readonly target?: string; readonly rules?: readonly ProxyRule[]; readonly folder?: string; readonly keepsAnswer?: (request: RecordedRequest) => boolean } = {}): Promise<DockerProxy> {
  const target = options.target ?? '/var/run/docker.sock';
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'berth-proxy-')));
  const socketPath = join(folder, 'd.sock');
  const requests: RecordedRequest[] = [];
  const waiting = new Set<{ readonly method: string; readonly path: string | RegExp; readonly resolve: (request: RecordedRequest) => void }>();
  const rules = new ProxyRules(options.rules);
  const sockets = new Set<Socket>();
  const frozen = new Set<{ destroy(): void }>();

  function record(request: IncomingMessage): RecordedRequest & { body: unknown; uploadBytes: number } {
    const url = new URL(request.url ?? '/', 'http://engine');
    const recorded = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(url.pathname.replace(/^\/v\d+\.\d+/, '')),
      query: Object.fromEntries(url.searchParams),
      body: undefined as unknown,
      uploadBytes: 0,
      offers: [request.headers['x-docker-expose-session-grpc-method'] ?? []].flat().flatMap((one) => one.split(/,\s*/)),
      status: 0,
      forwarded: false,
    };
    requests.push(recorded);
    for (const waiter of waiting) {
      if (!fits(waiter, recorded.method, recorded.path)) continue;
      waiting.delete(waiter);
      waiter.resolve(recorded);
    }
    return recorded;
  }

  function forward(request: IncomingMessage, response: ServerResponse, recorded: RecordedRequest, action: ProxyAction | undefined): void {
    recorded.forwarded = true;
    const upstream = httpRequest({ socketPath: target, method: request.method, path: request.url, headers: request.headers, agent: false });
    upstream.on('response', (incoming) => {
      recorded.status = incoming.statusCode ?? 0;
      if (options.keepsAnswer?.(recorded) === true) keepAnswer(incoming, recorded);
      answer(incoming, response, action, frozen);
    });
    upstream.on('error', () => response.destroy());
    // A client that goes away cancels what it asked for, as it would without a proxy.
    response.on('close', () => {
      if (action?.kind !== 'freeze' && action?.kind !== 'reset-after') upstream.destroy();
    });
    if (!isJson(request) && request.method !== 'PUT') {
      request.pipe(upstream);
      return;
    }
    // In one piece: the engine answers and closes as soon as it has read enough, and then the end of the body finds nobody.
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      upstream.removeHeader('transfer-encoding');
      upstream.setHeader('content-length', body.length);
      upstream.end(body);
    });
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const recorded = record(request);
    const action = rules.for(recorded.method, recorded.path);
    tapBody(request, recorded);
    switch (action?.kind) {
      case 'reset-before':
        request.socket.destroy();
        return;
      case 'status':
        request.resume();
        recorded.status = action.status;
        response.writeHead(action.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ message: action.message }));
        return;
      case 'freeze':
        if (action.forward === true) forward(request, response, recorded, action);
        else frozen.add(response);
        return;
      case 'delay':
        request.pause();
        setTimeout(() => forward(request, response, recorded, undefined), action.ms);
        return;
      default:
        forward(request, response, recorded, action);
    }
  }

  let server: Server;
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 1000 }, handle);
      server.on('upgrade', (request, client, head) => {
        const recorded = record(request);
        passUpgrade({ target, request, client, head, recorded, action: rules.for(recorded.method, recorded.path), frozen });
      });
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        socket.on('error', () => socket.destroy());
      });
      server.once('error', reject);
      server.listen(socketPath, resolve);
    });
  const down = async () => {
    for (const socket of sockets) socket.destroy();
    for (const item of frozen) item.destroy();
    frozen.clear();
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  await listen();

  return {
    socketPath,
    uri: `unix://${socketPath}`,
    requests,
    changes: () => requests.filter((request) => !isRead(request)),
    addRule: (rule) => rules.add(rule),
    clearRules: () => rules.clear(),
    waitFor(method, path) {
      const past = requests.find((request) => fits({ method, path }, request.method, request.path));
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve) => waiting.add({ method, path, resolve }));
    },
    down,
    up: listen,
    async close() {
      await down();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

/** What happens to a request that a rule is for. "Before" and "after" are about reaching the engine: after is the ambiguous case. */
export type ProxyAction =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'status'; readonly status: number; readonly message: string }
  | { readonly kind: 'reset-before' }
  | { readonly kind: 'reset-after' }
  /** Never answered. `forward`: the engine gets it and acts. */
  | { readonly kind: 'freeze'; readonly forward?: boolean }
  /** The answer breaks off after so many bytes of its body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  | { readonly kind: 'garbage' }
  /** The answer's body comes in small pieces. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number };

export interface ProxyRule {
  readonly method?: string;
  /** Without the version prefix and the query: '/containers/create' or a pattern. */
  readonly path?: string | RegExp;
  /** Only the nth matching request, counting from 1. */
  readonly nth?: number;
  /** Only so many times; unlimited by default. */
  readonly times?: number;
  readonly action: ProxyAction;
}

/** One request as it went over the wire. */
export interface RecordedRequest {
  readonly method: string;
  /** Without version prefix and query. */
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  /** Parsed JSON, or undefined when there was none or it was an upload. */
  readonly body: unknown;
  readonly uploadBytes: number;
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

interface LiveRule extends ProxyRule {
  seen: number;
  used: number;
}

function fits(rule: Pick<ProxyRule, 'method' | 'path'>, method: string, path: string): boolean {
  if (rule.method !== undefined && rule.method !== method) return false;
  if (rule.path === undefined) return true;
  return typeof rule.path === 'string' ? rule.path === path : rule.path.test(path);
}

function isRead(request: RecordedRequest): boolean {
  return request.method === 'GET' || request.method === 'HEAD' || /^\/containers\/[^/]+\/wait$/.test(request.path);
}

function isJson(request: IncomingMessage): boolean {
  return (request.headers['content-type'] ?? '').includes('json');
}

/** Starts a recording proxy with fault rules between a client and a real engine, Unix socket to Unix socket. */
export async function startDockerProxy(options: { readonly target?: string; readonly rules?: readonly ProxyRule[]; readonly folder?: string; readonly keepsAnswer?: (request: RecordedRequest) => boolean } = {}): Promise<DockerProxy> {
  const target = options.target ?? '/var/run/docker.sock';
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'berth-proxy-')));
  const socketPath = join(folder, 'd.sock');
  const requests: RecordedRequest[] = [];
  const waiting = new Set<{ readonly method: string; readonly path: string | RegExp; readonly resolve: (request: RecordedRequest) => void }>();
  let rules: LiveRule[] = (options.rules ?? []).map((rule) => ({ ...rule, seen: 0, used: 0 }));
  const sockets = new Set<Socket>();
  const frozen = new Set<{ destroy(): void }>();

  function ruleFor(method: string, path: string): ProxyAction | undefined {
    for (const rule of rules) {
      if (!fits(rule, method, path)) continue;
      rule.seen += 1;
      if (rule.nth !== undefined && rule.seen !== rule.nth) continue;
      if (rule.times !== undefined && rule.used >= rule.times) continue;
      rule.used += 1;
      return rule.action;
    }
    return undefined;
  }

  function record(request: IncomingMessage): RecordedRequest & { body: unknown; uploadBytes: number } {
    const url = new URL(request.url ?? '/', 'http://engine');
    const recorded = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(url.pathname.replace(/^\/v\d+\.\d+/, '')),
      query: Object.fromEntries(url.searchParams),
      body: undefined as unknown,
      uploadBytes: 0,
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

  function tapBody(request: IncomingMessage, recorded: { body: unknown; uploadBytes: number }): void {
    const json = isJson(request);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      if (json) chunks.push(chunk);
      else recorded.uploadBytes += chunk.length;
    });
    request.on('end', () => {
      if (chunks.length > 0) recorded.body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
    });
  }

  function keepAnswer(incoming: IncomingMessage, recorded: RecordedRequest): void {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (text.startsWith('{')) recorded.answer = JSON.parse(text) as unknown;
    });
  }

  function answer(upstream: IncomingMessage, response: ServerResponse, action: ProxyAction | undefined): void {
    if (action?.kind === 'reset-after') {
      upstream.resume();
      upstream.on('end', () => response.destroy());
      return;
    }
    if (action?.kind === 'freeze') {
      upstream.resume();
      frozen.add(response);
      return;
    }
    if (action?.kind === 'garbage') {
      upstream.resume();
      upstream.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('{"Id": "not really json');
      });
      return;
    }
    const headers = { ...upstream.headers };
    delete headers['content-length'];
    response.writeHead(upstream.statusCode ?? 502, headers);
    response.flushHeaders();
    let left = action?.kind === 'cut' ? action.afterBytes : Infinity;
    if (left === 0) {
      response.destroy();
      upstream.destroy();
      return;
    }
    if (action?.kind === 'drip') {
      void drip(upstream, response, action.bytes, action.everyMs);
      return;
    }
    upstream.on('data', (chunk: Buffer) => {
      if (chunk.length < left) {
        left -= chunk.length;
        if (!response.write(chunk)) {
          upstream.pause();
          response.once('drain', () => upstream.resume());
        }
        return;
      }
      upstream.removeAllListeners('data').removeAllListeners('end');
      response.write(chunk.subarray(0, left), () => response.destroy());
      upstream.destroy();
    });
    upstream.on('end', () => response.end());
    upstream.on('error', () => response.destroy());
  }

  async function drip(upstream: IncomingMessage, response: ServerResponse, bytes: number, everyMs: number): Promise<void> {
    for await (const chunk of upstream as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length && !response.destroyed; at += bytes) {
        response.write(chunk.subarray(at, at + bytes));
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    }
    response.end();
  }

  function forward(request: IncomingMessage, response: ServerResponse, recorded: RecordedRequest, action: ProxyAction | undefined): void {
    recorded.forwarded = true;
    const upstream = httpRequest({ socketPath: target, method: request.method, path: request.url, headers: request.headers, agent: false });
    upstream.on('response', (incoming) => {
      recorded.status = incoming.statusCode ?? 0;
      if (options.keepsAnswer?.(recorded) === true) keepAnswer(incoming, recorded);
      answer(incoming, response, action);
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
    const action = ruleFor(recorded.method, recorded.path);
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

  /** exec and build sessions: the connection becomes a plain two-way stream. */
  function handleUpgrade(request: IncomingMessage, client: Duplex, head: Buffer): void {
    const recorded = record(request);
    const action = ruleFor(recorded.method, recorded.path);
    if (action?.kind === 'reset-before' || action?.kind === 'freeze') {
      if (action.kind === 'reset-before') client.destroy();
      else frozen.add(client);
      return;
    }
    if (action?.kind === 'status') {
      recorded.status = action.status;
      const body = JSON.stringify({ message: action.message });
      client.end(`HTTP/1.1 ${action.status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
      return;
    }
    recorded.forwarded = true;
    const upstream = httpRequest({ socketPath: target, method: request.method, path: request.url, headers: request.headers, agent: false });
    upstream.on('upgrade', (answerHead, socket, first) => {
      recorded.status = 101;
      const lines = Object.entries(answerHead.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
      client.write(first);
      let left = action?.kind === 'cut' ? action.afterBytes : Infinity;
      socket.on('data', (chunk: Buffer) => {
        client.write(chunk.subarray(0, Math.min(chunk.length, left)));
        left -= chunk.length;
        if (left <= 0) {
          client.destroy();
          socket.destroy();
        }
      });
      socket.on('end', () => client.end());
      client.pipe(socket);
      socket.on('error', () => client.destroy());
      client.on('error', () => socket.destroy());
      client.on('close', () => socket.destroy());
    });
    upstream.on('response', (incoming) => {
      recorded.status = incoming.statusCode ?? 0;
      client.write(`HTTP/1.1 ${incoming.statusCode} ${incoming.statusMessage}\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n`);
      incoming.pipe(client);
    });
    upstream.on('error', () => client.destroy());
    if ((request.headers['content-length'] ?? '0') === '0') {
      upstream.end(head);
      return;
    }
    // Node hands an upgrade request over without its body: what was read already is `head`, the rest is on the socket.
    const want = Number(request.headers['content-length']);
    const take = (data: Buffer) => {
      const body = data.subarray(0, want);
      if (body.length < want) {
        client.once('data', (more: Buffer) => take(Buffer.concat([data, more])));
        return;
      }
      (recorded as { body: unknown }).body = JSON.parse(body.toString('utf8')) as unknown;
      upstream.end(body);
    };
    take(head);
  }

  let server: Server;
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 1000 }, handle);
      server.on('upgrade', handleUpgrade);
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
    addRule(rule) {
      const live: LiveRule = { ...rule, seen: 0, used: 0 };
      rules.push(live);
      return { dispose: () => (rules = rules.filter((item) => item !== live)) };
    },
    clearRules() {
      rules = [];
    },
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

import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { monitorBody, notReadyBody, page, unknownBody, type MonitorRow } from '@shared/domain/workspaces/gateway-pages';
import { answerHeaders, gatewayRoute, isOwnHost, requestHeaders } from '@shared/domain/workspaces/gateway-route';
import { AppError } from '@shared/kernel/app-error';
import type { Logger } from './types';

/** `http://127.0.0.1:8080/<workspace>/` and `/monitor`, WebSockets included; loopback only. */
export interface Gateway {
  /** Listens while any project has runners. Resolves with the address; another port when the usual one is taken. */
  open(): Promise<string>;
  close(): Promise<void>;
  readonly url: string | null;
}

/** A workspace that has a container. */
export interface GatewayWorkspace {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
  /** On 127.0.0.1; null while it answers nobody. */
  readonly port: number | null;
}

export interface GatewayDependencies {
  readonly preferredPort: () => number;
  /** Asked for every request: cheap. */
  readonly workspaces: () => Promise<readonly GatewayWorkspace[]>;
  readonly monitor: () => Promise<readonly MonitorRow[]>;
  /** The last lines of a workspace, as text. */
  readonly logs: (workspace: string) => Promise<string>;
  readonly log: Logger;
}

const HOST = '127.0.0.1';
const PORTS_TRIED = 100;
const REFRESH_SECONDS = 5;
const NOT_READY_SECONDS = 2;

/** The one address of the workspaces of a project. */
export function createGateway(deps: GatewayDependencies): Gateway {
  return new LoopbackGateway(deps);
}

class LoopbackGateway implements Gateway {
  private opened: Promise<{ readonly server: Server; readonly url: string }> | null = null;
  private address: string | null = null;
  private readonly upgraded = new Set<Duplex>();

  constructor(private readonly deps: GatewayDependencies) {}

  get url(): string | null {
    return this.address;
  }

  async open(): Promise<string> {
    this.opened ??= this.listen();
    try {
      const { url } = await this.opened;
      return url;
    } catch (error) {
      this.opened = null;
      throw error;
    }
  }

  async close(): Promise<void> {
    const opened = await this.opened?.catch(() => null);
    this.opened = null;
    this.address = null;
    if (opened === null || opened === undefined) return;
    for (const socket of this.upgraded) socket.destroy();
    await new Promise<void>((resolve) => {
      opened.server.close(() => resolve());
      opened.server.closeAllConnections();
    });
  }

  private async listen(): Promise<{ readonly server: Server; readonly url: string }> {
    const server = createServer((request, response) => void this.answer(request, response).catch((error: unknown) => this.broken(response, error)));
    server.on('upgrade', (request, socket: Duplex, head: Buffer) => void this.upgrade(request, socket, head).catch(() => socket.destroy()));
    // An upload may take as long as it takes.
    server.requestTimeout = 0;
    const preferred = this.deps.preferredPort();
    for (let port = preferred; port < Math.min(preferred + PORTS_TRIED, 65_536); port += 1) {
      if (!(await listensOn(server, port))) continue;
      if (port !== preferred) this.deps.log.info(`port ${String(preferred)} is taken: the gateway listens on ${String(port)}`);
      this.address = `http://${HOST}:${String(port)}`;
      return { server, url: this.address };
    }
    throw new AppError('port-taken', `No port from ${String(preferred)} on is free for the gateway.`, { hint: 'Choose another one: berth settings set workspaces.gatewayPort <port>' });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOwnHost(request.headers.host)) return plain(response, 403, 'Only http://localhost and http://127.0.0.1 are answered here.\n');
    const route = gatewayRoute(request.url ?? '');
    switch (route.kind) {
      case 'bad':
        return plain(response, 400, 'This address cannot be read.\n');
      case 'workspace':
        return this.pass(request, response, route);
      case 'redirect':
        if ((await this.find(route.workspace)) === null) return this.unknown(request, response, route.workspace);
        response.setHeader('Location', route.location);
        return plain(response, 308, '');
      default:
        if (request.method !== 'GET' && request.method !== 'HEAD') return plain(response, 405, 'This page can only be read.\n');
        return this.own(request, response, route);
    }
  }

  private async own(request: IncomingMessage, response: ServerResponse, route: { readonly kind: 'list' } | { readonly kind: 'monitor'; readonly format: 'html' | 'json' } | { readonly kind: 'logs'; readonly workspace: string }): Promise<void> {
    if (route.kind === 'list') return html(request, response, 200, 'Workspaces', unknownBody(await this.names()));
    if (route.kind === 'logs') return (await this.find(route.workspace)) === null ? this.unknown(request, response, route.workspace) : plain(response, 200, await this.deps.logs(route.workspace));
    const rows = await this.deps.monitor();
    if (route.format === 'html') return html(request, response, 200, 'Workspaces', monitorBody(rows), REFRESH_SECONDS);
    response.writeHead(200, { ...OWN_HEADERS, 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify({ workspaces: rows }));
  }

  private async unknown(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    html(request, response, 404, `There is no workspace ${name} here`, unknownBody(await this.names()));
  }

  private async names(): Promise<readonly string[]> {
    return (await this.deps.workspaces()).map(({ name }) => name).sort();
  }

  private async find(name: string): Promise<GatewayWorkspace | null> {
    return (await this.deps.workspaces()).find((one) => one.name === name) ?? null;
  }

  private async pass(request: IncomingMessage, response: ServerResponse, route: { readonly workspace: string; readonly prefix: string; readonly path: string }): Promise<void> {
    const found = await this.find(route.workspace);
    if (found === null) return this.unknown(request, response, route.workspace);
    const notReady = (): void => html(request, response, 502, `${found.name} is not ready`, notReadyBody(found.name, found.state, found.detail), NOT_READY_SECONDS);
    if (found.port === null) return notReady();
    const inside = httpRequest({ host: HOST, port: found.port, method: request.method, path: route.path, headers: writable(requestHeaders(request.headers, route.prefix)), agent: false });
    inside.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, writable(answerHeaders(answer.headers, route.prefix)));
      response.flushHeaders();
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    inside.on('error', () => (response.headersSent ? response.destroy() : notReady()));
    response.on('close', () => inside.destroy());
    request.on('error', () => inside.destroy());
    request.pipe(inside);
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const route = gatewayRoute(request.url ?? '');
    if (!isOwnHost(request.headers.host)) return refuse(socket, 403);
    const found = route.kind === 'workspace' ? await this.find(route.workspace) : null;
    if (found === null || route.kind !== 'workspace') return refuse(socket, 404);
    if (found.port === null) return refuse(socket, 502);
    const inside = httpRequest({ host: HOST, port: found.port, method: request.method, path: route.path, headers: writable(requestHeaders(request.headers, route.prefix)), agent: false });
    inside.on('upgrade', (answer, insideSocket, insideHead) => {
      socket.write(headOf(answer, answer.rawHeaders));
      join(this.upgraded, socket, insideSocket);
      if (insideHead.length > 0) socket.write(insideHead);
      if (head.length > 0) insideSocket.write(head);
    });
    // It answered without changing the protocol: its answer is passed on as it is.
    inside.on('response', (answer) => {
      socket.write(headOf(answer, Object.entries(answerHeaders(answer.headers, route.prefix)).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one])).concat('connection', 'close')));
      answer.pipe(socket);
    });
    inside.on('error', () => refuse(socket, 502));
    socket.on('close', () => inside.destroy());
    inside.end();
  }

  private broken(response: ServerResponse, error: unknown): void {
    this.deps.log.warn('the gateway could not answer', { error });
    if (response.headersSent) response.destroy();
    else plain(response, 500, 'This could not be answered. Berth wrote down why.\n');
  }
}

const OWN_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'X-Frame-Options': 'DENY' } as const;

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...OWN_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'Content-Security-Policy': "default-src 'none'" });
  response.end(text);
}

function html(request: IncomingMessage, response: ServerResponse, status: number, title: string, body: string, refreshSeconds?: number): void {
  const nonce = randomBytes(16).toString('base64');
  // A page of the gateway is shown to people; programs get the status and a line.
  if (!(request.headers.accept ?? '').includes('html') && status >= 400) return plain(response, status, `${title}.\n${body.replaceAll(/<\/(?:p|li)>/g, '\n').replaceAll(/<[^>]*>/g, '')}`);
  response.writeHead(status, { ...OWN_HEADERS, 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`, ...(status === 502 ? { 'Retry-After': String(NOT_READY_SECONDS) } : {}) });
  response.end(page(title, body, { nonce, ...(refreshSeconds === undefined ? {} : { refreshSeconds }) }));
}

function writable(headers: { readonly [name: string]: string | readonly string[] }): { [name: string]: string | string[] } {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]));
}

function refuse(socket: Duplex, status: number): void {
  if (!socket.writableEnded) socket.end(`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** `raw`: names and values in turn. */
function headOf(answer: IncomingMessage, raw: readonly string[]): string {
  const lines = raw.flatMap((text, index) => (index % 2 === 0 ? [`${text}: ${raw[index + 1] ?? ''}`] : []));
  return `HTTP/1.1 ${String(answer.statusCode ?? 502)} ${answer.statusMessage ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n`;
}

function join(upgraded: Set<Duplex>, outside: Duplex, inside: Duplex): void {
  upgraded.add(outside);
  outside.on('close', () => {
    upgraded.delete(outside);
    inside.destroy();
  });
  inside.on('close', () => outside.destroy());
  inside.on('error', () => outside.destroy());
  outside.pipe(inside).pipe(outside);
}

function listensOn(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', done);
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    };
    const done = (): void => {
      server.off('error', failed);
      resolve(true);
    };
    server.once('error', failed);
    server.once('listening', done);
    server.listen({ host: HOST, port, exclusive: true });
  });
}

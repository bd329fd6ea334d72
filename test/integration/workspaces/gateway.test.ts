import { createServer, get as httpGet, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGateway, type Gateway, type GatewayWorkspace } from '@main/platform/gateway';
import { silentLogger } from '@main/platform/logger';
import { WebSocket, WebSocketServer } from 'ws';
import { waitUntil } from '../../support/storage';
import { ask } from './runners-kit';

let backend: Server;
let onRequest: (asked: IncomingMessage, answer: ServerResponse) => void;
let workspaces: GatewayWorkspace[];
let preferred: number;
let gateway: Gateway;
let url: string;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listening = (server: Server): Promise<void> => new Promise((done) => server.listen(0, '127.0.0.1', done));

beforeEach(async () => {
  onRequest = (asked, answer) => void answer.end(`${asked.method ?? ''} ${asked.url ?? ''}`);
  backend = createServer((asked, answer) => onRequest(asked, answer));
  await listening(backend);
  workspaces = [{ name: 'api', state: 'running', detail: 'npm start', port: portOf(backend) }, { name: 'slow', state: 'installing', detail: 'npm ci', port: null }];
  preferred = 21_000 + Math.floor(Math.random() * 9_000);
  gateway = createGateway({ preferredPort: () => preferred, workspaces: () => Promise.resolve(workspaces), monitor: () => Promise.resolve([]), logs: () => Promise.resolve('line'), log: silentLogger });
  url = await gateway.open();
});
afterEach(async () => {
  await gateway.close();
  backend.closeAllConnections();
  backend.close();
});

describe('the gateway', () => {
  test('takes the next port where the usual one is taken, and only on this machine', async () => {
    const other = createGateway({ preferredPort: () => Number(new URL(url).port), workspaces: () => Promise.resolve([]), monitor: () => Promise.resolve([]), logs: () => Promise.resolve(''), log: silentLogger });
    try {
      expect(Number(new URL(await other.open()).port)).toBeGreaterThan(Number(new URL(url).port));
      expect(await other.open()).toBe(other.url);
      expect(new URL(url).hostname).toBe('127.0.0.1');
    } finally {
      await other.close();
    }
    expect(other.url).toBeNull();
  });

  test('streams both ways', async () => {
    let more: ServerResponse | undefined;
    onRequest = (_asked, answer) => {
      answer.writeHead(200, { 'content-type': 'text/event-stream' });
      answer.write('data: one\n\n');
      more = answer;
    };
    const events = await new Promise<IncomingMessage>((done) => httpGet(`${url}/api/events`, done));
    const first = await new Promise<string>((done) => events.once('data', (chunk) => done(String(chunk))));
    expect(first).toBe('data: one\n\n');
    const second = new Promise<string>((done) => events.once('data', (chunk) => done(String(chunk))));
    more?.write('data: two\n\n');
    expect(await second).toBe('data: two\n\n');
    // Who goes away is not waited for inside.
    const gone = new Promise((done) => more?.on('close', done));
    events.destroy();
    await gone;

    const parts: string[] = [];
    onRequest = (asked, answer) => {
      asked.on('data', (chunk) => parts.push(String(chunk)));
      asked.on('end', () => answer.end(parts.join('')));
    };
    const sent = request(`${url}/api/upload`, { method: 'PUT' });
    const answered = new Promise<IncomingMessage>((done) => sent.on('response', done));
    sent.write('one');
    await waitUntil(() => Promise.resolve(parts.length === 1), 5_000, 'the first part arrives before the second is sent');
    sent.end('two');
    expect(String(await new Promise((done) => void answered.then((answer) => answer.once('data', done))))).toBe('onetwo');
  });

  test('says in plain words what does not answer', async () => {
    expect(await ask(url, '/slow/x', { accept: 'text/html' })).toMatchObject({ status: 502, headers: { 'retry-after': '2' }, text: expect.stringContaining('installing') });
    backend.closeAllConnections();
    await new Promise((done) => backend.close(done));
    expect(await ask(url, '/api/')).toMatchObject({ status: 502, text: expect.stringContaining('api does not answer now') });
    expect(await ask(url, '/%3Cscript%3E/', { accept: 'text/html' })).toMatchObject({ status: 404, text: expect.not.stringContaining('<script>') });
    expect((await ask(url, '/monitor', {}, { method: 'POST' })).status).toBe(405);
  });

  test('passes WebSockets on, both ways, and ends them with itself', async () => {
    const sockets = new WebSocketServer({ server: backend, path: '/live' });
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${String(data)}`)));
    const client = new WebSocket(`${url.replace('http', 'ws')}/api/live`);
    await new Promise((done) => client.once('open', done));
    const big = 'x'.repeat(200_000);
    const echoed = new Promise<string>((done) => client.once('message', (data) => done(String(data))));
    client.send(big);
    expect(await echoed).toBe(`echo ${big}`);
    for (const [path, status] of [['/none/live', 404], ['/slow/live', 502], ['/api/other', 400]] as const) {
      await expect(new Promise((_, reject) => new WebSocket(`${url.replace('http', 'ws')}${path}`).on('error', reject)), path).rejects.toThrow(String(status));
    }
    const ended = new Promise((done) => client.once('close', done));
    await gateway.close();
    await ended;
    sockets.close();
  });

  test('answers no other name and no other machine', async () => {
    const seen: string[] = [];
    onRequest = (asked, answer) => void (seen.push(asked.url ?? ''), answer.end());
    const raw = (text: string): Promise<string> =>
      new Promise((done, failed) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
        let said = '';
        socket.setTimeout(5_000, () => socket.destroy());
        socket.on('data', (chunk) => (said += String(chunk)));
        socket.on('close', () => done(said));
        socket.on('error', failed);
      });
    for (const host of ['evil.example', 'localhost.evil.example', 'evil.example:8080']) expect(await raw(`GET /api/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), host).toMatch(/^HTTP\/1\.1 403/);
    expect(await raw('GET http://169.254.169.254/latest HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect(await raw('CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n')).not.toMatch(/^HTTP\/1\.1 2/);
    expect(await raw('GET /api/ HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403/);
    expect(seen).toEqual([]);
    expect(await raw('GET /api/?a=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 200/);
    expect(seen).toEqual(['/?a=1']);
  });
});

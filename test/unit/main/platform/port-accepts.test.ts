import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { portAccepts, staysMs } from '@main/platform/port-accepts';

let server: Server | null = null;
afterEach(() => new Promise<void>((done) => (server === null ? done() : void server.close(() => done()))));

async function listening(onConnection: (socket: Socket) => void): Promise<number> {
  const made = createServer(onConnection);
  server = made;
  await new Promise<void>((done) => made.listen(0, '127.0.0.1', done));
  const address = made.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

it('a server that waits to be asked accepts, and one that speaks first', async () => {
  expect(await portAccepts('127.0.0.1', await listening(() => undefined))).toBe(true);
  server?.close();
  expect(await portAccepts('127.0.0.1', await listening((socket) => void socket.end('hello')))).toBe(true);
});

it('nobody there, or somebody who hangs up at once, does not', async () => {
  const port = await listening((socket) => void socket.end());
  expect(await portAccepts('127.0.0.1', port)).toBe(false);
  await new Promise<void>((done) => void server?.close(() => done()));
  server = null;
  expect(await portAccepts('127.0.0.1', port)).toBe(false);
});

it('on a busy machine who hangs up is given more time for it', () => {
  expect([staysMs(0, 2), staysMs(2, 2), staysMs(8, 2), staysMs(100, 2), staysMs(1, 0)]).toEqual([60, 60, 240, 480, 60]);
});

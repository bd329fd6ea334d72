import { chmod, mkdir, mkdtemp, readdir, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askPrivateSocket } from '@main/platform/private-socket';

let top: string;
let folder: string;
const servers: Server[] = [];

beforeEach(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'bt-socket-')));
  folder = join(top, 'run');
  await mkdir(folder, { mode: 0o700 });
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(top, { recursive: true, force: true });
});

async function listen(answer: RequestListener, at = join(folder, 'a.sock')): Promise<void> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(at, resolve));
}

/** Says what it was asked. */
const echo: RequestListener = (call, answer) => {
  let text = '';
  call.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  call.on('end', () => answer.writeHead(200).end(`${String(call.method)} ${String(call.url)} ${text}`));
};
const question = { path: '/vfs/refresh', body: { dir: 'a/b' }, timeoutMs: 5_000 };
const ask = (timeoutMs = 5_000, name = 'a.sock') => askPrivateSocket({ folder, name }, { ...question, timeoutMs });

describe.runIf(process.platform === 'linux')('a socket of this user', () => {
  test('is asked and answers', async () => {
    await listen(echo);
    expect(await ask()).toEqual({ status: 200, text: 'POST /vfs/refresh {"dir":"a/b"}' });
  });

  test('hands on that an order was refused', async () => {
    await listen((_, answer) => void answer.writeHead(500).end('{"error":"no"}'));
    expect(await ask()).toEqual({ status: 500, text: '{"error":"no"}' });
  });

  test('is reached however long the way to it is', async () => {
    const long = join(top, 'x'.repeat(120));
    await mkdir(long, { mode: 0o700 });
    const short = join(top, 's');
    await symlink(long, short);
    await listen(echo, join(short, 'a.sock'));
    folder = long;
    expect((await ask())?.status).toBe(200);
  });

  test('leaves no folder open behind it', async () => {
    await listen(echo);
    await Promise.all(Array.from({ length: 20 }, () => ask()));
    const open = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    expect(open.filter((path) => path === folder)).toEqual([]);
  });
});

describe('a socket is not reached', () => {
  test('where it is not there, nobody listens, or its name is too long or a path', async () => {
    expect(await ask()).toBeNull();
    await listen(echo, join(top, 'b.sock'));
    expect(await ask(5_000, '../b.sock')).toBeNull();
    expect(await ask(5_000, `${'x'.repeat(200)}.sock`)).toBeNull();
    folder = join(top, 'nowhere');
    expect(await ask()).toBeNull();
  });

  test.each([0o750, 0o705, 0o710, 0o777])('in a folder that others enter (%o)', async (mode) => {
    await listen(echo);
    await chmod(folder, mode);
    expect(await ask()).toBeNull();
  });

  test('through a link that took the place of its folder', async () => {
    await listen(echo);
    await symlink(folder, join(top, 'link'));
    folder = join(top, 'link');
    expect(await ask()).toBeNull();
  });
});

describe.runIf(process.platform === 'linux')('whoever takes the connection', () => {
  test('and does not answer in time is not waited for', async () => {
    await listen(() => undefined);
    await expect(ask(200)).rejects.toMatchObject({ code: 'service-unreachable' });
  });

  test('and hangs up, or says too much, has not answered', async () => {
    await listen((call) => call.socket.destroy());
    await expect(ask()).rejects.toMatchObject({ code: 'service-unreachable' });
    await listen((_, answer) => void answer.writeHead(200).end(Buffer.alloc(5 * 1024 ** 2)), join(folder, 'b.sock'));
    await expect(ask(5_000, 'b.sock')).rejects.toMatchObject({ code: 'service-unreachable' });
  });
});

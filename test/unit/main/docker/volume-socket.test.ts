import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { Duplex } from 'node:stream';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FrameRoom } from '@main/docker/volume-room';
import { sweepSockets, VolumeSocket } from '@main/docker/volume-socket';
import { VolumeWay } from '@main/docker/volume-way';

const NOW = Date.parse('2026-01-01T12:00:00Z');

async function opened(): Promise<VolumeSocket> {
  const socket = await VolumeSocket.open();
  if (socket === null) throw new Error('There is no socket.');
  return socket;
}

/** A way through the engine that says what it is given. */
function through(): Duplex & { readonly sent: Buffer[] } {
  const sent: Buffer[] = [];
  return Object.assign(new Duplex({ read: () => undefined, write: (chunk: Buffer, _encoding, done) => (sent.push(chunk), done()) }), { sent });
}

const framed = (text: string, stream = 1): Buffer => Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)]);

describe('the socket of the volume program', () => {
  it('lies in a folder that only this user can enter, and takes one who connects', async () => {
    const socket = await opened();
    const [folder, file] = [await lstat(dirname(socket.path)), await lstat(socket.path)];
    expect([folder.mode & 0o777, file.isSocket()]).toEqual([0o700, true]);
    const first = connect(socket.path);
    const taken = await socket.connected;
    expect(taken).not.toBeNull();
    await expect.poll(() => lstat(dirname(socket.path)).catch(() => null)).toBeNull();
    const second = connect(socket.path);
    await new Promise((resolve) => second.once('error', resolve));
    first.destroy();
    taken?.destroy();
  });

  it('is swept with its folder once whoever made it is long gone, and nothing else is', async () => {
    const root = await mkdtemp(join(tmpdir(), 'bt-sockets-'));
    const folder = async (name: string, ageMs: number): Promise<string> => {
      const path = join(root, name);
      await mkdir(path);
      if (name.endsWith('socket')) await new Promise<void>((resolve) => execFile(process.execPath, ['-e', "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))", join(path, 'socket')], () => resolve()));
      if (name.endsWith('file')) await writeFile(join(path, 'socket'), 'no socket');
      const then = new Date(NOW - ageMs);
      await utimes(path, then, then);
      return name;
    };
    const old = 11 * 60_000;
    await folder('berth-volume-empty', old);
    await folder('berth-volume-socket', old);
    const kept = [await folder('berth-volume-young', 60_000), await folder('berth-volume-file', old), await folder('else', old)];
    await symlink(join(root, 'else'), join(root, 'berth-volume-link'));
    await sweepSockets(NOW, root);
    expect((await readdir(root)).sort()).toEqual([...kept, 'berth-volume-link'].sort());
    await rm(root, { recursive: true });
  });

  it('leaves nothing when nobody comes', async () => {
    const socket = await opened();
    await socket.close();
    expect(await socket.connected).toBeNull();
    await expect(readdir(dirname(socket.path))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the way to the volume program', () => {
  it('is the socket once it comes there, and the engine is listened to for what it says to people', async () => {
    const socket = await opened();
    const attached = through();
    const way = new VolumeWay(attached, socket);
    let heard = '';
    let ended = false;
    way.listen((piece) => void (heard += piece.toString()), () => void (ended = true));
    const program = connect(socket.path);
    let received = '';
    program.on('data', (data: Buffer) => void (received += data.toString()));
    program.write('hello');
    await expect.poll(() => heard).toBe('hello');
    await way.send([Buffer.from('a'), Buffer.from('b')]);
    await way.send([Buffer.from('c'), Buffer.alloc(10_000, 0x64)]);
    await expect.poll(() => received).toBe(`abc${'d'.repeat(10_000)}`);
    attached.push(framed('oh no', 2));
    await expect.poll(() => way.said).toBe('oh no');
    attached.push(null);
    program.write(' and the rest');
    await expect.poll(() => heard).toBe('hello and the rest');
    expect([ended, attached.sent.length]).toEqual([false, 0]);
    program.end();
    await expect.poll(() => ended).toBe(true);
  });

  it('is the engine where there is no socket, or nobody comes to it', async () => {
    const socket = await opened();
    for (const one of [null, socket]) {
      const attached = through();
      const way = new VolumeWay(attached, one);
      let heard = '';
      let ended = false;
      way.listen((piece) => void (heard += piece.toString()), () => void (ended = true));
      attached.push(framed('hello'));
      await expect.poll(() => heard).toBe('hello');
      await way.send([Buffer.from('a'), Buffer.from('b')]);
      expect(Buffer.concat(attached.sent).toString()).toBe('ab');
      attached.push(null);
      await expect.poll(() => ended).toBe(true);
    }
    await socket.close();
  });

  it('lets go of one who comes when it is over', async () => {
    const socket = await opened();
    const way = new VolumeWay(through(), socket);
    way.listen(() => undefined, () => undefined);
    way.destroy();
    const program = connect(socket.path);
    await new Promise((resolve) => program.once('close', resolve));
    await socket.close();
  });
});

describe('memory for frames', () => {
  it('is used again once it was given back, and only as much of it as is asked for', () => {
    const room = new FrameRoom();
    const one = room.take(40_000);
    expect(one.length).toBe(40_000);
    room.give(one);
    const again = room.take(60_000);
    expect([again.buffer === one.buffer, again.length]).toEqual([true, 60_000]);
    expect(room.take(60_000).buffer).not.toBe(one.buffer);
    room.give(room.take(10));
    expect(room.take(10).length).toBe(10);
  });

  it('is not kept without end', () => {
    const room = new FrameRoom();
    const many = Array.from({ length: 100 }, () => room.take(1_000_000));
    for (const one of many) room.give(one);
    const kept = new Set(many.map((one) => one.buffer));
    const again = Array.from({ length: 100 }, () => room.take(1_000_000));
    expect(again.filter((one) => kept.has(one.buffer)).length).toBe(16);
  });
});

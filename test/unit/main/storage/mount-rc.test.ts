import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheUse, refreshFolders, type MountControl } from '@main/storage/mount-rc';

type Values = Readonly<Record<string, string>>;

/** What an rclone mount knows of its bucket: a folder it has not read shows nothing beneath it. */
class FakeMount {
  readonly asked: Values[] = [];
  readonly known = new Set(['']);
  refusal: string | null = null;

  constructor(readonly bucket: ReadonlySet<string>) {}

  answer(order: string, values: Values): object {
    if (order === 'vfs/stats') return { diskCache: { bytesUsed: 7 }, opt: { CacheMaxSize: 9 } };
    this.asked.push(values);
    if (values['recursive'] === 'true') return { result: { '': this.refusal ?? 'OK' } };
    const folders = Object.keys(values).length === 0 ? [''] : Object.values(values);
    return { result: Object.fromEntries(folders.map((folder) => [folder, this.read(folder)])) };
  }

  private read(folder: string): string {
    if (this.refusal !== null) return this.refusal;
    if (!this.known.has(folder)) return 'file does not exist';
    for (const one of this.bucket) if (one.split('/').slice(0, -1).join('/') === folder) this.known.add(one);
    return 'OK';
  }
}

let folder: string;
let server: Server | null = null;
const started: (readonly string[])[] = [];

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bt-rc-')));
  started.length = 0;
});
afterEach(async () => {
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
  await rm(folder, { recursive: true, force: true });
});

/** A mount that is asked over its socket, or only by programs in its container. */
async function control(mount: FakeMount, hasSocket: boolean): Promise<MountControl> {
  if (hasSocket) {
    const listening = createServer((call, answer) => {
      call.setEncoding('utf8');
      call.once('data', (text: string) => answer.end(JSON.stringify(mount.answer((call.url ?? '').slice(1), JSON.parse(text) as Values))));
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(join(folder, 'mnt-s3-data.sock'), resolve));
  }
  const exec = (_id: string, command: readonly string[], onOutput: (stream: 'stdout', data: Uint8Array) => void): Promise<number> => {
    started.push(command);
    const [order = '', ...words] = command.slice(command.indexOf('--unix-socket') + 2);
    onOutput('stdout', Buffer.from(JSON.stringify(mount.answer(order, Object.fromEntries(words.map((word) => word.split('=') as [string, string]))))));
    return Promise.resolve(0);
  };
  return { engine: { exec } as unknown as MountControl['engine'], containerId: 'c1', folder };
}

describe.runIf(process.platform === 'linux').each([['over its socket', true], ['by a program in its container', false]])('a mount that takes orders %s', (_, hasSocket) => {
  test('says how full its cache is', async () => {
    expect(await cacheUse(await control(new FakeMount(new Set()), hasSocket), '/mnt/s3/data')).toEqual({ usedBytes: 7, maxBytes: 9 });
    expect(started.length).toBe(hasSocket ? 0 : 1);
    if (!hasSocket) expect(started[0]).toEqual(['timeout', '-s', 'KILL', '5', 'rclone', 'rc', '--unix-socket', '/run/berth/mnt-s3-data.sock', 'vfs/stats']);
  });

  test('reads exactly the folders that are named', async () => {
    const mount = new FakeMount(new Set(['a', 'b']));
    const door = await control(mount, hasSocket);
    await refreshFolders(door, '/mnt/s3/data', ['']);
    await refreshFolders(door, '/mnt/s3/data', ['a/', '/b', 'a']);
    expect(mount.asked).toEqual([{}, { dir: 'a', dir2: 'b' }]);
  });

  test('reads a new folder from the one above it that it knows, not the whole bucket', async () => {
    const mount = new FakeMount(new Set(['a', 'a/b', 'a/b/c']));
    await refreshFolders(await control(mount, hasSocket), '/mnt/s3/data', ['a/b/c']);
    expect(mount.known.has('a/b/c')).toBe(true);
    expect(mount.asked).toEqual([{ dir: 'a/b/c' }, {}, { dir: 'a' }, { dir: 'a/b' }, { dir: 'a/b/c' }]);
  });

  test('forgets a folder that is gone by reading those above it', async () => {
    const mount = new FakeMount(new Set(['a']));
    await refreshFolders(await control(mount, hasSocket), '/mnt/s3/data', ['a/gone']);
    expect(mount.asked.some((values) => 'recursive' in values)).toBe(false);
  });

  test('reads everything where nothing is named or where folders cannot be read by themselves, and says so when that fails too', async () => {
    const mount = new FakeMount(new Set());
    const door = await control(mount, hasSocket);
    await refreshFolders(door, '/mnt/s3/data', []);
    expect(mount.asked).toEqual([{ recursive: 'true' }]);
    mount.refusal = 'connection refused';
    await expect(refreshFolders(door, '/mnt/s3/data', ['a'])).rejects.toMatchObject({ code: 'service-unreachable', message: 'The mount /mnt/s3/data could not read its bucket again.' });
    expect(mount.asked.at(-1)).toEqual({ recursive: 'true' });
  });
});

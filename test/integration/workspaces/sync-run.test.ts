import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useCleanups } from '../../support/cleanups';
import type { StorageStage } from '../../support/storage';
import { openStore, syncStage, type SyncStage } from './sync-kit';

const run = promisify(execFile);
const later = useCleanups();
let store: StorageStage;

beforeAll(async () => {
  store = await openStore();
});
afterAll(async () => store?.close());

async function stage(...more: Parameters<typeof syncStage> extends [unknown, ...infer R] ? R : never): Promise<SyncStage> {
  const made = await syncStage(store, ...more);
  later(() => made.close());
  return made;
}

function sent(report: { readonly workspaces: readonly { readonly uploaded: number }[] }): number {
  return report.workspaces.reduce((sum, { uploaded }) => sum + uploaded, 0);
}

describe('a run against a real store', () => {
  it('fills the bucket with what git would keep minus the default excludes, then follows each change', async () => {
    const s = await stage();
    await s.write('myapp/.gitignore', '*.tmp\n/out/\n!keep.tmp\n');
    for (const key of ['myapp/app.js', 'myapp/a.tmp', 'myapp/keep.tmp', 'myapp/out/x', 'myapp/src/out/y', 'myapp/node_modules/p/i.js', 'myapp/.env', 'myapp/.env.local', 'myapp/ü ä.txt', 'myapp/😀/ﬀ.txt']) await s.write(key, `of ${key}`);
    await run('git', ['init', '-q', join(s.root, 'myapp')]);
    expect(sent(await s.sync())).toBe(6);
    const { stdout } = await run('git', ['-C', join(s.root, 'myapp'), 'ls-files', '-z', '-co', '--exclude-standard']);
    const wanted = stdout.split('\0').filter((name) => name !== '' && !/(^|\/)(node_modules|\.env[^/]*)(\/|$)/.test(name)).map((name) => `myapp/${name}`);
    expect([...(await s.there()).keys()].sort()).toEqual(wanted.sort());
    expect(sent(await s.sync())).toBe(0);
    await s.write('myapp/app.js', 'other');
    const one = await s.sync();
    expect(sent(one)).toBe(1);
    await unlink(join(s.root, 'myapp/app.js'));
    await s.sync();
    expect((await s.there()).has('myapp/app.js')).toBe(false);
  });

  it('sends large files in parts, takes them over after its state is lost, and sends no touch of them', async () => {
    const s = await stage();
    await s.write('a/large.bin', Buffer.alloc(20 * 1024 * 1024 + 5, 'large'));
    await s.write('a/limit.bin', Buffer.alloc(16 * 1024 * 1024, 'limit'));
    expect(sent(await s.sync())).toBe(2);
    await utimes(join(s.root, 'a/large.bin'), new Date(), new Date());
    expect(sent(await s.sync())).toBe(0);
    await s.core.close();
    await rm(s.options.stateDir, { recursive: true });
    await s.restart();
    const report = await s.sync();
    expect(report).toMatchObject({ conflicts: [], listed: true });
    expect(report.workspaces[0]).toMatchObject({ uploaded: 0, unchanged: 2 });
  });

  it('lets a file become a folder and a folder a file', async () => {
    const s = await stage();
    await s.write('a/one', 'file');
    await s.write('a/two/x', 'in folder');
    await s.write('a/two/y', 'in folder');
    await s.sync();
    await rm(join(s.root, 'a/one'));
    await s.write('a/one/x', 'now in a folder');
    await rm(join(s.root, 'a/two'), { recursive: true });
    await s.write('a/two', 'now a file');
    const report = await s.sync();
    expect(report.conflicts).toEqual([]);
    await s.sync();
    expect(await s.there()).toEqual(await s.here());
  });

  it('finds every edit of the matrix, and sends nothing for a touch', async () => {
    const s = await stage();
    const key = 'a/config';
    const path = join(s.root, key);
    await s.write(key, 'port=8001');
    await s.write('a/other', 'x');
    const old = new Date('2020-01-01T00:00:00.5Z');
    await utimes(path, old, old);
    await s.sync();
    const edits: Readonly<Record<string, () => Promise<unknown>>> = {
      'same size, newer': () => writeFile(path, 'port=8002'),
      'same size, older': async () => {
        await writeFile(path, 'port=8003');
        await utimes(path, new Date('2019-01-01'), new Date('2019-01-01'));
      },
      'same size, time put back': async () => {
        const before = await stat(path);
        await writeFile(path, 'port=8004');
        await utimes(path, before.atime, before.mtime);
      },
      'replaced by another file with its times': async () => {
        await cp(path, `${path}.new`, { preserveTimestamps: true });
        const before = await stat(path);
        await writeFile(`${path}.new`, 'port=8005');
        await utimes(`${path}.new`, before.atime, before.mtime);
        await run('mv', [`${path}.new`, path]);
      },
    };
    for (const [name, edit] of Object.entries(edits)) {
      await edit();
      expect(sent(await s.sync()), name).toBe(1);
      expect(await s.there(), name).toEqual(await s.here());
    }
    await utimes(path, new Date(), new Date());
    const touched = await s.sync();
    expect(touched.requests).toEqual({ puts: 0, lists: 0, heads: 0, deletes: 0 });
  });

  it('lets one writer at a place at a time', async () => {
    const s = await stage();
    await s.write('a/x', '1');
    const quick = openQuickS3(s.options.s3);
    later(() => quick.close());
    const body = Buffer.from('{"holder":"workspace-sync"}\n');
    await quick.put({ bucket: s.bucket, key: '.berth/lease', body, md5: createHash('md5').update(body).digest('hex'), mtimeNs: 0n, condition: { kind: 'create' } });
    await expect(s.sync()).rejects.toMatchObject({ code: 'busy' });
    expect((await s.there()).size).toBe(0);
    await quick.remove(s.bucket, ['.berth/lease']);
    expect(sent(await s.sync())).toBe(1);
    expect(await quick.head(s.bucket, '.berth/lease')).toBeNull();
  });

  it('takes 10,000 files at first, then nothing, then one', async () => {
    const s = await stage();
    for (let folder = 0; folder < 100; folder += 1) {
      await mkdir(join(s.root, `a/d${String(folder)}`), { recursive: true });
      await Promise.all(Array.from({ length: 100 }, (_, file) => writeFile(join(s.root, `a/d${String(folder)}/f${String(file)}.txt`), `${'content '.repeat(file * 10)}${String(folder)}`)));
    }
    const cold = await s.sync();
    const first = await s.sync();
    const again = await s.sync();
    await s.write('a/d50/f50.txt', 'changed');
    const one = await s.sync();
    await s.restart();
    const restarted = await s.sync();
    process.stdout.write(`10,000 files: cold ${String(cold.durationMs)} ms (${String(cold.requests.puts)} puts), nothing ${String(first.durationMs)} then ${String(again.durationMs)} ms, one ${String(one.durationMs)} ms, nothing after a restart ${String(restarted.durationMs)} ms, ${String(Math.round(process.memoryUsage.rss() / 1e6))} MB\n`);
    expect([sent(cold), sent(first), sent(again), sent(one), sent(restarted)]).toEqual([10_000, 0, 0, 1, 0]);
    expect(again.requests).toEqual({ puts: 0, lists: 0, heads: 0, deletes: 0 });
    expect(await s.there()).toEqual(await s.here());
  }, 300_000);
});

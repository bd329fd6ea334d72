import { mkdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import type { SyncWatchEvent } from '@main/workspaces/engine-types';
import { describe, expect, it } from 'vitest';
import { useCleanups } from '../../support/cleanups';
import { syncWorld, type SyncWorld } from '../../unit/main/workspaces/sync-world';

const later = useCleanups();

interface Watched extends SyncWorld {
  readonly events: SyncWatchEvent[];
  /** Calls since the last time this was asked, without the lease. */
  since(): readonly string[];
}

async function watched(files: Readonly<Record<string, string>>): Promise<Watched> {
  const w = await syncWorld();
  later(() => w.close());
  for (const [key, text] of Object.entries(files)) await w.write(key, text);
  const events: SyncWatchEvent[] = [];
  await w.core.watch({ workspace: null }, (event) => events.push(event));
  w.s3.calls.splice(0);
  return Object.assign(w, { events, since: () => w.s3.calls.splice(0).filter((call) => !call.includes('.berth/')) });
}

const text = (w: SyncWorld, key: string): ReturnType<typeof expect.poll> => expect.poll(() => w.s3.text(key), { timeout: 15_000, interval: 10 });

describe('a watch', () => {
  it('sends each save by itself, however an editor saves', async () => {
    const w = await watched({ 'api/app.js': '1', 'api/src/deep/b.js': '1' });
    expect(w.events).toMatchObject([{ kind: 'run' }, { kind: 'mode', mode: 'watching', folders: 4 }]);
    await w.write('api/app.js', 'in place');
    await text(w, 'api/app.js').toBe('in place');
    expect(w.since()).toEqual(['put api/app.js']);
    await writeFile(join(w.root, 'api/src/deep/b.js.tmp~'), 'renamed');
    await rename(join(w.root, 'api/src/deep/b.js.tmp~'), join(w.root, 'api/src/deep/b.js'));
    await text(w, 'api/src/deep/b.js').toBe('renamed');
    await unlink(join(w.root, 'api/app.js'));
    await w.write('api/app.js', 'removed and written');
    await text(w, 'api/app.js').toBe('removed and written');
    expect(w.since().filter((call) => call.startsWith('list') || call.startsWith('remove'))).toEqual([]);
  });

  it('asks for nothing when what changes is kept back', async () => {
    const w = await watched({ 'api/app.js': '1', 'api/.gitignore': '*.tmp\n' });
    await w.write('api/.env', 'SECRET=1');
    await w.write('api/.env.local', 'SECRET=1');
    await w.write('api/x.tmp', '1');
    for (let index = 0; index < 1_000; index += 1) await w.write(`api/node_modules/p${String(index % 50)}/f${String(index)}.js`, 'x');
    await w.write('api/last.js', 'last');
    await text(w, 'api/last.js').toBe('last');
    expect(w.since()).toEqual(['put api/last.js']);
    expect([...w.s3.objects.keys()].filter((key) => /node_modules|\.env|\.tmp/.test(key))).toEqual([]);
  });

  it('follows folders that come, move and go; what is new is there before what is old goes', async () => {
    const w = await watched({ 'api/app.js': '1', 'api/old/a.js': 'a', 'api/old/b.js': 'b' });
    await mkdir(join(w.root, 'api/new/deep'), { recursive: true });
    await w.write('api/new/deep/c.js', 'c');
    await text(w, 'api/new/deep/c.js').toBe('c');
    await w.write('api/new/deep/c.js', 'c2');
    await text(w, 'api/new/deep/c.js').toBe('c2');
    w.since();
    await rename(join(w.root, 'api/old'), join(w.root, 'api/moved'));
    await text(w, 'api/old/a.js').toBeUndefined();
    const calls = w.since();
    expect(w.s3.text('api/moved/b.js')).toBe('b');
    expect(calls.indexOf('put api/moved/a.js')).toBeLessThan(calls.findIndex((call) => call.startsWith('remove api/old/a.js')));
    await w.write('api/moved/a.js', 'still watched');
    await text(w, 'api/moved/a.js').toBe('still watched');
    await rm(join(w.root, 'api/moved'), { recursive: true });
    await text(w, 'api/moved/a.js').toBeUndefined();
  });

  it('removes what a new rule excludes', async () => {
    const w = await watched({ 'api/app.js': '1', 'api/data.csv': '1' });
    await w.write('api/.gitignore', '*.csv\n');
    await text(w, 'api/data.csv').toBeUndefined();
    await w.write('api/other.csv', '1');
    await w.write('api/after.js', '1');
    await text(w, 'api/after.js').toBe('1');
    expect(w.s3.text('api/other.csv')).toBeUndefined();
  });

  it('gets a checkout of many files right', async () => {
    const w = await watched({ 'api/app.js': '1' });
    for (let index = 0; index < 1_500; index += 1) await w.write(`api/d${String(index % 30)}/f${String(index)}.js`, `v ${String(index)}`);
    await rm(join(w.root, 'api/d7'), { recursive: true });
    await expect.poll(() => Object.keys(w.bucket()).length, { timeout: 30_000 }).toBe(1 + 1_450);
    await w.write('api/d3/f3.js', 'edited');
    await text(w, 'api/d3/f3.js').toBe('edited');
  });

  it('halts when the folder goes, and tries again when the store was away', async () => {
    const w = await watched({ 'api/app.js': '1' });
    w.s3.before = () => {
      throw new AppError('service-unreachable', 'Away.');
    };
    await w.write('api/app.js', '2');
    await expect.poll(() => w.events.some((event) => event.kind === 'failed' && event.code === 'service-unreachable'), { timeout: 10_000 }).toBe(true);
    w.s3.before = () => undefined;
    await text(w, 'api/app.js').toBe('2');
    await rename(w.root, `${w.root}.away`);
    await expect.poll(() => w.events.some((event) => event.kind === 'run' && event.report.halt !== null), { timeout: 10_000 }).toBe(true);
    expect(w.bucket()).toEqual({ 'api/app.js': '2' });
    await rename(`${w.root}.away`, w.root);
  });
});

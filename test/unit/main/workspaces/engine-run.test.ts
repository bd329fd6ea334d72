import { mkdir, rename, rm, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { describe, expect, it } from 'vitest';
import { memoryS3 } from '../../../support/memory-s3';
import { useCleanups } from '../../../support/cleanups';
import { syncWorld, type SyncWorld } from './sync-world';

const later = useCleanups();

async function world(...changed: Parameters<typeof syncWorld>): Promise<SyncWorld> {
  const made = await syncWorld(...changed);
  later(() => made.close());
  return made;
}

async function small(...changed: Parameters<typeof syncWorld>): Promise<SyncWorld> {
  const made = await world(...changed);
  await made.write('api/app.js', 'listen(8001)');
  await made.write('api/src/b.js', 'b');
  await made.write('api/node_modules/x/index.js', 'x');
  await made.write('api/.env', 'SECRET=1');
  await made.write('www/index.html', '<p>');
  return made;
}

describe('a run', () => {
  it('sends the source only, then nothing, then the one file that changed', async () => {
    const w = await small();
    const first = await w.sync();
    expect(w.bucket()).toEqual({ 'api/app.js': 'listen(8001)', 'api/src/b.js': 'b', 'www/index.html': '<p>' });
    expect(first.workspaces).toMatchObject([{ name: 'api', uploaded: 2, bytesSent: 13, excluded: { files: 1, folders: 1 } }, { name: 'www', uploaded: 1 }]);
    expect(first).toMatchObject({ halt: null, conflicts: [], listed: true });
    const calls = w.s3.calls.length;
    const second = await w.sync();
    expect(second.workspaces).toMatchObject([{ name: 'api', uploaded: 0, unchanged: 2 }, { name: 'www', uploaded: 0, unchanged: 1 }]);
    expect(w.s3.calls.length).toBe(calls);
    await w.write('api/app.js', 'listen(8002)');
    await w.sync();
    expect(w.s3.calls.slice(calls).filter((call) => call.startsWith('put') && !call.includes('.berth'))).toEqual(['put api/app.js']);
    expect(w.s3.text('api/app.js')).toBe('listen(8002)');
    expect([...w.s3.objects.keys()].filter((key) => key.includes('.env') || key.includes('node_modules'))).toEqual([]);
  });

  it('sends nothing for a bare touch, also after a restart', async () => {
    const w = await small();
    await w.sync();
    await utimes(join(w.root, 'api/app.js'), new Date(), new Date(Date.now() - 60_000));
    const calls = w.s3.calls.length;
    expect((await w.sync()).workspaces[0]).toMatchObject({ uploaded: 0, unchanged: 2 });
    await w.restart();
    await w.sync();
    expect(w.s3.calls.length).toBe(calls);
  });

  it('removes what was deleted here and what a rule excludes since, the file of which stays', async () => {
    const w = await small();
    await w.sync();
    await unlink(join(w.root, 'api/app.js'));
    await w.write('www/.gitignore', 'index.html\n');
    const report = await w.sync();
    expect(report.workspaces).toMatchObject([{ name: 'api', deleted: 1 }, { name: 'www', deleted: 1, uploaded: 1 }]);
    expect(w.bucket()).toEqual({ 'api/src/b.js': 'b', 'www/.gitignore': 'index.html\n' });
    expect((await stat(join(w.root, 'www/index.html'))).isFile()).toBe(true);
  });

  it('touches one workspace alone when asked for one', async () => {
    const w = await small();
    await w.sync({ workspace: 'www' });
    expect(Object.keys(w.bucket())).toEqual(['www/index.html']);
    await rm(join(w.root, 'www/index.html'));
    await w.write('www/new.html', 'n');
    await w.sync({ workspace: 'www' });
    expect(Object.keys(w.bucket())).toEqual(['www/new.html']);
    await w.sync();
    expect(Object.keys(w.bucket()).sort()).toEqual(['api/app.js', 'api/src/b.js', 'www/new.html']);
    await rm(join(w.root, 'www'), { recursive: true });
    expect((await w.sync({ workspace: 'www' })).halt).toBeNull();
    expect(Object.keys(w.bucket()).sort()).toEqual(['api/app.js', 'api/src/b.js']);
  });

  it('never overwrites or removes what somebody else wrote, and does when it was chosen', async () => {
    const w = await small();
    w.s3.foreign('api/app.js', 'theirs!');
    const first = await w.sync();
    expect(first.conflicts).toEqual([{ key: 'api/app.js', because: 'not-ours', etag: expect.any(String), localBytes: 12, remoteBytes: 7 }]);
    expect(w.s3.text('api/app.js')).toBe('theirs!');
    await w.sync({ keepLocal: [{ key: 'api/app.js', etag: first.conflicts[0]?.etag ?? '' }] });
    expect(w.s3.text('api/app.js')).toBe('listen(8001)');
    // Behind our back, between two runs: found without a listing, by the condition of the write.
    w.s3.foreign('api/app.js', 'theirs 2');
    await w.write('api/app.js', 'mine 2');
    expect((await w.sync()).conflicts).toMatchObject([{ key: 'api/app.js', because: 'changed-there' }]);
    w.s3.foreign('www/index.html', 'theirs 3');
    await unlink(join(w.root, 'www/index.html'));
    expect((await w.sync()).conflicts).toMatchObject([{ key: 'api/app.js' }, { key: 'www/index.html', because: 'changed-there', localBytes: null }]);
    expect(w.s3.text('www/index.html')).toBe('theirs 3');
  });

  it('takes over what is there with the same content, and leaves the rest of the bucket alone', async () => {
    const w = await small();
    w.s3.foreign('api/app.js', 'listen(8001)');
    w.s3.foreign('elsewhere/theirs', 'x');
    const report = await w.sync();
    expect(report).toMatchObject({ conflicts: [], foreignObjects: 1 });
    expect(report.workspaces[0]).toMatchObject({ uploaded: 1, unchanged: 1 });
    expect(w.s3.text('elsewhere/theirs')).toBe('x');
  });

  it('brings back what somebody removed, once it looks', async () => {
    const w = await small();
    await w.sync();
    w.s3.objects.delete('api/app.js');
    expect((await w.sync()).workspaces[0]?.uploaded).toBe(0);
    expect((await w.sync({ verify: true })).workspaces[0]?.uploaded).toBe(1);
    expect(w.s3.text('api/app.js')).toBe('listen(8001)');
  });

  it('keeps to sizes when told, and says so', async () => {
    const w = await small({ settings: { sizeOnly: true } });
    await w.sync();
    await w.write('api/app.js', 'listen(8002)');
    expect(await w.sync()).toMatchObject({ sizeOnly: true });
    expect(w.s3.text('api/app.js')).toBe('listen(8001)');
    await w.write('api/app.js', 'listen(80022)');
    await w.sync();
    expect(w.s3.text('api/app.js')).toBe('listen(80022)');
  });

  it('copies aside what it removes when told', async () => {
    const w = await small({ settings: { trash: true } });
    await w.sync();
    await unlink(join(w.root, 'api/app.js'));
    await w.sync();
    expect([...w.s3.objects].filter(([key]) => key.startsWith('.berth/trash/')).map(([key, { body }]) => [key.split('/').slice(3).join('/'), body.toString()])).toEqual([['api/app.js', 'listen(8001)']]);
    expect((await w.sync({ verify: true })).foreignObjects).toBe(0);
  });

  it('writes beneath its prefix only', async () => {
    const w = await small({ prefix: 'team/ws/' });
    await w.sync();
    w.s3.foreign('team/other', 'x');
    await unlink(join(w.root, 'api/app.js'));
    await w.sync({ verify: true });
    expect([...w.s3.objects.keys()].sort()).toEqual(['team/other', 'team/ws/api/src/b.js', 'team/ws/www/index.html']);
  });

  it('tells links, pipes and names that are no text, and sends none of them', async () => {
    const w = await small();
    await symlink('/etc/passwd', join(w.root, 'api/link'));
    await symlink('/etc', join(w.root, 'api/folder'));
    await writeFile(Buffer.concat([Buffer.from(join(w.root, 'api/')), Buffer.from([0xff, 0x61])]), 'x');
    await w.write('.berth/mine', 'x');
    const report = await w.sync();
    expect(report.skipped.map(({ key, reason }) => `${reason} ${key}`).sort()).toEqual(['name-not-utf8 api/\ufffda', 'reserved .berth/', 'symlink api/folder', 'symlink api/link']);
    expect(Object.keys(w.bucket()).sort()).toEqual(['api/app.js', 'api/src/b.js', 'www/index.html']);
  });

  it('does not follow a folder that became a link', async () => {
    const w = await small();
    await w.sync();
    await rename(join(w.root, 'api/src'), join(w.root, '..', 'src'));
    await symlink(join(w.root, '..', 'src'), join(w.root, 'api/src'));
    await w.sync();
    expect(Object.keys(w.bucket()).sort()).toEqual(['api/app.js', 'www/index.html']);
  });

  it('takes nothing for deleted where it cannot know, and sends nothing from there', async () => {
    const w = await small();
    await w.sync();
    // Too large to be read: what it keeps back is not known.
    await w.write('api/src/.gitignore', '#'.repeat(2_000_000));
    await w.write('api/src/new.js', 'maybe excluded');
    const report = await w.sync();
    expect(report.skipped).toEqual([{ key: 'api/src/', reason: 'unreadable' }]);
    expect(Object.keys(w.bucket()).sort()).toEqual(['api/app.js', 'api/src/b.js', 'www/index.html']);
  });

  it('sends many small new files as tars, and by itself what a tar lost', async () => {
    const s3 = memoryS3({ tarBatches: true });
    const w = await world({ s3 });
    for (let index = 0; index < 450; index += 1) await w.write(`api/f${String(index)}`, `content ${String(index)}`);
    const putBatch = s3.putBatch;
    s3.putBatch = async (request) => putBatch({ ...request, files: request.files.slice(1) });
    const report = await w.sync();
    expect(s3.calls.filter((call) => call.startsWith('batch'))).toHaveLength(3);
    expect(report.workspaces[0]?.uploaded).toBe(453);
    expect(Object.keys(w.bucket())).toHaveLength(450);
    expect((await w.sync({ verify: true })).workspaces[0]).toMatchObject({ uploaded: 0, unchanged: 450 });
  });

  it('removes nothing when something could not be sent', async () => {
    const w = await small();
    await w.sync();
    await unlink(join(w.root, 'api/app.js'));
    await w.write('api/app2.js', 'moved');
    w.s3.before = (call) => {
      if (call === 'put api/app2.js') throw new AppError('service-unreachable', 'Away.');
    };
    await expect(w.sync()).rejects.toThrow('Away.');
    expect(w.s3.text('api/app.js')).toBe('listen(8001)');
    w.s3.before = () => undefined;
    expect(await w.sync()).toMatchObject({ listed: true });
    expect(Object.keys(w.bucket()).sort()).toEqual(['api/app2.js', 'api/src/b.js', 'www/index.html']);
  });

  it('tries a file that moves three times, then says that it is busy', async () => {
    const w = await small();
    let edits = 0;
    const put = w.s3.put;
    // The file moves while it is sent: what the store says of it does not matter then.
    w.s3.put = async (request) => {
      if (request.key !== 'api/app.js') return put(request);
      edits += 1;
      await w.write('api/app.js', `edit ${String(edits)}`);
      throw new AppError('service-unreachable', 'cut');
    };
    const report = await w.sync();
    expect(edits).toBe(3);
    expect(report.skipped).toEqual([{ key: 'api/app.js', reason: 'busy' }]);
    expect(report.halt).toBeNull();
  });

  it('stays within its bounds', async () => {
    const w = await world({ settings: { concurrency: 4 } });
    for (let index = 0; index < 60; index += 1) await w.write(`api/f${String(index)}`, 'x');
    let now = 0;
    let most = 0;
    const put = w.s3.put;
    w.s3.put = async (request) => {
      now += 1;
      most = Math.max(most, now);
      try {
        return await put(request);
      } finally {
        now -= 1;
      }
    };
    await w.sync();
    expect(most).toBe(4);
    expect(Object.keys(w.bucket())).toHaveLength(60);
  });

  it('plans without changing anything', async () => {
    const w = await small();
    const plan = await w.core.plan({ workspace: null });
    expect(plan).toMatchObject({ counts: { upload: 3, remove: 0, keep: 0 }, bytesToSend: 16, halt: null, approval: null });
    expect(plan.steps).toContainEqual({ kind: 'upload', key: 'api/app.js', sizeBytes: 12 });
    expect(w.s3.calls.filter((call) => !call.startsWith('list'))).toEqual([]);
    await w.sync();
    await unlink(join(w.root, 'api/app.js'));
    // What was written just now is read again, which is no change.
    expect((await w.core.plan({ workspace: null })).steps.filter(({ kind }) => kind !== 'rehash')).toEqual([{ kind: 'remove', key: 'api/app.js', because: 'deleted', sizeBytes: 12 }]);
    await mkdir(join(w.root, 'empty'));
    expect((await w.sync()).workspaces.map(({ name }) => name)).toContain('empty');
  });
});

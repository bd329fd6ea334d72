import { mkdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LEASE_STALE_MS } from '@main/workspaces/engine-lease';
import { useCleanups } from '../../../support/cleanups';
import { syncWorld, type SyncWorld } from './sync-world';

const later = useCleanups();

async function filled(count: number): Promise<SyncWorld> {
  const w = await syncWorld();
  later(() => w.close());
  for (let index = 0; index < count; index += 1) await w.write(`api/f${String(index).padStart(3, '0')}`, String(index));
  await w.write('www/index.html', 'x');
  await w.sync();
  return w;
}

const removals = (w: SyncWorld): readonly string[] => w.s3.calls.filter((call) => call.startsWith('remove') && !call.includes('.berth/lease'));

describe('a run that would remove a lot', () => {
  it('halts, and goes on when these very removals are approved', async () => {
    const w = await filled(60);
    for (let index = 0; index < 55; index += 1) await unlink(join(w.root, `api/f${String(index).padStart(3, '0')}`));
    await w.write('api/new', 'new');
    const halted = await w.sync();
    expect(halted).toMatchObject({ halt: { reason: 'too-many-deletes', deletes: 55, limit: 50, known: 61 }, deletesDeferred: 55 });
    expect(w.s3.text('api/new')).toBe('new');
    expect(removals(w)).toEqual([]);
    expect(await w.core.plan({ workspace: null })).toMatchObject({ halt: { ...halted.halt, known: 62 }, approval: halted.approval, counts: { remove: 55 } });
    // One more than was approved: asked again.
    await unlink(join(w.root, 'api/f059'));
    const again = await w.sync({ approve: halted.approval ?? '' });
    expect(again.halt).toMatchObject({ deletes: 56 });
    expect(removals(w)).toEqual([]);
    expect(await w.sync({ approve: again.approval ?? '' })).toMatchObject({ halt: null, approval: null });
    expect(Object.keys(w.bucket()).sort()).toEqual(['api/f055', 'api/f056', 'api/f057', 'api/f058', 'api/new', 'www/index.html']);
  });
});

describe('a folder that is not what it was', () => {
  it('stops every run and removes nothing: missing, emptied, replaced', async () => {
    const w = await filled(10);
    const before = w.bucket();
    await rename(w.root, `${w.root}.away`);
    expect(await w.sync()).toMatchObject({ halt: { reason: 'root-missing', root: w.root }, approval: null });
    await mkdir(w.root);
    const replaced = await w.sync();
    expect(replaced.halt).toEqual({ reason: 'root-replaced', root: w.root });
    await w.restart();
    expect((await w.sync()).halt?.reason).toBe('root-replaced');
    // Approved as another folder, it is still an empty one.
    const emptied = await w.sync({ approve: replaced.approval ?? '' });
    expect(emptied.halt).toEqual({ reason: 'root-emptied', root: w.root, known: 11 });
    expect(w.bucket()).toEqual(before);
    expect(removals(w)).toEqual([]);
    await rm(w.root, { recursive: true });
    await rename(`${w.root}.away`, w.root);
    const back = await w.sync();
    expect(back.halt?.reason).toBe('root-replaced');
    expect(await w.sync({ approve: back.approval ?? '' })).toMatchObject({ halt: null, conflicts: [] });
    expect(w.bucket()).toEqual(before);
  });

  it('stops when everything in it went', async () => {
    const w = await filled(10);
    await rm(join(w.root, 'api'), { recursive: true });
    await rm(join(w.root, 'www'), { recursive: true });
    expect((await w.sync()).halt).toEqual({ reason: 'root-emptied', root: w.root, known: 11 });
    expect(removals(w)).toEqual([]);
  });

  it('stops when it goes while files are sent', async () => {
    const w = await filled(10);
    await unlink(join(w.root, 'api/f001'));
    await w.write('www/index.html', 'changed');
    w.s3.before = async (call) => {
      if (call === 'put www/index.html') await rename(w.root, `${w.root}.away`);
    };
    const report = await w.sync();
    expect(report.halt?.reason).toBe('root-missing');
    expect(removals(w)).toEqual([]);
    await rename(`${w.root}.away`, w.root);
  });
});

describe('the lease of a place', () => {
  it('is taken over when it has stood still, and not before', async () => {
    const w = await filled(1);
    w.s3.foreign('.berth/lease', 'of somebody');
    await w.write('api/new', '1');
    await expect(w.sync()).rejects.toMatchObject({ code: 'busy' });
    w.nowMs += LEASE_STALE_MS - 1;
    await expect(w.sync()).rejects.toMatchObject({ code: 'busy' });
    w.s3.foreign('.berth/lease', 'of somebody, renewed');
    w.nowMs += 2;
    await expect(w.sync()).rejects.toMatchObject({ code: 'busy' });
    w.nowMs += LEASE_STALE_MS;
    await w.restart();
    expect((await w.sync()).workspaces[0]?.uploaded).toBe(1);
    expect(w.s3.text('.berth/lease')).toBeUndefined();
  });

  it('is taken back at once from a process of the same state that was killed', async () => {
    const w = await filled(1);
    await w.write('api/new', '1');
    const put = w.s3.put;
    w.s3.put = (request) => (request.key === 'api/new' ? new Promise(() => undefined) : put(request));
    const hanging = w.sync();
    hanging.catch(() => undefined);
    await expect.poll(() => w.s3.text('.berth/lease')).toBeDefined();
    w.s3.put = put;
    await w.restart(true);
    expect((await w.sync()).workspaces[0]?.uploaded).toBe(1);
  });
});

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '@main/platform/store';
import { KEPT_OPERATIONS } from '@main/platform/store-core';
import type { Operation } from '@shared/domain/operations/operation';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-store-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

function operation(id: string, change: Partial<Operation> = {}): Operation {
  return { id, kind: 'k', key: 'key', title: 't', projectId: null, state: 'queued', progress: { step: 0, of: 0, message: '' }, input: {}, result: null, error: null, cancellable: true, createdAt: '', startedAt: null, finishedAt: null, ...change };
}

describe('store', () => {
  it('keeps everything over a restart, private to the user, and values of containers sealed', async () => {
    const store = await openStore({ home, inProcess: true });
    await Promise.all([
      store.putOperation(operation('1', { input: { env: 'hunter2-secret' } })),
      store.putOperation(operation('2', { projectId: 'p_1' })),
      store.appendJournal({ operationId: '1', seq: 1, name: 'container.create', phase: 'intent', at: 'now', data: { Env: ['PASSWORD=hunter2-secret'] } }),
      store.appendLog('1', ['a', 'b']),
      store.putProject({ id: 'p_1', dir: '/x', trustedFacts: ['a'], openedAt: '1' }),
      store.putSetting('theme', { dark: true }),
    ]);
    await store.putOperation(operation('1', { state: 'running', input: { env: 'hunter2-secret' } }));
    await store.close();

    for (const file of ['berth.db', 'key']) expect((await stat(join(home, file))).mode & 0o077, file).toBe(0);
    expect((await stat(home)).mode & 0o777).toBe(0o700);
    expect((await readFile(join(home, 'berth.db'))).includes('hunter2-secret')).toBe(false);

    const again = await openStore({ home, inProcess: true });
    expect((await again.listOperations({ limit: 10 })).map((one) => one.id)).toEqual(['2', '1']);
    expect((await again.listOperations({ projectId: 'p_1', limit: 10 })).map((one) => one.id)).toEqual(['2']);
    expect((await again.openOperations()).map((one) => [one.id, one.state])).toEqual([
      ['1', 'running'],
      ['2', 'queued'],
    ]);
    expect((await again.journal('1'))[0]?.data).toEqual({ Env: ['PASSWORD=hunter2-secret'] });
    expect(await again.log('1')).toEqual(['a', 'b']);
    expect(await again.listProjects()).toEqual([{ id: 'p_1', dir: '/x', trustedFacts: ['a'], openedAt: '1' }]);
    expect(await again.getSetting('theme')).toEqual({ dark: true });
    expect(await again.getSetting('none')).toBeUndefined();
    expect(await again.getOperation('none')).toBeNull();
    await again.removeProject('p_1');
    expect(await again.listProjects()).toEqual([]);
    await again.close();
  });

  it('refuses a second opener, naming the first, and lets it in after', async () => {
    const first = await openStore({ home, inProcess: true });
    await expect(openStore({ home, inProcess: true })).rejects.toMatchObject({ code: 'state-locked', message: `Another Berth (process ${process.pid}) is using ${home}.` });
    await first.close();
    await (await openStore({ home, inProcess: true })).close();
  });

  it('forgets old ended operations with their journals, never open ones', async () => {
    const store = await openStore({ home, inProcess: true });
    await store.putOperation(operation('open'));
    await store.putOperation(operation('open', { state: 'running' }));
    for (let n = 0; n < KEPT_OPERATIONS + 120; n += 1) {
      const id = `op${n}`;
      void store.putOperation(operation(id));
      void store.appendJournal({ operationId: id, seq: 1, name: 'a', phase: 'note', at: '', data: {} });
      void store.putOperation(operation(id, { state: 'succeeded' }));
    }
    const all = await store.listOperations({ limit: 10_000 });
    expect(all.length).toBeLessThanOrEqual(KEPT_OPERATIONS + 52);
    expect(all.at(-1)?.id).toBe('open');
    expect(await store.journal('op0')).toEqual([]);
    expect((await store.journal(`op${KEPT_OPERATIONS + 119}`)).length).toBe(1);
    await store.close();
  });

  it('refuses the state of a newer version and a file that is no database, and keeps both', async () => {
    await (await openStore({ home, inProcess: true })).close();
    const db = new Database(join(home, 'berth.db'));
    db.exec('PRAGMA user_version = 999');
    db.close();
    await expect(openStore({ home, inProcess: true })).rejects.toMatchObject({ code: 'setup-failed', message: expect.stringContaining('newer version') as string });
    await writeFile(join(home, 'berth.db'), 'not a database at all, but long enough to be looked at as one'.repeat(40));
    await expect(openStore({ home, inProcess: true })).rejects.toMatchObject({ code: 'setup-failed', where: { file: join(home, 'berth.db') } });
    expect(await readFile(join(home, 'berth.db'), 'utf8')).toContain('not a database');
  });
});

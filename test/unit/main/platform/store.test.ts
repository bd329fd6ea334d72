import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '@main/platform/store';
import type { LogEntryFilter, StoredLogEntry, StoredSample } from '@main/platform/types';
import { OPERATION_DEFAULTS, type Operation } from '@shared/domain/operations/operation';

const run = promisify(execFile);

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-store-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

function operation(id: string, change: Partial<Operation> = {}): Operation {
  return { ...OPERATION_DEFAULTS, id, kind: 'k', key: 'key', title: 't', projectId: null, state: 'queued', progress: { step: 0, of: 0, message: '' }, input: {}, result: null, error: null, cancellable: true, createdAt: '', startedAt: null, finishedAt: null, ...change };
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

  it('still has the lease when the same process tried to open it again', async () => {
    const first = await openStore({ home, inProcess: true });
    await expect(openStore({ home, inProcess: true })).rejects.toMatchObject({ code: 'state-locked' });
    const other = `const db = new (require('libsql'))(process.argv[1]); try { db.exec('PRAGMA busy_timeout = 0'); db.exec('PRAGMA locking_mode = EXCLUSIVE'); db.exec('BEGIN IMMEDIATE'); process.stdout.write('taken'); } catch (error) { process.stdout.write(error.code); }`;
    expect((await run(process.execPath, ['-e', other, join(home, 'berth.db')])).stdout).toBe('SQLITE_BUSY');
    await first.close();
    expect((await run(process.execPath, ['-e', other, join(home, 'berth.db')])).stdout).toBe('taken');
  });

  it('keeps the newest 200 of 1,000 ended operations with their journals, and every open one', async () => {
    const store = await openStore({ home, inProcess: true });
    const finishedAt = '2026-01-10T00:00:00.000Z';
    await store.putOperation(operation('needed', { state: 'succeeded', finishedAt }));
    await store.putOperation(operation('running', { state: 'running' }));
    await store.putOperation(operation('queued', { after: ['needed'] }));
    for (let n = 0; n < 1_000; n += 1) {
      const id = `op${n}`;
      void store.putOperation(operation(id, { state: n % 10 === 0 ? 'cancelled' : 'succeeded', finishedAt }));
      void store.appendJournal({ operationId: id, seq: 1, name: 'a', phase: 'note', at: '', data: {} });
      void store.appendLog(id, ['line']);
      void store.patchRecord('plan', id, { document: 'x' });
    }
    for (let n = 0; n < 5; n += 1) void store.putOperation(operation(`failed${n}`, { state: 'failed', finishedAt: n === 0 ? '2025-09-01T00:00:00.000Z' : '2025-12-01T00:00:00.000Z' }));
    const { removed, kept } = await store.pruneOperations({ keepCount: 200, keepDays: 30, keepFailedDays: 90 }, '2026-01-11T00:00:00.000Z');
    expect({ removed: removed.length, kept }).toEqual({ removed: 801, kept: 205 });
    const left = (await store.listOperations({ limit: 10_000 })).map((one) => one.id);
    expect(left).toEqual([...[4, 3, 2, 1].map((n) => `failed${n}`), ...Array.from({ length: 200 }, (_unused, n) => `op${999 - n}`), 'queued', 'running', 'needed']);
    expect([await store.journal('op799'), await store.log('op799'), await store.getRecord('plan', 'op799')]).toEqual([[], [], null]);
    expect([(await store.journal('op800')).length, (await store.log('op800')).length, (await store.getRecord('plan', 'op800'))?.version]).toEqual([1, 1, 1]);
    await store.close();
  });

  it('loses no change of two that write different fields of one record and one operation, 1,000 times', async () => {
    const store = await openStore({ home, inProcess: true });
    await store.putOperation(operation('1'));
    for (let round = 1; round <= 1_000; round += 1) {
      await Promise.all([
        store.patchRecord('status', 'web', { status: round }),
        store.patchRecord('status', 'web', { ports: [round] }),
        store.patchOperation('1', { title: `title ${round}` }),
        store.patchOperation('1', { undoable: round % 2 === 1 }),
      ]);
      const [record, stored] = await Promise.all([store.getRecord('status', 'web'), store.getOperation('1')]);
      expect(record).toMatchObject({ data: { status: round, ports: [round] }, version: round * 2 });
      expect(stored).toMatchObject({ title: `title ${round}`, undoable: round % 2 === 1, version: round * 2 + 1 });
    }
    await store.close();
  });

  it('refuses a change of something that was changed meanwhile', async () => {
    const store = await openStore({ home, inProcess: true });
    await store.putOperation(operation('1'));
    expect(await store.patchOperation('1', { title: 'a' }, 1)).toMatchObject({ title: 'a', version: 2 });
    await expect(store.patchOperation('1', { title: 'b' }, 1)).rejects.toMatchObject({ code: 'plan-stale' });
    await expect(store.patchOperation('none', {})).rejects.toMatchObject({ code: 'not-found' });
    expect(await store.patchRecord('schedule', 's', { a: 1, b: 2 }, 0)).toMatchObject({ version: 1 });
    await expect(store.patchRecord('schedule', 's', { a: 2 }, 0)).rejects.toMatchObject({ code: 'plan-stale' });
    expect((await store.patchRecord('schedule', 's', { a: null }, 1)).data).toEqual({ a: null, b: 2 });
    // One that is refused does not take the others of its commit with it.
    const [refused, done] = await Promise.allSettled([store.patchRecord('schedule', 's', { a: 3 }, 1), store.patchRecord('schedule', 's', { b: 3 }, 2)]);
    expect([refused.status, done.status]).toEqual(['rejected', 'fulfilled']);
    expect((await store.listRecords('schedule')).map((one) => [one.id, one.data])).toEqual([['s', { a: null, b: 3 }]]);
    await store.removeRecord('schedule', 's');
    expect(await store.getRecord('schedule', 's')).toBeNull();
    await store.close();
  });

  it('keeps the newest 10,000 entries of the event log and finds them', async () => {
    let store = await openStore({ home, inProcess: true });
    const entry = (n: number): StoredLogEntry => ({
      at: new Date(n * 1_000).toISOString(),
      type: n % 2 === 0 ? 'container.die' : 'operation.ended',
      severity: n % 100 === 0 ? 'error' : 'info',
      projectId: n % 3 === 0 ? 'p_1' : null,
      service: n % 3 === 0 ? 'web' : null,
      correlationId: `op_${n}`,
      message: `Entry number ${n}`,
      data: { n },
    });
    for (let from = 0; from < 12_000; from += 1_000) await store.appendLogEntries(Array.from({ length: 1_000 }, (_unused, n) => entry(from + n)));
    await store.close();
    store = await openStore({ home, inProcess: true });
    expect(await store.appendLogEntries([entry(12_000), entry(12_001)])).toEqual([12_001, 12_002]);
    const all = await store.listLogEntries({ limit: 20_000 });
    expect([all.length, all[0]?.seq, all.at(-1)?.seq]).toEqual([10_000, 12_002, 2_003]);
    expect(all[0]).toEqual({ seq: 12_002, ...entry(12_001) });
    const found = async (filter: Partial<LogEntryFilter>): Promise<unknown[]> => (await store.listLogEntries({ limit: 2, ...filter })).map((one) => one.data['n']);
    expect(await found({ projectId: 'p_1', service: 'web' })).toEqual([12_000, 11_997]);
    expect(await found({ type: 'container' })).toEqual([12_000, 11_998]);
    expect(await found({ type: 'operation.ended', beforeSeq: 12_000 })).toEqual([11_997, 11_995]);
    expect(await found({ minSeverity: 'warning' })).toEqual([12_000, 11_900]);
    expect(await found({ text: 'NUMBER 5555' })).toEqual([5_555]);
    expect(await found({ correlationId: 'op_7000', type: 'container' })).toEqual([7_000]);
    expect(await found({ sinceAt: new Date(12_001_000).toISOString() })).toEqual([12_001]);
    await store.close();
  });

  it('keeps a day of samples of 20 services well below 50 MB', async () => {
    const store = await openStore({ home, inProcess: true });
    const sample = (n: number): StoredSample => ({
      projectId: 'p_1',
      service: `service-${n % 20}`,
      atMs: 1_768_000_000_000 + Math.floor(n / 20) * 30_000,
      cpu: n < 20 ? null : (n % 997) / 1_000,
      memoryBytes: 300_000_000 + n * 4_096,
      memoryLimitBytes: 2 ** 31,
      networkReceivedBytes: n * 100_003,
      networkSentBytes: n * 70_001,
      blockReadBytes: n * 4_096,
      blockWrittenBytes: 2 ** 41 + n,
      processes: 12,
      restarts: 0,
    });
    for (let from = 0; from < 57_600; from += 2_400) await store.appendSamples(Array.from({ length: 2_400 }, (_unused, n) => sample(from + n)));
    const fromMs = sample(0).atMs;
    const one = await store.samples({ projectId: 'p_1', service: 'service-3', fromMs, toMs: fromMs + 60_000 });
    expect(one).toEqual([sample(3), sample(23), sample(43)]);
    expect((await store.samples({ projectId: 'p_1', fromMs, toMs: Infinity })).length).toBe(57_600);
    await store.pruneSamples(fromMs + 30_000);
    expect((await store.samples({ projectId: 'p_1', fromMs: 0, toMs: Infinity })).length).toBe(57_580);
    await store.close();
    expect((await stat(join(home, 'berth.db'))).size).toBeLessThan(10_000_000);
  });

  it('reads operations that an earlier version stored', async () => {
    const first = await openStore({ home, inProcess: true });
    const { version: _v, origin: _o, after: _a, ...old } = operation('old', { state: 'running' });
    await first.putOperation(old as Operation);
    await first.close();
    const again = await openStore({ home, inProcess: true });
    expect(await again.getOperation('old')).toMatchObject({ version: 1, origin: 'user', after: [], workerId: 1 });
    await again.close();
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

import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSampleService, type SampleProcess } from '../../support/sample-process';

interface StoreRecord {
  readonly key: string;
  readonly value: unknown;
}

let root: string;
const running: SampleProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bt-sm-'));
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  await rm(root, { recursive: true, force: true });
});

async function start(service: 'store' | 'worker', env: Record<string, string>): Promise<SampleProcess> {
  const one = await startSampleService(service, env);
  running.push(one);
  return one;
}

async function addRow(store: SampleProcess, value: unknown): Promise<StoreRecord> {
  const reply = await fetch(`${store.url}/records`, { method: 'POST', body: JSON.stringify(value) });
  expect(reply.status).toBe(201);
  return (await reply.json()) as StoreRecord;
}

async function rows(store: SampleProcess): Promise<readonly unknown[]> {
  const { records } = (await (await fetch(`${store.url}/records?prefix=row%3A&limit=1000`)).json()) as { records: readonly StoreRecord[] };
  return records.map((record) => record.value);
}

describe('the store of the sample', () => {
  test('every row it confirmed is there after a kill -9, and keys go on', async () => {
    const dataDir = join(root, 'data');
    const first = await start('store', { DATA_DIR: dataDir });
    const added = await Promise.all(Array.from({ length: 50 }, (_, index) => addRow(first, index)));
    expect(new Set(added.map((record) => record.key)).size).toBe(50);
    await first.stop('SIGKILL');
    const second = await start('store', { DATA_DIR: dataDir });
    expect([...(await rows(second))].sort()).toEqual(Array.from({ length: 50 }, (_, index) => index).sort());
    expect((await addRow(second, 'next')).key).toBe('row:000000000051');
  });

  test('a line a crash cut off is dropped; a damaged line in the middle stops the start', async () => {
    const dataDir = join(root, 'data');
    const log = join(dataDir, 'records.log');
    const first = await start('store', { DATA_DIR: dataDir });
    await addRow(first, 'a');
    await addRow(first, 'b');
    await first.stop();
    const whole = await readFile(log, 'utf8');
    await appendFile(log, whole.slice(0, 30));
    const second = await start('store', { DATA_DIR: dataDir });
    expect(await rows(second)).toEqual(['a', 'b']);
    expect(await readFile(log, 'utf8')).toBe(whole);
    await second.stop();
    await writeFile(log, whole.replace('"a"', '"x"'));
    await expect(start('store', { DATA_DIR: dataDir })).rejects.toThrow('is damaged in line 1');
    expect(await readFile(log, 'utf8')).toBe(whole.replace('"a"', '"x"'));
  });

  test('records are put, read, replaced and deleted, also across a restart', async () => {
    const env = { DATA_DIR: join(root, 'data') };
    const first = await start('store', env);
    const url = (key: string, of: SampleProcess): string => `${of.url}/records/${encodeURIComponent(key)}`;
    await fetch(url('a/b c', first), { method: 'PUT', body: '1' });
    await fetch(url('a/b c', first), { method: 'PUT', body: '{"two":2}' });
    await fetch(url('gone', first), { method: 'PUT', body: 'null' });
    expect((await fetch(url('gone', first), { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(url('gone', first), { method: 'DELETE' })).status).toBe(404);
    expect((await fetch(url('bad', first), { method: 'PUT', body: '{' })).status).toBe(400);
    expect(await first.stop()).toBe(0);
    const second = await start('store', env);
    expect(await (await fetch(url('a/b c', second))).json()).toMatchObject({ key: 'a/b c', value: { two: 2 } });
    expect((await fetch(url('gone', second))).status).toBe(404);
  });
});

describe('the worker of the sample', () => {
  test('writes what it finds out about each upload, once, and sends it to the store when that is there', async () => {
    const efs = join(root, 'efs');
    await mkdir(join(efs, 'uploads'), { recursive: true });
    const text = 'one two\nthree\n\n  four';
    await writeFile(join(efs, 'uploads/a.txt'), text);
    const store = await start('store', { DATA_DIR: join(root, 'data') });
    const worker = await start('worker', { EFS_ROOT: efs, STORE_URL: store.url });
    await expect.poll(async () => readdir(join(efs, 'processed'))).toEqual(['a.txt.json']);
    const facts = JSON.parse(await readFile(join(efs, 'processed/a.txt.json'), 'utf8')) as Record<string, unknown>;
    expect(facts).toMatchObject({ name: 'a.txt', sha256: createHash('sha256').update(text).digest('hex'), sizeBytes: text.length, kind: 'text', type: 'text/plain', lines: 3, words: 4 });
    await expect.poll(async () => (await fetch(`${store.url}/records/processed%3Aa.txt`)).status).toBe(200);

    await writeFile(join(efs, 'uploads/b.bin'), Buffer.from([1, 0, 2, 10]));
    await expect.poll(async () => readFile(join(efs, 'processed/b.bin.json'), 'utf8').catch(() => '')).toContain('"kind": "binary"');
    expect(worker.output().match(/processed a\.txt:/g)).toHaveLength(1);

    await unlink(join(efs, 'uploads/a.txt'));
    await expect.poll(async () => (await fetch(`${store.url}/records/processed%3Aa.txt`)).status, { timeout: 10_000 }).toBe(404);
    await expect.poll(async () => readdir(join(efs, 'processed'))).toEqual(['b.bin.json']);
    expect(await worker.stop()).toBe(0);
  });
});

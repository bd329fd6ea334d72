import { EventEmitter, once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSampleService, type SampleProcess } from '../../support/sample-process';

interface Job {
  readonly id: string;
  readonly state: string;
  readonly result: { readonly tags: readonly string[]; readonly route: string | null; readonly rejected: string | null; readonly derived: readonly string[]; readonly notes: readonly string[]; readonly rulesVersion: number } | null;
}

const MEGABYTE = 1_000_000;
let root: string;
let efs: string;
let store: SampleProcess;
let worker: SampleProcess;
let api: SampleProcess;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bt-sm-'));
  efs = join(root, 'efs');
  await mkdir(join(efs, 'uploads'), { recursive: true });
  store = await startSampleService('store', { DATA_DIR: join(root, 'data') });
  worker = await startSampleService('worker', { EFS_ROOT: efs, STORE_URL: store.url });
  api = await startSampleService('api', { EFS_ROOT: efs, S3_ROOT: join(root, 's3'), STORE_URL: store.url, WORKER_URL: worker.url });
});
afterEach(async () => {
  for (const one of [api, worker, store]) await one.stop();
  await rm(root, { recursive: true, force: true });
});

async function ask<T>(path: string, init?: RequestInit): Promise<{ readonly status: number; readonly body: T }> {
  const reply = await fetch(`${api.url}${path}`, init);
  return { status: reply.status, body: (await reply.json()) as T };
}

async function processed(name: string): Promise<Job> {
  const { status, body } = await ask<Job>(`/process/${encodeURIComponent(name)}`, { method: 'POST' });
  expect(status).toBe(202);
  return (await ask<Job>(`/jobs/${body.id}?wait=30`)).body;
}

const save = (source: string) => ask<{ readonly version: number; readonly error?: { readonly code: string; readonly message: string; readonly line: number } }>('/rules', { method: 'PUT', body: source });

describe('rules of the sample', () => {
  test('a large table is tagged and routed, and nothing else is; twice is once', async () => {
    const files = { 'small.csv': 10, 'large.csv': MEGABYTE + 1, 'small.txt': 10, 'large.txt': MEGABYTE + 1 };
    for (const [name, size] of Object.entries(files)) expect((await fetch(`${api.url}/upload?name=${name}`, { method: 'POST', body: 'x'.repeat(size) })).status).toBe(201);
    const results = Object.fromEntries(await Promise.all(Object.keys(files).map(async (name) => [name, (await processed(name)).result] as const)));
    expect(results['large.csv']).toMatchObject({ tags: ['large'], route: 'archive', rejected: null });
    for (const name of ['small.csv', 'small.txt', 'large.txt']) expect(results[name]).toMatchObject({ tags: [], route: null, rejected: null });
    await processed('large.csv');
    expect((await readdir(join(efs, 'processed'))).sort()).toEqual(Object.keys(files).map((name) => `${name}.json`).sort());
    expect((await ask<{ files: { name: string; found?: unknown }[] }>('/files?folder=uploads&contains=large.csv')).body.files).toMatchObject([{ name: 'large.csv', found: { tags: ['large'], route: 'archive', rejected: null } }]);
    expect((await ask('/process/unknown.csv', { method: 'POST' })).status).toBe(404);
    expect((await ask('/process/..%2Fx', { method: 'POST' })).status).toBe(400);
    expect((await ask('/jobs/nope')).status).toBe(404);
  });

  test('bad rules are refused with their line and change nothing; a former version comes back', async () => {
    const good = 'rules:\n  - name: notes\n    match: \n      contains: TODO\n    actions:\n      - tag: [open, todo]\n      - transform: gzip\n';
    expect(await save(good)).toMatchObject({ status: 201, body: { version: 1 } });
    await writeFile(join(efs, 'uploads/a.txt'), 'TODO: this');
    expect((await processed('a.txt')).result).toMatchObject({ tags: ['open', 'todo'], derived: ['a.txt.gz'], rulesVersion: 1 });
    expect(gunzipSync(await readFile(join(efs, 'processed/a.txt.gz'))).toString()).toBe('TODO: this');

    for (const [source, line, words] of [
      ['rules:\n  - name: x\n    match:\n      size:\n        over: many\n    actions:\n      - tag: y\n', 5, 'A size is a number'],
      ['rules:\n  - name: x\n    match:\n      nme: y\n    actions:\n      - tag: y\n', 4, 'has no nme'],
      ['rules:\n  - name: x\n    match:\n      name: "*"\n    actions:\n      - tag: y\n        route: z\n', 6, 'exactly one'],
      ['rules:\n  - name: x\n    match: &a\n      name: y\n', 3, 'quotes'],
      ['rules:\n\t- name: x\n', 2, 'tabs'],
      ['rules:\n  - name: x\n    name: y\n', 3, 'twice'],
      ['', 1, 'empty'],
    ] as const) {
      const refused = await save(source);
      expect([refused.status, refused.body.error?.code, refused.body.error?.line], source).toEqual([400, 'bad-rules', line]);
      expect(refused.body.error?.message).toContain(words);
    }
    expect((await ask<{ version: number; source: string }>('/rules')).body).toEqual({ version: 1, source: good });

    expect((await save('rules:\n  - name: none\n    match:\n      name: "*.txt"\n    actions:\n      - reject: No texts.\n')).body.version).toBe(2);
    // Other rules hold for what is there already: its other form goes.
    await expect.poll(async () => readdir(join(efs, 'processed')), { timeout: 10_000 }).toEqual(['a.txt.json']);
    expect((await processed('a.txt')).result).toMatchObject({ rejected: 'No texts.', tags: [], derived: [] });
    expect(await ask('/rules/versions/1/restore', { method: 'POST' })).toMatchObject({ status: 201, body: { version: 3, source: good } });
    expect((await processed('a.txt')).result).toMatchObject({ tags: ['open', 'todo'], rejected: null, rulesVersion: 3 });
    expect((await ask<{ versions: { version: number }[] }>('/rules/versions')).body.versions.map((one) => one.version)).toEqual([1, 2, 3]);

    // What holds is on disk, and a damaged newest version gives way to the one before it.
    await appendFile(join(efs, 'rules/000003.yml'), '\t\n\tx: 1');
    await worker.stop('SIGKILL');
    worker = await startSampleService('worker', { EFS_ROOT: efs, STORE_URL: store.url });
    const { body } = await (async () => ({ body: (await (await fetch(`${worker.url}/rules`)).json()) as { version: number } }))();
    expect(body.version).toBe(2);
    await unlink(join(efs, 'uploads/a.txt'));
    await expect.poll(async () => readdir(join(efs, 'processed')), { timeout: 10_000 }).toEqual([]);
  });

  test('a document that comes while the others are looked at keeps its result', async () => {
    const moments = new EventEmitter();
    let isHeld = false;
    const asked = once(moments, 'asked');
    const released = once(moments, 'released');
    const slowStore = createServer((request, response) => {
      void (async () => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of request) chunks.push(chunk as Uint8Array);
        // Two are in the list of the pass: while the first is held up another one comes, and its turn is before the second.
        if (request.method === 'PUT' && request.url?.startsWith('/records/processed%3A') === true && !isHeld) {
          isHeld = true;
          moments.emit('asked');
          await released;
        }
        const answer = await fetch(`${store.url}${request.url ?? ''}`, { method: request.method ?? 'GET', ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }) });
        response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
      })();
    });
    await new Promise<void>((listening) => slowStore.listen(0, '127.0.0.1', listening));
    await worker.stop();
    for (const name of ['first.txt', 'second.txt']) await writeFile(join(efs, 'uploads', name), name);
    worker = await startSampleService('worker', { EFS_ROOT: efs, STORE_URL: `http://127.0.0.1:${String((slowStore.address() as AddressInfo).port)}` });
    await asked;
    await writeFile(join(efs, 'uploads/between.txt'), 'between');
    const { id } = (await (await fetch(`${worker.url}/jobs`, { method: 'POST', body: JSON.stringify({ name: 'between.txt' }) })).json()) as { readonly id: string };
    moments.emit('released');
    expect(await (await fetch(`${worker.url}/jobs/${id}?wait=30`)).json()).toMatchObject({ state: 'done' });
    // One pass further.
    await writeFile(join(efs, 'uploads/later.txt'), 'later');
    await expect.poll(() => worker.output(), { timeout: 10_000 }).toContain('processed later.txt');
    expect(worker.output()).not.toContain('removed');
    slowStore.closeAllConnections();
    await new Promise((closed) => slowStore.close(closed));
  });

  test('other forms of a document: as asked, and a note where there is none', async () => {
    await save('rules:\n  - name: json\n    match:\n      name: "*.json"\n    actions:\n      - transform: compact-json\n  - name: text\n    match:\n      type: text/*\n    actions:\n      - transform: unix-newlines\n    stop: true\n  - name: never\n    match:\n      name: "*.txt"\n    actions:\n      - tag: never\n');
    await writeFile(join(efs, 'uploads/a.json'), '{ "a" : [1,  2] }');
    await writeFile(join(efs, 'uploads/b.json'), '{ broken');
    await writeFile(join(efs, 'uploads/c.txt'), 'one\r\ntwo\rthree\r\n');
    expect((await processed('a.json')).result?.derived).toEqual(['a.json.compact']);
    expect(await readFile(join(efs, 'processed/a.json.compact'), 'utf8')).toBe('{"a":[1,2]}');
    expect((await processed('b.json')).result).toMatchObject({ derived: [], notes: ['compact-json: b.json is not JSON'] });
    expect((await processed('c.txt')).result).toMatchObject({ derived: ['c.txt.unix'], tags: [] });
    expect(await readFile(join(efs, 'processed/c.txt.unix'), 'utf8')).toBe('one\ntwo\rthree\n');
  });
});

describe('logs of the sample', () => {
  test('lines of all services by time, filtered, and each new one in the stream', async () => {
    await fetch(`${api.url}/upload?name=first.txt`, { method: 'POST', body: 'x' });
    await processed('first.txt');
    interface Lines { readonly lines: readonly { readonly at: string; readonly service: string; readonly text: string }[] }
    const all = async (query: string) => (await ask<Lines>(`/logs?${query}`)).body.lines;
    await expect.poll(async () => new Set((await all('contains=first.txt')).map((line) => line.service))).toEqual(new Set(['api', 'worker']));
    const lines = await all('tail=1000');
    expect(lines.map((line) => line.at)).toEqual(lines.map((line) => line.at).sort());
    expect((await all('service=api')).every((line) => line.service === 'api')).toBe(true);
    expect(await all(`since=${lines.at(-1)?.at ?? ''}&contains=first`)).toEqual([]);
    expect((await ask('/logs?since=yesterday')).status).toBe(400);

    const stop = new AbortController();
    const stream = await fetch(`${api.url}/logs/stream?tail=0`, { signal: stop.signal });
    const seen = (async () => {
      let text = '';
      const decoder = new TextDecoder();
      for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) {
        text += decoder.decode(chunk, { stream: true });
        if (text.includes('uploaded second.txt') && text.includes('processed second.txt')) return text;
      }
      return text;
    })();
    await fetch(`${api.url}/upload?name=second.txt`, { method: 'POST', body: 'y' });
    expect(await seen).not.toContain('uploaded first.txt');
    stop.abort();
  });
});

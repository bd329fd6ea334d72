import { connect, type Socket } from 'node:net';
import { request } from 'node:http';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askHost, createLocalApiClient } from '@main/api/client';
import { startLocalApi, type LocalApi } from '@main/api/server';
import { dispatcherOver } from '@main/dispatch/dispatcher';
import { createEventStream, type EventStream } from '@main/operations/event-stream';
import { silentLogger } from '@main/platform/logger';
import { systemClock } from '@main/platform/system-clock';
import { entry } from '@shared/contract/define';
import type { SequencedEvent } from '@shared/contract/events';

const table = {
  'toy.echo': entry({ kind: 'query', summary: 'Echo.', input: z.object({ text: z.string() }), output: z.string() }),
  'toy.wait': entry({ kind: 'query', summary: 'Wait.', input: z.object({}), output: z.string() }),
  'toy.count': entry({ kind: 'stream', summary: 'Count.', input: z.object({}), output: z.number() }),
};

let dir: string;
let socketPath: string;
let api: LocalApi;
let events: EventStream;
let release: () => void;
let wasAborted: Promise<void>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-api-'));
  socketPath = join(dir, 's.sock');
  events = createEventStream(systemClock, { coalesceMs: 1 });
  const gate = new Promise<void>((resolve) => (release = resolve));
  let aborted: () => void = () => undefined;
  wasAborted = new Promise((resolve) => (aborted = resolve));
  const dispatcher = dispatcherOver(table, {
    handlers: {
      'toy.echo': async (input) => (input as { text: string }).text,
      'toy.wait': async (_input, call) => {
        call.signal.addEventListener('abort', aborted);
        await gate;
        return 'waited';
      },
      'toy.count': async (_input, _call, push) => [1, 2, 3].forEach((n) => push(n)),
    },
    operations: { enqueue: () => Promise.reject(new Error('none')) },
    logger: silentLogger,
    onBug: () => undefined,
    checkOutput: true,
  });
  // A socket file that a killed process left behind.
  await writeFile(socketPath, '');
  api = await startLocalApi({ dispatcher, events, socketPath, version: '1.2.3', logger: silentLogger, table });
});
afterEach(async () => {
  release();
  await api.close(100);
  await rm(dir, { recursive: true, force: true });
});

const never = new AbortController().signal;

function raw(method: string, path: string, body?: string, headers: { [name: string]: string } = {}): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    const sent = request({ socketPath, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => done({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

describe('local API', () => {
  it('answers calls, streams and questions about itself on a private socket', async () => {
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    expect(await askHost(socketPath)).toEqual({ pid: process.pid, version: '1.2.3' });
    const client = createLocalApiClient(socketPath);
    expect(await client.call('toy.echo', { text: 'hé' }, never)).toEqual({ ok: true, value: 'hé' });
    expect(await client.call('toy.echo', { text: 1 }, never)).toMatchObject({ ok: false, error: { code: 'input-invalid' } });
    const items: unknown[] = [];
    expect(await client.stream('toy.count', {}, never, (item) => items.push(item))).toEqual({ ok: true, value: null });
    expect(items).toEqual([1, 2, 3]);
    expect(Object.keys((JSON.parse((await raw('GET', '/v1/openapi.json')).text) as { paths: object }).paths)).toEqual(['/v1/toy.echo', '/v1/toy.wait', '/v1/toy.count']);
  });

  it('refuses what is too large, not JSON, unknown, or from a browser, and goes on', async () => {
    expect(await raw('POST', '/v1/toy.echo', JSON.stringify({ text: 'x'.repeat(300_000) }))).toMatchObject({ status: 400, text: expect.stringContaining('256 KiB') as string });
    expect(await raw('POST', '/v1/toy.echo', '{')).toMatchObject({ status: 400 });
    expect(await raw('POST', '/v1/../../etc/passwd')).toMatchObject({ status: 404 });
    expect(await raw('DELETE', '/v1/toy.echo')).toMatchObject({ status: 404 });
    expect(await raw('POST', '/v1/toy.echo', '{"text":"x"}', { origin: 'https://example.org' })).toMatchObject({ status: 403 });
    expect(await createLocalApiClient(socketPath).call('toy.echo', { text: 'still here' }, never)).toMatchObject({ ok: true });
  });

  it('answers while hundreds of connections say nothing', async () => {
    const idle = await Promise.all(
      Array.from({ length: 500 }, () => new Promise<Socket>((done, fail) => {
        const socket = connect(socketPath, () => done(socket));
        socket.on('error', fail);
      })),
    );
    expect(await createLocalApiClient(socketPath).call('toy.echo', { text: 'x' }, never)).toMatchObject({ ok: true });
    for (const socket of idle) socket.destroy();
  });

  it('tells a call whose caller has gone', async () => {
    const abort = new AbortController();
    const call = createLocalApiClient(socketPath).call('toy.wait', {}, abort.signal);
    while (api.activeRequests() === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect(await call).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    await wasAborted;
  });

  it('replays and follows events in order', async () => {
    events.publish({ type: 'bug.reported', message: 'one' });
    events.flush();
    const seen: SequencedEvent[] = [];
    const abort = new AbortController();
    const listening = createLocalApiClient(socketPath).events(0, abort.signal, (event) => {
      seen.push(event);
      if (seen.length === 1) events.publish({ type: 'bug.reported', message: 'two' });
      else abort.abort();
    });
    await listening;
    expect(seen.map((one) => [one.seq, one.event.type === 'bug.reported' ? one.event.message : ''])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
  });

  it('lets calls under way end when it closes, and ends event listeners', async () => {
    const client = createLocalApiClient(socketPath);
    const call = client.call('toy.wait', {}, never);
    const listening = client.events(undefined, never, () => undefined);
    while (api.activeRequests() === 0) await new Promise((resolve) => setImmediate(resolve));
    const closing = api.close(5_000);
    await listening;
    release();
    expect(await call).toEqual({ ok: true, value: 'waited' });
    await closing;
    expect(await askHost(socketPath)).toBeNull();
    expect(await client.call('toy.echo', { text: 'x' }, never)).toMatchObject({ ok: false, error: { code: 'interrupted', details: { notTaken: true } } });
  });
});

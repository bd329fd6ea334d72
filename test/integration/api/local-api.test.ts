import { setMaxListeners } from 'node:events';
import { connect, type Socket } from 'node:net';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askHost, createLocalApiClient } from '@main/api/client';
import { ask, JSON_TYPE, startKit, type ApiKit, type RawAnswer } from './kit';
import type { SequencedEvent } from '@shared/contract/events';

let kit: ApiKit;
let socketPath: string;

beforeEach(async () => {
  kit = await startKit();
  socketPath = kit.socketPath;
});
afterEach(() => kit.close());

const never = new AbortController().signal;
setMaxListeners(0, never);

function raw(method: string, path: string, body?: string, headers: { [name: string]: string } = {}): Promise<RawAnswer> {
  return ask({ socketPath }, method, path, { headers, ...(body === undefined ? {} : { body }) });
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
    expect(Object.keys((JSON.parse((await raw('GET', '/v1/openapi.json')).text) as { paths: object }).paths)).toEqual(expect.arrayContaining(['/v1/toy.echo', '/v1/toy.wait', '/v1/toy.count', '/v1/events', '/health', '/metrics']));
    expect(JSON.parse(await readFile(join(kit.home, 'runtime.json'), 'utf8'))).toEqual({ pid: process.pid, socket: socketPath, tcp: null, version: '1.2.3', startedAt: expect.stringMatching(/^20/) as string });
    expect((await stat(join(kit.home, 'runtime.json'))).mode & 0o777).toBe(0o600);
    expect(JSON.parse((await raw('GET', '/health')).text)).toEqual({
      pid: process.pid,
      version: '1.2.3',
      components: [
        { name: 'api-server', state: 'running' },
        { name: 'operation-worker', state: 'running' },
      ],
    });
  });

  it('refuses what is too large, not JSON, unknown, or from a browser, and goes on', async () => {
    expect(await raw('POST', '/v1/toy.echo', JSON.stringify({ text: 'x'.repeat(300_000) }), JSON_TYPE)).toMatchObject({ status: 413, text: expect.stringContaining('256 KiB') as string });
    expect(await raw('POST', '/v1/toy.echo', '{', JSON_TYPE)).toMatchObject({ status: 400 });
    expect(await raw('POST', '/v1/toy.echo', '{"text":"x"}')).toMatchObject({ status: 415 });
    expect(await raw('POST', '/v1/toy.echo', '{"text":"x"}', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    expect(await raw('POST', '/v1/toy.echo', '{"text":"x"}', { ...JSON_TYPE, 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
    expect(await raw('POST', '/v1/toy.echo', '{"text":"x"}', { 'content-type': 'application/json; charset=utf-8' })).toMatchObject({ status: 200 });
    expect(await raw('POST', '/v1/../../etc/passwd')).toMatchObject({ status: 404 });
    expect(await raw('GET', '/')).toMatchObject({ status: 404, headers: { 'content-type': 'application/json' } });
    expect(await raw('DELETE', '/v1/toy.echo')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await raw('POST', '/metrics')).toMatchObject({ status: 405, headers: { allow: 'GET' } });
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
    while (kit.api.activeRequests() === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect(await call).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    await kit.wasAborted;
  });

  it('replays and follows events in order', async () => {
    kit.events.publish({ type: 'bug.reported', message: 'one' });
    kit.events.flush();
    const seen: SequencedEvent[] = [];
    const abort = new AbortController();
    const listening = createLocalApiClient(socketPath).events(0, abort.signal, (event) => {
      seen.push(event);
      if (seen.length === 1) kit.events.publish({ type: 'bug.reported', message: 'two' });
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
    while (kit.api.activeRequests() === 0) await new Promise((resolve) => setImmediate(resolve));
    const closing = kit.api.close(5_000);
    await listening;
    kit.release();
    expect(await call).toEqual({ ok: true, value: 'waited' });
    await closing;
    expect(await askHost(socketPath)).toBeNull();
    expect(await client.call('toy.echo', { text: 'x' }, never)).toMatchObject({ ok: false, error: { code: 'interrupted', details: { notTaken: true } } });
  });

  it('says by its status what became of a call, with the whole answer as its body', async () => {
    const statusOf = async (code: string): Promise<number> => {
      const answer = await raw('POST', '/v1/toy.fail', JSON.stringify({ code }), JSON_TYPE);
      expect(JSON.parse(answer.text)).toMatchObject({ ok: false, error: { code } });
      expect(await createLocalApiClient(socketPath).call('toy.fail', { code }, never)).toEqual({ ok: false, error: { code, message: 'It failed.' } });
      return answer.status;
    };
    expect(await Promise.all(['not-found', 'mode-not-found', 'trust-required', 'consent-required', 'busy', 'state-locked', 'plan-stale', 'cancelled', 'engine-unreachable', 'blocked', 'build-failed', 'internal'].map(statusOf))).toEqual([
      404, 404, 403, 403, 409, 409, 409, 409, 503, 422, 422, 500,
    ]);
    const wrong = await raw('POST', '/v1/toy.echo', '{"text":"x","times":"y"}', JSON_TYPE);
    expect([wrong.status, JSON.parse(wrong.text)]).toMatchObject([400, { ok: false, error: { code: 'input-invalid', details: { field: 'times' } } }]);
    const unknown = await raw('POST', '/v1/toy.echo', '{"text":"x","tines":1}', JSON_TYPE);
    expect([unknown.status, JSON.parse(unknown.text)]).toMatchObject([400, { error: { details: { field: 'tines' } } }]);
    expect(await raw('POST', '/v1/toy.count', '{"fail":true}', JSON_TYPE)).toMatchObject({ status: 404 });
    expect(await createLocalApiClient(socketPath).stream('toy.count', { fail: true }, never, () => undefined)).toMatchObject({ ok: false, error: { code: 'service-not-found' } });
    expect(await createLocalApiClient(socketPath).call('toy.nothing', {}, never)).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });

  it('answers only what is about the process while it is paused', async () => {
    kit.api.component.pause();
    const client = createLocalApiClient(socketPath);
    expect(await raw('POST', '/v1/toy.echo', '{"text":"x"}', JSON_TYPE)).toMatchObject({ status: 503, text: expect.stringContaining('paused') as string });
    expect(await raw('GET', '/v1/events')).toMatchObject({ status: 503 });
    expect(await client.call('runtime.ask', {}, never)).toEqual({ ok: true, value: 'here' });
    expect(JSON.parse((await raw('GET', '/health')).text)).toMatchObject({ components: [{ name: 'api-server', state: 'paused' }, {}] });
    kit.api.component.resume();
    expect(await client.call('toy.echo', { text: 'x' }, never)).toMatchObject({ ok: true });
    expect(kit.api.component.counters()).toMatchObject({ failed: 0, refused: 2, active: 0 });
  });
});

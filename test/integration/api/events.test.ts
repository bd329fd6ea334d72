import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createLocalApiClient } from '@main/api/client';
import type { SequencedEvent } from '@shared/contract/events';
import { ask, bearer, startKit, type ApiKit } from './kit';

let kit: ApiKit;
afterEach(() => kit.close());

function publish(...messages: string[]): void {
  for (const message of messages) {
    kit.events.publish({ type: 'bug.reported', message });
    kit.events.flush();
  }
}

type Told = { readonly gap: true } | SequencedEvent;

function wordsOf(told: readonly Told[]): readonly (string | [number, string])[] {
  return told.map((one) => ('gap' in one ? 'gap' : [one.seq, one.event.type === 'bug.reported' ? one.event.message : '']));
}

/** A reader of Server-Sent Events: `next` resolves with the next block. */
async function readEvents(port: number, path: string, headers: { readonly [name: string]: string }): Promise<{ readonly response: IncomingMessage; next(): Promise<string>; close(): void }> {
  const sent = request({ host: '127.0.0.1', port, path, headers, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  const blocks: string[] = [];
  const waiting: ((block: string) => void)[] = [];
  let rest = '';
  response.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const take = waiting.shift();
      if (take === undefined) blocks.push(part);
      else take(part);
    }
  });
  response.on('error', () => undefined);
  return {
    response,
    next: () => {
      const block = blocks.shift();
      return block === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(block);
    },
    close: () => sent.destroy(),
  };
}

/** A WebSocket's messages, until there are so many. */
async function listen(url: string, token: string, count: number): Promise<readonly Told[]> {
  const client = new WebSocket(url, { headers: bearer(token) });
  const told: Told[] = [];
  await new Promise<void>((done, fail) => {
    client.on('error', fail);
    client.on('message', (data: Buffer) => {
      told.push(JSON.parse(data.toString()) as Told);
      if (told.length === count) done();
    });
  });
  client.close();
  await once(client, 'close');
  return told;
}

describe('events over the API', () => {
  it('go on with Last-Event-ID as Server-Sent Events', async () => {
    kit = await startKit();
    const { port, token } = await kit.openTcp();
    const headers = { ...bearer(token), accept: 'text/event-stream' };
    publish('one', 'two');
    const first = await readEvents(port, '/v1/events?since=0', headers);
    expect(first.response.headers['content-type']).toBe('text/event-stream');
    expect(await first.next()).toBe('retry: 1000');
    expect(await first.next()).toMatch(/^id: 1\ndata: \{.*"one".*\}$/);
    expect(await first.next()).toMatch(/^id: 2\ndata: /);
    first.close();
    publish('three');
    const second = await readEvents(port, '/v1/events?since=0', { ...headers, 'last-event-id': '2' });
    await second.next();
    expect(await second.next()).toMatch(/^id: 3\ndata: .*"three"/);
    publish('four');
    expect(await second.next()).toMatch(/^id: 4\ndata: .*"four"/);
    second.close();
  });

  it('go on with since as a WebSocket, and say first when something is missing', async () => {
    kit = await startKit({ ringSize: 3 });
    const { port, token } = await kit.openTcp();
    publish('1', '2', '3', '4', '5');
    const url = `ws://127.0.0.1:${port}/v1/events`;
    expect(wordsOf(await listen(`${url}?since=3`, token, 2))).toEqual([[4, '4'], [5, '5']]);
    expect(wordsOf(await listen(`${url}?since=0`, token, 4))).toEqual(['gap', [3, '3'], [4, '4'], [5, '5']]);
    const later = listen(`${url}?since=99`, token, 2);
    while (kit.api.component.counters()['listeners'] === 0) await new Promise((resolve) => setImmediate(resolve));
    publish('6');
    expect(wordsOf(await later)).toEqual(['gap', [6, '6']]);
    const sse = await readEvents(port, '/v1/events?since=0', { ...bearer(token), accept: 'text/event-stream' });
    await sse.next();
    expect(await sse.next()).toBe('data: {"gap":true}');
    sse.close();
    // The command line's client is told of events only.
    const abort = new AbortController();
    const seen: SequencedEvent[] = [];
    await createLocalApiClient(kit.socketPath).events(0, abort.signal, (event) => {
      seen.push(event);
      if (seen.length === 3) abort.abort();
    });
    expect(wordsOf(seen)).toEqual([[4, '4'], [5, '5'], [6, '6']]);
  });

  it('are refused as everything else is', async () => {
    kit = await startKit();
    const { port, token } = await kit.openTcp();
    const refusal = async (path: string, headers: { readonly [name: string]: string }): Promise<number> => {
      const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
      client.on('error', () => undefined);
      const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
      response.resume();
      client.terminate();
      return response.statusCode ?? 0;
    };
    expect(await refusal('/v1/events', {})).toBe(401);
    expect(await refusal('/v1/events', bearer('wrong'))).toBe(401);
    expect(await refusal('/v1/events', { ...bearer(token), origin: 'https://evil.example' })).toBe(403);
    expect(await refusal('/v1/events', { ...bearer(token), host: 'evil.example' })).toBe(403);
    expect(await refusal('/v1/toy.echo', bearer(token))).toBe(404);
    expect(await refusal('/v1/events?since=x', bearer(token))).toBe(400);
    expect(await ask({ port }, 'GET', '/v1/events?since=-1', { headers: bearer(token) })).toMatchObject({ status: 400, text: expect.stringContaining('"field":"since"') as string });
    kit.api.component.pause();
    expect(await refusal('/v1/events', bearer(token))).toBe(503);
    expect(kit.api.component.counters()['listeners']).toBe(0);
  });

  it('are cut off for a reader that does not read, and nobody else notices', async () => {
    kit = await startKit({ limits: { maxBacklogBytes: 256 * 1024 } });
    const { port, token } = await kit.openTcp();
    const begun = (more: string): string => `GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n${more}\r\n`;
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    const asleep = ['', 'Accept: text/event-stream\r\n', upgrade].map((more) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(begun(more)));
      socket.on('error', () => undefined);
      socket.pause();
      return socket;
    });
    let heard = 0;
    const abort = new AbortController();
    const awake = createLocalApiClient(kit.socketPath).events(undefined, abort.signal, () => (heard += 1));
    while (kit.api.component.counters()['listeners'] !== 4) await new Promise((resolve) => setImmediate(resolve));
    let told = 0;
    for (; kit.api.component.counters()['listeners'] !== 1; told += 1) {
      publish('x'.repeat(100_000));
      await new Promise((resolve) => setImmediate(resolve));
      expect(told).toBeLessThan(1_000);
    }
    while (heard < told) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await awake;
    for (const socket of asleep) socket.destroy();
  });

  it('notice a listener that is dead, and keep one that answers', async () => {
    kit = await startKit({ limits: { pingEveryMs: 20 } });
    const { port, token } = await kit.openTcp();
    const dead = new WebSocket(`ws://127.0.0.1:${port}/v1/events`, { headers: bearer(token), autoPong: false });
    await once(dead, 'close');
    const alive = new WebSocket(`ws://127.0.0.1:${port}/v1/events`, { headers: bearer(token) });
    await once(alive, 'ping');
    await once(alive, 'ping');
    await once(alive, 'ping');
    expect(alive.readyState).toBe(alive.OPEN);
    const sse = await readEvents(port, '/v1/events', { ...bearer(token), accept: 'text/event-stream' });
    await sse.next();
    expect(await sse.next()).toBe(': ping');
    sse.close();
    // A new token ends what was opened with the old one.
    await kit.api.rotateToken();
    await once(alive, 'close');
  });
});

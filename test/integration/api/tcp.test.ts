import { once } from 'node:events';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPrometheus } from '../../support/prometheus-text';
import { ask, bearer, freePort, JSON_TYPE, startKit, talk, type ApiKit } from './kit';

let kit: ApiKit;
beforeEach(async () => {
  kit = await startKit({ limits: { headersTimeoutMs: 300, requestTimeoutMs: 600, checkEveryMs: 50 } });
});
afterEach(() => kit.close());

describe('the API on 127.0.0.1', () => {
  it('is there exactly while the setting is on', async () => {
    expect(kit.api.tcp()).toMatchObject({ enabled: false, url: null });
    const { port, token } = await kit.openTcp();
    expect(token).toHaveLength(43);
    expect((await stat(join(kit.home, 'api-token'))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(kit.home, 'runtime.json'), 'utf8'))).toMatchObject({ tcp: `http://127.0.0.1:${port}` });
    expect(await ask({ port }, 'POST', '/v1/toy.echo', { body: '{"text":"hé"}', headers: { ...JSON_TYPE, ...bearer(token) } })).toMatchObject({ status: 200, text: '{"ok":true,"value":"hé"}\n' });
    const next = await freePort();
    kit.settings.put('api.port', next);
    await kit.api.tcpSettled();
    expect(await ask({ port: next }, 'GET', '/health')).toMatchObject({ status: 200 });
    await expect(ask({ port }, 'GET', '/health')).rejects.toThrow('ECONNREFUSED');
    kit.settings.put('api.tcp', false);
    await kit.api.tcpSettled();
    await expect(ask({ port: next }, 'GET', '/health')).rejects.toThrow('ECONNREFUSED');
    expect(kit.api.tcp()).toMatchObject({ enabled: false, url: null });
    expect(JSON.parse(await readFile(join(kit.home, 'runtime.json'), 'utf8'))).toMatchObject({ tcp: null });
    await kit.api.close(0);
    await expect(stat(join(kit.home, 'runtime.json'))).rejects.toThrow('ENOENT');
  });

  it('takes the next port when its own is taken, and says so until it has its own or wants none', async () => {
    const taken = await freePort();
    const other = createServer().listen(taken, '127.0.0.1');
    await once(other, 'listening');
    const { port } = await kit.openTcp(taken);
    expect(port).toBeGreaterThan(taken);
    expect(kit.alerts.standing.get('API-PORT-TAKEN api.port')?.message).toBe(`Port ${taken} is taken: the local API listens on 127.0.0.1:${port}.`);
    expect(kit.api.component.detail()).toContain(`http://127.0.0.1:${port}`);
    other.close();
    await once(other, 'close');
    kit.settings.put('api.tcp', false);
    await kit.api.tcpSettled();
    expect(kit.alerts.standing.size).toBe(0);
    expect(await kit.openTcp(taken)).toMatchObject({ port: taken });
    expect(kit.alerts.standing.size).toBe(0);
  });

  it('needs its token everywhere but for its health, and no browser gets in', async () => {
    const { port, token } = await kit.openTcp();
    for (const [method, path] of [['POST', '/v1/toy.echo'], ['GET', '/metrics'], ['GET', '/v1/events'], ['GET', '/v1/openapi.json'], ['GET', '/nothing'], ['POST', '/health']] as const) {
      const answer = await ask({ port }, method, path);
      expect([answer.status, answer.headers['www-authenticate']], path).toEqual([401, 'Bearer realm="berth"']);
      expect(await ask({ port }, method, path, { headers: bearer('x'.repeat(43)) })).toMatchObject({ status: 401 });
    }
    const health = await ask({ port }, 'GET', '/health');
    expect([health.status, JSON.parse(health.text)]).toMatchObject([200, { pid: process.pid, components: [{ name: 'api-server' }, { name: 'operation-worker' }] }]);
    expect(Object.keys(health.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    for (const headers of [{ origin: 'https://evil.example' }, { origin: `http://127.0.0.1:${port}` }, { host: 'evil.example' }, { host: `evil.example:${port}` }]) {
      for (const [method, path] of [['GET', '/health'], ['OPTIONS', '/v1/toy.echo'], ['POST', '/v1/toy.echo']] as const) {
        const answer = await ask({ port }, method, path, { headers: { ...headers, ...bearer(token) } });
        expect(answer.status, JSON.stringify(headers)).toBe(403);
        expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    }
  });

  it('refuses the old token from the moment there is a new one', async () => {
    const { port, token } = await kit.openTcp();
    await kit.api.rotateToken();
    const next = (await readFile(join(kit.home, 'api-token'), 'utf8')).trim();
    expect(next).not.toBe(token);
    expect(await ask({ port }, 'GET', '/metrics', { headers: bearer(token) })).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.stringContaining('invalid_token') as string } });
    expect(await ask({ port }, 'GET', '/metrics', { headers: bearer(next) })).toMatchObject({ status: 200 });
  });

  it('keeps a token that nobody else could read, and replaces one that others could', async () => {
    const own = 'A'.repeat(43);
    await writeFile(join(kit.home, 'api-token'), own, { mode: 0o600 });
    expect(await kit.openTcp()).toMatchObject({ token: own });
    await kit.close();
    kit = await startKit();
    await writeFile(join(kit.home, 'api-token'), own);
    await chmod(join(kit.home, 'api-token'), 0o644);
    expect((await kit.openTcp()).token).not.toBe(own);
    expect((await stat(join(kit.home, 'api-token'))).mode & 0o777).toBe(0o600);
  });

  it('answers a body of 10 MB with 413 without reading it', async () => {
    const { port, token } = await kit.openTcp();
    const headers = { ...JSON_TYPE, ...bearer(token) };
    const body = Buffer.alloc(10 * 1024 * 1024, 0x20);
    expect(await ask({ port }, 'POST', '/v1/toy.echo', { body, headers: { ...headers, 'content-length': String(body.length) } })).toMatchObject({ status: 413 });
    expect(await ask({ port }, 'POST', '/v1/toy.echo', { body, headers: { ...headers, 'transfer-encoding': 'chunked' } })).toMatchObject({ status: 413 });
    expect(await ask({ port }, 'POST', '/v1/toy.echo', { body, headers: { ...JSON_TYPE, 'content-length': String(body.length) } })).toMatchObject({ status: 401 });
    const asked = await talk(port, `POST /v1/toy.echo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`);
    expect(asked).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('does not wait for who sends too slowly', async () => {
    const { port, token } = await kit.openTcp();
    const begun = `POST /v1/toy.echo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
    expect(await talk(port, begun)).toMatch(/^HTTP\/1\.1 408 .*"ok":false/s);
    expect(await talk(port, `${begun}Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"text":`)).toMatch(/^HTTP\/1\.1 408 /);
    expect(await talk(port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"ok":false/s);
    expect(await talk(port, `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await ask({ port }, 'GET', '/health')).toMatchObject({ status: 200 });
    expect(kit.api.activeRequests()).toBe(0);
  });

  it('tells its metrics so that they can be read', async () => {
    const { port, token } = await kit.openTcp();
    const headers = { ...JSON_TYPE, ...bearer(token) };
    for (const body of ['{"text":"x"}', '{"text":"x"}', '{"text":1}']) await ask({ port }, 'POST', '/v1/toy.echo', { body, headers });
    kit.metrics.observe('odd "name"\\\n', 1_500);
    kit.metrics.count('a b');
    kit.metrics.count('a-b', 2);
    kit.metrics.gauge('depth', 0.25);
    const answer = await ask({ port }, 'GET', '/metrics', { headers: bearer(token) });
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const read = readPrometheus(answer.text);
    const valueOf = (family: string, name: string, labels: object): number | undefined => read.get(family)?.samples.find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels))?.value;
    expect(valueOf('berth_info', 'berth_info', { version: '1.2.3' })).toBe(1);
    expect(valueOf('berth_work_duration_seconds', 'berth_work_duration_seconds_count', { work: 'api toy.echo' })).toBe(3);
    expect(valueOf('berth_work_failed_total', 'berth_work_failed_total', { work: 'api toy.echo' })).toBe(1);
    expect(valueOf('berth_work_duration_max_seconds', 'berth_work_duration_max_seconds', { work: 'odd "name"\\\n' })).toBe(1.5);
    expect(read.get('berth_a_b_total')?.samples.map((one) => [one.labels, one.value])).toEqual([[{ name: 'a b' }, 1], [{ name: 'a-b' }, 2]]);
    expect(valueOf('berth_depth', 'berth_depth', {})).toBe(0.25);
    expect(valueOf('berth_component_count', 'berth_component_count', { component: 'operation-worker', name: 'queued' })).toBe(2);
    expect(read.get('process_resident_memory_bytes')?.samples[0]?.value).toBeGreaterThan(1e6);
  });
});

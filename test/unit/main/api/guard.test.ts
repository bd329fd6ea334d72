import { describe, expect, it } from 'vitest';
import { guard, type Door } from '@main/api/guard';
import { httpStatus } from '@main/api/http-status';
import { ERROR_CODES, type ErrorCode } from '@shared/kernel/error-codes';

const TCP: Door = { kind: 'tcp', port: 8_000 };

function statusOf(door: Door, method: string, url: string, headers: { readonly [name: string]: string }): number | null {
  const rawHeaders = Object.entries(headers).flat();
  return guard(door, { method, url, headers, rawHeaders }, (given) => given === 'right')?.status ?? null;
}

const HOSTS: readonly [string, boolean][] = [
  ['127.0.0.1:8000', true],
  ['localhost:8000', true],
  ['LOCALHOST:8000', true],
  ['127.0.0.1', false],
  ['127.0.0.1:8001', false],
  ['localhost', false],
  ['localhost.:8000', false],
  ['[::1]:8000', false],
  ['evil.example:8000', false],
  ['127.0.0.1:8000.evil.example', false],
  ['localhost:8000@evil.example', false],
  ['0.0.0.0:8000', false],
  ['', false],
];
const ORIGINS = [undefined, 'null', 'http://127.0.0.1:8000', 'https://evil.example'];

describe('who may use the API on 127.0.0.1', () => {
  it.each(HOSTS)('Host %s', (host, isOurs) => {
    for (const origin of ORIGINS) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        const headers = { host, authorization: 'Bearer right', ...(origin === undefined ? {} : { origin }) };
        expect(statusOf(TCP, method, '/v1/projects.list', headers), `${method} ${host} ${String(origin)}`).toBe(isOurs && origin === undefined ? null : 403);
        expect(statusOf(TCP, method, '/health', headers)).toBe(isOurs && origin === undefined ? null : 403);
      }
    }
  });

  it('needs the token, but for a question after its health', () => {
    const host = '127.0.0.1:8000';
    for (const [authorization, expected] of [
      ['Bearer right', null],
      ['bearer  right', null],
      ['Bearer wrong', 401],
      ['Bearer right x', 401],
      ['Bearer ', 401],
      ['Basic right', 401],
      ['right', 401],
    ] as const) {
      for (const url of ['/v1/projects.list', '/metrics', '/v1/events', '/v1/openapi.json', '/nothing', '/health/', '//health', '/Health']) expect(statusOf(TCP, 'GET', url, { host, authorization }), `${authorization} ${url}`).toBe(expected);
      expect(statusOf(TCP, 'GET', '/health?x=1', { host, authorization })).toBe(null);
      expect(statusOf(TCP, 'POST', '/health', { host, authorization })).toBe(expected);
    }
  });

  it('takes neither another name for this machine beside the right one, nor a whole address, nor a page’s picture', () => {
    expect(guard(TCP, { method: 'GET', url: '/health', headers: { host: '127.0.0.1:8000' }, rawHeaders: ['Host', '127.0.0.1:8000', 'host', 'evil.example'] }, () => true)?.status).toBe(403);
    expect(statusOf(TCP, 'GET', 'http://127.0.0.1:8000/health', { host: '127.0.0.1:8000' })).toBe(400);
    expect(statusOf(TCP, 'GET', '/health', { host: '127.0.0.1:8000', 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(statusOf(TCP, 'GET', '/health', { host: '127.0.0.1:8000', 'sec-fetch-site': 'none' })).toBe(null);
  });

  it('on the socket needs no token and no name, and still no browser', () => {
    expect(statusOf({ kind: 'socket' }, 'POST', '/v1/projects.list', { host: 'berth' })).toBe(null);
    expect(statusOf({ kind: 'socket' }, 'POST', '/v1/projects.list', { host: 'berth', origin: 'null' })).toBe(403);
  });
});

describe('statuses', () => {
  it('only a bug is a 500', () => {
    const statuses = Object.fromEntries((Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => [code, httpStatus(code)]));
    expect(Object.entries(statuses).filter(([, status]) => status === 500)).toEqual([['internal', 500]]);
    expect(Object.values(statuses).every((status) => [400, 403, 404, 409, 422, 500, 503].includes(status))).toBe(true);
  });
});

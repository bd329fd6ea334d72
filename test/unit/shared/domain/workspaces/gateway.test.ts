import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlText, monitorBody, notReadyBody, page, unknownBody } from '@shared/domain/workspaces/gateway-pages';
import { answerHeaders, endToEndHeaders, gatewayRoute, isOwnHost, isReservedWorkspace, requestHeaders } from '@shared/domain/workspaces/gateway-route';

describe('an address of the gateway', () => {
  it.each([
    ['/', { kind: 'list' }],
    ['/monitor', { kind: 'monitor', format: 'html' }],
    ['/monitor/', { kind: 'monitor', format: 'html' }],
    ['/monitor?x=1', { kind: 'monitor', format: 'html' }],
    ['/monitor.json', { kind: 'monitor', format: 'json' }],
    ['/monitor/logs/a%20b', { kind: 'logs', workspace: 'a b' }],
    ['/api', { kind: 'redirect', workspace: 'api', location: '/api/' }],
    ['/api?x=1?y', { kind: 'redirect', workspace: 'api', location: '/api/?x=1?y' }],
    ['/api/', { kind: 'workspace', workspace: 'api', prefix: '/api', path: '/' }],
    ['/api/a/../b?q=%2f', { kind: 'workspace', workspace: 'api', prefix: '/api', path: '/a/../b?q=%2f' }],
    ['/%C3%BC/x', { kind: 'workspace', workspace: 'ü', prefix: '/%C3%BC', path: '/x' }],
  ])('%s', (target, route) => {
    expect(gatewayRoute(target)).toEqual(route);
  });

  it.each(['', 'x', 'http://evil.example/api/', '//evil.example/', '/%2fevil/', '/..', '/%2e%2e/x', '/a%5cb/', '/%zz/', '/a\r\nb/', '/monitor/logs/', '/monitor/other', '/monitor.json/x', '*'])('%s is none', (target) => {
    expect(gatewayRoute(target)).toEqual({ kind: 'bad' });
  });

  it('never leads anywhere else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const route = gatewayRoute(`/${text}`);
        if (route.kind === 'redirect') expect(new URL(route.location, 'http://127.0.0.1:8080').origin).toBe('http://127.0.0.1:8080');
        if (route.kind === 'workspace') expect(route.path.startsWith('/')).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is asked for under this machine’s own names', () => {
    for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1:8080', '[::1]:1', '127.0.0.1']) expect(isOwnHost(host), host).toBe(true);
    for (const host of [undefined, '', 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '127.0.0.1@evil', 'localhost:80 evil', '127.0.0.2', '0.0.0.0', '::1', 'localhost:']) expect(isOwnHost(host), host).toBe(false);
    expect(['monitor', 'Monitor', 'monitor.json', 'api'].map(isReservedWorkspace)).toEqual([true, true, true, false]);
  });
});

describe('headers', () => {
  it('of one connection stay on it', () => {
    expect(endToEndHeaders({ connection: 'keep-alive, X-Mine', 'x-mine': '1', 'transfer-encoding': 'chunked', te: 'x', accept: '*/*', 'set-cookie': ['a', 'b'], 'x-none': undefined })).toEqual({ accept: '*/*', 'set-cookie': ['a', 'b'] });
  });

  it('say where it is asked from, whatever was said before', () => {
    const headers = requestHeaders({ host: 'localhost:8080', 'x-forwarded-prefix': '/evil', forwarded: 'for=evil', 'transfer-encoding': 'chunked' }, '/api');
    expect(headers).toMatchObject({ host: 'localhost:8080', 'x-forwarded-host': 'localhost:8080', 'x-forwarded-prefix': '/api', connection: 'close', 'transfer-encoding': 'chunked' });
    expect(headers).not.toHaveProperty('forwarded');
    expect(requestHeaders({ host: 'localhost', connection: 'keep-alive, Upgrade', upgrade: 'websocket' }, '/api')).toMatchObject({ connection: 'Upgrade', upgrade: 'websocket' });
  });

  it('lead back behind the gateway', () => {
    expect(answerHeaders({ location: '/login?x' }, '/api')).toEqual({ location: '/api/login?x' });
    for (const location of ['//evil.example', '/\\evil', 'https://example.org/', 'next']) expect(answerHeaders({ location }, '/api')).toEqual({ location });
  });
});

describe('pages', () => {
  const evil = '"><script>alert(1)</script>\'&';
  it('show what strangers wrote as text', () => {
    const row = { name: evil, state: evil, detail: evil, port: 1, command: evil, containerName: evil, lastSyncedAt: evil, copiedAt: evil };
    for (const body of [monitorBody([row]), unknownBody([evil]), notReadyBody(evil, evil, evil), page(evil, '', { nonce: 'n' })]) {
      expect(body).not.toContain('<script');
      expect(body).not.toMatch(/="[^"]*"[^ >]/);
    }
    expect(htmlText(evil)).toBe('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;');
  });

  it('say when there is nothing', () => {
    expect(monitorBody([])).toContain('No workspace');
    expect(unknownBody([])).toContain('No workspace');
    expect(monitorBody([{ name: 'api', state: 'running', detail: 'npm start on port 3000', port: 4000, command: 'npm start', containerName: 'c', lastSyncedAt: '2026-01-02T03:04:05.678Z', copiedAt: null }])).toContain('2026-01-02 03:04:05 UTC');
  });
});

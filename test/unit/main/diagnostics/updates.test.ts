import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import { Updates } from '@main/diagnostics/updates';
import { silentLogger } from '@main/platform/logger';
import { smallDocument } from '@main/platform/small-document';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function updates(kept: { readonly [key: string]: unknown }, answer: () => Promise<unknown>) {
  const asked: string[] = [];
  const made = new Updates({
    version: '1.2.0',
    settings: { get: ((key: string) => kept[key]) as never },
    ask: (address) => {
      asked.push(address);
      return answer();
    },
    alerts: { settle: () => Promise.resolve() },
    clock: { now: () => 0 },
    log: silentLogger,
  });
  return { asked, check: () => made.check() };
}

const source = { 'updates.check': true, 'updates.source': 'https://updates.example.org/berth.json' };

describe('looking for a newer version', () => {
  it('asks nobody while it is switched off or no source is set, and says so', async () => {
    const off = updates({ ...source, 'updates.check': false }, () => Promise.reject(new Error('asked')));
    expect(await off.check()).toMatchObject({ state: 'off', latest: null, checkedAt: null });
    const nobody = updates({ ...source, 'updates.source': '' }, () => Promise.reject(new Error('asked')));
    expect(await nobody.check()).toMatchObject({ state: 'no-source', message: 'No update source is set, so nobody is asked for new versions.' });
    expect([...off.asked, ...nobody.asked]).toEqual([]);
  });

  it('says what there is, and what went wrong', async () => {
    expect(await updates(source, () => Promise.resolve({ version: '1.3.0', page: 'https://example.org/1.3.0' })).check()).toEqual({ state: 'newer', current: '1.2.0', latest: '1.3.0', page: 'https://example.org/1.3.0', message: 'Berth 1.3.0 is there; this is 1.2.0.', checkedAt: '1970-01-01T00:00:00.000Z' });
    expect(await updates(source, () => Promise.resolve({ version: '1.2.0' })).check()).toMatchObject({ state: 'current', message: '1.2.0 is the newest version.' });
    expect(await updates(source, () => Promise.resolve('hello')).check()).toMatchObject({ state: 'failed' });
    expect(await updates(source, () => Promise.reject(new AppError('service-unreachable', 'x does not answer.'))).check()).toMatchObject({ state: 'failed', message: 'The update source could not be asked: x does not answer.' });
  });

  it('reads a small document, follows no redirect, and tells nothing of this machine', async () => {
    const seen: { readonly [name: string]: unknown }[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      if (request.url === '/moved') return response.writeHead(302, { location: '/document' }).end();
      if (request.url === '/large') return response.end(`"${'x'.repeat(70_000)}"`);
      if (request.url === '/page') return response.end('<html>');
      if (request.url === '/silent') return undefined;
      return response.end('{"version":"1.0.0"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const at = (path: string) => smallDocument(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}${path}`, 500);
    expect(await at('/document')).toEqual({ version: '1.0.0' });
    expect(Object.keys(seen[0] ?? {}).sort()).toEqual(['accept', 'connection', 'host']);
    for (const path of ['/moved', '/large', '/page', '/silent']) await expect(at(path), path).rejects.toMatchObject({ code: 'service-unreachable' });
  });
});

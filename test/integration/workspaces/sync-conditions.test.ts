import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import { signedRequest } from '@main/platform/s3/sign';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useCleanups } from '../../support/cleanups';
import type { StorageStage } from '../../support/storage';
import { ANY, between, md5, MTIME_NS } from './quick-s3-kit';
import { openStore, syncStage } from './sync-kit';

const later = useCleanups();
let store: StorageStage;

beforeAll(async () => {
  store = await openStore();
});
afterAll(async () => store?.close());

/** A gateway that hands requests on without their conditions, as some do, or refuses those that have any. */
async function blindGateway(how: 'ignores' | 'refuses'): Promise<string> {
  const target = new URL(store.endpoint);
  const server = createServer((incoming, outgoing) => {
    const { 'if-none-match': create, 'if-match': replace } = incoming.headers;
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => {
      if (how === 'refuses' && (create !== undefined || replace !== undefined)) {
        outgoing.writeHead(501, { 'content-type': 'application/xml' });
        outgoing.end('<?xml version="1.0"?><Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented.</Message></Error>');
        return;
      }
      // As gateways do: it asks the store itself, with a signature of its own.
      const url = new URL(incoming.url ?? '/', target);
      const body = Buffer.concat(chunks);
      const kept = Object.entries(incoming.headers).filter(([name]) => name === 'content-md5' || (name.startsWith('x-amz-') && !/^x-amz-(?:date|content-sha256)$/.test(name)));
      const { query, headers } = signedRequest({ method: incoming.method ?? '', host: target.host, path: url.pathname, query: Object.fromEntries(url.searchParams), body, headers: Object.fromEntries(kept) as Record<string, string>, isBodyUnsigned: true, region: 'us-east-1', accessKey: store.accessKey, secretKey: store.secretKey, at: new Date() });
      const asked = ask({ host: target.hostname, port: target.port, method: incoming.method, path: query === '' ? url.pathname : `${url.pathname}?${query}`, headers: { ...headers, host: target.host, 'content-length': String(body.length) } }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      asked.once('error', () => incoming.socket.destroy());
      asked.end(body);
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  later(async () => void server.close());
  later(async () => server.closeAllConnections());
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

describe('a store that keeps no conditions', () => {
  it.each(['ignores', 'refuses'] as const)('%s them: nothing foreign is overwritten all the same', async (how) => {
    const s = await syncStage(store, {}, await blindGateway(how));
    later(() => s.close());
    const other = openQuickS3({ ...s.options.s3, endpoint: store.endpoint });
    later(() => other.close());
    const foreign = (key: string, text: string): Promise<unknown> => other.put({ bucket: s.bucket, key, body: Buffer.from(text), md5: md5(Buffer.from(text)), mtimeNs: MTIME_NS, condition: ANY });
    await s.write('api/a.js', 'one');
    await s.write('api/b.js', 'one');
    expect(await s.sync()).toMatchObject({ conflicts: [], workspaces: [{ uploaded: 2 }] });
    // Written by somebody between two runs, and no run lists the bucket: a.js was ours, new.js never.
    await foreign('api/a.js', 'theirs');
    await foreign('api/new.js', 'theirs too');
    await s.write('api/a.js', 'ours again');
    await s.write('api/new.js', 'ours');
    await s.write('api/b.js', 'two');
    const report = await s.sync();
    expect(report.listed).toBe(false);
    expect(report.conflicts.map(({ key, because }) => [key, because]).sort()).toEqual([['api/a.js', 'changed-there'], ['api/new.js', 'not-ours']]);
    expect(report.requests.heads).toBeGreaterThanOrEqual(3);
    const [there, here] = [await s.there(), await s.here()];
    expect(there.get('api/b.js')).toBe(here.get('api/b.js'));
    expect(there.get('api/a.js')).not.toBe(here.get('api/a.js'));
    // Also a file that goes in parts.
    const large = Buffer.alloc(17 * 1024 * 1024, 'x');
    await foreign('api/large.bin', 'theirs');
    await s.write('api/large.bin', large);
    expect((await s.sync()).conflicts.map(({ key }) => key)).toContain('api/large.bin');
    expect((await other.head(s.bucket, 'api/large.bin'))?.sizeBytes).toBe(6);
  });

  it('costs no look where the store keeps them', async () => {
    const passing = await between(store, () => 'pass');
    later(() => passing.stop());
    const s = await syncStage(store, {}, passing.endpoint);
    later(() => s.close());
    await s.write('api/a.js', 'one');
    await s.sync();
    passing.seen.splice(0);
    await s.write('api/b.js', 'two');
    await s.sync();
    expect(passing.seen.filter((one) => one.includes('api/'))).toEqual([expect.stringMatching(/^PUT .*api\/b\.js$/)]);
  });
});

import { createServer, type RequestListener } from 'node:http';
import { createServer as createRawServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openS3 } from '@main/platform/s3/client';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import type { QuickS3 } from '@main/platform/s3/sync-types';
import { AppError } from '@shared/kernel/app-error';
import { seededRandom } from '../../support/random';
import { storageStage, type StorageStage } from '../../support/storage';
import { badNetwork, type BadNetwork } from '../../support/toxiproxy';
import { between, busy, listed, md5, optionsOf, putText, type Between, type Judge } from './quick-s3-kit';

const MIB = 1024 * 1024;
let stage: StorageStage;
let net: BadNetwork;
let direct: QuickS3;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  stage = await storageStage('qs3f');
  net = await badNetwork(stage);
  const door = openS3(optionsOf(stage));
  await door.createBucket('data');
  door.close();
  direct = openQuickS3(optionsOf(stage));
});
afterEach(async () => {
  await net.heal();
  for (const end of ends.splice(0).toReversed()) await end();
});
afterAll(async () => {
  await direct?.close();
  await net?.stop();
  await stage?.close();
});

function clientAt(endpoint: string, deadlineMs = 2_000, concurrency?: number): QuickS3 {
  const s3 = openQuickS3({ ...optionsOf(stage, { endpoint, deadlineMs }), ...(concurrency === undefined ? {} : { concurrency }) });
  ends.push(() => s3.close());
  return s3;
}
async function judged(judge: Judge, deadlineMs?: number): Promise<{ readonly s3: QuickS3; readonly proxy: Between }> {
  const proxy = await between(stage, judge);
  ends.push(() => proxy.stop());
  return { s3: clientAt(proxy.endpoint, deadlineMs), proxy };
}
async function listening(server: Server): Promise<string> {
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  ends.push(() => new Promise((done) => void server.close(() => done())));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
function answering(listener: RequestListener): Promise<string> {
  const server = createServer({ keepAlive: false }, (request, answer) => {
    answer.setHeader('connection', 'close');
    listener(request, answer);
  });
  return listening(server);
}
const failure = async (work: Promise<unknown>): Promise<AppError> => {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(AppError);
  const error = thrown as AppError;
  expect(error.message).toMatch(/^[A-Z][^\n]*\.$/);
  expect(JSON.stringify(error.toData())).not.toMatch(new RegExp(`${stage.secretKey}|Signature|UND_ERR`));
  return error;
};
const once = (verdict: ReturnType<Judge>, method = 'PUT'): Judge => {
  let isDone = false;
  return (asked) => (asked === method && !isDone ? ((isDone = true), verdict) : 'pass');
};

describe('a store that is too busy', () => {
  test('is asked again until it answers, after as long as it says', async () => {
    const { s3, proxy } = await judged(once(busy('1')));
    const from = performance.now();
    expect(await putText(s3, 'busy/a', 'a', { kind: 'create' })).toMatchObject({ kind: 'sent' });
    expect(performance.now() - from).toBeGreaterThanOrEqual(1_000);
    expect(proxy.seen.filter((line) => line.startsWith('PUT'))).toHaveLength(2);
  });

  test('and stays so is one sentence, within the deadline', async () => {
    const { s3, proxy } = await judged(() => busy());
    const from = performance.now();
    expect(await failure(putText(s3, 'busy/b', 'b'))).toMatchObject({ code: 'service-unreachable', message: expect.stringContaining('is too busy to answer now.') });
    expect(performance.now() - from).toBeLessThan(4_000);
    expect(proxy.seen.length).toBeGreaterThan(3);
  });

  test('for one call in three costs time and no file', async () => {
    const next = seededRandom(7);
    const { s3 } = await judged(() => (next() < 0.33 ? busy() : 'pass'), 20_000);
    const keys = Array.from({ length: 400 }, (_, index) => `third/${String(index).padStart(4, '0')}`);
    const sent = await Promise.all(keys.map((key) => putText(s3, key, key, { kind: 'create' })));
    expect(sent.every(({ kind }) => kind === 'sent')).toBe(true);
    expect((await listed(s3, 'third/')).map(({ key, etag }) => `${key} ${etag}`)).toEqual(keys.map((key) => `${key} ${md5(Buffer.from(key))}`));
  });
});

describe('an answer that is lost', () => {
  test('after the store did its work is no conflict with oneself', async () => {
    const { s3, proxy } = await judged(once('lose-answer'));
    expect(await putText(s3, 'lost/a', 'mine', { kind: 'create' })).toEqual({ kind: 'sent', etag: md5(Buffer.from('mine')) });
    expect(proxy.seen.map((line) => line.split(' ')[0])).toEqual(['PUT', 'HEAD']);
    const again = await judged(once('lose-answer'));
    expect(await putText(again.s3, 'lost/a', 'mine too', { kind: 'replace', etag: md5(Buffer.from('mine')) })).toEqual({ kind: 'sent', etag: md5(Buffer.from('mine too')) });
  });

  test('before it did leaves a conflict a conflict, and is repeated where there is none', async () => {
    const { s3 } = await judged(once('cut'));
    expect(await putText(s3, 'lost/b', 'mine', { kind: 'create' })).toMatchObject({ kind: 'sent' });
    await putText(direct, 'lost/b', 'theirs');
    const other = await judged(once('cut'));
    expect(await putText(other.s3, 'lost/b', 'mine', { kind: 'create' })).toEqual({ kind: 'refused' });
    const replacing = await judged(once('cut'));
    expect(await putText(replacing.s3, 'lost/b', 'mine', { kind: 'replace', etag: md5(Buffer.from('mine')) })).toEqual({ kind: 'refused' });
    expect(await direct.head('data', 'lost/b')).toMatchObject({ etag: md5(Buffer.from('theirs')) });
  });

  test('of the end of an upload in parts is known again, with and without a condition', async () => {
    const bytes = Buffer.alloc(17 * MIB, 3);
    for (const condition of [{ kind: 'create' }, { kind: 'any' }] as const) {
      let posts = 0;
      const { s3 } = await judged((method) => (method === 'POST' && (posts += 1) === 2 ? 'lose-answer' : 'pass'));
      const key = `lost/large-${condition.kind}`;
      const sent = await s3.putLarge({ bucket: 'data', key, sizeBytes: bytes.byteLength, mtimeNs: 5n, condition, read: async (offset, length) => bytes.subarray(offset, offset + length) }, () => undefined);
      expect(sent).toEqual({ kind: 'sent', etag: (await direct.head('data', key))?.etag });
    }
  });

  test.each(['GET', 'HEAD', 'POST', 'DELETE'])('of a %s is asked for again', async (method) => {
    const { s3 } = await judged(once('lose-answer', method));
    await putText(s3, 'again/a', 'a');
    expect(await s3.head('data', 'again/a')).not.toBeNull();
    expect(await listed(s3, 'again/')).toHaveLength(1);
    expect(await s3.remove('data', ['again/a', 'again/\u0001'])).toEqual([]);
    expect(await s3.head('data', 'again/a')).toBeNull();
  });

  test('again and again ends in one sentence', async () => {
    const { s3, proxy } = await judged(() => 'cut');
    expect(await failure(listed(s3, ''))).toMatchObject({ code: 'service-unreachable', message: expect.stringContaining('ended the connection in the middle') });
    expect(proxy.seen).toHaveLength(5);
  });
});

describe('an answer that is none', () => {
  test('500 is asked again, 501 and 400 are not', async () => {
    const status = (code: number): RequestListener => (_request, answer) => void answer.writeHead(code).end();
    const first = await judged(once(status(500)));
    expect(await putText(first.s3, 'none/a', 'a')).toMatchObject({ kind: 'sent' });
    for (const code of [400, 501]) {
      const { s3, proxy } = await judged(() => status(code));
      expect(await failure(putText(s3, 'none/b', 'b'))).toMatchObject({ message: expect.stringContaining(`HTTP ${String(code)}`) });
      expect(proxy.seen).toHaveLength(1);
    }
  });

  test('a listing that is cut is asked for again, whether the connection says so or not', async () => {
    await putText(direct, 'cut/a', 'a');
    const half = '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>cut/';
    for (const length of [String(half.length + 100), String(half.length)]) {
      const cut: RequestListener = (_request, answer) => {
        answer.writeHead(200, { 'content-length': length });
        answer.write(half, () => (length === String(half.length) ? answer.end() : answer.destroy()));
      };
      const { s3 } = await judged(once(cut, 'GET'));
      expect((await listed(s3, 'cut/')).map(({ key }) => key)).toEqual(['cut/a']);
      const always = await judged(() => cut);
      expect((await failure(listed(always.s3, 'cut/'))).message).toMatch(/ended/);
    }
  });

  test('a good status with an error in it is an error', async () => {
    const said: RequestListener = (_request, answer) => void answer.writeHead(200).end('<?xml version="1.0"?><Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>');
    await putText(direct, 'said/a', 'a');
    const first = await judged(once(said));
    await first.s3.copy('data', 'said/a', 'said/b');
    expect(await direct.head('data', 'said/b')).not.toBeNull();
    const always = await judged(() => said);
    expect(await failure(always.s3.copy('data', 'said/a', 'said/c'))).toMatchObject({ message: expect.stringContaining('InternalError') });
  });

  test('another tag than the sum of what was sent is told', async () => {
    const s3 = clientAt(await answering((_request, answer) => void answer.writeHead(200, { etag: `"${'0'.repeat(32)}"` }).end()));
    expect(await failure(putText(s3, 'a', 'a'))).toMatchObject({ details: { code: 'ChecksumMismatch' } });
  });

  test('something else that listens there is named for what it is', async () => {
    const page = clientAt(await answering((_request, answer) => void answer.writeHead(200).end('<html><body>Hello</body></html>')));
    expect(await failure(listed(page, ''))).toMatchObject({ message: expect.stringContaining('but not as a bucket store does') });
    const noise = clientAt(await listening(createRawServer((socket) => void socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n'))));
    expect(await failure(listed(noise, ''))).toMatchObject({ message: expect.stringContaining('but not as a bucket store does') });
  });

  test('a listing out of order is sorted, and one that shows it late is sorted the next time', async () => {
    const page = (keys: readonly string[], next: string): string => `<ListBucketResult><NextContinuationToken>${next}</NextContinuationToken><IsTruncated>${String(next !== '')}</IsTruncated>${keys.map((key) => `<Contents><Size>1</Size><ETag>e</ETag><Key>${key}</Key></Contents>`).join('')}</ListBucketResult>`;
    const early = clientAt(await answering((_request, answer) => void answer.end(page(['b', 'a/x', 'a', 'a.x', 'b'], ''))));
    expect((await listed(early, '')).map(({ key }) => key)).toEqual(['a', 'a.x', 'a/x', 'b']);
    const late = clientAt(
      await answering((request, answer) => {
        const at = Number(new URL(request.url ?? '', 'http://x').searchParams.get('continuation-token') ?? '0');
        const keys = Array.from({ length: 1_000 }, (_, index) => `k${String(at * 1_000 + index).padStart(6, '0')}`);
        answer.end(at === 12 ? page(['a', 'c'], '') : page(keys, String(at + 1)));
      }),
    );
    expect(await failure(listed(late, ''))).toMatchObject({ code: 'busy', details: { code: 'OutOfOrder' } });
    const sorted = await listed(late, '');
    expect(sorted).toHaveLength(12_002);
    expect(sorted.map(({ key }) => key)).toEqual(sorted.map(({ key }) => key).toSorted());
  });
});

describe('a bad line', () => {
  test('that swallows everything ends with the deadline, and all is well when it heals', async () => {
    const s3 = clientAt(net.endpoint, 1_000);
    expect(await putText(s3, 'line/a', 'a')).toMatchObject({ kind: 'sent' });
    await net.add({ type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } });
    const from = performance.now();
    const all = await Promise.all([failure(putText(s3, 'line/b', 'b')), failure(listed(s3, '')), failure(s3.head('data', 'line/a')), failure(s3.remove('data', ['line/a'])), failure(s3.copy('data', 'line/a', 'line/c'))]);
    expect(performance.now() - from).toBeLessThan(3_000);
    for (const error of all) expect(error).toMatchObject({ code: 'service-unreachable', message: expect.stringContaining('did not answer within 1 seconds.') });
    await net.heal();
    expect(await putText(s3, 'line/b', 'b')).toMatchObject({ kind: 'sent' });
  });

  test('that is gone is one sentence at once', async () => {
    const s3 = clientAt(net.endpoint);
    await net.cut();
    expect(await failure(putText(s3, 'line/d', 'd'))).toMatchObject({ message: expect.stringContaining('cannot be reached (ECONNREFUSED)') });
    await net.heal();
    expect(await putText(s3, 'line/d', 'd')).toMatchObject({ kind: 'sent' });
  });

  test('that cuts bodies leaves nothing half', async () => {
    const s3 = clientAt(net.endpoint);
    await net.add({ type: 'limit_data', stream: 'upstream', attributes: { bytes: 100_000 } });
    const body = Buffer.alloc(300_000, 1);
    const put = (): Promise<unknown> => s3.put({ bucket: 'data', key: 'line/cut', body, md5: md5(body), mtimeNs: 1n, condition: { kind: 'create' } });
    expect(await failure(put())).toMatchObject({ message: expect.stringContaining('ended the connection in the middle') });
    expect(await direct.head('data', 'line/cut')).toBeNull();
    const read = async (_offset: number, length: number): Promise<Uint8Array> => Buffer.alloc(length);
    await failure(s3.putLarge({ bucket: 'data', key: 'line/cut-large', sizeBytes: 17 * MIB, mtimeNs: 1n, condition: { kind: 'create' }, read }, () => undefined));
    expect(await direct.head('data', 'line/cut-large')).toBeNull();
    await net.heal();
    expect(await put()).toMatchObject({ kind: 'sent' });
  });

  test('that is slow takes its time while something moves', async () => {
    await net.add({ type: 'bandwidth', stream: 'upstream', attributes: { rate: 400 } });
    await net.add({ type: 'latency', stream: 'downstream', attributes: { latency: 100 } });
    const s3 = clientAt(net.endpoint, 1_000);
    const body = Buffer.alloc(MIB, 2);
    const from = performance.now();
    expect(await s3.put({ bucket: 'data', key: 'line/slow', body, md5: md5(body), mtimeNs: 1n, condition: { kind: 'create' } })).toMatchObject({ kind: 'sent' });
    expect(performance.now() - from).toBeGreaterThan(2_000);
  });
});

describe('a cancel', () => {
  test('ends what is under way and what waits, at once', async () => {
    const s3 = clientAt(net.endpoint, 30_000);
    await net.add({ type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } });
    const cancel = new AbortController();
    const all = Promise.allSettled(Array.from({ length: 2_000 }, (_, index) => putText(s3, `cancel/${String(index)}`, 'x', { kind: 'create' }, cancel.signal)));
    const large = failure(s3.putLarge({ bucket: 'data', key: 'cancel/large', sizeBytes: 17 * MIB, mtimeNs: 1n, condition: { kind: 'any' }, read: async (_offset, length) => Buffer.alloc(length) }, () => undefined, cancel.signal));
    await expect.poll(() => s3.counters.puts).toBeGreaterThanOrEqual(16);
    const from = performance.now();
    cancel.abort();
    expect((await all).every((one) => one.status === 'rejected' && (one.reason as AppError).code === 'cancelled')).toBe(true);
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(await large).toMatchObject({ code: 'cancelled' });
    expect(await failure(s3.head('data', 'a', cancel.signal))).toMatchObject({ code: 'cancelled' });
  });

  test('comes with the end of the client, too', async () => {
    const s3 = clientAt(net.endpoint, 30_000, 1);
    await net.add({ type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } });
    const both = [failure(putText(s3, 'close/a', 'a')), failure(putText(s3, 'close/b', 'b'))];
    await expect.poll(() => s3.counters.puts).toBe(1);
    await s3.close();
    for (const one of await Promise.all(both)) expect(one).toMatchObject({ code: 'cancelled' });
  });
});

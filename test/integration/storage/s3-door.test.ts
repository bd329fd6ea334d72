import { createHash, randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openS3 } from '@main/platform/s3/client';
import { minioAdmin } from '@main/platform/s3/minio-admin';
import type { S3Door, S3Options } from '@main/platform/s3/types';
import { grantsOf } from '@shared/domain/storage/bucket-grants';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import { engineJson } from '../../support/images';
import { answers, storageStage, waitUntil, type StorageStage } from '../../support/storage';
import { badNetwork, type BadNetwork } from '../../support/toxiproxy';

const MIB = 1024 * 1024;
const quiet = (): void => undefined;
let stage: StorageStage;
let net: BadNetwork;
let folder: string;
const doors: S3Door[] = [];
const ends: (() => void)[] = [];

beforeAll(async () => {
  stage = await storageStage('s3d');
  net = await badNetwork(stage);
  folder = await mkdtemp(join(tmpdir(), 'bt-s3d-'));
  await door().createBucket('data');
});
afterEach(async () => {
  await net.heal();
  for (const end of ends.splice(0)) end();
});
afterAll(async () => {
  for (const one of doors) one.close();
  await net?.stop();
  await stage?.close();
  await rm(folder, { recursive: true, force: true });
});

function options(changed: Partial<S3Options> = {}): S3Options {
  return { endpoint: stage.endpoint, region: 'us-east-1', accessKey: stage.accessKey, secretKey: stage.secretKey, deadlineMs: 5_000, ...changed };
}
function door(changed: Partial<S3Options> = {}): S3Door {
  const opened = openS3(options(changed));
  doors.push(opened);
  return opened;
}
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const failure = async (work: Promise<unknown>): Promise<AppError> => {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(AppError);
  return thrown as AppError;
};
/** One sentence, and no key in it or beside it. */
const isPlain = (error: AppError): void => {
  expect(error.message).toMatch(/^[A-Z“.~\w][^\n]*\.$/);
  const all = JSON.stringify(error.toData());
  expect(all).not.toContain(stage.secretKey);
};
async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
async function unfinishedUploads(): Promise<string> {
  return stage.rclone('backend', 'list-multipart-uploads', 't:data');
}

describe('buckets and objects', () => {
  test('are made, listed in pages, read and removed', async () => {
    const s3 = door();
    await s3.createBucket('data');
    for (const key of ['a.txt', 'deep/b c.txt', 'deep/ä&+.txt', 'z.txt']) await s3.put('data', key, Buffer.from(key));
    expect((await s3.buckets()).map(({ name }) => name)).toEqual(['data']);
    const first = await s3.list({ bucket: 'data', prefix: '', delimiter: '/', after: null, limit: 2 });
    const second = await s3.list({ bucket: 'data', prefix: '', delimiter: '/', after: first.next, limit: 2 });
    expect([...first.objects, ...second.objects].map(({ key }) => key)).toEqual(['a.txt', 'z.txt']);
    expect([...first.folders, ...second.folders]).toEqual(['deep/']);
    expect(second.next).toBeNull();
    expect(Buffer.from(await s3.get('data', 'deep/ä&+.txt', 100)).toString()).toBe('deep/ä&+.txt');
    expect(await failure(s3.get('data', 'a.txt', 2))).toMatchObject({ code: 'input-invalid' });
    expect(await failure(s3.removeBucket('data'))).toMatchObject({ code: 'blocked', details: { code: 'BucketNotEmpty' } });
    expect(await s3.remove('data', ['a.txt', 'deep/b c.txt', 'deep/ä&+.txt', 'z.txt', 'never.txt'])).toEqual([]);
    expect(await failure(s3.head('data', 'a.txt'))).toMatchObject({ code: 'not-found', details: { code: 'NoSuchKey' } });
    expect(await failure(s3.headBucket('nowhere'))).toMatchObject({ code: 'not-found', details: { code: 'NoSuchBucket' } });
  });

  test('keep old versions, and one of them becomes the newest again', async () => {
    const s3 = door();
    await s3.createBucket('kept');
    expect(await s3.versioning('kept')).toBe('off');
    await s3.setVersioning('kept', true);
    expect(await s3.versioning('kept')).toBe('enabled');
    const one = await s3.put('kept', 'note äö+.txt', Buffer.from('one'));
    await s3.put('kept', 'note äö+.txt', Buffer.from('two'));
    await s3.put('kept', 'note äö+.txt.other', Buffer.from('other'));
    await s3.remove('kept', ['note äö+.txt']);
    const versions = await s3.versions('kept', 'note äö+.txt');
    expect(versions.map(({ latest, deleted, sizeBytes }) => [latest, deleted, sizeBytes])).toEqual([[true, true, 0], [false, false, 3], [false, false, 3]]);
    await s3.restore('kept', 'note äö+.txt', one.versionId ?? '');
    expect(Buffer.from(await s3.get('kept', 'note äö+.txt', 10)).toString()).toBe('one');
    expect(await failure(s3.restore('kept', 'note äö+.txt', 'b8d5f1d0-0000-4000-8000-000000000000'))).toMatchObject({ code: 'not-found' });
  });
});

describe('large files', () => {
  test('40 MiB go up in parts and come down the same', async () => {
    const bytes = randomBytes(40 * MIB + 17);
    const file = join(folder, 'big.bin');
    await writeFile(file, bytes);
    const told: number[] = [];
    const written = await door().upload('data', 'big.bin', file, (so) => told.push(so));
    expect(written.etag).toMatch(/-6$/);
    expect(told.at(-1)).toBe(bytes.byteLength);
    const back = join(folder, 'back.bin');
    expect(await door().download('data', 'big.bin', back, undefined, quiet)).toMatchObject({ sizeBytes: bytes.byteLength, etag: written.etag });
    expect(sha256(await readFile(back))).toBe(sha256(bytes));
    expect(await failure(door().download('data', 'big.bin', back, undefined, quiet))).toMatchObject({ code: 'input-invalid' });
    // The second opinion takes it too.
    await stage.rclone('copyto', 't:data/big.bin', join(folder, 'rclone.bin'));
    expect(sha256(await readFile(join(folder, 'rclone.bin')))).toBe(sha256(bytes));
  }, 120_000);

  test('an upload that is cancelled leaves no object and no parts', async () => {
    const file = join(folder, 'cancelled.bin');
    await writeFile(file, randomBytes(40 * MIB));
    const abort = new AbortController();
    const error = await failure(door().upload('data', 'cancelled.bin', file, () => abort.abort(), abort.signal));
    expect(error.code).toBe('cancelled');
    expect(await failure(door().head('data', 'cancelled.bin'))).toMatchObject({ code: 'not-found' });
    expect(await unfinishedUploads()).not.toContain('cancelled.bin');
  });

  test('a file that changes meanwhile is not uploaded', async () => {
    const file = join(folder, 'changing.bin');
    await writeFile(file, randomBytes(20 * MIB));
    const error = await failure(door().upload('data', 'changing.bin', file, () => void writeFile(file, 'short').catch(quiet)));
    expect(error).toMatchObject({ code: 'busy', details: { code: 'FileChanged' } });
    expect(await unfinishedUploads()).not.toContain('changing.bin');
  });
});

describe('keys', () => {
  test('of one project open its own buckets only', async () => {
    const root = door();
    for (const bucket of ['one-data', 'two-data']) await root.createBucket(bucket);
    await root.put('two-data', 'secret.txt', Buffer.from('x'));
    const admin = minioAdmin(options());
    const only = (...buckets: string[]): Json => grantsOf('project', buckets, { read: [], write: [], copy: [], mirror: [] });
    await admin.allow('projectone', 'secret-of-one', only('one-data'));
    await admin.allow('projectnone', 'secret-of-none', only());
    const mine = door({ accessKey: 'projectone', secretKey: 'secret-of-one' });
    await mine.put('one-data', 'a.txt', Buffer.from('a'));
    expect(await mine.bucketNames()).toEqual(['one-data']);
    const forbidden: readonly (() => Promise<unknown>)[] = [
      () => mine.get('two-data', 'secret.txt', 9),
      () => mine.list({ bucket: 'two-data', prefix: '', delimiter: '', after: null, limit: 9 }),
      () => mine.put('two-data', 'b', Buffer.from('b')),
      () => mine.removeBucket('two-data'),
      () => mine.createBucket('three-data'),
    ];
    for (const work of forbidden) {
      const error = await failure(work());
      expect(error).toMatchObject({ code: 'input-invalid', details: { code: 'AccessDenied' } });
      isPlain(error);
    }
    expect(await failure(door({ accessKey: 'projectnone', secretKey: 'secret-of-none' }).bucketNames())).toMatchObject({ code: 'input-invalid', details: { code: 'AccessDenied' } });
    await admin.allow('projectone', 'secret-of-one', only('one-data', 'two-data'));
    expect(Buffer.from(await mine.get('two-data', 'secret.txt', 9)).toString()).toBe('x');
    await admin.forbid('projectone');
    await admin.forbid('projectone');
    expect(await failure(mine.bucketNames())).toMatchObject({ code: 'input-invalid', details: { code: 'InvalidAccessKeyId' } });
    expect(await failure(minioAdmin(options({ secretKey: 'wrong-secret' })).allow('x', 'y', only()))).toMatchObject({ code: 'input-invalid' });
  });

  test('that are wrong are called so, and never shown', async () => {
    for (const changed of [{ secretKey: 'wrong-secret' }, { accessKey: 'nobody' }]) {
      const error = await failure(door(changed).bucketNames());
      expect(error).toMatchObject({ code: 'input-invalid', message: expect.stringMatching(/refuses the keys\.$/) });
      isPlain(error);
    }
  });
});

describe('a bad network', () => {
  const far = (deadlineMs = 1_500): S3Door => door({ endpoint: net.endpoint, deadlineMs });

  test('that is slow is waited for, and a black hole ends in time; both recover without a new client', async () => {
    const s3 = far();
    await s3.put('data', 'small.txt', Buffer.from('small'));
    await net.add({ type: 'latency', attributes: { latency: 150 } });
    expect(await s3.bucketNames()).toContain('data');
    await net.heal();
    await net.add({ type: 'timeout', attributes: { timeout: 0 } });
    const began = Date.now();
    const error = await failure(s3.bucketNames());
    expect(Date.now() - began).toBeLessThan(6_000);
    expect(error).toMatchObject({ code: 'service-unreachable', details: { code: 'Timeout' } });
    isPlain(error);
    const down = await failure(s3.download('data', 'small.txt', join(folder, 'never.txt'), undefined, quiet));
    expect(down).toMatchObject({ code: 'service-unreachable', details: { code: 'Timeout' } });
    const file = join(folder, 'hole.bin');
    await writeFile(file, randomBytes(17 * MIB));
    expect(await failure(s3.upload('data', 'hole.bin', file, quiet))).toMatchObject({ code: 'service-unreachable' });
    await net.heal();
    expect(await s3.bucketNames()).toContain('data');
  });

  test('that refuses or cuts is named, and recovers', async () => {
    const s3 = far();
    await net.cut();
    const refused = await failure(s3.bucketNames());
    expect(refused).toMatchObject({ code: 'service-unreachable', details: { code: 'ECONNREFUSED' } });
    isPlain(refused);
    await net.heal();
    expect(await s3.bucketNames()).toContain('data');
  });

  test('that cuts bodies leaves no short file and no parts', async () => {
    await door().put('data', 'body.bin', randomBytes(3 * MIB));
    await net.add({ type: 'limit_data', stream: 'downstream', attributes: { bytes: 600_000 } });
    const s3 = far();
    const down = await failure(s3.download('data', 'body.bin', join(folder, 'cut.bin'), undefined, quiet));
    expect(down).toMatchObject({ code: 'service-unreachable', details: { code: 'CutBody' } });
    isPlain(down);
    expect((await readdir(folder)).filter((name) => name.includes('cut.bin'))).toEqual([]);
    expect(await failure(s3.get('data', 'body.bin', 4 * MIB))).toMatchObject({ details: { code: 'CutBody' } });
    await net.heal();
    await net.add({ type: 'limit_data', stream: 'upstream', attributes: { bytes: 4 * MIB } });
    const file = join(folder, 'up.bin');
    await writeFile(file, randomBytes(24 * MIB));
    const up = await failure(s3.upload('data', 'up.bin', file, quiet));
    expect(up.code).toBe('service-unreachable');
    isPlain(up);
    await net.heal();
    expect((await s3.upload('data', 'up.bin', file, quiet)).sizeBytes).toBe(24 * MIB);
    expect((await s3.download('data', 'body.bin', join(folder, 'whole.bin'), undefined, quiet)).sizeBytes).toBe(3 * MIB);
  }, 120_000);
});

test('a store whose disk is full says so in one sentence, keeps what it has, and takes more once there is room', async () => {
  const name = await stage.container({
    name: 'full',
    image: stage.images.minio,
    command: ['server', '/data'],
    env: { MINIO_ROOT_USER: stage.accessKey, MINIO_ROOT_PASSWORD: stage.secretKey },
    host: { Tmpfs: { '/data': 'size=64m' }, PortBindings: { '9000/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
  });
  const { NetworkSettings } = await engineJson<{ NetworkSettings: { Ports: Record<string, { HostPort: string }[]> } }>('GET', `/containers/${name}/json`);
  const endpoint = `http://127.0.0.1:${NetworkSettings.Ports['9000/tcp']?.[0]?.HostPort ?? ''}`;
  await waitUntil(() => answers(`${endpoint}/minio/health/live`), 20_000, 'the small store is healthy');
  const s3 = door({ endpoint });
  await waitUntil(() => s3.createBucket('data').then(() => true, () => false), 20_000, 'the small store is ready');
  await s3.put('data', 'kept', Buffer.from('kept'));
  const file = join(folder, 'large.bin');
  await writeFile(file, randomBytes(80 * MIB));
  const error = await failure(s3.upload('data', 'large.bin', file, quiet));
  expect(error).toMatchObject({ code: 'disk-full', message: expect.stringContaining('has no space left') });
  isPlain(error);
  expect((await s3.list({ bucket: 'data', prefix: '', delimiter: '', after: null, limit: 10 })).objects.map(({ key }) => key)).toEqual(['kept']);
  // A prefix that is a whole key finds that key; only the folder itself is no object in it.
  expect((await s3.list({ bucket: 'data', prefix: 'kept', delimiter: '', after: null, limit: 10 })).objects.map(({ key }) => key)).toEqual(['kept']);
  // Its parts were taken away, so there is room again.
  await waitUntil(() => s3.put('data', 'small', randomBytes(MIB)).then(() => true, () => false), 30_000, 'there is room again');
});

describe('what a store says', () => {
  const says = (status: number, code: string): RequestListener => (request, response) => {
    request.resume();
    response.statusCode = status;
    response.end(code === '' ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`);
  };

  test.each([
    [503, 'SlowDown', 'service-unreachable', /too busy/],
    [503, '', 'service-unreachable', /too busy/],
    [507, 'XMinioStorageFull', 'disk-full', /no space left/],
    [507, '', 'disk-full', /no space left/],
    [404, 'NoSuchBucket', 'not-found', /no bucket data/],
    [403, 'SignatureDoesNotMatch', 'input-invalid', /refuses the keys/],
    [403, 'AccessDenied', 'input-invalid', /may not do this with the bucket data/],
    [500, 'InternalError', 'service-unreachable', /HTTP 500, InternalError/],
    [200, 'not xml at all', 'service-unreachable', /not as a bucket store does|cannot be used/],
  ] as const)('%i %s is one sentence', async (status, code, expected, sentence) => {
    const error = await failure(door({ endpoint: await answering(code === 'not xml at all' ? (_, response) => response.end('<html>no</p>') : says(status, code)) }).list({ bucket: 'data', prefix: '', delimiter: '', after: null, limit: 5 }));
    expect(error).toMatchObject({ code: expected, message: expect.stringMatching(sentence) });
    isPlain(error);
  });

  test('a store that loses an upload because its disk is full says the cause, not what came of it', async () => {
    let isFull = false;
    const endpoint = await answering((request, response) => {
      request.resume();
      request.once('end', () => {
        if (request.method === 'POST') {
          response.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
          return;
        }
        response.statusCode = isFull ? 404 : 500;
        response.end(isFull ? '<Error><Code>NoSuchUpload</Code><Message>m</Message></Error>' : '<Error><Code>InternalError</Code><Message>cause(no space left on device)</Message></Error>');
        isFull = true;
      });
    });
    const file = join(folder, 'lost.bin');
    await writeFile(file, randomBytes(40 * MIB));
    expect(await failure(door({ endpoint }).upload('data', 'lost.bin', file, quiet))).toMatchObject({ code: 'disk-full' });
  });

  test('a body of the right length and the wrong bytes is no download', async () => {
    const endpoint = await answering((_, response) => {
      response.setHeader('ETag', '"d41d8cd98f00b204e9800998ecf8427e"');
      response.end('other');
    });
    const error = await failure(door({ endpoint }).download('data', 'k', join(folder, 'wrong.bin'), undefined, quiet));
    expect(error).toMatchObject({ details: { code: 'ChecksumMismatch' } });
    expect((await readdir(folder)).filter((name) => name.includes('wrong'))).toEqual([]);
  });
});

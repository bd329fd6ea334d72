import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSampleService, type SampleProcess } from '../../support/sample-process';

interface Upload {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}
interface Page {
  readonly total: number;
  readonly files: readonly { readonly name: string; readonly folder: string; readonly size: number; readonly modifiedAt: string }[];
}

describe('the api of the sample', () => {
  let root: string;
  let api: SampleProcess;
  let store: SampleProcess;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'bt-sm-'));
    await mkdir(join(root, 'efs/uploads'), { recursive: true });
    await mkdir(join(root, 's3/data'), { recursive: true });
    await writeFile(join(root, 'efs/uploads/.incoming-left-by-a-crash'), 'half');
    store = await startSampleService('store', { DATA_DIR: join(root, 'data') });
    api = await startSampleService('api', { EFS_ROOT: join(root, 'efs'), S3_ROOT: join(root, 's3'), STORE_URL: store.url, MAX_UPLOAD_BYTES: String(1024 * 1024) });
  });
  afterAll(async () => {
    expect(await api.stop()).toBe(0);
    expect(await store.stop()).toBe(0);
    await rm(root, { recursive: true, force: true });
  });

  const uploads = async (): Promise<string[]> => (await readdir(join(root, 'efs/uploads'))).sort();
  const form = (content: Uint8Array, name: string): FormData => {
    const data = new FormData();
    data.set('note', 'a field before the file');
    data.set('file', new Blob([content as Uint8Array<ArrayBuffer>]), name);
    return data;
  };
  const post = async (path: string, body: BodyInit): Promise<Response> => fetch(`${api.url}${path}`, { method: 'POST', body });
  /** Node's own clients clean names up before they send them; an attacker's does not. */
  const rawForm = (fileName: string, content: string): { body: string; type: string } => ({
    body: `--xx\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n\r\n${content}\r\n--xx--\r\n`,
    type: 'multipart/form-data; boundary=xx',
  });
  const postRawForm = async (fileName: string): Promise<Response> => {
    const { body, type } = rawForm(fileName, 'evil');
    return fetch(`${api.url}/upload`, { method: 'POST', body, headers: { 'Content-Type': type } });
  };

  test('what a crash left half written is gone after the start', async () => {
    expect(await uploads()).toEqual([]);
  });

  test('POST /upload stores a form with its size and digest, byte for byte', async () => {
    const content = randomBytes(300_000);
    const reply = await post('/upload', form(content, 'x.bin'));
    expect(reply.status).toBe(201);
    const upload = (await reply.json()) as Upload;
    expect(upload).toEqual({ name: 'x.bin', size: content.length, sha256: createHash('sha256').update(content).digest('hex') });
    expect((await readFile(join(root, 'efs/uploads/x.bin'))).equals(content)).toBe(true);
    const record = (await (await fetch(`${store.url}/records/upload%3Ax.bin`)).json()) as { value: Upload };
    expect(record.value).toMatchObject(upload);
  });

  test('a raw body works too, and content that looks like a boundary is kept', async () => {
    expect((await post('/upload?name=raw.txt', 'plain body')).status).toBe(201);
    const tricky = Buffer.from('a\r\n--\r\n--xx-not\r\n\r\n--x');
    expect((await post('/upload', form(tricky, 'tricky.txt'))).status).toBe(201);
    expect((await readFile(join(root, 'efs/uploads/tricky.txt'))).equals(tricky)).toBe(true);
  });

  test.each(['../../etc/x', '..\\..\\x', '/etc/x', '..', '.', '.hidden', 'a/b', 'nul\u0000', 'line\u0001', '', 'n'.repeat(300)])('a name like %j is refused and nothing is written', async (name) => {
    const before = await uploads();
    const reply = await postRawForm(name);
    expect(reply.status).toBe(400);
    expect(await uploads()).toEqual(before);
    expect((await readdir(root)).sort()).toEqual(['data', 'efs', 's3']);
    expect((await post(`/upload?name=${encodeURIComponent(name)}`, 'evil')).status).toBe(400);
  });

  test('a taken name is refused, or numbered when asked for; never overwritten', async () => {
    await post('/upload', form(Buffer.from('first'), 'same.txt'));
    const second = await post('/upload', form(Buffer.from('second'), 'same.txt'));
    expect(second.status).toBe(409);
    const third = (await (await post('/upload?on-conflict=number', form(Buffer.from('third'), 'same.txt'))).json()) as Upload;
    expect(third.name).toBe('same (2).txt');
    expect(await readFile(join(root, 'efs/uploads/same.txt'), 'utf8')).toBe('first');
  });

  test('of twenty at once with one name exactly one wins', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => post('/upload?name=race.txt', `writer ${index}`)));
    expect(replies.map((reply) => reply.status).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
  });

  test('a file above the limit and a body that is cut off leave nothing behind', async () => {
    const before = await uploads();
    expect((await post('/upload?name=large.bin', Buffer.alloc(1024 * 1024 + 1))).status).toBe(413);
    const { body } = rawForm('cut.txt', 'beginning');
    const port = Number(new URL(api.url).port);
    await new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=xx\r\nContent-Length: 5000\r\n\r\n${body.slice(0, body.indexOf('nning'))}`, () => socket.end());
      });
      socket.on('error', reject);
      socket.on('close', () => resolve());
      socket.resume();
    });
    await expect.poll(uploads).toEqual(before);
    const { type } = rawForm('x', 'y');
    const unfinished = await fetch(`${api.url}/upload`, { method: 'POST', body: body.replace('--xx--', ''), headers: { 'Content-Type': type } });
    expect(unfinished.status).toBe(400);
    expect(await uploads()).toEqual(before);
  });

  test('GET /files equals what is on disk, page by page and filtered', async () => {
    await mkdir(join(root, 'efs/processed'), { recursive: true });
    await writeFile(join(root, 'efs/processed/x.bin.json'), '{}');
    await symlink('/etc/passwd', join(root, 'efs/uploads/link'));
    const all = (await (await fetch(`${api.url}/files?limit=1000`)).json()) as Page;
    const onDisk = (await uploads()).filter((name) => name !== 'link');
    expect(all.files.map((file) => `${file.folder}/${file.name}`)).toEqual([...onDisk.map((name) => `uploads/${name}`), 'processed/x.bin.json']);
    for (const file of all.files) {
      const seen = await stat(join(root, 'efs', file.folder, file.name));
      expect([file.size, file.modifiedAt]).toEqual([seen.size, seen.mtime.toISOString()]);
    }
    const pages: string[] = [];
    for (let offset = 0; offset < all.total; offset += 2) {
      const page = (await (await fetch(`${api.url}/files?limit=2&offset=${offset}`)).json()) as Page;
      pages.push(...page.files.map((file) => file.name));
    }
    expect(pages).toEqual(all.files.map((file) => file.name));
    const filtered = (await (await fetch(`${api.url}/files?contains=SAME&folder=uploads`)).json()) as Page;
    expect(filtered.files.map((file) => file.name)).toEqual(['same (2).txt', 'same.txt']);
    expect((await fetch(`${api.url}/files?limit=0`)).status).toBe(400);
    expect((await fetch(`${api.url}/files?folder=etc`)).status).toBe(400);
  });

  test('a file is downloaded and deleted; a link out of the folder is neither listed nor served', async () => {
    const download = await fetch(`${api.url}/files/raw.txt`);
    expect([download.status, await download.text()]).toEqual([200, 'plain body']);
    expect((await fetch(`${api.url}/files/link`)).status).toBe(404);
    expect((await fetch(`${api.url}/files/..%2F..%2Fdata%2Frecords.log`)).status).toBe(400);
    expect((await fetch(`${api.url}/files/raw.txt`, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${api.url}/files/raw.txt`, { method: 'DELETE' })).status).toBe(404);
    expect(await uploads()).not.toContain('raw.txt');
  });

  test('GET /storage/status names every place with figures, and says why one is down', async () => {
    const { storage } = (await (await fetch(`${api.url}/storage/status`)).json()) as { storage: Record<string, unknown>[] };
    expect(storage.map((place) => place.path)).toEqual([join(root, 'efs'), join(root, 's3/data')]);
    // Plain folders: readable and writable, but nothing is mounted there.
    expect(storage[0]).toMatchObject({ state: 'down', reason: 'Nothing is mounted here.', mounted: false, readable: true, writable: true });
    const { totalBytes, freeBytes, usedBytes, latencyMs } = storage[0] as Record<string, number>;
    expect(totalBytes).toBeGreaterThan(0);
    expect((freeBytes ?? 0) + (usedBytes ?? 0)).toBeLessThanOrEqual(totalBytes ?? 0);
    expect(latencyMs).toBeGreaterThanOrEqual(0);
  });

  test('10,000 files list in under a second a page', async () => {
    const folder = join(root, 'efs/processed');
    for (let start = 0; start < 10_000; start += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, index) => writeFile(join(folder, `many-${start + index}.json`), '')));
    }
    const startedMs = performance.now();
    const page = (await (await fetch(`${api.url}/files?folder=processed&limit=100&offset=9000`)).json()) as Page;
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect([page.total, page.files.length]).toEqual([10_001, 100]);
  });

  test('the service goes on when the store is away', async () => {
    await store.stop();
    expect((await post('/upload?name=without-store.txt', 'kept')).status).toBe(201);
    expect(await readFile(join(root, 'efs/uploads/without-store.txt'), 'utf8')).toBe('kept');
  });
});

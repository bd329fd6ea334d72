import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '@main/platform/sync/crc32c';
import { openStateFile, replaceStateFile, type StateHead } from '@main/platform/sync/state-file';
import { SyncState } from '@main/platform/sync/sync-state';
import { compareKeys } from '@shared/domain/workspaces/keys';
import type { SyncedFile } from '@shared/domain/workspaces/sync-model';
import { useCleanups } from '../../../../support/cleanups';

const later = useCleanups();
const owner = { endpoint: 'http://s', bucket: 'b', prefix: '', root: '/r' };
const identity = { dev: 1n, ino: 2n };
const head: StateHead = { ...owner, dev: '1', ino: '2', generation: '00', listedAtMs: 5, dirty: false };

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'bt-state-'));
  later(() => rm(made, { recursive: true, force: true }));
  return made;
}

function all(entries: Iterator<SyncedFile>): SyncedFile[] {
  const found: SyncedFile[] = [];
  for (let one = entries.next(); one.done !== true; one = entries.next()) found.push(one.value);
  return found;
}

const file = (key: string, md5 = 'ab'.repeat(16)): SyncedFile => ({ key, sizeBytes: key.length, mtimeNs: 1_700_000_000_123_456_789n, ctimeNs: 1n, ino: 2n ** 64n - 1n, md5, etag: md5, racy: false });

const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 });
const records = fc
  .uniqueArray(
    fc.record({
      key: fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '😀', '\uffee'), minLength: 1, maxLength: 30 }),
      sizeBytes: fc.maxSafeNat(), mtimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), ctimeNs: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), ino: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      md5: fc.oneof(hex, fc.constant('')), etag: fc.oneof(hex, fc.constant('abc-3')), racy: fc.boolean(),
    }),
    { selector: ({ key }) => key, maxLength: 60 },
  )
  .map((files) => files.sort((one, other) => compareKeys(one.key, other.key)));

describe('crc32c', () => {
  it('is Castagnoli’s', () => expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283'));
});

describe('the state file', () => {
  it('gives back what it was given', async () => {
    const dir = await folder();
    fc.assert(
      fc.property(records, (files) => {
        replaceStateFile(dir, head, files[Symbol.iterator]());
        const opened = openStateFile(dir);
        expect(opened?.head).toEqual(head);
        expect(all(opened?.records('') ?? [][Symbol.iterator]())).toEqual(files);
        opened?.close();
      }),
    );
  });

  it('is torn when a byte is missing or another one', async () => {
    const dir = await folder();
    replaceStateFile(dir, head, Array.from({ length: 3_000 }, (_, index) => file(`dir/${String(index).padStart(6, '0')}`))[Symbol.iterator]());
    const bytes = await readFile(join(dir, 'state.v1'));
    expect(bytes.length).toBeGreaterThan(64 * 1024);
    for (const at of [0, 9, 40, 300, 70_000, bytes.length - 1]) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await writeFile(join(dir, 'state.v1'), flipped);
      expect(openStateFile(dir), `flipped at ${String(at)}`).toBeNull();
    }
    for (const length of [0, 7, 200, 66_000, bytes.length - 12, bytes.length - 1]) {
      await writeFile(join(dir, 'state.v1'), bytes.subarray(0, length));
      expect(openStateFile(dir), `cut at ${String(length)}`).toBeNull();
    }
  });
});

describe('the state', () => {
  it('remembers what happened over a restart, and that a run did not end', async () => {
    const dir = await folder();
    const one = SyncState.open(dir, owner, identity);
    expect(one.dirty).toBe(true);
    one.begin();
    one.put(file('b'));
    one.put(file('a'));
    one.put(file('a/x'));
    one.forget('b');
    one.finish(true, 77);
    one.close();
    const two = SyncState.open(dir, owner, { dev: 8n, ino: 8n });
    expect([two.dirty, two.listedAtMs, two.identity]).toEqual([false, 77, identity]);
    expect(all(two.entries('')).map(({ key }) => key)).toEqual(['a', 'a/x']);
    expect(all(two.entries('a/')).map(({ key }) => key)).toEqual(['a/x']);
    expect([two.get('a')?.key, two.get('b'), two.has('a'), two.has('zz')]).toEqual(['a', undefined, true, false]);
    two.begin();
    two.intend('c', 'etag-of-c');
    two.close();
    const three = SyncState.open(dir, owner, identity);
    expect([three.dirty, three.isOurs('c', 'etag-of-c'), three.isOurs('c', 'other')]).toEqual([true, true, false]);
    three.close();
  });

  it('reads its journal up to what is torn, and looks again then', async () => {
    const dir = await folder();
    const one = SyncState.open(dir, owner, identity);
    one.begin();
    one.put(file('a'));
    one.finish(true, 1);
    one.put(file('b'));
    one.close();
    const path = join(dir, 'journal.v1');
    const { length } = await readFile(path);
    await truncate(path, length - 3);
    const two = SyncState.open(dir, owner, identity);
    expect([all(two.entries('')).map(({ key }) => key), two.dirty]).toEqual([['a'], true]);
    two.put(file('c'));
    two.close();
    await appendFile(path, Buffer.from([9, 0, 0, 0, 1, 2, 3, 4, 5]));
    const three = SyncState.open(dir, owner, identity);
    expect(all(three.entries('')).map(({ key }) => key)).toEqual(['a', 'c']);
    three.close();
  });

  it('is folded when much has happened, and says the same as before', async () => {
    const dir = await folder();
    const one = SyncState.open(dir, owner, identity);
    one.begin();
    for (let index = 0; index < 2_500; index += 1) one.put(file(`k${String(index).padStart(5, '0')}`));
    const running = one.entries('');
    one.finish(true, 1);
    expect(all(running)).toHaveLength(2_500);
    one.forget('k00007');
    one.close();
    expect((await readFile(join(dir, 'journal.v1'))).length).toBeLessThan(100);
    expect((await readdir(dir)).sort()).toEqual(['journal.v1', 'state.v1']);
    const two = SyncState.open(dir, owner, identity);
    expect([all(two.entries('')).length, two.get('k01234')?.key, two.get('k00007'), two.dirty]).toEqual([2_499, 'k01234', undefined, false]);
    two.close();
  });

  it('is not used for another place or folder', async () => {
    const dir = await folder();
    const one = SyncState.open(dir, owner, identity);
    one.put(file('a'));
    one.finish(true, 1);
    one.close();
    for (const other of [{ ...owner, bucket: 'other' }, { ...owner, prefix: 'x/' }, { ...owner, endpoint: 'http://t' }, { ...owner, root: '/s' }]) {
      const state = SyncState.open(await copyOf(dir), other, identity);
      expect([all(state.entries('')), state.dirty]).toEqual([[], true]);
      state.close();
    }
  });
});

async function copyOf(dir: string): Promise<string> {
  const copy = await folder();
  for (const name of await readdir(dir)) await writeFile(join(copy, name), await readFile(join(dir, name)));
  return copy;
}

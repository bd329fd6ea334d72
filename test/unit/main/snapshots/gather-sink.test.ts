import { describe, expect, it } from 'vitest';
import type { TreeEntry } from '@shared/domain/snapshots/types';
import type { KnownFile } from '@main/platform/snapshot-read-cache';
import { ReadSink } from '@main/snapshots/gather-sink';

const HASH = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const OLD = { inode: '1', ctimeNs: '1000', mtimeNs: '1000', size: 3 };

const file = (path: string, size = 3): TreeEntry => ({ path: { text: path }, type: 'file', mode: 0o644, uid: 0, gid: 0, mtimeNs: '1000', xattrs: {}, size, data: null, chunks: [] });
const dir = (path: string): TreeEntry => ({ path: { text: path }, type: 'dir', mode: 0o755, uid: 0, gid: 0, mtimeNs: '1', xattrs: {} });

interface Made {
  readonly sink: ReadSink;
  readonly entries: TreeEntry[];
  readonly learned: Map<string, KnownFile>;
}

function make(options: { readonly known?: { readonly [path: string]: KnownFile }; readonly stored?: readonly string[]; readonly fail?: boolean; readonly trustedUntilNs?: bigint } = {}): Made {
  const entries: TreeEntry[] = [];
  const learned = new Map<string, KnownFile>();
  const stored = new Set(options.stored ?? []);
  const sink = new ReadSink({
    writer: { has: (hash) => stored.has(hash), idOf: (hash) => `id-${hash.slice(0, 1)}`, putCoded: (chunk) => (stored.add(chunk.hash), Promise.resolve(`id-${chunk.hash.slice(0, 1)}`)) },
    secret: false,
    tree: { add: (entry) => (options.fail === true ? Promise.reject(new Error('the disk is full')) : (entries.push(entry), Promise.resolve())), end: () => Promise.resolve({ tree: ['t'], sha256: 's' }) },
    known: { get: (path) => options.known?.[path] ?? null, totalBytes: null },
    learning: { add: (path, one) => void learned.set(path, one), keep: () => Promise.resolve(), drop: () => Promise.resolve() },
    trustedUntilNs: options.trustedUntilNs ?? 2_000n,
    onBytes: () => undefined,
  });
  return { sink, entries, learned };
}

describe('what is read', () => {
  it('puts entries into the tree in their order, whatever is finished first', async () => {
    const { sink, entries, learned } = make();
    sink.entry(dir(''), null);
    expect(sink.entry(file('a'), OLD)).toBe('read');
    expect(sink.entry(file('b'), { ...OLD, inode: '2' })).toBe('read');
    sink.entry(dir('c'), null);
    await sink.chunk({ hash: OTHER, length: 3, codec: 0, data: new Uint8Array(3) });
    sink.file({ text: 'b' }, [OTHER], null, false, { ...OLD, inode: '2' });
    sink.file({ text: 'a' }, [HASH], null, false, OLD);
    expect(await sink.end()).toEqual({ tree: ['t'], sha256: 's' });
    expect(entries.map((one) => ('text' in one.path ? one.path.text : ''))).toEqual(['', 'a', 'b', 'c']);
    expect(entries[2]).toMatchObject({ chunks: ['id-b'] });
    expect([...learned.keys()]).toEqual(['tb', 'ta']);
    expect([sink.files, sink.sizeBytes, sink.readBytes]).toEqual([2, 6, 3]);
  });

  it('takes length and time of a file from when it was read', async () => {
    const { sink, entries } = make();
    sink.entry(dir(''), null);
    sink.entry(file('a', 0), OLD);
    sink.file({ text: 'a' }, [HASH], [[0, 5]], false, { ...OLD, size: 9, mtimeNs: '1500' });
    await sink.end();
    expect(entries[1]).toMatchObject({ size: 9, mtimeNs: '1500', data: [[0, 5]] });
    expect(sink.sizeBytes).toBe(9);
  });

  it('leaves out what was gone, and what is linked to it', async () => {
    const { sink, entries } = make();
    sink.entry(dir(''), null);
    sink.entry(file('a'), OLD);
    sink.entry({ path: { text: 'b' }, type: 'link', to: { text: 'a' } }, null);
    sink.entry(dir('c'), null);
    sink.skipped({ path: 'a', why: 'It was removed while it was read.' });
    await sink.end();
    expect(entries.map((one) => ('text' in one.path ? one.path.text : ''))).toEqual(['', 'c']);
    expect(sink.skippedEntries.map((one) => one.path).sort()).toEqual(['a', 'b']);
    expect([sink.files, sink.sizeBytes]).toEqual([0, 0]);
  });

  it('says at the end what went wrong with the tree, and takes no more chunks', async () => {
    const { sink } = make({ fail: true });
    sink.entry(dir(''), null);
    await expect(sink.chunk({ hash: HASH, length: 3, codec: 0, data: new Uint8Array(3) })).rejects.toThrow('the disk is full');
    await expect(sink.end()).rejects.toThrow('the disk is full');
  });
});

describe('what is not read again', () => {
  const known = { ta: { ...OLD, data: null, hashes: [HASH] } };

  it('is a file that is the same in every way, all chunks of which are still stored', async () => {
    const { sink, entries, learned } = make({ known, stored: [HASH] });
    sink.entry(dir(''), null);
    expect(sink.entry(file('a'), OLD)).toEqual({ chunks: [HASH] });
    await sink.end();
    expect(entries[1]).toMatchObject({ chunks: ['id-a'] });
    expect(learned.get('ta')).toMatchObject({ hashes: [HASH] });
    expect(sink.readBytes).toBe(0);
  });

  it.each([
    ['another inode', { ...OLD, inode: '2' }, [HASH]],
    ['another time of its inode', { ...OLD, ctimeNs: '1001' }, [HASH]],
    ['another time', { ...OLD, mtimeNs: '999' }, [HASH]],
    ['another length', { ...OLD, size: 4 }, [HASH]],
    ['a chunk that the repository lost', OLD, []],
  ])('is no file with %s', (_what, identity, stored) => {
    const { sink } = make({ known, stored });
    expect(sink.entry(file('a', identity.size), identity)).toBe('read');
  });

  it('is no file that was changed just before', () => {
    const { sink, learned } = make({ known, stored: [HASH], trustedUntilNs: 1_000n });
    expect(sink.entry(file('a'), OLD)).toBe('read');
    sink.file({ text: 'a' }, [HASH], null, false, OLD);
    expect(learned.size).toBe(0);
  });

  it('is no file that would not hold still', () => {
    const { sink, learned } = make();
    sink.entry(file('a'), OLD);
    sink.file({ text: 'a' }, [HASH], null, true, OLD);
    expect(learned.size).toBe(0);
    expect(sink.changed).toEqual(['a']);
  });

  it('tells a name from bytes that are none', () => {
    const { sink } = make({ known: { tYQ: { ...OLD, data: null, hashes: [HASH] } }, stored: [HASH] });
    expect(sink.entry({ ...file('a'), path: { base64: 'YQ' } } as TreeEntry, OLD)).toBe('read');
  });
});

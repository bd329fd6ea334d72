import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '@shared/domain/snapshots/canonical';
import { encodeTreeLine, LineJoiner, parseTreeLine } from '@shared/domain/snapshots/tree-lines';
import { compareWalk, rawBytes, TreeOrder } from '@shared/domain/snapshots/tree-paths';
import type { RawText, TreeEntry } from '@shared/domain/snapshots/types';
import type { Json } from '@shared/kernel/json';

const OWNED = { mode: 0o755, uid: 1, gid: 2, mtimeNs: '1700000000000000001', xattrs: {} };
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..');
const notText = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.concat([bytes.filter((byte) => byte !== 0 && byte !== 0x2f), Buffer.of(0xff)]));
const path: fc.Arbitrary<RawText> = fc.oneof(
  fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => ({ text: names.join('/') })),
  notText.map((bytes) => ({ base64: bytes.toString('base64') })),
);
const owned = fc.record({
  mode: fc.nat(0o7777),
  uid: fc.nat(0xffff_ffff),
  gid: fc.nat(0xffff_ffff),
  mtimeNs: fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map(String),
  xattrs: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }).map((text) => `user.${text.replaceAll('\0', '')}`), fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64')), { noNullPrototype: true, maxKeys: 3 }),
});
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const entry: fc.Arbitrary<TreeEntry> = fc.oneof(
  fc.record({ path, type: fc.constantFrom('dir' as const, 'fifo' as const, 'socket' as const), owned }).map(({ owned: own, ...rest }) => ({ ...rest, ...own })),
  fc.record({ path, type: fc.constant('symlink' as const), to: path, owned }).map(({ owned: own, ...rest }) => ({ ...rest, ...own })),
  fc.record({ path, type: fc.constant('link' as const), to: path }),
  fc.record({ path, type: fc.constant('file' as const), size: fc.integer({ min: 1, max: 2 ** 40 }), chunks: fc.array(hash, { minLength: 1, maxLength: 3 }), owned }).map(({ owned: own, ...rest }) => ({ ...rest, data: null, ...own })),
);

describe('a line of a tree', () => {
  it('is the entry again', () => {
    fc.assert(fc.property(entry, (one) => void expect(parseTreeLine(encodeTreeLine(one))).toEqual(one)));
  });

  it('is canonical JSON, whichever way it was written', () => {
    fc.assert(fc.property(entry, (one) => void expect(canonicalJson(JSON.parse(encodeTreeLine(one)) as Json)).toBe(encodeTreeLine(one))));
  });

  it('has holes and an empty file', () => {
    const holes: TreeEntry = { path: { text: 'sparse' }, type: 'file', size: 1_000, data: [[0, 10], [500, 100]], chunks: ['ab'.repeat(32)], ...OWNED };
    expect(encodeTreeLine(holes)).toBe(`{"c":["${'ab'.repeat(32)}"],"d":[[0,10],[500,100]],"g":2,"m":493,"n":"1700000000000000001","p":"sparse","s":1000,"t":"file","u":1}\n`);
    expect(parseTreeLine(encodeTreeLine(holes))).toEqual(holes);
    const empty: TreeEntry = { path: { text: 'empty' }, type: 'file', size: 0, data: null, chunks: [], ...OWNED };
    expect(parseTreeLine(encodeTreeLine(empty))).toEqual(empty);
    const hole: TreeEntry = { path: { text: 'hole' }, type: 'file', size: 4_096, data: [], chunks: [], ...OWNED };
    expect(parseTreeLine(encodeTreeLine(hole))).toEqual(hole);
  });

  it.each(['/etc/passwd', '../up', 'a/../../b', '..', '.', 'a/.', './a', 'a//b', 'a/', '/', 'nul\0byte', 'x'.repeat(256)])('refuses the path %j', (text) => {
    expect(() => encodeTreeLine({ path: { text }, type: 'dir', ...OWNED })).toThrow(/path|name/);
    expect(() => encodeTreeLine({ path: { text: 'z' }, type: 'link', to: { text } })).toThrow(/path|name/);
    expect(() => encodeTreeLine({ path: { base64: Buffer.concat([Buffer.from(text), Buffer.from('/'), Buffer.of(0xff)]).toString('base64') }, type: 'dir', ...OWNED })).toThrow(/path|name/);
  });

  it('refuses text as base64, and more', () => {
    expect(() => encodeTreeLine({ path: { base64: Buffer.from('../up').toString('base64') }, type: 'dir', ...OWNED })).toThrow('although it is text');
    expect(() => encodeTreeLine({ path: { text: 'a' }, type: 'symlink', to: { text: '' }, ...OWNED })).toThrow('target');
    expect(() => encodeTreeLine({ path: { text: 'a' }, type: 'file', size: 5, data: [[4, 2]], chunks: ['ab'.repeat(32)], ...OWNED })).toThrow('d of an entry');
    expect(() => encodeTreeLine({ path: { text: 'a' }, type: 'file', size: 5, data: null, chunks: [], ...OWNED })).toThrow('c of an entry');
    expect(() => encodeTreeLine({ path: { text: 'a' }, type: 'file', size: 5, data: null, chunks: ['AB'.repeat(32)], ...OWNED })).toThrow('no hash');
    expect(() => encodeTreeLine({ path: { text: 'a' }, type: 'dir', ...OWNED, mode: 0o10000 })).toThrow('m of an entry');
    expect(() => parseTreeLine('{"g":2,"m":493,"n":"0","p":"a","t":"dir","u":1,"z":1}\n')).toThrow('z of an entry is not known');
    expect(() => parseTreeLine('{"g":2,"m":493,"n":"0","p":"a","t":"device","u":1}\n')).toThrow('t of an entry');
  });

  it('is refused wherever it ends, and whichever bit is another unless it says something else', () => {
    const line = encodeTreeLine({ path: { text: 'dir/file' }, type: 'file', size: 12, data: null, chunks: ['ab'.repeat(32)], ...OWNED, xattrs: { 'user.a': 'AQ==' } });
    for (let length = 0; length < line.length; length += 1) expect(() => parseTreeLine(line.slice(0, length))).toThrow();
    for (let bit = 0; bit < line.length * 7; bit += 1) {
      const at = Math.floor(bit / 7);
      const changed = line.slice(0, at) + String.fromCharCode(line.charCodeAt(at) ^ (1 << bit % 7)) + line.slice(at + 1);
      try {
        expect(encodeTreeLine(parseTreeLine(changed))).toBe(changed);
      } catch (error) {
        expect((error as Error).name).toBe('SnapshotFormatError');
      }
    }
  });
});

describe('the order of a tree', () => {
  const walk = (...entries: readonly (readonly [string, string, string?])[]): void => {
    const order = new TreeOrder();
    for (const [text, type, link] of entries) order.next(rawBytes({ text }), type, link === undefined ? null : rawBytes({ text: link }));
  };

  it('is that of a walk', () => {
    expect(() => walk(['', 'dir'], ['a', 'dir'], ['a/z', 'file'], ['a.b', 'file'], ['ab', 'dir'], ['ab/c', 'dir'], ['ab/c/d', 'file'], ['ac', 'link', 'a/z'], ['b', 'file'])).not.toThrow();
  });

  it.each([
    ['no root', [['a', 'file']]],
    ['twice', [['', 'dir'], ['a', 'file'], ['a', 'file']]],
    ['two roots', [['', 'dir'], ['', 'dir']]],
    ['out of order', [['', 'dir'], ['b', 'file'], ['a', 'file']]],
    ['a folder behind a longer name', [['', 'dir'], ['a.b', 'file'], ['a', 'dir'], ['a/z', 'file']]],
    ['no parent', [['', 'dir'], ['a/b', 'file']]],
    ['a file as parent', [['', 'dir'], ['a', 'file'], ['a/b', 'file']]],
    ['a symbolic link as parent', [['', 'dir'], ['a', 'symlink'], ['a/b', 'file']]],
    ['a file as root with more', [['', 'file'], ['a', 'file']]],
    ['back into a folder', [['', 'dir'], ['a', 'dir'], ['b', 'file'], ['a/c', 'file']]],
    ['a link to what comes behind', [['', 'dir'], ['a', 'link', 'b'], ['b', 'file']]],
    ['a link to itself', [['', 'dir'], ['a', 'link', 'a']]],
    ['a link to the root', [['', 'dir'], ['a', 'link', '']]],
    ['a link out', [['', 'dir'], ['a', 'link', '../a']]],
  ] as const)('refuses %s', (_, entries) => {
    expect(() => walk(...entries)).toThrow();
  });

  it('compares as names are compared', () => {
    const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3, min: 1 }).map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x2f ? 0x2e : byte)))), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const joined = (names: readonly Buffer[]): Buffer => Buffer.concat(names.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('/'), part])));
        const length = Math.min(one.length, other.length);
        let expected = 0;
        for (let at = 0; at < length && expected === 0; at += 1) expected = Buffer.compare(one[at]!, other[at]!);
        if (expected === 0) expected = Math.sign(one.length - other.length);
        expect(Math.sign(compareWalk(joined(one), joined(other)))).toBe(expected);
      }),
    );
  });
});

describe('lines from pieces', () => {
  it('are the same however they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 5 }), { maxLength: 5 }), fc.nat(20), (texts, at) => {
        const lines = texts.map((text) => `${text.replaceAll('\n', '')}\n`);
        const all = lines.join('');
        const joiner = new LineJoiner();
        expect([...joiner.push(all.slice(0, at)), ...joiner.push(all.slice(at))]).toEqual(lines);
        expect(() => joiner.end()).not.toThrow();
      }),
    );
    const joiner = new LineJoiner(10);
    joiner.push('half');
    expect(() => joiner.end()).toThrow('within a line');
    expect(() => joiner.push('x'.repeat(20))).toThrow('too long');
  });
});

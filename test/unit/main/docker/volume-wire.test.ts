import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sentEntries, sentResults, sentSkips } from '@main/docker/volume-wire';
import { AppError } from '@shared/kernel/app-error';

const HASH = 'a'.repeat(64);
const FILE = { p: 'a/b', t: 'file', m: 420, u: 1, g: 2, n: '-5', s: 7, i: '12', z: '99', x: { 'user.a': 'AQ==' } };
const RESULT = { e: 3, c: [HASH], h: true, d: [[0, 4], [8, 2]], changed: true, s: 10, n: '1', i: '2', z: '3' };

function refuses(read: (value: unknown) => unknown, value: unknown): boolean {
  try {
    read(value);
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === 'internal') return true;
    throw error;
  }
}

describe('what the volume program sends', () => {
  it('is an entry, with what tells a file from a later one', () => {
    expect(sentEntries([FILE, { p: '', t: 'dir' }, { pb: '/w==', t: 'symlink', tob: '/g==', m: 511, n: '3' }, { p: 'l', t: 'link', to: 'a/b' }, { p: 'f', t: 'fifo' }])).toEqual([
      { entry: { path: { text: 'a/b' }, type: 'file', mode: 420, uid: 1, gid: 2, mtimeNs: '-5', xattrs: { 'user.a': 'AQ==' }, size: 7, data: null, chunks: [] }, identity: { inode: '12', ctimeNs: '99', mtimeNs: '-5', size: 7 } },
      { entry: { path: { text: '' }, type: 'dir', mode: 0, uid: 0, gid: 0, mtimeNs: '0', xattrs: {} }, identity: null },
      { entry: { path: { base64: '/w==' }, type: 'symlink', mode: 511, uid: 0, gid: 0, mtimeNs: '3', xattrs: {}, to: { base64: '/g==' } }, identity: null },
      { entry: { path: { text: 'l' }, type: 'link', to: { text: 'a/b' } }, identity: null },
      { entry: { path: { text: 'f' }, type: 'fifo', mode: 0, uid: 0, gid: 0, mtimeNs: '0', xattrs: {} }, identity: null },
    ]);
  });

  it('is what a file has, or why there is nothing of it', () => {
    expect(sentResults([RESULT, { e: 4, c: [], s: 0, n: '', i: '', z: '', gone: 'It was removed.' }])).toEqual([
      { index: 3, hashes: [HASH], data: [[0, 4], [8, 2]], changed: true, now: { inode: '2', ctimeNs: '3', mtimeNs: '1', size: 10 }, gone: null },
      { index: 4, hashes: [], data: null, changed: false, now: { inode: '', ctimeNs: '', mtimeNs: '', size: 0 }, gone: 'It was removed.' },
    ]);
  });

  it.each<[string, unknown]>([
    ['no list', {}], ['null', [null]], ['a list in a list', [[]]], ['a text', ['x']], ['no type', [{ p: 'a' }]], ['another type', [{ ...FILE, t: 'device' }]], ['a path that is no text', [{ ...FILE, p: 5 }]],
    ['a mode below zero', [{ ...FILE, m: -1 }]], ['half an owner', [{ ...FILE, u: 0.5 }]], ['a group as text', [{ ...FILE, g: '2' }]], ['a size that is no exact number', [{ ...FILE, s: 2 ** 53 }]],
    ['a time that is none', [{ ...FILE, n: '1e9' }]], ['a time as a number', [{ ...FILE, n: 5 }]], ['an inode with more behind it', [{ ...FILE, i: '1 2' }]], ['attributes that are none', [{ ...FILE, x: { a: 1 } }]], ['a list of attributes', [{ ...FILE, x: [] }]],
    ['a link to a number', [{ p: 'a', t: 'link', to: 1 }]],
  ])('is refused as entries: %s', (_what, value) => {
    expect(refuses(sentEntries, value)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['null', null], ['no number', [{ ...RESULT, e: undefined }]], ['a hash that is none', [{ ...RESULT, c: ['A'.repeat(64)] }]], ['a hash in a list', [{ ...RESULT, c: [[HASH]] }]], ['hashes that are no list', [{ ...RESULT, c: HASH }]],
    ['a segment of three', [{ ...RESULT, d: [[0, 1, 2]] }]], ['a segment below zero', [{ ...RESULT, d: [[-1, 2]] }]], ['a length as text', [{ ...RESULT, s: '10' }]], ['a time that is none', [{ ...RESULT, z: 'x' }]], ['a reason that is no text', [{ ...RESULT, gone: 1 }]],
  ])('is refused as results: %s', (_what, value) => {
    expect(refuses(sentResults, value)).toBe(true);
  });

  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys({ ...FILE, ...RESULT })), (value, field) => {
        for (const read of [sentEntries, sentResults, sentSkips]) {
          for (const one of [value, [value], [{ ...FILE, [field]: value }], [{ ...RESULT, [field]: value }], [{ p: value, w: 'why' }]]) refuses(read, one);
        }
      }),
    );
  });

  it('is what was left out', () => {
    expect(sentSkips([{ p: 'a', w: 'why' }])).toEqual([{ path: 'a', why: 'why' }]);
    expect(refuses(sentSkips, [{ p: 'a' }])).toBe(true);
  });
});

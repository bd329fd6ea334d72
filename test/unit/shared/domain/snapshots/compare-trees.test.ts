import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTrees, type TreeDifference } from '@shared/domain/snapshots/compare-trees';
import { compareWalk, rawBytes } from '@shared/domain/snapshots/tree-paths';
import type { TreeEntry } from '@shared/domain/snapshots/types';
import { entryOf, treeOf } from '../../../../support/snapshot-content';

async function* each(entries: readonly TreeEntry[]): AsyncGenerator<TreeEntry, void, undefined> {
  for (const entry of entries) yield await Promise.resolve(entry);
}

async function differences(before: readonly TreeEntry[], after: readonly TreeEntry[]): Promise<readonly TreeDifference[]> {
  const found: TreeDifference[] = [];
  for await (const one of compareTrees(each(before), each(after))) found.push(one);
  return found;
}

/** Names whose bytes stand on both sides of the slash, and some that are no text. */
const name = fc.oneof(fc.constantFrom('a', 'a-b', 'a.b', 'a0', 'b', 'ä', '日本', '𝒳', ' ', '!', 'z'), fc.constant(Buffer.from([0x61, 0xff])));
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => Buffer.concat(parts.flatMap((part, index) => [...(index === 0 ? [] : [Buffer.from('/')]), Buffer.from(part)])));
/** A tree as a map from path to content: folders are what lies above a file. */
const tree = fc.uniqueArray(fc.tuple(path, fc.constantFrom('one', 'two', '')), { maxLength: 12, selector: ([one]) => one.toString('hex') }).map((files) => {
  const all = new Map<string, TreeEntry>();
  for (const [at, content] of files) all.set(at.toString('hex'), entryOf({ path: at, content: Buffer.from(content) }));
  for (const [at] of files) for (let slash = at.lastIndexOf(0x2f); slash > 0; slash = at.lastIndexOf(0x2f, slash - 1)) all.set(at.subarray(0, slash).toString('hex'), entryOf({ path: at.subarray(0, slash), type: 'dir' }));
  all.set('', entryOf({ path: '', type: 'dir' }));
  return [...all.values()].sort((one, other) => compareWalk(rawBytes(one.path), rawBytes(other.path)));
});

describe('two trees', () => {
  it('that are the same differ in nothing', () => fc.assert(
      fc.asyncProperty(tree, async (one) => {
        expect(await differences(one, one)).toEqual([]);
      }),
    ));

  it('differ in just the paths that one of them has, and in those with another content', () =>
    fc.assert(
      fc.asyncProperty(tree, tree, async (before, after) => {
        const keyOf = (entry: TreeEntry): string => Buffer.from(rawBytes(entry.path)).toString('hex');
        const [left, right] = [new Map(before.map((entry) => [keyOf(entry), entry])), new Map(after.map((entry) => [keyOf(entry), entry]))];
        const expected = [...new Set([...left.keys(), ...right.keys()])].flatMap((key) => {
          const [was, is] = [left.get(key), right.get(key)];
          if (was === undefined) return ['added'];
          if (is === undefined) return ['removed'];
          return JSON.stringify(was) === JSON.stringify(is) ? [] : ['changed'];
        });
        expect((await differences(before, after)).map(({ change }) => change).sort()).toEqual(expected.sort());
      }),
    ));

  it('differ the other way round when they are exchanged', () =>
    fc.assert(
      fc.asyncProperty(tree, tree, async (one, other) => {
        const back = { added: 'removed', removed: 'added', changed: 'changed' } as const;
        const turned = (await differences(other, one)).map(({ change, path: at, what, before, after }) => ({ change: back[change], path: at, what, before: after, after: before }));
        expect(await differences(one, other)).toEqual(turned);
      }),
    ));

  it('say of one file what is another', async () => {
    const before = treeOf([{ path: 'f', content: Buffer.from('one'), mode: 0o644, xattrs: { 'user.a': 'YQ==' } }]);
    const after = treeOf([{ path: 'f', content: Buffer.from('three'), mode: 0o600, uid: 5, mtimeNs: '1700000000000000000' }]);
    expect(await differences(before, after)).toEqual([
      { change: 'changed', path: 'f', what: ['content', 'mode', 'owner', 'time', 'attributes'], before: '3 bytes, 0644, 0:0, 2023-11-14T22:13:20.123456789Z, user.a', after: '5 bytes, 0600, 5:0, 2023-11-14T22:13:20.000000000Z, none' },
    ]);
  });

  it('say of links and kinds what they are', async () => {
    const before = treeOf([{ path: 'k', type: 'symlink', to: 'a' }, { path: 't', type: 'fifo' }]);
    const after = treeOf([{ path: 'k', type: 'symlink', to: 'b' }, { path: 't', type: 'symlink', to: Buffer.from([0xff]) }]);
    expect(await differences(before, after)).toEqual([
      { change: 'changed', path: 'k', what: ['target'], before: 'symlink to a', after: 'symlink to b' },
      { change: 'changed', path: 't', what: ['type'], before: 'fifo', after: 'symlink to \\xff' },
    ]);
  });

  it('count where the data of a file with holes lies as its content', async () => {
    const at = (offset: number): readonly TreeEntry[] => treeOf([{ path: 'f', content: Buffer.from('data'), data: [[offset, 4]], size: 4096 }]);
    expect((await differences(at(0), at(512))).map(({ what }) => what)).toEqual([['content']]);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLinkOutside, TreeRules } from '@shared/domain/snapshots/tree-rules';
import type { SnapshotPartKind, TreeEntry } from '@shared/domain/snapshots/types';
import { entryOf, EVERYTHING, treeOf, type Planted } from '../../../../support/snapshot-content';

const WHOLE = treeOf(EVERYTHING);

/** The first thing that is wrong with a tree; null when nothing is. */
function judged(kind: SnapshotPartKind, entries: readonly TreeEntry[], limits?: ConstructorParameters<typeof TreeRules>[2]): string | null {
  const rules = new TreeRules(kind, entries.flatMap((entry) => (entry.type === 'link' ? [entry.to] : [])), limits);
  for (const entry of entries) {
    const wrong = rules.see(entry);
    if (wrong !== null) return wrong;
  }
  return null;
}

describe('the tree of a stranger', () => {
  it('may hold everything that a volume can hold', () => expect(judged('volume', treeOf(EVERYTHING))).toBeNull());

  it('of a project holds plain files, folders and links', () => {
    const good: readonly Planted[] = [{ path: 'sub', type: 'dir', mode: 0o2775 }, { path: 'sub/a', content: Buffer.from('a') }, { path: 'k', type: 'symlink', to: 'sub/a' }];
    for (const kind of ['files', 'settings', 'containers'] as const) expect(judged(kind, treeOf(good))).toBeNull();
    for (const one of EVERYTHING.filter(({ type }) => type === 'fifo' || type === 'socket')) expect(judged('files', treeOf([one]))).toMatch(/neither a file nor a folder/);
  });

  it('has a hard link only to a file that came before it', () => {
    expect(judged('volume', treeOf([{ path: 'a', type: 'symlink', to: 'x' }, { path: 'b', type: 'link', to: 'a' }]))).toMatch(/hard link/);
    expect(judged('volume', treeOf([{ path: 'a', content: Buffer.from('a') }, { path: 'b', type: 'link', to: 'a' }, { path: 'c', type: 'link', to: 'b' }]))).toMatch(/hard link/);
  });

  it('has no more than the limits', () => {
    const limits = { entries: 3, fileBytes: 10, attributeCharacters: 8 };
    const many = Array.from({ length: 4 }, (_, index): Planted => ({ path: `f${String(index)}` }));
    expect(judged('volume', treeOf(many), limits)).toMatch(/too many entries/);
    expect(judged('volume', treeOf([{ path: 'f', data: [], size: 11 }]), limits)).toMatch(/longer/);
    expect(judged('volume', treeOf([{ path: 'f', xattrs: { 'user.a': 'YWFhYWFhYWFh' } }]), limits)).toMatch(/attributes/);
  });

  it('has no order but that of a walk', () =>
    fc.assert(
      fc.property(fc.shuffledSubarray([...WHOLE], { minLength: 2 }), (shuffled) => {
        const expected = WHOLE.filter((entry) => shuffled.includes(entry));
        const inOrder = shuffled.every((entry, index) => entry === expected[index]) && shuffled[0]?.type === 'dir' && 'text' in shuffled[0].path && shuffled[0].path.text === '';
        let answer: string | null;
        try {
          answer = judged('volume', shuffled);
        } catch (error) {
          answer = (error as Error).message;
        }
        // In order it may still miss the folder of an entry or the file of a link.
        if (!inOrder) expect(answer).not.toBeNull();
      }),
    ));
});

describe('a link of a project', () => {
  const link = (path: string, to: string | Buffer): TreeEntry => entryOf({ path, type: 'symlink', to });

  it.each([['a', 'b'], ['a/b', '../c'], ['a/b/c', '../../d'], ['a', './b/c'], ['a', 'b//c']])('%s to %s stays in it', (path, to) => expect(isLinkOutside('files', link(path, to))).toBe(false));
  it.each([['a', '/etc/passwd'], ['a', '../b'], ['a/b', '../../c'], ['a/b', 'c/../../../d'], ['a', 'b/../../c'], ['a', 'b\\..\\c'], ['a', 'b\n'], ['a/b', '.././../c']])('%s to %s leads out of it', (path, to) => expect(isLinkOutside('files', link(path, to))).toBe(true));
  it('is anything in a volume', () => expect(isLinkOutside('volume', link('a', '/etc/passwd'))).toBe(false));
});

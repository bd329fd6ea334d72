import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadAll } from 'js-yaml';
import { commentOut, uncomment } from '@shared/domain/gitops/plan/comment-out';
import { pathProblem, workOut, type ActionSurroundings, type FileAction } from '@shared/domain/files/file-actions';
import { NEW_FILE_TEMPLATES, newFileText } from '@shared/domain/files/new-file-text';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function surroundings(files: { readonly [path: string]: string }): ActionSurroundings {
  return {
    look: (path) => {
      const text = files[path];
      return Promise.resolve(text === undefined ? { state: { kind: 'missing' }, bytes: null, owned: null } : { state: { kind: 'file', sha256: hash(bytesOf(text)), mode: 0o600 }, bytes: bytesOf(text), owned: { uid: 1, gid: 2, mtimeNs: '3' } });
    },
    hash,
    commentOut: (bytes, reason) => commentOut(bytes, { reason }),
    operationId: 'o_1',
    at: '2026-01-01T00:00:00.000Z',
  };
}

describe('what actions make of files', () => {
  it('is worked out in their order, as if each were done', async () => {
    const actions: FileAction[] = [
      { action: 'move', path: 'a', to: 'b' },
      { action: 'move', path: 'c', to: 'a' },
      { action: 'archive', path: 'b', reason: 'old' },
      { action: 'create', path: 'b', bytes: bytesOf('new') },
      { action: 'restore', path: '.archive/b', to: 'd' },
    ];
    const outcomes = await workOut(actions, surroundings({ a: '1', c: '3' }));
    expect(outcomes.map(({ path, after, bytes, owned }) => [path, after.kind, bytes === null ? null : new TextDecoder().decode(bytes), owned?.mtimeNs ?? null])).toEqual([
      ['a', 'file', '3', '3'],
      ['b', 'file', 'new', null],
      ['c', 'missing', null, null],
      ['d', 'file', '1', '3'],
    ]);
  });

  it('brings back what was archived by where it was, as long as it is clear what is meant', async () => {
    const note = (origin: string): string => JSON.stringify({ origin });
    const restored = async (path: string, files: { readonly [path: string]: string }): Promise<unknown> => (await workOut([{ action: 'restore', path }], surroundings(files))).map((one) => [one.path, one.after.kind]);
    const one = { '.archive/a/b.yaml': '1', '.archive/a/b.yaml.berth.json': note('a/b.yaml') };
    const there = [['.archive/a/b.yaml', 'missing'], ['.archive/a/b.yaml.berth.json', 'missing'], ['a/b.yaml', 'file']];
    expect(((await restored('a/b.yaml', one)) as string[][]).toSorted()).toEqual(there);
    expect(((await restored('.archive/a/b.yaml', one)) as string[][]).toSorted()).toEqual(there);
    // A second one alone, and one that came from elsewhere.
    expect(await restored('a.yaml', { '.archive/a.yaml': 'x', '.archive/a.yaml.berth.json': note('c.yaml'), '.archive/a.yaml.3': '3' })).toEqual([['.archive/a.yaml.3', 'missing'], ['a.yaml', 'file']]);
    await expect(restored('a/b.yaml', { ...one, '.archive/a/b.yaml.1': '2' })).rejects.toMatchObject({ code: 'input-invalid', message: 'a/b.yaml is in the archive 2 times: .archive/a/b.yaml, .archive/a/b.yaml.1.' });
    await expect(restored('a/b.yaml', { ...one, 'a/b.yaml': 'new' })).rejects.toMatchObject({ message: 'a/b.yaml is there already.' });
    await expect(restored('c.yaml', { ...one, 'c.yaml': 'x' })).rejects.toMatchObject({ code: 'not-found', message: 'There is no c.yaml in the archive.' });
  });

  it('loses no bytes but those that are deleted or replaced, whatever is asked', async () => {
    const path = fc.constantFrom('a', 'b', 'c', 'd/e', '.archive/a');
    const action = fc.oneof(
      fc.record({ action: fc.constant('move' as const), path, to: path }),
      fc.record({ action: fc.constant('duplicate' as const), path, to: path }),
      fc.record({ action: fc.constant('archive' as const), path, reason: fc.string() }),
      fc.record({ action: fc.constant('restore' as const), path }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 8 }), async (actions) => {
        const files: Record<string, string> = { a: 'first', b: 'second', c: 'third' };
        let outcomes;
        try {
          outcomes = await workOut(actions as FileAction[], surroundings(files));
        } catch {
          return;
        }
        const left = new Map(Object.entries(files));
        for (const one of outcomes) if (one.bytes === null) left.delete(one.path);
          else left.set(one.path, new TextDecoder().decode(one.bytes));
        for (const text of Object.values(files)) expect([...left.values()]).toContain(text);
      }),
    );
  });

  it.each(['', '/etc/x', '../x', 'a/../b', '.git/config', 'a/.GIT/x', '.berth/x', 'a\\b', 'a\nb', 'C:/x', './a'])('never touches %j', (path) => expect(pathProblem(path)).not.toBeNull());
});

describe('a file that is commented out', () => {
  it('has nothing left for YAML, and all of its bytes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, reason) => {
        const out = new TextDecoder().decode(commentOut(bytesOf(text), { reason }));
        expect(out.split(/\r\n|\r|\n/).every((line) => line === '' || line.startsWith('#'))).toBe(true);
        expect(uncomment(commentOut(bytesOf(text), { reason }))).toEqual(bytesOf(text));
      }),
    );
  });
});

describe('a new file', () => {
  it.each(NEW_FILE_TEMPLATES)('from %s can be read as YAML whatever it is called', (template) => {
    fc.assert(fc.property(fc.string(), (name) => void loadAll(newFileText(template, `${name}.yaml`))));
  });
});

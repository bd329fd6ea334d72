import { describe, expect, it } from 'vitest';
import { rootFilter } from '@shared/domain/workspaces/filter';
import { excludeSuggestions, type FolderTotal } from '@shared/domain/workspaces/exclude-suggestions';

const MEBIBYTE = 1_048_576;
const NOTHING = { gitignore: null, dockerignore: null };

function folder(path: string, megabytes: number, files = 10, tracked = false): FolderTotal {
  return { path, bytes: megabytes * MEBIBYTE, files, tracked };
}

describe('suggested excludes', () => {
  it('names a folder of 300 MB that is not in git', () => {
    expect(excludeSuggestions([folder('api', 301), folder('api/data', 300), folder('api/src', 1)])).toEqual([
      { path: 'api/data', bytes: 300 * MEBIBYTE, files: 10, pattern: '/data/', reason: '300 MiB in 10 files would be sent.' },
    ]);
  });

  it('names neither what is in git, nor small folders, nor a workspace', () => {
    expect(excludeSuggestions([folder('api', 900), folder('api/media', 300, 10, true), folder('api/src', 99)])).toEqual([]);
  });

  it('names a folder of very many files', () => {
    expect(excludeSuggestions([folder('web/cache', 5, 20_000)])).toMatchObject([{ path: 'web/cache', reason: '20,000 files would be sent.' }]);
  });

  it('names the inner folder when it is the cause, and the outer one when several are', () => {
    expect(excludeSuggestions([folder('a/b', 305), folder('a/b/c', 300), folder('a/b/c/d', 290)]).map(({ path }) => path)).toEqual(['a/b/c/d']);
    expect(excludeSuggestions([folder('a/b', 600), folder('a/b/c', 300), folder('a/b/d', 300)]).map(({ path }) => path)).toEqual(['a/b']);
    expect(excludeSuggestions([folder('a/x', 200), folder('a/y', 400), folder('b/z', 300)]).map(({ path }) => path)).toEqual(['a/y', 'b/z', 'a/x']);
  });

  it('writes a line that means just this folder', () => {
    for (const name of ['data', 'a b', '[x]*', 'q?', 'back\\slash', '!not', '#no', 'é']) {
      const [suggestion] = excludeSuggestions([folder(`api/${name}`, 300)]);
      const filter = rootFilter(NOTHING).into('api', { gitignore: suggestion?.pattern ?? '', dockerignore: null });
      expect(filter.child(name, true)).toMatchObject({ included: false, source: 'api/.gitignore:1' });
      expect(filter.child('[x]', true).included).toBe(true);
      expect(filter.into('src', NOTHING).child(name, true).included).toBe(true);
    }
  });
});

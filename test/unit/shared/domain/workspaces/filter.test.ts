import { describe, expect, it } from 'vitest';
import { explainPath } from '@shared/domain/workspaces/explain-path';
import { rootFilter } from '@shared/domain/workspaces/filter';
import type { IgnoreFiles } from '@shared/domain/workspaces/folder-filter';

const NOTHING: IgnoreFiles = { gitignore: null, dockerignore: null };

/** Ignore files by where they lie (`api/.gitignore`). */
function files(texts: Readonly<Record<string, string>>): (folder: string) => IgnoreFiles {
  return (folder) => {
    const at = folder === '' ? '' : `${folder}/`;
    return { gitignore: texts[`${at}.gitignore`] ?? null, dockerignore: texts[`${at}.dockerignore`] ?? null };
  };
}

function explain(texts: Readonly<Record<string, string>>, path: string) {
  const filesOf = files(texts);
  return explainPath(rootFilter(filesOf('')), path, path.endsWith('/'), filesOf);
}

describe('why a path is sent or not', () => {
  it('names the default rule of the folder a file is in', () => {
    expect(explain({}, 'api/node_modules/x.js')).toEqual({ path: 'api/node_modules/x.js', included: false, rule: 'node_modules/', source: 'default' });
  });

  it('names file and line below the workspaces folder', () => {
    const texts = { '.gitignore': '# scratch\ntemp/\n*.tmp\nsecret-keys/\n', 'api/.gitignore': 'cache\n\n!keep.tmp\n' };
    expect(explain(texts, 'temp/a')).toMatchObject({ included: false, rule: 'temp/', source: '.gitignore:2' });
    expect(explain(texts, 'api/deep/a.tmp')).toMatchObject({ included: false, rule: '*.tmp', source: '.gitignore:3' });
    expect(explain(texts, 'api/secret-keys/')).toMatchObject({ included: false, rule: 'secret-keys/', source: '.gitignore:4' });
    expect(explain(texts, 'api/x/cache')).toMatchObject({ included: false, rule: 'cache', source: 'api/.gitignore:1' });
    expect(explain(texts, 'api/keep.tmp')).toMatchObject({ included: true, rule: '!keep.tmp', source: 'api/.gitignore:3' });
    expect(explain(texts, 'web/keep.tmp')).toMatchObject({ included: false, source: '.gitignore:3' });
  });

  it('says nothing of a path that no rule speaks of, and of the folder itself', () => {
    expect(explain({}, 'api//src/./a.js')).toEqual({ path: 'api/src/a.js', included: true, rule: null, source: null });
    expect(explain({ '.gitignore': '*' }, '')).toEqual({ path: '', included: true, rule: null, source: null });
  });
});

describe('.gitignore', () => {
  it('does not bring back a file of an excluded folder, but a folder that a child file takes back', () => {
    expect(explain({ '.gitignore': 'out/\n!out/keep\n' }, 'out/keep')).toMatchObject({ included: false, rule: 'out/' });
    const texts = { '.gitignore': '**/third/\n', 'a/.gitignore': '!third\n' };
    expect(explain(texts, 'a/third/x')).toMatchObject({ included: true });
    expect(explain(texts, 'b/third/x')).toMatchObject({ included: false });
  });

  it('is uploaded itself, unless it says otherwise', () => {
    expect(explain({ '.gitignore': '*.tmp' }, 'api/.gitignore').included).toBe(true);
    expect(explain({ '.gitignore': '.*' }, 'api/.gitignore').included).toBe(false);
  });
});

describe('.dockerignore', () => {
  it('is anchored where it lies', () => {
    expect(explain({ 'api/.dockerignore': 'tmp\n' }, 'api/tmp/x').source).toBe('api/.dockerignore:1');
    expect(explain({ 'api/.dockerignore': 'tmp\n' }, 'api/src/tmp').included).toBe(true);
    expect(explain({ '.dockerignore': '*.tmp\n' }, 'api/a.tmp').included).toBe(true);
  });

  it('takes something back out of an excluded folder, so that it is walked', () => {
    const filter = rootFilter({ gitignore: null, dockerignore: 'docs\n!docs/README.md\n' });
    expect(filter.child('docs', true)).toEqual({ included: false, descend: true, rule: 'docs', source: '.dockerignore:1' });
    const docs = filter.into('docs', NOTHING);
    expect(docs.child('README.md', false)).toEqual({ included: true, descend: false, rule: '!docs/README.md', source: '.dockerignore:2' });
    expect(docs.child('other.md', false)).toMatchObject({ included: false, source: '.dockerignore:1' });
    expect(docs.child('img', true)).toMatchObject({ included: false, descend: false });
  });

  it('does not have a folder walked of which nothing can come back', () => {
    expect(rootFilter({ gitignore: null, dockerignore: '!docs/a\ndocs' }).child('docs', true).descend).toBe(false);
    expect(rootFilter({ gitignore: null, dockerignore: 'docs\n!src/a' }).child('docs', true).descend).toBe(false);
    expect(rootFilter({ gitignore: 'docs', dockerignore: 'docs\n!docs/a' }).child('docs', true).descend).toBe(false);
  });

  it('says which lines are no patterns, and uses the others', () => {
    const filter = rootFilter({ gitignore: null, dockerignore: 'tmp\n[a\n!\n' }, {});
    expect(filter.notes.map(({ file, line }) => [file, line])).toEqual([['.dockerignore', 2], ['.dockerignore', 3]]);
    expect(filter.child('tmp', true).included).toBe(false);
  });
});

describe('both files', () => {
  it('have a path out when either of them says so', () => {
    const texts = { '.gitignore': 'a\n!b\n', '.dockerignore': 'b\n!a\n' };
    expect(explain(texts, 'a')).toMatchObject({ included: false, source: '.gitignore:1' });
    expect(explain(texts, 'b')).toMatchObject({ included: false, source: '.dockerignore:1' });
  });

  it('that are too large to be lists of patterns close their folder', () => {
    for (const text of ['x'.repeat(1_048_577), 'a\n'.repeat(5_001)]) {
      const api = rootFilter(NOTHING).into('api', { gitignore: text, dockerignore: null });
      expect(api.child('main.js', false)).toEqual({ included: false, descend: false, rule: 'too large to be read', source: 'api/.gitignore' });
      expect(api.notes).toHaveLength(1);
      expect(rootFilter(NOTHING).child('main.js', false).included).toBe(true);
    }
    expect(rootFilter({ gitignore: `${'x'.repeat(1_025)}\na`, dockerignore: null })).toMatchObject({ notes: [{ file: '.gitignore', line: 1 }] });
  });
});

import { describe, expect, it } from 'vitest';
import { DEFAULT_EXCLUDES, isAllowableDefault } from '@shared/domain/workspaces/default-excludes';
import { rootFilter } from '@shared/domain/workspaces/filter';
import type { FolderFilter } from '@shared/domain/workspaces/folder-filter';

const NOTHING = { gitignore: null, dockerignore: null };

/** One hit for each of the eleven, in their order. */
const HITS: readonly (readonly [name: string, isDirectory: boolean, rule: string])[] = [
  ['node_modules', true, 'node_modules/'],
  ['.git', true, '.git/'],
  ['app.log', false, '*.log'],
  ['.env.local', false, '.env*'],
  ['dist', true, 'dist/'],
  ['build', true, 'build/'],
  ['__pycache__', true, '__pycache__/'],
  ['vendor', true, 'vendor/'],
  ['main.pyc', false, '*.pyc'],
  ['.DS_Store', false, '.DS_Store'],
  ['Thumbs.db', false, 'Thumbs.db'],
];

function deep(filter: FolderFilter): FolderFilter {
  return ['api', 'src', 'lib'].reduce((folder, name) => folder.into(name, NOTHING), filter);
}

describe('the default excludes', () => {
  it('are the eleven, in this order', () => {
    expect(DEFAULT_EXCLUDES).toEqual(['node_modules/', '.git/', '*.log', '.env*', 'dist/', 'build/', '__pycache__/', 'vendor/', '*.pyc', '.DS_Store', 'Thumbs.db']);
  });

  const places = [['the root', rootFilter(NOTHING)] as const, ['depth 3', deep(rootFilter(NOTHING))] as const];
  it.each(places.flatMap(([place, filter]) => HITS.map((hit) => [...hit, place, filter] as const)))('keep %s (directory: %s) out by %s at %s', (name, isDirectory, rule, _place, filter) => {
    expect(filter.child(name, isDirectory)).toEqual({ included: false, descend: false, rule, source: 'default' });
  });

  it('keep what Berth itself keeps beside files out too, and no project can send that', () => {
    for (const [, filter] of places) expect(filter.child('.berth', true)).toEqual({ included: false, descend: false, rule: '.berth/', source: 'default' });
    expect(rootFilter({ gitignore: '!.berth/\n', dockerignore: null }, { allowedDefaults: ['.berth/'] }).child('.berth', true).included).toBe(false);
    expect(isAllowableDefault('.berth/')).toBe(false);
  });

  it.each([
    ['distx', true],
    ['mylog', false],
    ['env', false],
    ['dist', false],
    ['build', false],
    ['vendor', false],
    ['node_modules', false],
    // A worktree and a submodule have a file of this name.
    ['.git', false],
    ['.gitignore', false],
    ['.dockerignore', false],
    ['.gitattributes', false],
    ['app.logs', false],
    ['log', true],
    ['a.pyco', false],
    ['.ds_store', false],
    ['thumbs.db', false],
    ['Dist', true],
    ['my.env', false],
    ['xnode_modules', true],
  ])('let %s (directory: %s) through', (name, isDirectory) => {
    for (const [, filter] of places) expect(filter.child(name, isDirectory).included).toBe(true);
  });

  it('take folders whose names end or begin as a file does', () => {
    expect(rootFilter(NOTHING).child('old.log', true).included).toBe(false);
    expect(rootFilter(NOTHING).child('.environments', true).included).toBe(false);
  });

  it('are not brought back by a `!` of either ignore file, wherever it lies', () => {
    const back = { gitignore: DEFAULT_EXCLUDES.map((rule) => `!${rule}`).join('\n'), dockerignore: DEFAULT_EXCLUDES.map((rule) => `!**/${rule}`).join('\n') };
    const filter = rootFilter(back).into('api', back);
    for (const [name, isDirectory] of HITS) expect(filter.child(name, isDirectory)).toMatchObject({ included: false, source: 'default' });
    expect(filter.into('dist', NOTHING).child('app.js', false)).toEqual({ included: false, descend: false, rule: 'dist/', source: 'default' });
  });

  it('are brought back one by one by a setting of the project, but for secrets', () => {
    const filter = deep(rootFilter({ gitignore: 'vendor/', dockerignore: null }, { allowedDefaults: ['dist/', 'vendor/', '.env*', '*.log'] }));
    expect(filter.child('dist', true)).toMatchObject({ included: true, descend: true });
    expect(filter.child('a.log', false).included).toBe(true);
    expect(filter.child('vendor', true)).toMatchObject({ included: false, source: '.gitignore:1' });
    expect(filter.child('.env', false)).toMatchObject({ included: false, source: 'default' });
    expect(filter.child('build', true)).toMatchObject({ included: false, source: 'default' });
    expect(DEFAULT_EXCLUDES.filter((rule) => !isAllowableDefault(rule))).toEqual(['.env*']);
    expect(isAllowableDefault('src/')).toBe(false);
  });
});

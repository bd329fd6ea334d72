import { describe, expect, it } from 'vitest';
import { dialectOfVersion, installedDialect } from '@main/compose/installed-dialect';

describe('the dialect of the installed docker compose', () => {
  it.each([
    ['5.0.2', 'v5'],
    ['v5.5.0\n', 'v5'],
    ['6.0.0', 'v5'],
    ['2.40.3', 'v2'],
    ['2.36.0', 'v2'],
    ['v2.35.1-desktop.1', 'v2.35'],
    ['2.20.0', 'v2.35'],
    ['dev', null],
    ['', null],
  ])('%s', (version, dialect) => {
    expect(dialectOfVersion(version)).toBe(dialect);
  });

  it('is that of the first one that says its version, else that of the newest', async () => {
    const version = (path: string) => (path === 'broken' ? Promise.reject(new Error('no')) : Promise.resolve(path));
    const of = (...paths: string[]) => installedDialect({ paths, exists: (path) => Promise.resolve(path !== 'missing'), version });
    expect(await of('missing', 'broken', '2.35.1', '5.0.2')).toBe('v2.35');
    expect(await of('missing')).toBe('v5');
  });
});

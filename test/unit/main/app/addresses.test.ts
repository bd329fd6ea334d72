import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeExternalUrl } from '@main/app/external-links';
import { pageFile } from '@main/app/page-file';

describe('pages of app://', () => {
  it.each([
    ['app://berth/', ['index.html']],
    ['app://berth/index.html', ['index.html']],
    ['app://berth/assets/index-a1.js?x', ['assets', 'index-a1.js']],
  ])('serves %s', (url, segments) => expect(pageFile(url)?.segments).toEqual(segments));

  it.each(['app://berth/../main/index.cjs', 'app://berth/assets/../../x.js', 'app://berth/%2e%2e/x.js', 'app://berth/..%2fx.js', 'app://berth/.env', 'app://berth/a\\..\\x.js', 'app://berth//etc/passwd.html', 'app://other/index.html', 'app://berth/x.cjs', 'app://berth/x', 'app://berth@evil/index.html', 'file:///etc/passwd'])('refuses %s', (url) => expect(pageFile(url)).toBeNull());

  it('never leaves the folder, whatever it is asked', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', '\\', '%', '2', 'e', 'f', 'a', '?', '#', '\u0000') }), (path) => {
        const file = pageFile(`app://berth/${path}.js`);
        for (const segment of file?.segments ?? []) expect(segment).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
      }),
    );
  });
});

describe('addresses handed to the browser', () => {
  it.each(['http://localhost:8000/', 'https://127.0.0.1:8443/a?b', 'http://[::1]:3000/', 'https://docs.docker.com/engine/install/'])('opens %s', (url) => expect(safeExternalUrl(url)).toBe(url));
  it.each(['file:///etc/passwd', 'javascript:alert(1)', 'http://localhost.evil.com/', 'http://evil.com/', 'http://user:pw@localhost:8000/', 'http://localhost@evil.com/', 'smb://localhost/x', 'https://docs.docker.com/other', 'not a url', `http://localhost/${'a'.repeat(3000)}`, 'http://0.0.0.0:80/', 'berth://x'])('refuses %s', (url) => expect(safeExternalUrl(url)).toBeNull());
});

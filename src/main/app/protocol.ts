import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { protocol } from 'electron';
import { pageFile } from './page-file';
import { APP_SCHEME, CONTENT_SECURITY_POLICY } from './trusted-origin';

/** Must run before the app is ready: makes app:// a real, secure origin whose scripts Chromium may cache compiled. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }]);
}

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** Serves the built pages, and nothing else of the disk, under app://berth/. */
export function serveApp(rendererDir: string): void {
  protocol.handle(APP_SCHEME, async (request) => {
    const file = request.method === 'GET' ? pageFile(request.url) : null;
    if (file === null) return new Response('Not found', { status: 404, headers: HEADERS });
    try {
      const bytes = await readFile(join(rendererDir, ...file.segments));
      return new Response(bytes, { status: 200, headers: { ...HEADERS, 'Content-Type': file.contentType } });
    } catch {
      return new Response('Not found', { status: 404, headers: HEADERS });
    }
  });
}

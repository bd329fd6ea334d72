import { APP_HOST, APP_SCHEME } from './trusted-origin';

const CONTENT_TYPES: { readonly [extension: string]: string } = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
  map: 'application/json',
};

/** One part of a path as the bundler writes it: it starts with a letter or digit, so `..` and hidden files cannot be named. */
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Which built file an app:// address means, or null when it means none. Works on the raw text, since URL parsing hides tricks. */
export function pageFile(url: string): { readonly segments: readonly string[]; readonly contentType: string } | null {
  const prefix = `${APP_SCHEME}://${APP_HOST}/`;
  if (!url.startsWith(prefix)) return null;
  const path = (url.slice(prefix.length).split(/[?#]/, 1)[0] ?? '') || 'index.html';
  const segments = path.split('/');
  if (segments.length > 4 || !segments.every((segment) => SEGMENT.test(segment) && !segment.includes('..'))) return null;
  const contentType = CONTENT_TYPES[path.slice(path.lastIndexOf('.') + 1)];
  return contentType === undefined ? null : { segments, contentType };
}

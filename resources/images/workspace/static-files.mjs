/** A folder as a web site: GET and HEAD, nothing above it and nothing hidden. */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, extname, join, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.htm': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8', '.map': 'application/json; charset=utf-8', '.txt': 'text/plain; charset=utf-8', '.md': 'text/plain; charset=utf-8', '.xml': 'application/xml; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.gif': 'image/gif', '.webp': 'image/webp', '.avif': 'image/avif',
  '.ico': 'image/x-icon', '.woff': 'font/woff', '.woff2': 'font/woff2', '.ttf': 'font/ttf', '.wasm': 'application/wasm', '.pdf': 'application/pdf', '.mp4': 'video/mp4', '.webm': 'video/webm', '.mp3': 'audio/mpeg',
};

/** The parts of a path as they are asked for; null for one that is hidden, leads upwards or cannot be read. */
export function safeParts(url) {
  let path;
  try {
    path = decodeURIComponent(url.split(/[?#]/)[0]);
  } catch {
    return null;
  }
  if (!path.startsWith('/') || /[\0\\]/.test(path)) return null;
  const parts = path.split('/').filter((part) => part !== '');
  return parts.some((part) => part.startsWith('.')) ? null : parts;
}

/** What a path of the site is: a file with its size, a folder that has to be asked for with a slash, or null. */
async function find(root, url) {
  const parts = safeParts(url);
  if (parts === null) return null;
  try {
    const top = await realpath(root);
    let path = await realpath(join(top, ...parts));
    let found = await stat(path);
    if (found.isDirectory()) {
      if (!url.split(/[?#]/)[0].endsWith('/')) return { folder: basename(path) };
      path = await realpath(join(path, 'index.html'));
      found = await stat(path);
    }
    // A link may lead out of it.
    return found.isFile() && path.startsWith(top + sep) ? { path, size: found.size, modified: found.mtime } : null;
  } catch {
    return null;
  }
}

/** Serves a folder on a port of this container. Resolves with what ends it. */
export function serveFolder(root, port) {
  const server = createServer(async (request, response) => {
    const say = (status, text, headers = {}) => {
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(text), ...headers });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, 'Only GET and HEAD.\n', { Allow: 'GET, HEAD' });
    const found = await find(root, request.url ?? '/');
    if (found === null) return say(404, 'There is no such file.\n');
    if (found.folder !== undefined) return say(301, 'It is a folder.\n', { Location: `./${encodeURIComponent(found.folder)}/` });
    response.writeHead(200, {
      'Content-Type': TYPES[extname(found.path).toLowerCase()] ?? 'application/octet-stream',
      'Content-Length': found.size,
      'Last-Modified': found.modified.toUTCString(),
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
    });
    if (request.method === 'HEAD') return response.end();
    createReadStream(found.path, { end: Math.max(0, found.size - 1) })
      .on('error', () => response.destroy())
      .pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () =>
      resolve({
        ended: new Promise(() => undefined),
        isOver: () => false,
        stop: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      }),
    );
  });
}

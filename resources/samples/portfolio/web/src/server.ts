import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { Problem, serve, type Call } from '#shared/service.ts';

const apiUrl = new URL(process.env.API_URL ?? 'http://api:8000');
const publicDir = process.env.PUBLIC_DIR ?? join(import.meta.dirname, '../public');
const isDevelopment = process.env.APP_MODE === 'development';

/** Only these are served: a name that is not here is not looked for on disk. */
const PAGES: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '': { file: 'index.html', type: 'text/html; charset=utf-8' },
  'app.js': { file: 'app.js', type: 'text/javascript; charset=utf-8' },
  'style.css': { file: 'style.css', type: 'text/css; charset=utf-8' },
};

const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

async function handle(call: Call): Promise<boolean> {
  const { response, method, path } = call;
  if (path[0] === 'api') {
    proxy(call);
    return true;
  }
  if (method !== 'GET' || path.length > 1) return false;
  if (path[0] === 'live') {
    live(call);
    return true;
  }
  if (path[0] === 'mode') {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify({ mode: process.env.APP_MODE ?? 'unknown' }));
    return true;
  }
  const page = PAGES[path[0] ?? ''];
  if (page === undefined) return false;
  const bytes = await readFile(join(publicDir, page.file));
  response.writeHead(200, { ...HEADERS, 'Content-Type': page.type, 'Content-Length': bytes.length, 'Cache-Control': 'no-cache' }).end(bytes);
  return true;
}

/** Hands the request on to the api, bodies streamed both ways. */
function proxy({ request, response }: Call): void {
  const upstream = httpRequest(
    { host: apiUrl.hostname, port: apiUrl.port, method: request.method, path: (request.url ?? '/').slice('/api'.length) || '/', headers: { ...request.headers, host: apiUrl.host } },
    (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
      reply.on('error', () => response.destroy());
    },
  );
  upstream.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'Content-Type': 'application/json' }).end('{"error":{"code":"api-away","message":"The api does not answer."}}\n');
  });
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}

/** In development an open page hears when one of its files is saved, and loads itself again. */
function live({ request, response }: Call): void {
  if (!isDevelopment) throw new Problem(404, 'no-such-route', 'There is no live channel in production.');
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write('event: ready\ndata: {}\n\n');
  const watcher = watch(publicDir, () => response.write('event: changed\ndata: {}\n\n'));
  request.on('close', () => watcher.close());
}

await serve({ name: 'web', handle });

import { request as httpRequest } from 'node:http';
import { sendJson, type Call } from '#shared/service.ts';

const DEADLINE_MS = 70_000;

/** Hands a call on to the worker, under the path given, and its answer back. `body` takes the place of what the caller sent. */
export async function askWorker(url: URL, { request, response, method }: Call, path: string, body?: unknown): Promise<void> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  await new Promise<void>((resolve) => {
    const upstream = httpRequest(
      { host: url.hostname, port: url.port, method, path, headers: text === undefined ? { 'content-type': request.headers['content-type'] ?? 'application/octet-stream' } : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } },
      (reply) => {
        response.writeHead(reply.statusCode ?? 502, { 'Content-Type': reply.headers['content-type'] ?? 'application/json', 'Cache-Control': 'no-store' });
        reply.pipe(response);
        reply.once('error', () => response.destroy());
        reply.once('close', resolve);
      },
    );
    upstream.setTimeout(DEADLINE_MS, () => upstream.destroy(new Error('no answer in time')));
    upstream.on('error', () => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 503, { error: { code: 'worker-away', message: 'The worker does not answer.' } });
      resolve();
    });
    response.once('close', () => upstream.destroy());
    if (text === undefined) request.pipe(upstream);
    else upstream.end(text);
  });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProxyAction } from './docker-proxy-rules';

/** Whether a request's body is JSON and no upload. */
export function isJson(request: IncomingMessage): boolean {
  return (request.headers['content-type'] ?? '').includes('json');
}

/** Keeps what a request carries: its JSON, or how large its upload is. */
export function tapBody(request: IncomingMessage, recorded: { body: unknown; uploadBytes: number }): void {
  const json = isJson(request);
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => {
    if (json) chunks.push(chunk);
    else recorded.uploadBytes += chunk.length;
  });
  request.on('end', () => {
    if (chunks.length > 0) recorded.body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  });
}

/** Keeps the engine's JSON. */
export function keepAnswer(incoming: IncomingMessage, recorded: { answer?: unknown }): void {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const text = Buffer.concat(chunks).toString('utf8');
    if (text.startsWith('{')) recorded.answer = JSON.parse(text) as unknown;
  });
}

/** Passes the engine's answer on, in the way the action says; what is never to be answered goes into `frozen`. */
export function answer(upstream: IncomingMessage, response: ServerResponse, action: ProxyAction | undefined, frozen: Set<{ destroy(): void }>): void {
  if (action?.kind === 'reset-after') {
    upstream.resume();
    upstream.on('end', () => response.destroy());
    return;
  }
  if (action?.kind === 'freeze') {
    upstream.resume();
    frozen.add(response);
    return;
  }
  if (action?.kind === 'garbage') {
    upstream.resume();
    upstream.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"Id": "not really json');
    });
    return;
  }
  const headers = { ...upstream.headers };
  delete headers['content-length'];
  response.writeHead(upstream.statusCode ?? 502, headers);
  response.flushHeaders();
  let left = action?.kind === 'cut' ? action.afterBytes : Infinity;
  if (left === 0) {
    response.destroy();
    upstream.destroy();
    return;
  }
  if (action?.kind === 'drip') {
    void drip(upstream, response, action.bytes, action.everyMs);
    return;
  }
  upstream.on('data', (chunk: Buffer) => {
    if (chunk.length < left) {
      left -= chunk.length;
      if (!response.write(chunk)) {
        upstream.pause();
        response.once('drain', () => upstream.resume());
      }
      return;
    }
    upstream.removeAllListeners('data').removeAllListeners('end');
    response.write(chunk.subarray(0, left), () => response.destroy());
    upstream.destroy();
  });
  upstream.on('end', () => response.end());
  upstream.on('error', () => response.destroy());
}

async function drip(upstream: IncomingMessage, response: ServerResponse, bytes: number, everyMs: number): Promise<void> {
  for await (const chunk of upstream as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length && !response.destroyed; at += bytes) {
      response.write(chunk.subarray(at, at + bytes));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
  response.end();
}

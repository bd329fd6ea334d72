import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ProxyAction } from './docker-proxy-rules';

/** A request that wants the connection for itself. */
export interface UpgradeRequest {
  readonly target: string;
  readonly request: IncomingMessage;
  readonly client: Duplex;
  readonly head: Buffer;
  readonly recorded: { body: unknown; status: number; forwarded: boolean };
  readonly action: ProxyAction | undefined;
  readonly frozen: Set<{ destroy(): void }>;
}

/** exec and build sessions: the connection becomes a plain two-way stream. */
export function passUpgrade({ target, request, client, head, recorded, action, frozen }: UpgradeRequest): void {
  if (action?.kind === 'reset-before' || action?.kind === 'freeze') {
    if (action.kind === 'reset-before') client.destroy();
    else frozen.add(client);
    return;
  }
  if (action?.kind === 'status') {
    recorded.status = action.status;
    const body = JSON.stringify({ message: action.message });
    client.end(`HTTP/1.1 ${action.status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
    return;
  }
  recorded.forwarded = true;
  const upstream = httpRequest({ socketPath: target, method: request.method, path: request.url, headers: request.headers, agent: false });
  upstream.on('upgrade', (answerHead, socket, first) => {
    recorded.status = 101;
    const lines = Object.entries(answerHead.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
    // What came together with the head is part of the answer: it counts, and a cut may fall into it.
    if (first.length > 0) socket.unshift(first);
    let left = action?.kind === 'cut' ? action.afterBytes : Infinity;
    socket.on('data', (chunk: Buffer) => {
      // A client that reads slowly slows the engine down, as it does without a proxy: what is kept here would arrive long after the command has ended.
      if (!client.write(chunk.subarray(0, Math.min(chunk.length, left)))) {
        socket.pause();
        client.once('drain', () => socket.resume());
      }
      left -= chunk.length;
      if (left <= 0) {
        client.destroy();
        socket.destroy();
      }
    });
    socket.on('end', () => client.end());
    client.pipe(socket);
    socket.on('error', () => client.destroy());
    client.on('error', () => socket.destroy());
    client.on('close', () => socket.destroy());
  });
  upstream.on('response', (incoming) => {
    recorded.status = incoming.statusCode ?? 0;
    client.write(`HTTP/1.1 ${incoming.statusCode} ${incoming.statusMessage}\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n`);
    incoming.pipe(client);
  });
  upstream.on('error', () => client.destroy());
  if ((request.headers['content-length'] ?? '0') === '0') {
    upstream.end(head);
    return;
  }
  // Node hands an upgrade request over without its body: what was read already is `head`, the rest is on the socket.
  const want = Number(request.headers['content-length']);
  const take = (data: Buffer) => {
    const body = data.subarray(0, want);
    if (body.length < want) {
      client.once('data', (more: Buffer) => take(Buffer.concat([data, more])));
      return;
    }
    recorded.body = JSON.parse(body.toString('utf8')) as unknown;
    upstream.end(body);
  };
  take(head);
}

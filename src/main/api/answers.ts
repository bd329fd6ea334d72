import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '@shared/kernel/app-error';
import type { ErrorCode } from '@shared/kernel/error-codes';
import { failed } from '@shared/kernel/result';
import type { ApiLimits } from './limits';

/** One whole answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type: string;
  readonly headers: { readonly [name: string]: string };
}

/** No answer is for a browser: none may be kept, guessed at or put into a page. There are no CORS headers, ever. */
export const COMMON_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin', connection: 'close' } as const;

export function jsonAnswer(status: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return { status, body: `${JSON.stringify(value)}\n`, type: 'application/json', headers };
}

export function refusal(status: number, code: ErrorCode, message: string, more: { readonly hint?: string; readonly headers?: Answer['headers']; readonly notTaken?: boolean } = {}): Answer {
  return jsonAnswer(status, failed(new AppError(code, message, { hint: more.hint, details: more.notTaken === true ? { notTaken: true } : undefined }).toData()), more.headers);
}

export function respond(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) {
    response.end();
    return;
  }
  response.writeHead(answer.status, { ...COMMON_HEADERS, 'content-type': answer.type, 'content-length': Buffer.byteLength(answer.body), ...answer.headers });
  response.end(answer.body);
}

/** The answer as bytes, for a connection that has no response object (an upgrade, a request that could not be parsed). */
export function rawAnswer(answer: Answer): string {
  const headers = { ...COMMON_HEADERS, 'content-type': answer.type, 'content-length': String(Buffer.byteLength(answer.body)), ...answer.headers };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`, ...lines, '', answer.body].join('\r\n');
}

export function endWith(socket: Duplex, answer: Answer): void {
  socket.on('error', () => undefined);
  if (!socket.writable) return void socket.destroy();
  socket.end(rawAnswer(answer), () => socket.destroy());
}

/**
 * Answers a request whose body was not read. Closing with unread bytes would reset the connection, and the caller might
 * never see the answer: so the sending side ends at once, and what still arrives is thrown away for a bounded while.
 */
export function respondUnread(request: IncomingMessage, response: ServerResponse, answer: Answer, limits: ApiLimits): void {
  const { socket } = request;
  if (!hasBody(request) || request.complete || response.headersSent || socket.destroyed) return respond(response, answer);
  const timer = setTimeout(() => socket.destroy(), limits.lingerMs);
  let thrownAway = 0;
  socket.on('error', () => undefined);
  socket.once('close', () => clearTimeout(timer));
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => {
    thrownAway += chunk.length;
    if (thrownAway > limits.lingerBytes) socket.destroy();
  });
  request.on('end', () => socket.destroySoon());
  socket.end(rawAnswer(answer));
}

/** Whether the request says that a body follows. */
export function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

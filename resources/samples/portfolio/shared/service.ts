import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A failure the caller can do something about: it becomes the answer's status and text. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** Of the text that was sent, where the problem lies in one. */
  readonly line: number | undefined;

  constructor(status: number, code: string, message: string, line?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.line = line;
  }
}

/** A request, taken apart once. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Path segments, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Answers the call, or returns false when it is not one of its routes. */
export type Handler = (call: Call) => Promise<boolean> | boolean;

/** What a service consists of. */
export interface ServiceOptions {
  readonly name: string;
  readonly handle: Handler;
  /** Runs after the last request was answered. */
  readonly onStop?: () => Promise<void>;
  /** Says whether the service can do its work; throws when it cannot. */
  readonly checkHealth?: () => Promise<void>;
}

let keep: (line: string) => void = () => undefined;

/** Has every line of the log also given to somebody who keeps it. */
export function keepLog(keeper: (line: string) => void): void {
  keep = keeper;
}

export function log(message: string): void {
  // One entry is one line, whatever is in a file's name.
  const line = `${new Date().toISOString()} ${message.replaceAll(/[\r\n]+/g, ' ')}\n`;
  process.stdout.write(line);
  keep(line);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': bytes.length, 'Cache-Control': 'no-store' });
  response.end(bytes);
}

/** Reads a text of at most `limitBytes`. */
export async function readText(request: IncomingMessage, limitBytes = 1024 * 1024): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new Problem(413, 'too-large', `The body is larger than ${limitBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads a JSON body of at most `limitBytes`. */
export async function readJson(request: IncomingMessage, limitBytes = 1024 * 1024): Promise<unknown> {
  const text = await readText(request, limitBytes);
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, 'not-json', 'The body is not JSON.');
  }
}

/** A whole number from the query, within bounds. */
export function numberFrom(query: URLSearchParams, name: string, fallback: number, min: number, max: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw new Problem(400, 'bad-number', `${name} must be a whole number from ${min} to ${max}.`);
  return value;
}

async function answer(options: ServiceOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://service');
    const path = url.pathname.split('/').filter((part) => part !== '').map(decodePart);
    const call: Call = { request, response, method: request.method ?? 'GET', path, query: url.searchParams };
    if (path.length === 1 && path[0] === 'healthz') {
      await options.checkHealth?.();
      sendJson(response, 200, { ok: true, service: options.name, mode: process.env.APP_MODE ?? 'unknown' });
      return;
    }
    if (!(await options.handle(call))) throw new Problem(404, 'no-such-route', `There is nothing at ${call.method} ${url.pathname}.`);
  } catch (error) {
    if (!(error instanceof Problem)) log(`${request.method} ${request.url} failed: ${error instanceof Error ? error.stack : String(error)}`);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = error instanceof Problem ? error : new Problem(500, 'internal', 'Something went wrong in the service; its log has the details.');
    // What is left of the body was not read: this connection cannot be used again.
    if (!request.complete) response.setHeader('Connection', 'close');
    sendJson(response, problem.status, { error: { code: problem.code, message: problem.message, line: problem.line } });
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Problem(400, 'bad-path', 'The path is not valid.');
  }
}

/** Starts the service on PORT and ends it in order on SIGTERM: no new requests, the open ones answered, then `onStop`. */
export async function serve(options: ServiceOptions): Promise<Server> {
  const server = createServer((request, response) => void answer(options, request, response));
  const port = Number(process.env.PORT ?? '8000');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, process.env.HOST ?? '0.0.0.0', resolve);
  });
  const address = server.address();
  log(`${options.name} listens on port ${typeof address === 'object' && address !== null ? address.port : port} (${process.env.APP_MODE ?? 'no mode'})`);
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log(`${options.name} stops on ${signal}`);
    // Connections that stay open (the page's live channel) must not keep the service from ending.
    const impatient = setTimeout(() => server.closeAllConnections(), 3000);
    server.close(() => {
      clearTimeout(impatient);
      (options.onStop?.() ?? Promise.resolve()).then(
        () => process.exit(0),
        (error: unknown) => {
          log(`${options.name} could not stop in order: ${String(error)}`);
          process.exit(1);
        },
      );
    });
    server.closeIdleConnections();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  return server;
}

import { constants, performServerHandshake, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';

/** Status codes of gRPC that are answered here. */
export const GRPC_STATUS = { ok: 0, unknown: 2, notFound: 5, unimplemented: 12 } as const;

/** An answer that is none: what the caller is told instead. The message goes to the other side, so it must tell no secret. */
export class GrpcRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A call with one message each way. */
export type UnaryMethod = (request: Buffer) => Promise<Buffer>;
/** A call with any number of messages each way; it is over when the promise settles. */
export type StreamMethod = (call: { readonly headers: IncomingHttpHeaders; readonly messages: AsyncIterable<Buffer>; send(message: Buffer): Promise<void>; readonly closed: Promise<void> }) => Promise<void>;

/** Methods by their path: `/package.Service/Method`. */
export interface GrpcMethods {
  readonly unary: { readonly [path: string]: UnaryMethod };
  readonly stream: { readonly [path: string]: StreamMethod };
}

/** Larger than any message of these services: a caller that sends more is no engine. */
const MOST_MESSAGE_BYTES = 16 * 1024 * 1024;
const PREFIX_BYTES = 5;

/** The messages of a request as gRPC frames them: a byte that says compressed, four with the length. */
async function* messagesOf(stream: ServerHttp2Stream): AsyncGenerator<Buffer, void, undefined> {
  let rest = Buffer.alloc(0);
  // Who stops reading after a message still wants to answer it.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= PREFIX_BYTES) {
      const length = rest.readUInt32BE(1);
      if (rest[0] !== 0 || length > MOST_MESSAGE_BYTES) throw new GrpcRefusal(GRPC_STATUS.unimplemented, 'messages of this kind are not taken');
      if (rest.length < PREFIX_BYTES + length) break;
      yield rest.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
      rest = rest.subarray(PREFIX_BYTES + length);
    }
  }
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function sending(stream: ServerHttp2Stream): (message: Buffer) => Promise<void> {
  return (message) =>
    new Promise((resolve, reject) => {
      stream.write(framed(message), (error) => (error ? reject(error) : resolve()));
    });
}

async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, methods: GrpcMethods): Promise<void> {
  const path = headers[':path'] ?? '';
  const unary = Object.hasOwn(methods.unary, path) ? methods.unary[path] : undefined;
  const streamed = Object.hasOwn(methods.stream, path) ? methods.stream[path] : undefined;
  const send = sending(stream);
  if (unary !== undefined) {
    for await (const request of messagesOf(stream)) {
      await send(await unary(request));
      return;
    }
  } else if (streamed !== undefined) {
    const closed = new Promise<void>((resolve) => stream.once('close', resolve));
    await streamed({ headers, messages: messagesOf(stream), send, closed });
  } else throw new GrpcRefusal(GRPC_STATUS.unimplemented, `unknown method ${path}`);
}

function serveStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, methods: GrpcMethods): void {
  let status: number = GRPC_STATUS.ok;
  let message = '';
  stream.on('error', () => undefined);
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status), ...(message === '' ? {} : { 'grpc-message': encodeURIComponent(message) }) }));
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
  void answer(stream, headers, methods)
    .catch((error: unknown) => {
      status = error instanceof GrpcRefusal ? error.status : GRPC_STATUS.unknown;
      message = error instanceof GrpcRefusal ? error.message : 'it could not be answered';
    })
    .finally(() => {
      if (!stream.destroyed) stream.end();
    });
}

/**
 * Serves gRPC on a connection that somebody else opened: BuildKit's session is one the engine calls back on. Ends with the
 * connection; `close` ends both.
 */
export function serveGrpc(socket: Duplex, methods: GrpcMethods): { close(): void } {
  const session: ServerHttp2Session = performServerHandshake(socket);
  session.on('error', () => undefined);
  session.on('stream', (stream, headers) => serveStream(stream, headers, methods));
  return {
    close() {
      session.destroy(undefined, constants.NGHTTP2_NO_ERROR);
      socket.destroy();
    },
  };
}

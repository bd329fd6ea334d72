import type { Readable } from 'node:stream';

/** One request as docker-modem takes it. `_query` and `_body` keep it from sending one as the other. */
export interface DialOptions {
  path: string;
  method: string;
  options?: { _query?: unknown; _body?: unknown };
  headers?: { [name: string]: string | string[] };
  file?: Readable | Buffer;
  hijack?: boolean;
  isStream: boolean;
  abortSignal: AbortSignal;
  statusCodes: { readonly [status: number]: true };
}

/** docker-modem, dockerode's transport, as far as it is used here. */
export interface Modem {
  version: string | undefined;
  dial(options: DialOptions, callback: (error: unknown, answer: unknown) => void): void;
}

/** The part of a dockerode client that is used here. */
export interface DockerClient {
  readonly modem: unknown;
  buildImage(file: Readable, options: { [name: string]: unknown }): Promise<unknown>;
}

/**
 * docker-modem prints every request for its debug log, whether or not anybody reads it, and walks through agent,
 * sockets and signals for it: most of the time of a call. An object with its own printing is not walked.
 */
export function cheapToPrint<T extends object>(value: T): T {
  Object.defineProperty(value, Symbol.for('nodejs.util.inspect.custom'), { value: () => '', enumerable: false, configurable: true });
  return value;
}

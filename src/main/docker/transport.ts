import type { Duplex, Readable } from 'node:stream';
import { engineRefusal, engineTimeout, engineUnreachable } from '@shared/domain/engine/engine-error';
import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import { openBuildClient, type BuildClient } from './build-client';
import { cheapToPrint, type DialOptions, type DockerClient, type Modem } from './modem';
import { parseBody, readAll, type ResponseStream } from './read-answer';
import type { EngineEndpoint } from './types';

/** One call to the engine, exactly as it goes over the wire. */
export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Without version and query: /containers/json. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string | number | boolean | readonly string[] | undefined };
  readonly body?: unknown;
  /** A tar to upload instead of a JSON body. */
  readonly upload?: Readable | Buffer;
  readonly headers?: { readonly [name: string]: string };
  /** What is being done, as it reads after "Docker could not": "start shop-web-1". */
  readonly doing: string;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface EngineAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body: unknown;
}

/** How long a call or its stream lives. `end` lets go of it, `abort` breaks it off. */
export interface CallLife {
  readonly signal: AbortSignal;
  abort(): void;
  end(): void;
}

/** Reads are quick or the engine is in trouble; changes wait for disks and networks. */
export const READ_DEADLINE_MS = 10_000;
export const CHANGE_DEADLINE_MS = 30_000;
/** The newest API Berth was written against. The version used is the smaller of this and the daemon's. */
const OUR_API_VERSION = '1.47';
/** Answers that are not an error: 101 = upgraded, 304 = was so already. */
const GOOD: { readonly [status: number]: true } = { 101: true, 200: true, 201: true, 202: true, 204: true, 304: true };

function compareVersions(left: string, right: string): number {
  const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}

function codeOf(error: unknown): string {
  return textOf(fieldOf(error, 'code'));
}

/**
 * Two of dockerode's own clients of HTTP to one engine. `call` is for questions and changes and always ends by a deadline; `open` is
 * for streams: the deadline holds until the answer starts, after that a stream may be silent for as long as it likes
 * (one client with a socket timeout would kill idle event streams). Connections are not kept: one that the engine
 * closed when it restarted must not swallow the next change.
 */
export class Transport {
  private readonly running = new Set<AbortController>();
  private closed = false;
  private versionName = '';

  constructor(
    readonly endpoint: EngineEndpoint,
    /** True when paths of this machine mean the same to the engine. */
    readonly local: boolean,
    private readonly control: Modem,
    private readonly stream: Modem,
    private readonly place: string,
    private readonly newClient: () => Promise<DockerClient>,
    /** Called with every failure that says the engine may be gone. */
    public onTrouble: (error: AppError) => void = () => undefined,
  ) {}

  get apiVersion(): string {
    return this.versionName;
  }

  supports(version: string): boolean {
    return compareVersions(this.versionName, version) >= 0;
  }

  /** `GET /_ping`; resolves with its headers. */
  async ping(deadlineMs: number): Promise<EngineAnswer['headers']> {
    return (await this.call({ method: 'GET', path: '/_ping', doing: 'answer a ping', deadlineMs })).headers;
  }

  /** From now on every path carries this version, or ours when that is older. */
  pin(daemonApiVersion: string): void {
    this.versionName = compareVersions(daemonApiVersion, OUR_API_VERSION) < 0 ? daemonApiVersion : OUR_API_VERSION;
    this.control.version = this.stream.version = `v${this.versionName}`;
  }

  async call(call: EngineCall): Promise<EngineAnswer> {
    return this.withDeadline(call, call.deadlineMs ?? READ_DEADLINE_MS, async (signal) => {
      const response = (await this.dial(this.control, call, signal, false)) as ResponseStream;
      const bytes = await readAll(response);
      return { status: response.statusCode, headers: response.headers, body: parseBody(bytes, response.headers['content-type'], call.doing) };
    });
  }

  /** Resolves with the response once its head is there. The caller reads it; an abort of `signal` destroys it. */
  async open(call: EngineCall): Promise<Readable> {
    const life = this.begin(call.signal);
    const answer = this.dial(this.stream, call, life.signal, false) as Promise<ResponseStream>;
    try {
      const response = call.deadlineMs === undefined ? await answer : await this.withDeadline({ ...call, signal: life.signal }, call.deadlineMs, () => answer);
      response.once('close', life.end);
      return response;
    } catch (error) {
      life.abort();
      throw error;
    }
  }

  /** Like `open`, but the connection becomes a two-way stream (exec). */
  async hijack(call: EngineCall): Promise<Duplex> {
    const life = this.begin(call.signal);
    try {
      const socket = (await this.dial(this.stream, call, life.signal, true)) as Duplex;
      socket.once('close', life.end);
      return socket;
    } catch (error) {
      life.abort();
      throw error;
    }
  }

  /** A client for one build; see build-client.ts. */
  async buildClient(): Promise<BuildClient> {
    const client = await this.newClient();
    (client.modem as Modem).version = this.stream.version;
    const life = this.begin(undefined);
    return openBuildClient(client, life, (error, signal) => this.failure(error, { method: 'POST', path: '/build', doing: 'build the image' }, signal));
  }

  /** Ends every call and stream. */
  close(): void {
    this.closed = true;
    for (const controller of [...this.running]) controller.abort();
  }

  /**
   * The life of one call: ended by its caller's signal and by close(). Signals are linked by hand and let go at the
   * end, because AbortSignal.any keeps something of every call on signals that live as long as the process.
   */
  private begin(outer: AbortSignal | undefined): CallLife {
    const controller = new AbortController();
    const abort = () => controller.abort();
    const end = () => {
      this.running.delete(controller);
      outer?.removeEventListener('abort', abort);
    };
    controller.signal.addEventListener('abort', end, { once: true });
    this.running.add(controller);
    if (this.closed || outer?.aborted === true) abort();
    else outer?.addEventListener('abort', abort, { once: true });
    return { signal: controller.signal, abort, end };
  }

  private async withDeadline<T>(call: EngineCall, deadlineMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const life = this.begin(call.signal);
    let timer: NodeJS.Timeout | undefined;
    const given = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const error = engineTimeout(call.doing, deadlineMs);
        reject(error);
        life.abort();
        this.onTrouble(error);
      }, deadlineMs);
      const aborted = () => reject(new AppError('cancelled', 'Cancelled.'));
      if (life.signal.aborted) aborted();
      else life.signal.addEventListener('abort', aborted, { once: true });
    });
    try {
      return await Promise.race([run(life.signal), given]);
    } finally {
      clearTimeout(timer);
      life.end();
    }
  }

  private dial(modem: Modem, call: EngineCall, signal: AbortSignal, hijack: boolean): Promise<unknown> {
    const query = Object.fromEntries(Object.entries(call.query ?? {}).filter(([, value]) => value !== undefined));
    const hasQuery = Object.keys(query).length > 0;
    const options: DialOptions = {
      path: hasQuery ? `${call.path}?` : call.path,
      method: call.method,
      isStream: !hijack,
      abortSignal: cheapToPrint(signal),
      statusCodes: GOOD,
      ...(hasQuery || call.body !== undefined ? { options: { _query: query, _body: call.body ?? {} } } : {}),
      ...(call.headers === undefined ? {} : { headers: { ...call.headers } }),
      ...(call.upload === undefined ? {} : { file: call.upload }),
      ...(hijack ? { hijack } : {}),
    };
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(new AppError('cancelled', 'Cancelled.'));
        return;
      }
      modem.dial(options, (error, answer) => {
        if (error === null || error === undefined) resolve(answer);
        else reject(this.failure(error, call, signal));
      });
    });
  }

  private failure(error: unknown, call: EngineCall, signal: AbortSignal): AppError {
    const status = fieldOf(error, 'statusCode');
    if (typeof status === 'number') {
      const message = error instanceof Error ? error.message.replace(/^\(HTTP code \d+\) unexpected - /, '').trim() : '';
      return engineRefusal(status, message, call.doing);
    }
    if (signal.aborted || codeOf(error) === 'ABORT_ERR') return new AppError('cancelled', 'Cancelled.');
    const trouble = engineUnreachable(codeOf(error), this.place);
    this.onTrouble(trouble);
    return trouble;
  }

  /** What a broken stream means: the engine, the connection or the proxy between went away. */
  streamFailure(error: unknown): AppError {
    if (error instanceof AppError) return error;
    const trouble = engineUnreachable(codeOf(error) || 'ECONNRESET', this.place);
    this.onTrouble(trouble);
    return trouble;
  }
}

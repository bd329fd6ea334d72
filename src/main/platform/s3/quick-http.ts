import { Readable } from 'node:stream';
import type { Dispatcher, Pool } from 'undici';
import { TAKEN_BACK, whenCancelled } from './quick-cancel';

/** Larger bodies go in slices, so that one sees whether they move. */
const SLICE_BYTES = 64 * 1024;
/** The system takes so much at once and tells nobody how far it is with it; on a line that lives it is through with it at this pace. */
const SWALLOWED_BYTES = 4 * 1024 * 1024;
const SWALLOWED_BYTES_PER_SECOND = 64 * 1024;
/** No transfer is slower than this for its whole length and still alive. */
const SLOWEST_BYTES_PER_SECOND = 16 * 1024;
/** As many connections as calls can be under way. */
const CONNECTIONS = 32;
/** Shorter than stores keep theirs: one that was closed there costs a second attempt. */
const KEEP_ALIVE_MS = 20_000;
/** A listing has about 400 KB; what is much larger is no answer of a bucket store. */
const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;

/** A request as it goes over the line. */
export interface QuickRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array | null;
}

/** A whole answer. */
export interface QuickAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: Buffer;
}

/** The kept connections to one store. Nothing is loaded or opened before the first request. */
export class QuickConnections {
  private pool: Promise<Pool> | undefined;
  private isClosed = false;
  private readonly underWay = new Set<Exchange>();

  constructor(
    private readonly origin: string,
    private readonly deadlineMs: number,
  ) {}

  /** One request, once. Rejects when nothing moves for the deadline (longer behind a large body), or when it takes longer than on the slowest line. */
  async exchange(request: QuickRequest, signal: AbortSignal | undefined): Promise<QuickAnswer> {
    const pool = await this.open();
    if (this.isClosed) throw TAKEN_BACK;
    return new Promise<QuickAnswer>((resolve, reject) => {
      const exchange = new Exchange(request, this.deadlineMs, resolve, reject, () => {
        this.underWay.delete(exchange);
        forget();
      });
      this.underWay.add(exchange);
      const forget = whenCancelled(signal, () => exchange.give(TAKEN_BACK));
      if (!exchange.isOver) pool.dispatch(exchange.options(), exchange);
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const one of [...this.underWay]) one.give(TAKEN_BACK);
    await this.pool?.then(
      (pool) => pool.destroy(),
      () => undefined,
    );
  }

  private open(): Promise<Pool> {
    // Most runs never speak to a store.
    this.pool ??= import('undici').then(
      ({ Pool: Connections }) =>
        // The deadlines are kept here: those of the package do not see a body move.
        new Connections(this.origin, { connections: CONNECTIONS, pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: this.deadlineMs + 1_000 } }),
    );
    return this.pool;
  }
}

/** One request on its way. */
class Exchange implements Dispatcher.DispatchHandler {
  isOver = false;
  private controller: Dispatcher.DispatchController | undefined;
  private readonly endBy: number;
  private readonly stall: ReturnType<typeof setTimeout>;
  private readonly chunks: Buffer[] = [];
  private sizeBytes = 0;
  private status = 0;
  private headers: QuickAnswer['headers'] = {};

  constructor(
    private readonly request: QuickRequest,
    deadlineMs: number,
    private readonly resolve: (answer: QuickAnswer) => void,
    private readonly reject: (error: unknown) => void,
    private readonly onOver: () => void,
  ) {
    const bytes = request.body?.byteLength ?? 0;
    const stallMs = deadlineMs + (Math.min(bytes, SWALLOWED_BYTES) / SWALLOWED_BYTES_PER_SECOND) * 1000;
    this.endBy = performance.now() + deadlineMs + (bytes / SLOWEST_BYTES_PER_SECOND) * 1000;
    this.stall = setTimeout(() => this.give(new DOMException('Nothing moves.', 'TimeoutError')), stallMs);
  }

  options(): Dispatcher.DispatchOptions {
    const { method, path, headers, body } = this.request;
    if (body === null || body.byteLength <= SLICE_BYTES) return { method, path, headers, body };
    const slices = Readable.from(this.slices(body), { highWaterMark: 1 });
    return { method, path, headers: { ...headers, 'content-length': String(body.byteLength) }, body: slices };
  }

  /** Ends it with this error, whether it was begun or still waits for its connection. */
  give(error: unknown): void {
    if (this.isOver) return;
    this.end();
    this.reject(error);
    this.controller?.abort(error as Error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.isOver) controller.abort(TAKEN_BACK);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: QuickAnswer['headers']): void {
    this.moved();
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.moved();
    this.chunks.push(chunk);
    this.sizeBytes += chunk.byteLength;
    if (this.sizeBytes > LARGEST_ANSWER_BYTES) this.give(new Error('The answer is too large.'));
  }

  onResponseEnd(): void {
    if (this.isOver) return;
    this.end();
    this.resolve({ status: this.status, headers: this.headers, body: Buffer.concat(this.chunks) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.give(error);
  }

  private *slices(body: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < body.byteLength; at += SLICE_BYTES) {
      this.moved();
      yield body.subarray(at, at + SLICE_BYTES);
    }
  }

  private moved(): void {
    if (this.isOver) return;
    if (performance.now() > this.endBy) this.give(new DOMException('It takes too long.', 'TimeoutError'));
    else this.stall.refresh();
  }

  private end(): void {
    this.isOver = true;
    clearTimeout(this.stall);
    this.onOver();
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '@shared/kernel/app-error';
import { isBusyAnswer, isCutConnection, s3Failure, type S3Subject } from './failure';
import { TAKEN_BACK } from './quick-cancel';
import { QuickConnections, type QuickAnswer, type QuickRequest } from './quick-http';
import { CallLimit, type CallPlace } from './quick-limit';
import { parseXml, textIn } from './quick-xml';
import { signedRequest, uriEncoded } from './sign';
import type { QuickS3 } from './sync-types';
import type { S3Options } from './types';

const AT_ONCE = 16;
/** How often a lost or broken answer is asked for again. */
const MOST_REPEATS = 4;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

/** What is asked of the store. */
export interface QuickCall {
  readonly method: QuickRequest['method'];
  readonly bucket: string;
  readonly key?: string;
  readonly query?: { readonly [name: string]: string };
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Uint8Array;
  readonly counts: 'puts' | 'lists' | 'heads' | 'deletes';
  /** Statuses that are an answer and no failure. */
  readonly also?: readonly number[];
}

/** What an answer means, and what to look at before a request whose answer was lost is sent again. */
export interface Reading<T> {
  /** `repeat` is 0 the first time. Throws `AskAgain` for an answer that is not one. */
  read(answer: QuickAnswer, repeat: number): T | Promise<T>;
  /** Null: nothing of it arrived, send it again. */
  afterLoss?(): Promise<T | null>;
}

/** An answer that has to be asked for again; the error is what is said when that does not help. */
export class AskAgain {
  constructor(readonly error: unknown) {}
}

/** Signs, sends, waits and repeats: what all calls of the quick client have in common. */
export class QuickSession {
  readonly counters = { puts: 0, lists: 0, heads: 0, deletes: 0, bytesSent: 0 } satisfies QuickS3['counters'];
  readonly limit: CallLimit;
  private readonly connections: QuickConnections;
  private readonly host: string;
  private readonly basePath: string;
  private readonly isBodyUnsigned: boolean;

  constructor(
    readonly options: S3Options,
    concurrency = AT_ONCE,
  ) {
    const { origin, host, hostname, pathname, protocol } = new URL(options.endpoint);
    this.limit = new CallLimit(concurrency);
    this.connections = new QuickConnections(origin, options.deadlineMs);
    this.host = host;
    this.basePath = pathname.replace(/\/+$/, '');
    this.isBodyUnsigned = protocol === 'https:' || /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  }

  /** Sends it until there is an answer; who is too busy is waited for as long as the deadline, what breaks is repeated four times. Rejects with an AppError. */
  async send<T>(call: QuickCall, signal: AbortSignal | undefined, reading: Reading<T>): Promise<T> {
    // What it waited for its turn among others is not held against it.
    let waitedMs = 0;
    for (let repeat = 0; ; repeat += 1) {
      const tried = await this.attempt(call, signal, reading, repeat);
      if ('value' in tried) return tried.value;
      const waitMs = tried.waitMs ?? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** repeat) * (0.5 + Math.random());
      waitedMs += waitMs;
      const isSpent = tried.kind === 'busy' ? waitedMs > this.options.deadlineMs : repeat >= MOST_REPEATS;
      if (isSpent) throw this.failure(tried.error, call, signal);
      await wait(waitMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => Promise.reject(this.failure(error, call, signal)));
      // Who says that it is too much has done nothing of it.
      const known = tried.kind === 'busy' ? null : await reading.afterLoss?.();
      if (known != null) return known;
    }
  }

  /** The store's own words for a refusal, as an error. */
  refusal(answer: QuickAnswer, call: S3Subject): AppError {
    const said = parseXml(answer.body.toString('utf8'));
    const header = answer.headers['x-minio-error-code'];
    const name = said === null ? (typeof header === 'string' ? header : '') : textIn(said, 'Code');
    const message = said === null ? '' : textIn(said, 'Message');
    return s3Failure(Object.assign(new Error(message), { name, $metadata: { httpStatusCode: answer.status } }), this.options, call, false);
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  private async attempt<T>(call: QuickCall, signal: AbortSignal | undefined, reading: Reading<T>, repeat: number): Promise<{ readonly value: T } | Failed> {
    let place: CallPlace | undefined;
    let outcome: 'done' | 'busy' | 'failed' = 'failed';
    try {
      place = await this.limit.enter(signal);
      const answer = await this.connections.exchange(this.signed(call), signal);
      if (answer.status >= 300 && call.also?.includes(answer.status) !== true) {
        const failed = this.judged(answer, call);
        if (failed === null) throw this.refusal(answer, call);
        outcome = failed.kind;
        return failed;
      }
      outcome = 'done';
      // Whoever reads may ask the store itself, so this place is given back first.
      this.limit.leave(place, outcome);
      place = undefined;
      return { value: await reading.read(answer, repeat) };
    } catch (error) {
      if (error instanceof AskAgain) return { kind: 'failed', error: error.error };
      if (signal?.aborted !== true && isCutConnection(error)) return { kind: 'failed', error };
      throw this.failure(error, call, signal);
    } finally {
      if (place !== undefined) this.limit.leave(place, outcome);
    }
  }

  /** Null for what another attempt would not change. */
  private judged(answer: QuickAnswer, call: QuickCall): Failed | null {
    const error = this.refusal(answer, call);
    if (isBusyAnswer(error)) {
      const asked = retryAfterMs(answer.headers['retry-after']);
      if (asked !== undefined) this.limit.pause(asked);
      return { kind: 'busy', error, waitMs: asked };
    }
    const code = error.details?.['code'];
    if (answer.status === 409 && code === 'ConditionalRequestConflict') return { kind: 'failed', error };
    // Broken on the way: the store has kept nothing of it.
    if (code === 'BadDigest' || code === 'XAmzContentSHA256Mismatch') return { kind: 'failed', error };
    return [500, 502, 504].includes(answer.status) && error.code !== 'disk-full' ? { kind: 'failed', error } : null;
  }

  private failure(error: unknown, call: S3Subject, signal: AbortSignal | undefined): AppError {
    return s3Failure(error, this.options, { bucket: call.bucket, key: call.key }, error === TAKEN_BACK || signal?.aborted === true);
  }

  private signed(call: QuickCall): QuickRequest {
    const { region, accessKey, secretKey } = this.options;
    const body = call.body ?? new Uint8Array();
    const path = `${this.basePath}/${call.bucket}${call.key === undefined ? '' : `/${encodedKey(call.key)}`}`;
    const { query, headers } = signedRequest({ method: call.method, host: this.host, path, query: call.query ?? {}, body, headers: call.headers ?? {}, isBodyUnsigned: this.isBodyUnsigned, region, accessKey, secretKey, at: new Date() });
    this.counters[call.counts] += 1;
    this.counters.bytesSent += body.byteLength;
    return { method: call.method, path: query === '' ? path : `${path}?${query}`, headers, body: call.body ?? null };
  }
}

interface Failed {
  readonly kind: 'busy' | 'failed';
  readonly error: unknown;
  readonly waitMs?: number | undefined;
}

/** A key as it stands in a path. */
export function encodedKey(key: string): string {
  try {
    return key.split('/').map(uriEncoded).join('/');
  } catch (cause) {
    // Half a character: UTF-8 has no way to write it.
    throw new AppError('input-invalid', `${JSON.stringify(key)} cannot be the name of an object.`, { hint: 'Rename the file.', details: { code: 'InvalidName' }, cause });
  }
}

function retryAfterMs(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

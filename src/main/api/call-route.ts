import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ContractEntry } from '@shared/contract/define';
import { errorData } from '@shared/kernel/app-error';
import type { Result } from '@shared/kernel/result';
import type { AppErrorData } from '@shared/kernel/app-error';
import type { CallContext, Dispatcher } from '@main/dispatch/types';
import type { Logger } from '@main/platform/types';
import type { Metrics } from '@main/runtime/types';
import type { ActiveCalls } from './active-calls';
import { COMMON_HEADERS, hasBody, jsonAnswer, respond, respondUnread } from './answers';
import type { Door } from './guard';
import { httpStatus } from './http-status';
import type { ApiLimits } from './limits';
import { readBody } from './read-body';

/** A stream that fails at once is answered with the status of its failure; one that has said nothing for so long has begun. */
const STREAM_BEGINS_MS = 250;

export interface CallRouteOptions {
  readonly table: { readonly [name: string]: ContractEntry };
  readonly dispatcher: Dispatcher;
  readonly calls: ActiveCalls;
  readonly limits: ApiLimits;
  readonly logger: Logger;
  readonly metrics?: Pick<Metrics, 'observe'> | undefined;
}

/** POST /v1/<name>: one entry of the contract. Resolves with whether it succeeded, once it was answered. */
export function createCallRoute(options: CallRouteOptions): (name: string, request: IncomingMessage, response: ServerResponse, door: Door) => Promise<boolean> {
  const { limits } = options;

  async function perform(name: string, request: IncomingMessage, response: ServerResponse, call: CallContext, abort: AbortController): Promise<boolean> {
    const kind = Object.hasOwn(options.table, name) ? options.table[name]?.kind : undefined;
    if (kind === undefined) {
      const unknown = await options.dispatcher.call(name, {}, call);
      respondUnread(request, response, resultAnswer(unknown), limits);
      return false;
    }
    const body = await readBody(request, limits);
    if (!body.ok) {
      if (hasBody(request)) respondUnread(request, response, body.answer, limits);
      else respond(response, body.answer);
      return false;
    }
    if (kind === 'stream') return stream(name, body.value, response, call, abort);
    const result = await options.dispatcher.call(name, body.value, call);
    respond(response, resultAnswer(result));
    return result.ok;
  }

  async function stream(name: string, input: unknown, response: ServerResponse, call: CallContext, abort: AbortController): Promise<boolean> {
    const begin = (): void => {
      if (response.headersSent || response.destroyed) return;
      response.writeHead(200, { ...COMMON_HEADERS, 'content-type': 'application/x-ndjson' });
      response.flushHeaders();
    };
    const timer = setTimeout(begin, STREAM_BEGINS_MS);
    const result = await options.dispatcher.stream(name, input, call, (item) => {
      begin();
      if (response.writableEnded || response.destroyed) return;
      response.write(`${JSON.stringify({ item })}\n`);
      if (response.writableLength > limits.maxBacklogBytes) abort.abort();
    });
    clearTimeout(timer);
    if (result.ok || response.headersSent) {
      begin();
      response.end(`${JSON.stringify(result)}\n`);
    } else {
      respond(response, resultAnswer(result));
    }
    return result.ok;
  }

  return async (name, request, response, door) => {
    const abort = new AbortController();
    const end = options.calls.begin(abort);
    const startedMs = performance.now();
    // A caller that has gone away waits for nothing: queries and streams end, operations go on.
    response.on('close', () => abort.abort());
    request.socket.on('close', () => abort.abort());
    let succeeded = false;
    try {
      succeeded = await perform(name, request, response, { door: isCli(request, door) ? 'cli' : 'api', signal: abort.signal }, abort);
    } catch (error) {
      // A caller that went away while it sent its body is no bug.
      if (!request.destroyed && !request.socket.destroyed) {
        options.logger.error('A local request failed', { name, error });
        respond(response, jsonAnswer(500, { ok: false, error: errorData(error) }));
      }
    } finally {
      end();
      // Streams take as long as somebody looks; only what answers is timed. Names are those of the contract: others would fill the table.
      const kind = Object.hasOwn(options.table, name) ? options.table[name]?.kind : undefined;
      if (kind !== undefined && kind !== 'stream') options.metrics?.observe(`api ${name}`, performance.now() - startedMs, !succeeded);
    }
    return succeeded;
  };
}

function resultAnswer(result: Result<unknown, AppErrorData>): ReturnType<typeof jsonAnswer> {
  return jsonAnswer(result.ok ? 200 : httpStatus(result.error.code), result);
}

/** The command line says so, and is believed only where nobody but this user can speak. */
function isCli(request: IncomingMessage, door: Door): boolean {
  return door.kind === 'socket' && request.headers['berth-door'] === 'cli';
}

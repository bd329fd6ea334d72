import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ContractEntry } from '@shared/contract/define';
import { errorData } from '@shared/kernel/app-error';
import type { Logger } from '@main/platform/types';
import { endWith, jsonAnswer, refusal, respond, respondUnread, type Answer } from './answers';
import type { EventFeed } from './event-feed';
import { gitopsMessage, gitopsRoute, gitopsSocket, type GitopsRoute } from './gitops-routes';
import { guard, HEALTH_PATHS, pathOf, type Door } from './guard';
import type { ApiLimits } from './limits';

export interface RouterOptions {
  readonly table: { readonly [name: string]: ContractEntry };
  readonly version: string;
  readonly limits: ApiLimits;
  readonly logger: Logger;
  readonly feed: EventFeed;
  readonly tokenMatches: (given: string) => boolean;
  readonly call: (name: string, request: IncomingMessage, response: ServerResponse, door: Door) => Promise<boolean>;
  readonly gitops: (route: GitopsRoute, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  readonly health: () => object;
  readonly metricsPage: () => string;
  readonly isPaused: () => boolean;
  readonly isClosing: () => boolean;
  readonly onAnswered: (what: 'called' | 'failed' | 'refused') => void;
}

export interface Router {
  handle(request: IncomingMessage, response: ServerResponse, door: Door): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, door: Door): void;
}

const PAUSED = 'The local API is paused.';
const EVENTS_PATH = '/v1/events';

/** What each path answers. Both doors have the same routes. */
export function createRouter(options: RouterOptions): Router {
  const reads = new Map<string, (request: IncomingMessage, response: ServerResponse, door: Door) => Promise<void> | void>([
    ...HEALTH_PATHS.map((path) => [path, (_request: IncomingMessage, response: ServerResponse) => respond(response, jsonAnswer(200, options.health()))] as const),
    ['/metrics', (_request, response) => respond(response, { status: 200, body: options.metricsPage(), type: 'text/plain; version=0.0.4; charset=utf-8', headers: {} })],
    ['/v1/openapi.json', (_request, response) => openApi(response)],
    [EVENTS_PATH, listen],
  ]);

  async function openApi(response: ServerResponse): Promise<void> {
    const { openApiDocument } = await import('./openapi');
    respond(response, jsonAnswer(200, openApiDocument(options.version, options.table)));
  }

  function listen(request: IncomingMessage, response: ServerResponse, door: Door): void {
    const since = sinceOf(request);
    if (since === undefined) return respond(response, wrongSince());
    const sse = (request.headers.accept ?? '').split(',').some((type) => type.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream');
    options.feed.listen(request, response, sse ? 'sse' : 'ndjson', since, door);
  }

  /** Why this request gets no further, whatever it asks for. */
  function unavailable(path: string): Answer | null {
    if (HEALTH_PATHS.includes(path)) return null;
    if (options.isClosing()) return refusal(503, 'busy', 'Berth is being closed.', { notTaken: true });
    if (options.isPaused() && !path.startsWith('/v1/runtime.')) return refusal(503, 'busy', PAUSED, { hint: 'berth runtime resume api-server lets it go on.' });
    return null;
  }

  function refuse(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    options.onAnswered('refused');
    respondUnread(request, response, answer, options.limits);
  }

  async function route(request: IncomingMessage, response: ServerResponse, door: Door): Promise<void> {
    const stopped = guard(door, request, options.tokenMatches);
    if (stopped !== null) return refuse(request, response, stopped);
    const path = pathOf(request.url ?? '/');
    const name = /^\/v1\/([a-z][A-Za-z0-9]{0,40}\.[a-z][A-Za-z0-9-]{0,40})$/.exec(path)?.[1];
    const read = reads.get(path);
    const alias = gitopsRoute(path);
    if (read === undefined && name === undefined && alias === null) return refuse(request, response, refusal(404, 'not-found', 'There is nothing at this path.', { hint: 'GET /v1/openapi.json says what there is.' }));
    const allowed = alias?.method ?? (read === undefined ? 'POST' : 'GET');
    if (request.method !== allowed) return refuse(request, response, refusal(405, 'input-invalid', `This path takes ${allowed} only.`, { headers: { allow: allowed } }));
    const busy = unavailable(path);
    if (busy !== null) return refuse(request, response, busy);
    if (read !== undefined) {
      await read(request, response, door);
      options.onAnswered('called');
    } else if (alias !== null) {
      options.onAnswered((await options.gitops(alias, request, response)) ? 'called' : 'failed');
    } else if (name !== undefined) {
      options.onAnswered((await options.call(name, request, response, door)) ? 'called' : 'failed');
    }
  }

  return {
    handle(request, response, door) {
      response.on('error', () => undefined);
      void route(request, response, door).catch((error: unknown) => {
        options.logger.error('A local request failed', { error });
        respond(response, jsonAnswer(500, { ok: false, error: errorData(error) }));
      });
    },
    upgrade(request, socket, head, door) {
      socket.on('error', () => socket.destroy());
      const path = pathOf(request.url ?? '/');
      const since = sinceOf(request);
      const stopped = guard(door, request, options.tokenMatches) ?? upgradeRefusal(request, path) ?? unavailable(path) ?? (since === undefined ? wrongSince() : null);
      if (stopped !== null || since === undefined) {
        options.onAnswered('refused');
        return endWith(socket, stopped ?? wrongSince());
      }
      options.onAnswered('called');
      const project = gitopsSocket(path);
      options.feed.upgrade(request, socket, head, since, door, project === null ? undefined : (event) => gitopsMessage(project, event));
    },
  };
}

function upgradeRefusal(request: IncomingMessage, path: string): Answer | null {
  if (path !== EVENTS_PATH && gitopsSocket(path) === null) return refusal(404, 'not-found', 'Only /v1/events and /ws/gitops/<project> can be a WebSocket.');
  if (request.method !== 'GET') return refusal(405, 'input-invalid', 'This path takes GET only.', { headers: { allow: 'GET' } });
  return request.headers.upgrade?.toLowerCase() === 'websocket' ? null : refusal(400, 'input-invalid', 'The only upgrade is a WebSocket.');
}

/** The number after which to go on; null for none, undefined when what was given is not one. */
function sinceOf(request: IncomingMessage): number | null | undefined {
  // A reader of Server-Sent Events that connects again sends the last number it saw; its address still has the first.
  const last = request.headers['last-event-id'];
  const given = typeof last === 'string' && last !== '' ? last : new URLSearchParams((request.url ?? '').split('?', 2)[1] ?? '').get('since');
  if (given === null) return null;
  return /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}

function wrongSince(): Answer {
  return jsonAnswer(400, { ok: false, error: { code: 'input-invalid', message: '"since" must be a whole number.', details: { field: 'since' } } });
}

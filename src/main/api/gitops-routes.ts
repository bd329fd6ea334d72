import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SequencedEvent } from '@shared/contract/events';
import { duplicateOperations, openDuplicateOperation } from '@shared/domain/gitops/duplicate-operations';
import type { Operation } from '@shared/domain/operations/operation';
import type { AppErrorData } from '@shared/kernel/app-error';
import type { Result } from '@shared/kernel/result';
import type { CallContext, Dispatcher } from '@main/dispatch/types';
import { hasBody, jsonAnswer, refusal, respond, respondUnread, type Answer } from './answers';
import { httpStatus } from './http-status';
import type { ApiLimits } from './limits';
import { readBody } from './read-body';

/** Other names of entries of the contract, for programs that know them by these: `id` is a project's. */
const ROUTES = {
  process_duplicates: 'POST',
  duplicate_status: 'GET',
  resolve_conflicts: 'POST',
} as const;

type RouteName = keyof typeof ROUTES;

/** How long a decision by hand is waited for: a group that has changed since is told at once. */
const DECISION_MS = 20_000;

export interface GitopsRoute {
  readonly name: RouteName;
  readonly project: string;
  readonly method: 'GET' | 'POST';
}

/** The route of a path; null for any other path. */
export function gitopsRoute(path: string): GitopsRoute | null {
  const found = /^\/api\/gitops-file-management\/([A-Za-z0-9_-]{1,64})\/([a-z_]+)\/?$/.exec(path);
  const [, project, name] = found ?? [];
  return project === undefined || name === undefined || !Object.hasOwn(ROUTES, name) ? null : { name: name as RouteName, project, method: ROUTES[name as RouteName] };
}

/** The project whose folder a WebSocket is about; null for any other path. */
export function gitopsSocket(path: string): string | null {
  return /^\/ws\/gitops\/([A-Za-z0-9_-]{1,64})\/?$/.exec(path)?.[1] ?? null;
}

/** An event as a listener of one project hears it, with the number to go on from; null where it is not for it. */
export function gitopsMessage(project: string, { seq, at, event }: SequencedEvent): object | null {
  if (event.type !== 'operation.changed' || event.operation.projectId !== project || duplicateOperations([event.operation]).length === 0) return null;
  const { id, kind, state, progress, result, error } = event.operation;
  const type = kind === 'gitops.scan' ? 'duplicate_detection_update' : 'resolution_progress';
  return { type, seq, at, operation_id: id, state, progress, ...(state === 'succeeded' ? { result } : {}), ...(error === null ? {} : { error }) };
}

/** Answers these routes by calling the contract. Resolves with whether it succeeded. */
export function createGitopsRoutes(options: { readonly dispatcher: Dispatcher; readonly limits: ApiLimits }): (route: GitopsRoute, request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const { dispatcher, limits } = options;
  /** Two that come at once are one. */
  const starting = new Map<string, Promise<Answer>>();

  async function process(project: string, input: object, call: CallContext): Promise<Answer> {
    const operations = await dispatcher.call('operations.list', { project, limit: 500 }, call);
    if (!operations.ok) return failure(operations.error);
    const open = openDuplicateOperation((operations.value as readonly Operation[]).filter((operation) => operation.kind === 'gitops.resolve'));
    if (open !== null) return jsonAnswer(202, { ok: true, value: { operationId: open.id } });
    return started(await dispatcher.call('gitops.resolve', { ...input, project }, call));
  }

  async function decide(project: string, input: object, call: CallContext): Promise<Answer> {
    const begun = await dispatcher.call('gitops.resolve-group', { ...input, project }, call);
    if (!begun.ok) return failure(begun.error);
    const { operationId } = begun.value as { readonly operationId: string };
    const ended = await dispatcher.call('operations.wait', { id: operationId, timeoutMs: DECISION_MS }, call);
    const operation = ended.ok ? (ended.value as Operation) : null;
    if (operation?.error != null && operation.state !== 'running' && operation.state !== 'queued') return failure(operation.error);
    return operation?.state === 'succeeded' ? jsonAnswer(200, { ok: true, value: operation.result }) : started(begun);
  }

  async function answer({ name, project }: GitopsRoute, input: object, call: CallContext): Promise<Answer> {
    if (name === 'duplicate_status') {
      const status = await dispatcher.call('gitops.status', { project }, call);
      return status.ok ? jsonAnswer(200, status) : failure(status.error);
    }
    if (name === 'resolve_conflicts') return decide(project, input, call);
    const running = starting.get(project) ?? process(project, input, call).finally(() => starting.delete(project));
    starting.set(project, running);
    return running;
  }

  return async (route, request, response) => {
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    const body = await readBody(request, limits);
    if (!body.ok) {
      if (hasBody(request)) respondUnread(request, response, body.answer, limits);
      else respond(response, body.answer);
      return false;
    }
    if (typeof body.value !== 'object' || body.value === null || Array.isArray(body.value)) {
      respond(response, refusal(400, 'input-invalid', 'The request is not an object.'));
      return false;
    }
    const made = await answer(route, body.value, { door: 'api', signal: abort.signal });
    respond(response, made);
    return made.status < 400;
  };
}

function started(result: Result<unknown, AppErrorData>): Answer {
  return result.ok ? jsonAnswer(202, result) : failure(result.error);
}

function failure(error: AppErrorData): Answer {
  return jsonAnswer(httpStatus(error.code), { ok: false, error });
}

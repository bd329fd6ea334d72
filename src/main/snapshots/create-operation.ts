import { consistencyChoice } from '@shared/contract/schemas/snapshots';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import { reasonWords } from '@shared/domain/snapshots/words';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { releaseHeld } from './consistency-undo';
import { beginToGather, gather } from './gather';
import { planGathering, seeProject } from './gather-project';
import type { CreateDependencies, CreateRequest } from './gather-types';
import { shownSnapshot } from './status';

const FINISH = 'snapshot.finish';

/**
 * The operation `snapshots.create`. Inside Berth its input may also have `reason` (manual when it is not there), `before` (the operation it is made
 * before, which then holds the project's lock) and `volumes: false` (files, settings, images and containers only).
 */
export function createOperation(deps: CreateDependencies): OperationKind {
  return {
    kind: 'snapshots.create',
    async prepare(input) {
      const request = requestOf(input);
      const seen = await seeProject(deps, textOf(input, 'project'));
      const { holds } = planGathering(seen, request, await deps.notes.settings(seen.project.id));
      // Files can be kept of any folder; what the engine has is only read for a project that may do something there.
      if (holds.length > 0 && seen.authorization.trustedFactKeys === null) throw untrusted(seen.project.name);
      return { ...inputOf(request), project: seen.project.id, name: seen.project.name };
    },
    prepareWithoutEngine: (input) => unseen(deps, input),
    // The operation that waits for it has the key of the project.
    key: (input) => `${typeof input['before'] === 'string' ? 'snapshot' : 'project'}:${textOf(input, 'project')}`,
    title: (input) => {
      const { reason } = requestOf(input);
      return reason === 'manual' ? `Snapshot of ${String(input['name'])}` : `Snapshot of ${String(input['name'])}: ${reasonWords(reason)}`;
    },
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    rollback: (context, input) => rollBack(deps, context, input),
    finish: (context, input) => finish(deps, context, input),
  };
}

async function unseen(deps: Pick<CreateDependencies, 'projects'>, input: JsonObject): Promise<JsonObject> {
  const project = await deps.projects.resolve(textOf(input, 'project'));
  return { ...inputOf(requestOf(input)), project: project.id, name: project.name };
}

function untrusted(name: string): AppError {
  return new AppError('trust-required', `${name} is not trusted yet, so its volumes are not read.`, { hint: 'Look at what it asks for, then trust it: `berth projects trust .`' });
}

async function run(deps: CreateDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const request = requestOf(input);
  const projectId = textOf(input, 'project');
  const { dir } = await deps.projects.resolve(projectId);
  const name = request.repository ?? (await deps.repositories.chosen(projectId));
  const lock = request.before === null ? await deps.lock(dir) : null;
  try {
    const repository = await deps.repositories.open(projectId, name);
    const { writer, look } = await beginToGather(deps, repository, projectId, context.signal);
    let ended: Promise<void> = Promise.resolve();
    try {
      const gathered = await gather(deps, { context, request, repository, name, writer, look });
      ended = gathered.ended;
      const { manifest } = gathered;
      const { id } = manifest;
      context.progress({ message: 'Storing it' });
      const storedBytes = await context.effect(FINISH, { id, repository: name }, () => writer.finish(manifest));
      await ended;
      await context.commit();
      await deps.notes.made(projectId, name, id, storedBytes);
      return resultOf(context.operationId, name, manifest, storedBytes);
    } finally {
      await ended;
      // After a finish there is nothing left of it to remove.
      await writer.abandon();
    }
  } finally {
    lock?.dispose();
  }
}

/** Everything goes on, and a snapshot that was whole already is none: either both its end and its operation's are on record, or it is not there. */
async function rollBack(deps: CreateDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  const projectId = textOf(input, 'project');
  await releaseHeld(deps.engine.as(await deps.projects.authorization(projectId)), context);
  for (const record of context.records) {
    if (record.name !== FINISH || record.undone) continue;
    const repository = await deps.repositories.open(projectId, String(record.intent['repository']));
    await context.effect('snapshot.remove', { id: String(record.intent['id']), undoes: record.seq }, async () => {
      await repository.remove(String(record.intent['id'])).catch((error: unknown) => {
        if (!(error instanceof AppError && error.code === 'not-found')) throw error;
      });
      return null;
    });
  }
}

/** It is whole: what is missing is that it is remembered. */
async function finish(deps: CreateDependencies, context: RecoveryContext, input: JsonObject): Promise<Json> {
  const projectId = textOf(input, 'project');
  const record = context.records.findLast((one) => one.name === FINISH);
  if (record === undefined) throw new AppError('needs-attention', 'The journal of this snapshot does not say which one it was.', { hint: 'Look at the list of snapshots; make another one when it is not there.' });
  await releaseHeld(deps.engine.as(await deps.projects.authorization(projectId)), context);
  const name = String(record.intent['repository']);
  const manifest = await (await deps.repositories.open(projectId, name)).manifest(String(record.intent['id']));
  const storedBytes = typeof record.result === 'number' ? record.result : 0;
  await deps.notes.made(projectId, name, manifest.id, storedBytes);
  return resultOf(context.operationId, name, manifest, storedBytes);
}

function resultOf(operationId: string, name: string, manifest: Parameters<typeof shownSnapshot>[0]['manifest'], storedBytes: number): Json {
  const shown = shownSnapshot({ name, manifest, pinned: false }, { projectId: manifest.project.id, storedBytes, verified: null });
  return { ...(shown as unknown as JsonObject), operationId };
}

/** Reads a stored input, or one that a door or Berth itself gives. */
function requestOf(input: JsonObject): CreateRequest {
  const text = (name: string): string | null => (typeof input[name] === 'string' ? (input[name] as string) : null);
  const only = textsOf(input, 'only');
  return {
    tag: text('tag'),
    reason: text('reason') ?? 'manual',
    before: text('before'),
    volumes: input['volumes'] !== false,
    only: only.length === 0 ? null : only,
    binds: textsOf(input, 'binds'),
    buckets: textsOf(input, 'buckets'),
    consistency: input['consistency'] === undefined || input['consistency'] === null ? null : consistencyChoice.parse(input['consistency']),
    repository: text('repository'),
  };
}

function inputOf(request: CreateRequest): JsonObject {
  const { tag, reason, before, volumes, only, binds, buckets, consistency, repository } = request;
  return { tag, reason, before, volumes, only: only ?? [], binds, buckets, consistency, repository };
}

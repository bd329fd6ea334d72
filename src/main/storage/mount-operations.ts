import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { OperationKind, RecoveryContext } from '@main/operations/types';
import type { Projects } from '@main/projects/types';
import type { Mounts, StepContext, StorageStatus } from './types';

/** What the operations on mounts work with. */
export interface MountOperationDependencies {
  readonly mounts: Pick<Mounts, 'remount' | 'refresh'>;
  readonly projects: Pick<Projects, 'resolve'>;
  readonly status: (projectId: string) => Promise<StorageStatus>;
}

/** The operation `storage.remount`: unmounts and mounts again while consumers keep running. What is cut off in the middle the supervisor finishes. */
export function remountOperation(deps: MountOperationDependencies): OperationKind {
  return {
    kind: 'storage.remount',
    prepare: (input) => prepared(deps, input),
    key: (input) => `project:${textIn(input, 'project')}`,
    title: (input) => (input['mount'] === undefined ? 'Mount all buckets again' : `Mount ${textIn(input, 'mount')} again`),
    projectId: (input) => textIn(input, 'project'),
    async run(context, input) {
      const projectId = textIn(input, 'project');
      await deps.mounts.remount(context, projectId, typeof input['mount'] === 'string' ? input['mount'] : null);
      await context.commit();
      return { operationId: context.operationId, status: { ...(await deps.status(projectId)) } };
    },
    rollback: (context, input) => bringBack(deps, context, input),
    finish: async (context, input) => ({ operationId: context.operationId, status: { ...(await deps.status(textIn(input, 'project'))) } }),
  };
}

/** The operation `storage.refresh`: mounts show at once what changed in their buckets. */
export function refreshOperation(deps: MountOperationDependencies): OperationKind {
  return {
    kind: 'storage.refresh',
    prepare: (input) => prepared(deps, input),
    // It changes nothing of the project, so it waits for nothing of it either.
    key: (input) => `storage.refresh:${textIn(input, 'project')}`,
    title: () => 'Show what changed in the buckets',
    projectId: (input) => textIn(input, 'project'),
    async run(context, input) {
      const began = performance.now();
      const refreshed = await deps.mounts.refresh(textIn(input, 'project'), typeof input['mount'] === 'string' ? input['mount'] : null, []);
      await context.commit();
      return { operationId: context.operationId, refreshed: [...refreshed], tookMs: Math.round(performance.now() - began) };
    },
    rollback: () => Promise.resolve(),
    finish: (context) => Promise.resolve({ operationId: context.operationId, refreshed: [], tookMs: 0 }),
  };
}

/** A crash may have come between the old container and the new one: then nothing else would make it. */
async function bringBack(deps: MountOperationDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  if (context.reason !== 'crashed' || !context.records.some(({ name }) => name === 'mount.remount')) return;
  const { signal } = new AbortController();
  const step: StepContext = { operationId: context.operationId, signal, effect: (name, intent, act) => context.effect(name, intent, act), note: () => Promise.resolve(), progress: (change) => context.progress(change), log: (text, service) => context.log(text, service), records: () => context.records };
  await deps.mounts.remount(step, textIn(input, 'project'), typeof input['mount'] === 'string' ? input['mount'] : null);
}

async function prepared(deps: MountOperationDependencies, input: JsonObject): Promise<JsonObject> {
  const project = await deps.projects.resolve(textIn(input, 'project'));
  return { ...input, project: project.id };
}

function textIn(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value === 'string') return value;
  throw new AppError('input-invalid', `"${name}" is missing.`);
}

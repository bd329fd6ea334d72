import { extname } from 'node:path';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import type { Projects } from '@main/projects/types';
import type { S3Server } from '@main/storage/types';
import type { Engines } from './engines';
import type { KeptFiles } from '@main/platform/kept-files';
import { mustBeTrusted, prefixOf, workspacesPlace, type PlaceDependencies } from './place';
import type { RememberedConflict, SyncMemory } from './sync-memory';

/** What settling a conflict works with. */
export interface ResolveDependencies extends PlaceDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly s3: Pick<S3Server, 'place' | 'door'>;
  readonly engines: Pick<Engines, 'run'>;
  readonly memory: SyncMemory;
  readonly files: KeptFiles;
  readonly now: () => Date;
  readonly changed: (projectId: string) => void;
}

/**
 * The operation `workspaces.resolve`. `local`: the object is overwritten while it is still the one that was seen. `remote`: the file here is moved
 * aside and the object takes its place. `both`: the object is stored beside the file under a name that says so. Whatever fails is put back.
 */
export function resolveOperation(deps: ResolveDependencies): OperationKind {
  return {
    kind: 'workspaces.resolve',
    needsEngine: false,
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      mustBeTrusted(project);
      const key = textOf(input, 'key');
      await conflictOf(deps, project.id, key);
      return { project: project.id, key, keep: textOf(input, 'keep') };
    },
    key: (input) => `workspaces-sync:${textOf(input, 'project')}`,
    title: (input) => `Settle ${textOf(input, 'key')}: keep ${textOf(input, 'keep')}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    rollback: (context, input) => putBack(deps, context, input),
    finish: (context, input) => Promise.resolve({ operationId: context.operationId, key: textOf(input, 'key'), kept: [] }),
  };
}

async function conflictOf(deps: Pick<ResolveDependencies, 'memory'>, projectId: string, key: string): Promise<RememberedConflict> {
  const all = (await deps.memory.of(projectId)).conflicts;
  const found = all.find((one) => one.key === key);
  if (found === undefined) throw new AppError('not-found', `There is no conflict about ${key}.`, { hint: all.length === 0 ? 'There are none at all.' : `There are: ${all.slice(0, 5).map((one) => one.key).join(', ')}.` });
  return found;
}

async function run(deps: ResolveDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const project = await deps.projects.resolve(textOf(input, 'project'));
  const key = textOf(input, 'key');
  const keep = textOf(input, 'keep');
  const conflict = await conflictOf(deps, project.id, key);
  const place = await workspacesPlace(deps, project, undefined);
  const kept: string[] = [];
  if (keep !== 'local' && conflict.remoteBytes !== null) {
    const target = keep === 'both' ? besideName(key, deps.now()) : key;
    if (keep === 'remote') await moveAside(deps, context, place.root, key);
    await context.effect('workspaces.fetch', { root: place.root, key, target }, async () => {
      const door = await deps.s3.door(project.id);
      try {
        await deps.files.fill(place.root, target, (path) => door.download(place.bucket, `${prefixOf(place)}${key}`, path, undefined, () => undefined, context.signal));
      } finally {
        door.close();
      }
      return null;
    });
    kept.push(target);
  } else if (keep === 'remote') {
    // The object is gone there: keeping that side takes the file away.
    await moveAside(deps, context, place.root, key);
  }
  if (keep !== 'remote') kept.unshift(key);
  const request = { workspace: key.split('/')[0] ?? null, verify: true, keepLocal: [{ key, etag: conflict.etag ?? '' }] };
  await context.effect('workspaces.send', { bucket: place.bucket, key }, async () => {
    const report = await deps.engines.run({ project }, request, (progress) => context.progress({ bytes: { done: progress.bytesSent } }), context.signal);
    if (report.conflicts.some((one) => one.key === key)) throw new AppError('blocked', `${key} was changed in the bucket again meanwhile, so nothing was overwritten.`, { hint: 'Look at it once more: berth workspaces conflicts' });
    await deps.memory.keep(project.id, report, request.workspace);
    return null;
  });
  await deps.memory.settle(project.id, key);
  await context.commit();
  deps.changed(project.id);
  return { operationId: context.operationId, key, kept };
}

async function moveAside(deps: ResolveDependencies, context: OperationContext, root: string, key: string): Promise<void> {
  await context.effect('workspaces.aside', { root, key, operation: context.operationId }, async () => {
    await deps.files.moveAside(root, key, context.operationId);
    return null;
  });
  context.log(`The file that was here is kept for 30 days: ${deps.files.placeOf(context.operationId, key)}`);
}

async function putBack(deps: ResolveDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  for (const record of [...context.records].reverse()) {
    if (record.undone) continue;
    const { root, key, target } = record.intent;
    if (record.name === 'workspaces.fetch') await context.effect('workspaces.unfetch', { undoes: record.seq }, async () => (await deps.files.removeFile(String(root), String(target)), null));
    if (record.name === 'workspaces.aside') await context.effect('workspaces.unaside', { undoes: record.seq }, async () => (await deps.files.bringBack(String(root), String(key), context.operationId), null));
  }
  deps.changed(textOf(input, 'project'));
}

/** `api/app.js` is `api/app.conflict-20260102-030405.js`. */
function besideName(key: string, now: Date): string {
  const extension = extname(key);
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${key.slice(0, key.length - extension.length)}.conflict-${stamp}${extension}`;
}

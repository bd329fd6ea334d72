import { textOf } from '@shared/domain/operations/operation-input';
import { haltWords, skippedWords } from '@shared/domain/workspaces/words';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind } from '@main/operations/types';
import type { Project } from '@shared/domain/projects/project';
import type { Projects } from '@main/projects/types';
import type { S3Server } from '@main/storage/types';
import type { SyncProgress, SyncReport as EngineReport, SyncRequest } from './engine-types';
import type { Engines } from './engines';
import { mustBeTrusted, workspacesPlace, type PlaceDependencies } from './place';
import type { SyncMemory } from './sync-memory';
import type { SyncReport } from './types';
import { knownWorkspace } from './workspace-folders';

/** What a sync works with. */
export interface SyncOperationDependencies extends PlaceDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly s3: Pick<S3Server, 'place' | 'door' | 'ensureOwnBucket'>;
  readonly engines: Pick<Engines, 'run'>;
  readonly memory: SyncMemory;
  /** Rejects with `busy` while something beside Berth sends the workspaces of the project. */
  readonly alone: (project: Project) => Promise<void>;
  /** Has the watch go on with the keys and the place of the store as they are now: a run shares its engine. */
  readonly settled: () => Promise<void>;
  /** Something was sent or removed: mounts show it, containers take it. */
  readonly applied: (projectId: string, report: EngineReport) => Promise<void>;
  readonly changed: (projectId: string) => void;
}

const NOTES_SHOWN = 50;

/** The operation `workspaces.sync`. A run that was cut is completed by the next one: there is nothing to take back. */
export function syncOperation(deps: SyncOperationDependencies): OperationKind {
  return {
    kind: 'workspaces.sync',
    // An external store needs no engine; the local one says itself when it does not run.
    needsEngine: false,
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      mustBeTrusted(project);
      await deps.alone(project);
      const name = optionalText(input, 'name');
      const root = optionalText(input, 'root');
      const place = await workspacesPlace(deps, project, root);
      if (name !== undefined) await knownWorkspace(place.root, name);
      await deps.s3.place(project.id);
      return { ...input, project: project.id };
    },
    key: (input) => `workspaces-sync:${textOf(input, 'project')}`,
    title: (input) => (optionalText(input, 'name') === undefined ? 'Sync all workspaces' : `Sync ${textOf(input, 'name')}`),
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    rollback: () => Promise.resolve(),
    finish: (context) => Promise.resolve(context.records.find((one) => one.name === 'workspaces.synced')?.intent ?? { operationId: context.operationId, workspaces: [], traffic: { puts: 0, lists: 0, heads: 0, deletes: 0, bytesSent: 0 }, notes: [] }),
  };
}

async function run(deps: SyncOperationDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const project = await deps.projects.resolve(textOf(input, 'project'));
  const root = optionalText(input, 'root');
  const workspace = optionalText(input, 'name') ?? null;
  const place = await workspacesPlace(deps, project, root);
  await deps.s3.ensureOwnBucket(context, project.id, place.bucket);
  if (!(await deps.memory.of(project.id)).hasSynced) await keepVersions(deps, context, project.id, place.bucket);
  await deps.settled();
  const request: SyncRequest = { workspace, verify: input['verify'] === true, approve: optionalText(input, 'approve') };
  let report: EngineReport | undefined;
  await context.effect('workspaces.send', { bucket: place.bucket, workspace }, async () => {
    report = await deps.engines.run({ project, root }, request, (progress) => context.progress({ message: progressWords(progress), bytes: { done: progress.bytesSent } }), context.signal);
    await deps.memory.keep(project.id, report, workspace);
    return null;
  });
  deps.changed(project.id);
  if (report === undefined) throw new AppError('internal', 'The sync ended without a report.');
  await deps.applied(project.id, report);
  const shown = shownReport(context.operationId, report);
  for (const note of shown.notes) context.log(note);
  if (report.halt !== null) {
    const words = haltWords(report.halt, report.approval);
    throw new AppError('blocked', words.message, { hint: words.hint, details: { reason: report.halt.reason, approval: report.approval } });
  }
  await context.note('workspaces.synced', shown as unknown as JsonObject);
  await context.commit();
  context.progress({ message: summary(shown) });
  return shown as unknown as Json;
}

/** Deletions are mirrored: old versions are what brings something back. Switched on once; who switches it off is not overruled. */
async function keepVersions(deps: SyncOperationDependencies, context: OperationContext, projectId: string, bucket: string): Promise<void> {
  const door = await deps.s3.door(projectId);
  try {
    if ((await door.versioning(bucket, context.signal)) !== 'off') return;
    await context.effect('workspaces.versions', { bucket }, async () => (await door.setVersioning(bucket, true, context.signal), null));
    context.log(`${bucket} keeps old versions from now on: berth buckets versioning ${bucket} --enabled=false ends it.`);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'cancelled') throw error;
    context.log(`This server keeps no old versions: ${error.message}`);
  } finally {
    door.close();
  }
}

/** The engine's report as the doors show it. */
export function shownReport(operationId: string, report: EngineReport): SyncReport {
  const conflictsOf = (name: string): number => report.conflicts.filter((one) => one.key.startsWith(`${name}/`)).length;
  const notes = report.skipped.slice(0, NOTES_SHOWN).map((one) => skippedWords(one.key, one.reason));
  if (report.skippedCount > notes.length) notes.push(`${String(report.skippedCount - notes.length)} more are not sent.`);
  if (report.deletesDeferred > 0) notes.push(`${String(report.deletesDeferred)} removals wait until everything is sent.`);
  if (report.sizeOnly) notes.push('Only sizes were compared: an edit that keeps the size is not seen.');
  if (report.conflicts.length > 0) notes.push(`${String(report.conflicts.length)} ${report.conflicts.length === 1 ? 'object was' : 'objects were'} changed by somebody else and left alone: berth workspaces conflicts.`);
  return {
    operationId,
    workspaces: report.workspaces.map(({ name, uploaded, deleted, unchanged, bytesSent, durationMs, excluded }) => ({ name, uploaded, deleted, unchanged, bytesSent, durationMs: Math.round(durationMs), excluded: excluded.files + excluded.folders, conflicts: conflictsOf(name) })),
    traffic: { ...report.requests, bytesSent: report.workspaces.reduce((sum, one) => sum + one.bytesSent, 0) },
    notes,
  };
}

function summary(report: SyncReport): string {
  const uploaded = report.workspaces.reduce((sum, one) => sum + one.uploaded, 0);
  const deleted = report.workspaces.reduce((sum, one) => sum + one.deleted, 0);
  return `Synced ${String(uploaded)} ${uploaded === 1 ? 'file' : 'files'}${deleted === 0 ? '' : `, removed ${String(deleted)}`}`;
}

function progressWords(progress: SyncProgress): string {
  switch (progress.phase) {
    case 'scanning':
      return `Looking through ${String(progress.seen)} files`;
    case 'sending':
      return `${String(progress.uploaded)} files sent`;
    case 'removing':
      return `${String(progress.deleted)} objects removed`;
    case 'verifying':
      return 'Comparing with the bucket';
  }
}

function optionalText(input: JsonObject, name: string): string | undefined {
  const value = input[name];
  return typeof value === 'string' ? value : undefined;
}

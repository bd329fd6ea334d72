import { restoreScope } from '@shared/domain/snapshots/restore-scope';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import { asPart } from '@main/operations/part-of';
import { CONTAINERS_NOTE, type EffectRecord, type OperationContext, type OperationKind, type RecoveryContext } from '@main/operations/types';
import { stepsOf } from './plan-restore';
import { putBuckets, putBucketsBack } from './restore-buckets';
import { putFiles, putFilesBack, restoreFilesPlan } from './restore-files';
import { foldersPutAside, mergeFolders, removeStagedFolders, stageFolders, undoFolders, type StagedFolder } from './restore-folders';
import { lookAtFiles, lookAtRestore } from './restore-look';
import { bringImages, endStopsUnderWay, heldBefore, holdContainers, putTagsBack, restorePolicies, startHeld, type HeldContainer } from './restore-services';
import { knownProject, restoreTarget } from './restore-target';
import type { RestoreDependencies, RestoreLook, RestoreTarget } from './restore-types';
import { createMissing, endProgramsLeft, exchangeVolumes, identitiesOf, putAside, removeEmptied, stageVolumes, undoVolumes, type StagedVolume, type VolumeRecovery, type VolumeWork } from './restore-volumes';
import type { KeptFirst } from './types';

/** What finishing needs: the result as far as it is known before the commit. */
const PREPARED_NOTE = 'restore.prepared';
const SETTINGS = 'settings.write';
const STEPS = 6;

/** The operation `snapshots.restore`: verified and staged before anything changes, exchanged under the journal, kept only when it gets healthy. */
export function restoreOperation(deps: RestoreDependencies): OperationKind {
  return {
    kind: 'snapshots.restore',
    prepare: (input) => prepare(deps, input),
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `Restore ${textOf(input, 'name')} from the snapshot of ${textOf(input, 'of')}`,
    projectId: (input) => textOf(input, 'project'),
    async plan(input) {
      const known = await knownProject(deps, textOf(input, 'project'));
      const found = await deps.repositories.find(known.id, textOf(input, 'id'));
      return restoreFilesPlan(known.dir, found.manifest.id, await lookAtFiles(deps, restoreTarget(known, found), found, onlyOf(input)));
    },
    run: (context, input) => run(deps, context, input),
    rollback: (context, input) => rollBack(deps, context, input),
    finish: (context, input) => finish(deps, context, input),
  };
}

async function prepare(deps: RestoreDependencies, input: JsonObject): Promise<JsonObject> {
  const known = await knownProject(deps, textOf(input, 'project'));
  const found = await deps.repositories.find(known.id, typeof input['id'] === 'string' ? input['id'] : 'last-good');
  const { manifest } = found;
  const only = onlyOf(input);
  const scope = restoreScope(manifest, only);
  if (scope.parts.some((one) => one.kind !== 'files' && one.kind !== 'settings' && one.kind !== 'bucket') && known.trustedFactKeys === null) {
    throw new AppError('trust-required', 'This project is not trusted yet, so nothing of it is started or filled.', { hint: 'Bring back only its files (`--only files`), look at what they ask for, then trust it: `berth projects trust .`.' });
  }
  const target = restoreTarget(known, found);
  const brings = scope.services === 'all' && manifest.mode !== null && manifest.mode !== 'mixed' && manifest.health !== 'stopped';
  return { project: known.id, name: target.name, dir: target.dir, id: manifest.id, of: manifest.createdAt.slice(0, 16).replace('T', ' '), force: input['force'] === true, ...(only === null ? {} : { only: [...only] }), ...(brings ? { mode: manifest.mode } : {}) };
}

function onlyOf(input: JsonObject): readonly string[] | null {
  return Array.isArray(input['only']) && input['only'].length > 0 ? input['only'].map(String) : null;
}

interface Restore {
  readonly deps: RestoreDependencies;
  readonly context: OperationContext;
  readonly look: RestoreLook;
  readonly engine: Engine;
  readonly beganAt: number;
  readonly folders: readonly StagedFolder[];
}

async function run(deps: RestoreDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const beganAt = deps.clock.monotonic();
  context.progress({ step: 0, of: STEPS, message: 'Comparing' });
  const known = await knownProject(deps, textOf(input, 'project'));
  const found = await deps.repositories.find(known.id, textOf(input, 'id'));
  const target = restoreTarget(known, found);
  const lock = await deps.lock(target.dir);
  try {
    const look = await lookAtRestore(deps, known, target, found, { only: onlyOf(input), force: input['force'] === true }, context.signal);
    refuse(look);
    const engine = deps.engine.as(target.authorization);
    const before = await keepWhatIsThere(deps, context, look);
    const work: VolumeWork = { program: deps.volumeProgram(target.authorization), dialect: deps.dialect, clock: deps.clock, engine, context, target, snapshotId: found.manifest.id };
    context.progress({ step: 1, message: 'Staging' });
    const changing = look.volumes.filter((one) => one.action === 'replace' || one.action === 'create');
    const [staged, folders] = await found.repository.reading(async (reader) => [await stageVolumes(work, reader, changing), await stageFolders(work, reader, look.folders.filter((one) => one.action === 'replace'))] as const);
    return await change({ deps, context, look, engine, beganAt, folders }, work, staged, before);
  } finally {
    lock.dispose();
  }
}

function refuse({ findings, found, files, mode }: RestoreLook): void {
  if (found.foreign && mode !== null && files.some((one) => one.action !== 'same')) {
    throw new AppError('trust-required', 'This snapshot was not made by this Berth, so nothing of it is started from files that nobody has looked at.', { hint: 'Bring back only its files first (`--only files`), look at them, trust the project, then restore the rest.' });
  }
  const errors = findings.filter((one) => one.severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  throw new AppError('blocked', errors.length === 1 ? first.message : `${String(errors.length)} things stand in the way: ${errors.map((one) => one.message).join(' ')}`, { hint: first.hint, details: { findings: findings as unknown as Json } });
}

/**
 * A snapshot of what is replaced; none where nothing would be lost. One that cannot be made is said and does not stop a restore, which may be there to mend just that: files that it replaces are in
 * its backup, and volumes stay aside for a while. Where they would not, there would be nothing left of what they hold, so it stops.
 */
async function keepWhatIsThere(deps: RestoreDependencies, context: OperationContext, look: RestoreLook): Promise<KeptFirst> {
  const { projectId } = look.target;
  const volumes = look.volumes.some((one) => one.action === 'replace');
  const settings = look.settings !== null && !sameJson(look.settings.now, look.settings.then);
  if (!volumes && !settings && look.files.every((one) => one.action === 'same' || one.action === 'create')) return { id: null, failed: null };
  context.progress({ message: 'Keeping what is there now' });
  const kept = await context.effect('snapshot.before', { project: projectId, volumes }, async () => ({
    ...(await deps.snapshotFirst({ projectId, operationId: context.operationId, reason: 'snapshots.restore', volumes }, context.signal, (text) => context.log(text))),
  }));
  if (kept.failed !== null && volumes && (await deps.notes.settings(projectId)).retention.keepReplacedHours === 0) {
    throw new AppError('blocked', `What is there now could not be kept in a snapshot, and what volumes held is not kept aside either, so nothing was changed: ${kept.failed}`, { hint: 'Have it kept aside: `berth snapshots configure --keep-replaced-hours 24`. Then restore again.' });
  }
  return kept;
}

function warningsOf({ failed }: KeptFirst): readonly string[] {
  return failed === null ? [] : [`What was there before is in no snapshot: ${failed} Files that were replaced are in the backup of this restore, and contents of volumes were put aside.`];
}

/** From here on things change; a failure before the commit brings every one of them back. */
async function change(restore: Restore, work: VolumeWork, staged: readonly StagedVolume[], before: KeptFirst): Promise<Json> {
  const { deps, context, look, engine } = restore;
  const { target } = look;
  context.progress({ step: 2, message: 'Putting files back' });
  await putFiles(deps, context, target, look.files);
  await look.found.repository.reading((reader) => putBuckets(deps, context, reader, target.projectId, look.scope.parts.filter((one) => one.kind === 'bucket')));
  if (look.settings !== null && !sameJson(look.settings.now, look.settings.then)) {
    const { now, then } = look.settings;
    await context.effect(SETTINGS, { before: now }, async () => (await deps.settings.write(target.projectId, then), null));
  }
  const compose = look.mode === null ? null : await loadTrusted(deps, target, look.mode);
  context.progress({ step: 3, message: 'Looking at images' });
  const images = compose === null || look.mode === null ? {} : await bringImages(context, engine, compose, look.mode, look.images);
  await createMissing(work, staged, await models(deps, target));
  const identities = await identitiesOf(work, staged);
  await context.note(PREPARED_NOTE, { snapshotId: look.found.manifest.id, mode: look.mode, steps: stepsOf(look) as unknown as Json, before: before.id, warnings: [...warningsOf(before)] });

  context.progress({ step: 4, message: 'Exchanging volumes' });
  const downAt = deps.clock.monotonic();
  const held = await holdContainers(context, engine, look.stopping, new Date(deps.clock.now()).toISOString());
  await exchangeVolumes(work, staged, identities);
  await mergeFolders(work, restore.folders);
  await restorePolicies((name, intent, act) => context.effect(name, intent, act), engine, held);
  context.progress({ step: 5, message: 'Starting' });
  const ownDowntimeMs = await bringUp(restore, compose, images, held);
  const downtimeMs = held.length === 0 ? ownDowntimeMs : Math.round(deps.clock.monotonic() - downAt);
  await settle(deps, { program: work.program, engine, context, records: context.records(), target }, target.projectId);
  context.progress({ step: STEPS, message: 'Done' });
  return resultOf(context.operationId, context.records(), target, downtimeMs, Math.round(deps.clock.monotonic() - restore.beganAt));
}

/** The mode as the restored files say it. Rejects with `trust-required` where they ask for what nobody agreed to, or `blocked`, before anything is stopped. */
async function loadTrusted(deps: RestoreDependencies, target: RestoreTarget, mode: string): Promise<LoadedCompose> {
  const { compose, untrustedFacts } = await deps.projects.loadMode(target.projectId, mode);
  if (untrustedFacts.length > 0) {
    throw new AppError('trust-required', `The files of the snapshot ask for what this project is not trusted with: ${untrustedFacts.map((one) => one.text).join(' ')}`, { hint: 'Bring back only the files (`--only files`), trust the project, then restore the rest.', details: { facts: untrustedFacts.map((one) => ({ ...one })) } });
  }
  return compose;
}

async function models(deps: RestoreDependencies, target: RestoreTarget): Promise<readonly LoadedCompose[]> {
  return Object.values(await deps.projects.loadModes(target.projectId).catch((error: unknown) => {
    if (error instanceof AppError) return {};
    throw error;
  }));
}

/** Brings the mode of the snapshot up, or starts again what was stopped; commits once all of it is well. Resolves with how long a service was away by that. */
async function bringUp({ deps, context, look, engine }: Restore, compose: LoadedCompose | null, images: { readonly [service: string]: string }, held: readonly HeldContainer[]): Promise<number> {
  const { target, mode, scope, stopsAll } = look;
  if (compose === null || mode === null) {
    if (!stopsAll) await startHeld((name, intent, act) => context.effect(name, intent, act), engine, held, context.signal);
    await context.commit();
    return 0;
  }
  const { containers } = await deps.engine.observe(target.name, []);
  const all = [...new Set([...Object.keys(compose.model.services), ...containers.filter((one) => !one.oneOff).map((one) => one.service)])];
  const chosen = scope.services === 'all' ? all : [...new Set([...scope.services, ...held.map((one) => one.service)])];
  // An undo of the files takes the containers along.
  if (look.files.some((one) => one.action !== 'same')) await context.note(CONTAINERS_NOTE, { services: chosen });
  // It commits there, once everything is healthy.
  const switched = await deps.remaker.remake(asPart(context), { projectId: target.projectId, mode, services: chosen, recreate: [], images });
  const services = (switched as { readonly services?: readonly { readonly downtimeMs: number }[] } | null)?.services ?? [];
  return Math.max(0, ...services.map((one) => one.downtimeMs));
}

/** In reverse: containers as the switch left them, names of images, contents of volumes, settings, files; then what ran runs again. */
async function rollBack(deps: RestoreDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  const projectId = textOf(input, 'project');
  if (deps.remaker.began(context.records)) await deps.remaker.rollBack(context, projectId);
  const work = await recoveryOf(deps, context, input);
  if (context.reason === 'crashed') await endProgramsLeft(work);
  await endStopsUnderWay(context, work.engine);
  await undoVolumes(work);
  await undoFolders(work);
  await putTagsBack(context, work.engine);
  for (const record of context.records) {
    if (record.name !== SETTINGS || record.undone) continue;
    await context.effect('settings.put-back', { undoes: record.seq }, async () => (await deps.settings.write(projectId, record.intent['before'] as JsonObject), null));
  }
  await putBucketsBack(deps, context, projectId);
  await putFilesBack(deps, context);
  const held = heldBefore(context.records)?.containers ?? [];
  const effect: OperationContext['effect'] = (name, intent, act) => context.effect(name, intent, act);
  await restorePolicies(effect, work.engine, held);
  await startHeld(effect, work.engine, held, new AbortController().signal);
}

async function recoveryOf(deps: RestoreDependencies, context: RecoveryContext, input: JsonObject): Promise<VolumeRecovery> {
  const stored = (await deps.store.listProjects()).find((one) => one.id === textOf(input, 'project'));
  const target = { name: textOf(input, 'name'), dir: textOf(input, 'dir') };
  const authorization = { projectDir: target.dir, projectName: target.name, trustedFactKeys: stored?.trustedFacts ?? [] };
  return { program: deps.volumeProgram(authorization), engine: deps.engine.as(authorization), context, records: context.records, target };
}

async function finish(deps: RestoreDependencies, context: RecoveryContext, input: JsonObject): Promise<Json> {
  const mode = prepared(context.records)?.['mode'];
  if (typeof mode === 'string' && deps.remaker.began(context.records)) await deps.remaker.finish(context, { projectId: textOf(input, 'project'), mode });
  const work = await recoveryOf(deps, context, input);
  await settle(deps, work, textOf(input, 'project'));
  const held = heldBefore(context.records);
  const downtimeMs = held === null || held.containers.length === 0 ? 0 : deps.clock.now() - Date.parse(held.at);
  return resultOf(context.operationId, context.records, { projectId: textOf(input, 'project'), ...work.target }, downtimeMs, downtimeMs);
}

/** After the commit: what holds nothing of before goes, what does is noted, so that it goes when its time is over. */
async function settle(deps: RestoreDependencies, work: VolumeRecovery, projectId: string): Promise<void> {
  await removeEmptied(work);
  await removeStagedFolders(work);
  const snapshotId = prepared(work.records)?.['snapshotId'];
  for (const one of [...putAside(work.records), ...foldersPutAside(work.records)]) await deps.notes.replaced(projectId, { ...one, snapshotId: typeof snapshotId === 'string' ? snapshotId : null });
}

function prepared(records: readonly EffectRecord[]): JsonObject | null {
  return records.findLast((one) => one.name === PREPARED_NOTE)?.intent ?? null;
}

function resultOf(operationId: string, records: readonly EffectRecord[], target: Pick<RestoreTarget, 'projectId' | 'name' | 'dir'>, downtimeMs: number, durationMs: number): Json {
  const note = prepared(records) ?? {};
  return { operationId, snapshotId: note['snapshotId'] ?? '', project: { id: target.projectId, name: target.name, dir: target.dir }, mode: note['mode'] ?? null, steps: note['steps'] ?? [], before: note['before'] ?? null, warnings: note['warnings'] ?? [], downtimeMs, durationMs };
}

function sameJson(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

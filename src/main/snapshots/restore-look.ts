import { SETTINGS_NAMES } from '@shared/domain/compose/find-modes';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { isAlive, isOfFolder } from '@shared/domain/modes/active-mode';
import { isAnonymousVolume } from '@shared/domain/modes/naming';
import type { FileOwned } from '@shared/domain/operations/backup';
import { databaseOf } from '@shared/domain/snapshots/databases';
import { fileAction, filesInTheWay } from '@shared/domain/snapshots/restore-files';
import { imageSource, restoreFindings } from '@shared/domain/snapshots/restore-findings';
import { factRows, restoreScope, type RestoreScope } from '@shared/domain/snapshots/restore-scope';
import { usersOf, volumeParts } from '@shared/domain/snapshots/restore-volumes';
import type { ImageFact } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { SnapshotReader } from '@main/platform/snapshots/types';
import { foldersOf, isOutside } from './restore-folders';
import { firstDifference, readDocument, readFiles, type KeptFile } from './restore-tree';
import type { FileStep, FoundSnapshot, RestoreDependencies, RestoreLook, RestoreTarget, VolumeStep } from './restore-types';
import type { KnownProject } from './restore-target';

/** What is asked of a restore. */
export interface RestoreRequest {
  readonly only: readonly string[] | null;
  readonly force: boolean;
}

/** Looks at everything a restore is decided from. Changes nothing. */
export async function lookAtRestore(deps: RestoreDependencies, known: KnownProject, target: RestoreTarget, found: FoundSnapshot, request: RestoreRequest, signal: AbortSignal): Promise<RestoreLook> {
  const scope = scopeOf(found, request.only);
  const observed = await deps.engine.observe(target.name, []);
  return found.repository.reading(async (reader) => {
    const files = await filesOf(deps, reader, target, scope, found.foreign);
    // What nobody vouches for decides neither settings nor which images run.
    const settings = found.foreign ? null : await settingsOf(deps, reader, target, scope);
    const volumes = await volumesOf(deps, reader, target, scope, observed, signal);
    const folders = await foldersOf(deps, reader, target, scope.parts, observed, signal);
    const images = found.foreign ? [] : await imagesOf(deps, scope);
    const mode = await modeOf(deps, known, found, scope);
    const stopsAll = scope.services === 'all' && found.manifest.health === 'stopped';
    const changing = volumes.filter((one) => one.action === 'replace' || one.action === 'create');
    const merging = folders.filter((one) => one.action === 'replace');
    const bytesToWrite = [...changing, ...merging].reduce((sum, one) => sum + one.part.sizeBytes, 0);
    const freeBytes = await freeBytesOf(deps, target, changing, signal);
    const engine = await deps.engine.info();
    const findings = restoreFindings({
      manifest: found.manifest,
      foreign: found.foreign,
      target,
      engine,
      images,
      volumes: await Promise.all(volumes.map(async (one) => ({ name: one.part.name, action: one.action, then: one.part.facts.database, now: await databaseNow(deps, scope, one), others: one.others }))),
      folders,
      oddPaths: files.odd,
      leftOut: files.leftOut,
      bytesToWrite,
      freeBytes,
      force: request.force,
    });
    return { target, found, scope, observed, files: files.steps, settings, volumes, folders, images, mode, stopsAll, stopping: stoppingOf(target, observed.containers, [...changing, ...merging], stopsAll), findings, bytesToWrite, freeBytes };
  });
}

/** The part of a look that only reads files: what a plan document needs. */
export async function lookAtFiles(deps: Pick<RestoreDependencies, 'folder'>, target: RestoreTarget, found: FoundSnapshot, only: readonly string[] | null): Promise<readonly FileStep[]> {
  const scope = scopeOf(found, only);
  if (!scope.parts.some((one) => one.kind === 'files' || one.kind === 'bind')) return [];
  return (await found.repository.reading((reader) => filesOf(deps, reader, target, scope, found.foreign))).steps;
}

function scopeOf({ manifest }: FoundSnapshot, only: readonly string[] | null): RestoreScope {
  const scope = restoreScope(manifest, only);
  if (scope.unknown.length > 0) {
    throw new AppError('input-invalid', `The snapshot has no ${scope.unknown.join(', ')}.`, { hint: `It has ${manifest.parts.map((one) => (one.kind === one.name || one.kind === 'settings' ? one.kind : `${one.kind}:${one.name}`)).join(', ')}.` });
  }
  return scope;
}

async function filesOf(deps: Pick<RestoreDependencies, 'folder'>, reader: SnapshotReader, target: RestoreTarget, scope: RestoreScope, foreign: boolean): Promise<{ readonly steps: readonly FileStep[]; readonly odd: readonly string[]; readonly leftOut: readonly string[] }> {
  const parts = scope.parts.filter((one) => one.kind === 'files');
  const odd: string[] = [];
  const leftOut: string[] = [];
  const kept: (Omit<KeptFile, 'owned'> & { readonly owned: FileOwned | null; readonly secret: boolean })[] = [];
  // What stands in a folder besides stays there: only files of the snapshot are put back.
  for (const part of [...parts, ...scope.parts.filter((one) => one.kind === 'bind' && !isOutside(one))]) {
    const read = await readFiles(reader, part);
    const placed = (path: string): string => (part.kind === 'files' ? path : path === '' ? part.name : `${part.name}/${path}`);
    kept.push(...read.files.map((one) => ({ ...one, owned: foreign ? null : one.owned, path: placed(one.path), secret: part.secret })));
    leftOut.push(...read.leftOut.map(placed));
  }
  const names = new Set(kept.map((one) => one.path));
  const now = { composeFiles: [...SETTINGS_NAMES, ...target.modes.flatMap((one) => one.files)], envFiles: ['.env', ...target.modes.flatMap((one) => one.envFiles)] };
  const has = { compose: parts.some((one) => !one.secret), env: parts.some((one) => one.secret) };
  const wanted = [...kept.map((one) => ({ path: one.path, secret: one.secret, then: one })), ...filesInTheWay(now, names, has).map((one) => ({ ...one, then: null }))];
  const steps: FileStep[] = [];
  for (const { path, secret, then } of wanted) {
    const seen = await deps.folder.look(target.dir, path).catch((error: unknown) => {
      if (error instanceof AppError && then !== null) return null;
      if (error instanceof AppError) return undefined;
      throw error;
    });
    if (seen === null || seen?.state.kind === 'folder') odd.push(path);
    else if (seen !== undefined) steps.push({ path, secret, then, now: seen, action: fileAction({ then: comparable(then), now: comparable(seen.state.kind === 'file' && seen.bytes !== null ? { bytes: seen.bytes, mode: seen.state.mode } : null) }) });
  }
  return { steps: steps.sort((a, b) => (a.path < b.path ? -1 : 1)), odd, leftOut };
}

/** Bytes as text that is the same only where the bytes are. */
function comparable(file: { readonly bytes: Uint8Array; readonly mode: number } | null): { readonly text: string; readonly mode: number } | null {
  return file === null ? null : { text: Buffer.from(file.bytes).toString('latin1'), mode: file.mode };
}

async function settingsOf(deps: RestoreDependencies, reader: SnapshotReader, target: RestoreTarget, scope: RestoreScope): Promise<RestoreLook['settings']> {
  const part = scope.parts.find((one) => one.kind === 'settings');
  if (part === undefined) return null;
  const then = (await readDocument(reader, part)) as JsonObject;
  return { then, now: await deps.settings.read(target.projectId) };
}

async function volumesOf(deps: RestoreDependencies, reader: SnapshotReader, target: RestoreTarget, scope: RestoreScope, observed: RestoreLook['observed'], signal: AbortSignal): Promise<readonly VolumeStep[]> {
  const there = new Set(observed.volumes.map((one) => one.name));
  const steps: VolumeStep[] = [];
  for (const part of volumeParts(scope.parts)) {
    const { own, others } = usersOf(part.name, target, [...observed.containers, ...observed.foreign]);
    const alive = others.filter((one) => isAlive(one) && one.labels['dev.berth.project'] !== target.name).map((one) => one.name);
    const step = (action: VolumeStep['action'], detail: string): void => void steps.push({ part, action, detail, users: own, others: alive });
    if (!there.has(part.name)) {
      if (isAnonymousVolume(part.name)) step('skip', 'It has no name of its own and went with its container.');
      else step('create', 'It is gone and comes back.');
      continue;
    }
    const differs = await firstDifference(deps.volumeProgram(target.authorization), reader, part, { volume: part.name }, signal);
    if (differs === null) step('same', 'It holds the same already.');
    else step('replace', `Its contents are exchanged; they differ from ${differs} on. What it holds now is kept aside.`);
  }
  return steps;
}

async function imagesOf(deps: RestoreDependencies, scope: RestoreScope): Promise<RestoreLook['images']> {
  const facts = scope.parts.filter((one) => one.kind === 'images').flatMap((one) => factRows(one.facts) as unknown as readonly ImageFact[]);
  const wanted = facts.filter((one) => scope.services === 'all' || scope.services.includes(one.service));
  return Promise.all(wanted.map(async (fact) => ({ fact, source: imageSource(fact, (await deps.engine.inspectImage(fact.id)) !== null) })));
}

/** The mode that a restore brings up: that of the snapshot, or for single services the one that runs. */
async function modeOf(deps: RestoreDependencies, known: KnownProject, { manifest }: FoundSnapshot, scope: RestoreScope): Promise<string | null> {
  if (scope.services === 'all') return manifest.health === 'stopped' || manifest.mode === 'mixed' ? null : manifest.mode;
  if (scope.services.length === 0) return null;
  const active = known.project === null ? null : await deps.activeMode(known.project).catch(() => null);
  return active === null || active === 'mixed' ? (manifest.mode === 'mixed' ? null : manifest.mode) : active;
}

/** Free bytes where the engine keeps volumes; null where there is none to ask by. */
async function freeBytesOf(deps: RestoreDependencies, target: RestoreTarget, changing: readonly VolumeStep[], signal: AbortSignal): Promise<number | null> {
  const [first] = changing.filter((one) => one.action === 'replace');
  return first === undefined ? null : (await deps.volumeProgram(target.authorization).measure({ volume: first.part.name }, signal)).freeBytes;
}

/** The database that is going to read a volume; only where its service is not brought back to what it was too. */
async function databaseNow(deps: RestoreDependencies, scope: RestoreScope, step: VolumeStep): Promise<string | null> {
  for (const one of step.users) {
    if (scope.services === 'all' || scope.services.includes(one.service)) continue;
    const image = await deps.engine.inspectImage(one.imageId);
    const database = databaseOf(one.imageRef, image?.environment ?? []);
    if (database !== null) return database.label;
  }
  return null;
}

/** Who is stopped: users of volumes and folders that change; where nothing ran at the time, everything. */
function stoppingOf(target: RestoreTarget, containers: readonly ObservedContainer[], changing: readonly Pick<VolumeStep, 'users'>[], stopsAll: boolean): readonly ObservedContainer[] {
  const users = new Set(changing.flatMap((one) => one.users.map((user) => user.id)));
  return containers.filter((one) => isAlive(one) && isOfFolder(target.dir, one) && (stopsAll || users.has(one.id)));
}

import type { LoadedCompose } from '@shared/domain/compose/model';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { volumePayload } from '@shared/domain/modes/container-payload';
import { modeImage } from '@shared/domain/modes/naming';
import { textOf } from '@shared/domain/operations/operation-input';
import { withFolders } from '@shared/domain/operations/backup';
import { branchClashes, branchedEnv, branchedFile } from '@shared/domain/snapshots/restore-branch';
import { factRows } from '@shared/domain/snapshots/restore-scope';
import { volumeParts } from '@shared/domain/snapshots/restore-volumes';
import type { ImageFact } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import { runChild } from '@main/operations/child-operation';
import { asPart } from '@main/operations/part-of';
import type { OperationContext, OperationKind, Operations, RecoveryContext } from '@main/operations/types';
import { sha256Of } from '@main/platform/backup-folder';
import type { NewFolders } from '@main/platform/new-folder';
import { knownProject } from './restore-target';
import { readFiles, type KeptFile } from './restore-tree';
import type { FoundSnapshot, RestoreDependencies } from './restore-types';
import { endProgramsLeft, fillVolume } from './restore-volumes';

const REGISTERED_NOTE = 'branch.registered';
const DONE_NOTE = 'branch.done';
const FOLDER_MODE = 0o755;

/** What starting a copy of a snapshot needs beyond restoring. */
export interface BranchDependencies extends Pick<RestoreDependencies, 'repositories' | 'projects' | 'store' | 'engine' | 'volumeProgram' | 'remaker' | 'folder' | 'dialect' | 'clock'> {
  readonly operations: Pick<Operations, 'enqueue' | 'wait' | 'cancel'>;
  readonly folders: NewFolders;
  /** Opens a folder as a project that is trusted with these facts and no more. Resolves with its id. */
  readonly adopt: (dir: string, trustedFacts: readonly string[]) => Promise<string>;
  readonly forget: (projectId: string) => Promise<void>;
  /** By how much published ports are moved so that nobody has them. */
  readonly freeOffset: (name: string, loaded: readonly LoadedCompose[]) => Promise<number>;
  /** Copies what builds and mounts of the original need of its folder, as it is now: sources are in no snapshot. Resolves with what was left out. */
  readonly copySources: (projectId: string, to: string, signal: AbortSignal) => Promise<readonly string[]>;
}

/** The operation `snapshots.branch`: a copy of a snapshot as a project of its own, started beside the original. */
export function branchOperation(deps: BranchDependencies): OperationKind {
  return {
    kind: 'snapshots.branch',
    prepare: (input) => prepare(deps, input),
    // It waits for an operation of its own, so only one of them may hold a place in the queue.
    key: () => 'branch',
    title: (input) => `Start ${textOf(input, 'name')} from a snapshot of ${textOf(input, 'of')}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    rollback: (context, input) => rollBack(deps, context, input),
    async finish(context, input) {
      const done = context.records.find((one) => one.name === DONE_NOTE)?.intent ?? {};
      const { project, mode } = registered(context);
      if (project !== null && mode !== null && deps.remaker.began(context.records)) await deps.remaker.finish(context, { projectId: project, mode });
      await deps.folders.keep(textOf(input, 'dir'), context.operationId);
      return { ...done, operationId: context.operationId };
    },
  };
}

async function prepare(deps: BranchDependencies, input: JsonObject): Promise<JsonObject> {
  const known = await knownProject(deps, textOf(input, 'project'));
  const { manifest, foreign } = await deps.repositories.find(known.id, textOf(input, 'id'));
  if (known.trustedFactKeys === null || foreign) {
    throw new AppError('trust-required', foreign ? 'This snapshot was not made by this Berth, so nothing of it is started.' : 'This project is not trusted yet, so nothing of it is copied and run.', { hint: foreign ? 'Bring its files back into a project (`--only files`), look at them and trust them first.' : 'Look at what it asks for, then trust it: `berth projects trust .`.' });
  }
  const name = textOf(input, 'name');
  const dir = await deps.folders.placeFor(textOf(input, 'dir'));
  const { containers, networks, volumes } = await deps.engine.observe(name, []);
  const taken = containers.length > 0 || [...networks, ...volumes].some((one) => one.labels[COMPOSE_LABELS.project] === name);
  if (taken) throw new AppError('input-invalid', `There is a project called ${name} on this engine already.`, { hint: 'Choose another name.' });
  return { project: known.id, id: manifest.id, name, dir, of: manifest.project.name };
}

async function run(deps: BranchDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const beganAt = deps.clock.monotonic();
  const [dir, name] = [textOf(input, 'dir'), textOf(input, 'name')];
  const known = await knownProject(deps, textOf(input, 'project'));
  const found = await deps.repositories.find(known.id, textOf(input, 'id'));
  context.progress({ step: 0, of: 4, message: 'Copying the files' });
  await context.effect('folder.make', { dir }, async () => (await deps.folders.make(dir, context.operationId), null));
  await writeFiles(deps, context, found, { projectId: known.id, dir, name });
  const id = await context.effect('project.adopt', { dir }, () => deps.adopt(dir, known.trustedFactKeys ?? []));
  const mode = found.manifest.mode ?? (await deps.projects.resolve(id)).modes[0]?.name ?? 'default';
  await context.note(REGISTERED_NOTE, { project: id, mode });
  await movePorts(deps, context, id, name);
  const { compose, authorization } = await loadBranch(deps, id, mode, name);
  const engine = deps.engine.as(authorization);
  context.progress({ step: 1, message: 'Filling volumes' });
  const filled = await fillVolumes(deps, context, engine, found, compose, authorization);
  context.progress({ step: 2, message: 'Looking at images' });
  const images = await takeImages(context, engine, found, compose, mode);
  context.progress({ step: 3, message: 'Starting' });
  const result = { operationId: context.operationId, snapshotId: found.manifest.id, project: { id, name, dir }, mode, steps: filled, before: null, warnings: [], downtimeMs: 0, durationMs: 0 };
  await context.note(DONE_NOTE, result as unknown as JsonObject);
  // It commits there, once everything is healthy.
  await deps.remaker.remake(asPart(context), { projectId: id, mode, services: Object.keys(compose.model.services), recreate: [], images });
  await deps.folders.keep(dir, context.operationId);
  context.progress({ step: 4, message: 'Done' });
  return { ...result, durationMs: Math.round(deps.clock.monotonic() - beganAt) } as unknown as Json;
}

/** Sources as they are now, then over them the files of the snapshot with names of the copy's own. */
async function writeFiles(deps: BranchDependencies, context: OperationContext, found: FoundSnapshot, to: { readonly projectId: string; readonly dir: string; readonly name: string }): Promise<void> {
  const leftOut = await context.effect('branch.sources', { dir: to.dir }, async () => [...(await deps.copySources(to.projectId, to.dir, context.signal))].slice(0, 20));
  if (leftOut.length > 0) context.log(`Left out, because they lead out of the project or are no files: ${leftOut.join(', ')}.`);
  const parts = found.manifest.parts.filter((one) => one.kind === 'files' || (one.kind === 'bind' && !one.name.startsWith('/')));
  const firsts = firstFiles(found);
  await context.effect('branch.files', { dir: to.dir, files: parts.reduce((sum, one) => sum + one.files, 0) }, async () => {
    for (const part of parts) {
      const { files } = await found.repository.reading((reader) => readFiles(reader, part));
      for (const file of files) {
        const path = part.kind === 'bind' ? `${part.name}/${file.path}` : file.path;
        await writeFile(deps, to.dir, path, file, part.kind === 'bind' ? file.bytes : branched(path, file, to.name, part.secret, firsts.has(path)));
      }
    }
    return null;
  });
}

/** The first file of each mode: what names the project where no file does. */
function firstFiles({ manifest }: FoundSnapshot): ReadonlySet<string> {
  const part = manifest.parts.find((one) => one.kind === 'files' && !one.secret);
  const rows = part === undefined ? [] : factRows(part.facts);
  const listed = rows.flatMap((one) => (Array.isArray(one['files']) && typeof one['files'][0] === 'string' ? [one['files'][0]] : []));
  return new Set(listed);
}

function branched(path: string, file: KeptFile, name: string, secret: boolean, first: boolean): Uint8Array {
  const isYaml = /\.ya?ml$/i.test(path) && !/(?:^|\/)berth\.ya?ml$/i.test(path);
  const text = new TextDecoder().decode(file.bytes);
  if (secret) return new TextEncoder().encode(branchedEnv(text, name));
  return isYaml ? new TextEncoder().encode(branchedFile(text, name, first) ?? text) : file.bytes;
}

async function writeFile(deps: BranchDependencies, dir: string, path: string, file: KeptFile, bytes: Uint8Array): Promise<void> {
  for (const folder of withFolders([path]).slice(0, -1)) {
    if ((await deps.folder.look(dir, folder)).state.kind === 'missing') await deps.folder.put(dir, folder, { kind: 'folder', mode: FOLDER_MODE }, null);
  }
  await deps.folder.put(dir, path, { kind: 'file', sha256: sha256Of(bytes), mode: file.mode }, bytes);
}

async function movePorts(deps: BranchDependencies, context: OperationContext, id: string, name: string): Promise<void> {
  const loaded = Object.values(await deps.projects.loadModes(id));
  const offset = await deps.freeOffset(name, loaded);
  const child = await runChild(deps.operations, context, 'compose.remap-ports', { project: id, offset, services: [] });
  if (child.state !== 'succeeded') throw new AppError(child.error?.code ?? 'fix-failed', `The ports of the copy could not be moved: ${child.error?.message ?? child.state}`, { hint: child.error?.hint });
}

/** The mode of the copy as its files say it. Rejects where it asks for more than the original is trusted with, or would share something with what is there. */
async function loadBranch(deps: BranchDependencies, id: string, mode: string, name: string): ReturnType<BranchDependencies['projects']['loadMode']> {
  const loaded = await deps.projects.loadMode(id, mode);
  const { model } = loaded.compose;
  if (loaded.untrustedFacts.length > 0) throw new AppError('trust-required', `The copy asks for what the original is not trusted with: ${loaded.untrustedFacts.map((one) => one.text).join(' ')}`, { hint: 'Trust the original with it first.' });
  if (model.name !== name) throw new AppError('blocked', `The files of the copy call the project ${model.name}.`, { hint: 'A variable or a file outside of the project decides its name, so a copy cannot have one of its own.' });
  const observed = await deps.engine.observe(name, []);
  const names = (all: readonly { readonly name: string }[]): ReadonlySet<string> => new Set(all.map((one) => one.name));
  const clashes = branchClashes(
    {
      containers: Object.values(model.services).flatMap((one) => one.container_name ?? []),
      volumes: Object.values(model.volumes).map((one) => one.name),
      networks: Object.values(model.networks).flatMap((one) => (one.external === true ? [] : [one.name])),
    },
    { containers: names([...observed.containers, ...observed.foreign]), volumes: names(observed.volumes), networks: names(observed.networks) },
  );
  if (clashes.length > 0) throw new AppError('blocked', `The copy would share ${clashes.join(', ')} with what is there already.`, { hint: 'A variable or an anchor decides it; let it depend on the name of the project.' });
  return loaded;
}

async function fillVolumes(deps: BranchDependencies, context: OperationContext, engine: Engine, found: FoundSnapshot, compose: LoadedCompose, authorization: Parameters<BranchDependencies['volumeProgram']>[0]): Promise<readonly JsonObject[]> {
  const program = deps.volumeProgram(authorization);
  const steps: JsonObject[] = [];
  for (const part of volumeParts(found.manifest.parts)) {
    const { key } = part.facts;
    const volume = key === null ? undefined : compose.model.volumes[key];
    if (key === null || volume === undefined) {
      steps.push({ kind: 'volume', name: part.name, action: 'skip', detail: 'No file of the copy names it.', sizeBytes: 0 });
      continue;
    }
    await context.effect('volume.fill', { volume: volume.name, of: part.name }, async () => {
      await engine.createVolume(volume.name, volumePayload(compose, key, context.operationId, deps.dialect()));
      await found.repository.reading((reader) => fillVolume({ program, context }, reader, part, volume.name, (bytes) => context.progress({ message: `Filling ${volume.name}, ${String(Math.floor(bytes / 1_000_000))} MB` })));
      return null;
    });
    steps.push({ kind: 'volume', name: volume.name, action: 'create', detail: `It holds what ${part.name} held.`, sizeBytes: part.sizeBytes });
  }
  return steps;
}

/** Built images get a name of the copy's own; others are run under the name they have. */
async function takeImages(context: OperationContext, engine: Engine, found: FoundSnapshot, compose: LoadedCompose, mode: string): Promise<{ readonly [service: string]: string }> {
  const ids: { [service: string]: string } = {};
  const facts = found.manifest.parts.filter((one) => one.kind === 'images').flatMap((one) => factRows(one.facts) as unknown as readonly ImageFact[]);
  for (const fact of facts) {
    const definition = compose.model.services[fact.service];
    if (definition === undefined) continue;
    const isHere = (await engine.inspectImage(fact.id)) !== null;
    if (definition.build === undefined) {
      if ((await engine.inspectImage(fact.reference))?.id !== fact.id) context.log(`${fact.reference} is another image by now than when the snapshot was made.`, fact.service);
      continue;
    }
    if (!isHere) continue;
    const reference = modeImage(compose.model.name, fact.service, mode);
    await context.effect('image.keep', { reference, to: fact.id }, async () => (await engine.tagImage(fact.id, reference), null));
    ids[fact.service] = fact.id;
  }
  return ids;
}

function registered(context: Pick<RecoveryContext, 'records'>): { readonly project: string | null; readonly mode: string | null } {
  const adopted = context.records.find((one) => one.name === 'project.adopt')?.result;
  const mode = context.records.find((one) => one.name === REGISTERED_NOTE)?.intent['mode'];
  return { project: typeof adopted === 'string' ? adopted : null, mode: typeof mode === 'string' ? mode : null };
}

/** Everything of the copy goes: there was none of it before. */
async function rollBack(deps: BranchDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  const dir = textOf(input, 'dir');
  const stored = (await deps.store.listProjects()).find((one) => one.dir === dir);
  if (stored !== undefined && deps.remaker.began(context.records)) await deps.remaker.rollBack(context, stored.id);
  const engine = deps.engine.as({ projectDir: dir, projectName: textOf(input, 'name'), trustedFactKeys: [] });
  if (context.reason === 'crashed') await endProgramsLeft({ engine, context, target: { name: textOf(input, 'name') } });
  const there = new Set((await engine.listVolumes()).map((one) => one.name));
  for (const { name, intent, undone } of context.records) {
    const volume = intent['volume'];
    if (name === 'volume.fill' && !undone && typeof volume === 'string' && there.has(volume)) await context.effect('volume.remove', { name: volume }, async () => (await engine.removeVolume(volume), null));
    const reference = intent['reference'];
    if (name === 'image.keep' && typeof reference === 'string') await untag(context, engine, reference);
  }
  if (stored !== undefined) await context.effect('project.forget', { project: stored.id }, async () => (await deps.forget(stored.id), null));
  const gone = await context.effect('folder.remove', { dir }, () => deps.folders.remove(dir, context.operationId));
  if (!gone) context.log(`${dir} could not be removed.`);
}

/** Only where the image has another name: the last one would take it along. */
async function untag(context: RecoveryContext, engine: Engine, reference: string): Promise<void> {
  const image = await engine.inspectImage(reference);
  if (image === null || image.tags.length < 2) return;
  await context.effect('image.untag', { reference }, async () => (await engine.removeImage(reference), null));
}

import { basename } from 'node:path';
import type { HashDialect } from '@shared/domain/compose/model';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { isInside } from '@shared/domain/engine/host-path';
import { twinName, twinTrust } from '@shared/domain/projects/twin';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import { AppError, errorData } from '@shared/kernel/app-error';
import { textHash } from '@shared/kernel/text-hash';
import type { Engine } from '@main/docker/types';
import type { Operations } from '@main/operations/types';
import { copySelected } from '@main/platform/copy-selected';
import { modeFiles } from '@main/platform/folder';
import type { PortsDoor } from '@main/platform/ports';
import type { TwinFolders } from '@main/platform/twin-folder';
import type { Logger, Store, StoredProject } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import { MOST_FILE_BYTES } from './copy-sources';
import { removeTwinFolder } from './remove-folder';
import { twinContents } from './twin-files';
import { freePlace } from './twin-place';
import { copyVolumes, PROJECT_LABEL, TWIN_LABEL } from './twin-volumes';
import type { Twin, TwinRequest, Twins } from './types';

const MOST_VOLUME_BYTES = 20_000_000_000;
/** How long an operation on a twin may take to be undone before the twin is taken away from under it. */
const CANCEL_MS = 120_000;

/** What twins are made with. */
export interface TwinsDependencies {
  readonly store: Pick<Store, 'putProject' | 'listProjects'>;
  readonly projects: Projects;
  /** Removes the record of a project and all that is remembered of it. */
  readonly forget: (projectId: string) => Promise<void>;
  readonly engine: Engine;
  readonly operations: Pick<Operations, 'get' | 'list' | 'cancel' | 'wait'>;
  readonly ports: PortsDoor;
  readonly folders: TwinFolders;
  /** The state folder: never copied. */
  readonly home: string;
  readonly helperImage: (onOutput: (line: string) => void, signal: AbortSignal) => Promise<string>;
  readonly dialect: () => HashDialect;
  readonly now: () => Date;
  readonly log: Logger;
}

type CreateContext = Parameters<Twins['create']>[0];

/** Makes isolated copies of projects and removes them. */
export function createTwins(deps: TwinsDependencies): Twins {
  return {
    create: (context, request) => create(deps, context, request),
    remove: (projectId) => remove(deps, projectId),
    async removeLeftovers() {
      const removed: string[] = [];
      for (const folder of await deps.folders.list()) {
        if (!(await isLeft(deps, folder))) continue;
        const stored = (await deps.store.listProjects()).find((one) => one.dir.startsWith(folder));
        await (stored === undefined ? deps.folders.remove(folder) : remove(deps, stored.id)).then(
          () => removed.push(stored?.twin?.name ?? folder),
          (error: unknown) => deps.log.warn('a copy of a project could not be removed', { folder, error: errorData(error).message }),
        );
      }
      return removed;
    },
  };
}

/** The folder of a twin is called as the operation that made it: when that has ended, nobody needs the twin any more. */
async function isLeft(deps: TwinsDependencies, folder: string): Promise<boolean> {
  try {
    return FINAL_STATES.includes((await deps.operations.get(basename(folder))).state);
  } catch (error) {
    if (error instanceof AppError && error.code === 'operation-not-found') return true;
    throw error;
  }
}

async function create(deps: TwinsDependencies, context: CreateContext, request: TwinRequest): Promise<Twin> {
  const project = await deps.projects.resolve(request.projectId);
  if (project.twin !== undefined) throw new AppError('input-invalid', `${project.name} is a copy itself.`);
  const authorization = await deps.projects.authorization(project.id);
  const { trustedFactKeys } = authorization;
  if (trustedFactKeys === null) throw new AppError('trust-required', `${project.name} is not trusted yet, so nothing of it is copied and run.`, { hint: 'Look at what it asks for, then trust it: `berth projects trust .`.' });
  const loaded = await deps.projects.loadModes(project.id);
  const models = Object.values(loaded);
  const contents = await twinContents(project.dir, await modeFiles(project.dir), models);
  const place = await freePlace(deps.ports, await deps.engine.observe(project.name, []), project.name, models, request.purpose);

  const folder = await deps.folders.make(context.operationId);
  const dir = deps.folders.placeOf(folder, project.dir);
  const twin = { of: project.id, ...place, name: twinName(project.name, place) };
  const stored: StoredProject = { id: `p_${textHash(dir)}`, dir, trustedFacts: twinTrust(trustedFactKeys, folder), openedAt: deps.now().toISOString(), twin };
  // Known before there is anything of it: whatever happens from here on, it is found and removed.
  await context.effect('twin.register', { projectId: stored.id, dir, name: twin.name }, async () => (await deps.store.putProject(stored), null));
  context.progress({ message: 'Copying the files' });
  const copied = await context.effect('twin.copy', { from: project.dir, to: dir }, async () => {
    const onProgress = (done: number, total: number): void => context.progress({ message: `Copying the files, ${String(total === 0 ? 100 : Math.floor((done / total) * 100))} %` });
    const result = await copySelected({ from: project.dir, to: dir, trees: contents.trees, never: [deps.home], maxBytes: MOST_FILE_BYTES, signal: context.signal, onProgress });
    await deps.folders.linkOutside(folder, contents.outside);
    return { files: result.files, bytes: result.bytes, leftOut: result.leftOut.slice(0, 20) };
  });
  context.log(`Copied ${String(copied.files)} files of ${project.name}.`);
  if (copied.leftOut.length > 0) context.log(`Left out, because they lead out of the project or are no files: ${copied.leftOut.join(', ')}.`);
  if (request.copyVolumes) {
    await copyVolumes(context, {
      engine: deps.engine,
      twinId: stored.id,
      original: { authorization, loaded },
      twin: { authorization: await deps.projects.authorization(stored.id), loaded: await deps.projects.loadModes(stored.id) },
      dialect: deps.dialect(),
      maxBytes: MOST_VOLUME_BYTES,
      image: () => deps.helperImage((line) => context.log(line), context.signal),
    });
  }
  return { projectId: stored.id, dir, name: twin.name };
}

async function remove(deps: TwinsDependencies, projectId: string): Promise<void> {
  const stored = (await deps.store.listProjects()).find((one) => one.id === projectId);
  if (stored === undefined) return;
  if (stored.twin === undefined) throw new AppError('input-invalid', `${stored.dir} is no copy made by Berth.`);
  await endOperations(deps, projectId);
  const folder = await deps.folders.folderOf(stored.dir);
  await removeFromEngine(deps.engine, stored.id, folder ?? stored.dir, stored.twin.name);
  if (folder !== null) await removeTwinFolder({ ...deps, helperImage: () => deps.helperImage(() => undefined, new AbortController().signal) }, { folder, name: stored.twin.name });
  await deps.forget(projectId);
}

/** What still runs or waits on the twin is cancelled first: it would make again what is being removed. */
async function endOperations(deps: TwinsDependencies, projectId: string): Promise<void> {
  const open = (await deps.operations.list({ projectId, limit: 50 })).filter((one) => !FINAL_STATES.includes(one.state));
  await Promise.all(
    open.map(async (one) => {
      await deps.operations.cancel(one.id).catch(() => undefined);
      await deps.operations.wait(one.id, CANCEL_MS);
    }),
  );
}

/** Everything of a twin on the engine, found by its labels. */
async function removeFromEngine(engine: Engine, twinId: string, dir: string, name: string): Promise<void> {
  // Nothing is made here, so no risky fact needs to be agreed to.
  const acting = engine.as({ projectDir: dir, projectName: name, trustedFactKeys: [] });
  const observed = await engine.observe(name, []);
  const probes = observed.foreign.filter((one) => one.labels[PROJECT_LABEL] === name && one.labels[COMPOSE_LABELS.project] === undefined);
  const own = [...observed.containers, ...probes].filter((one) => isInside(one.workingDir, dir));
  await Promise.all(own.map((one) => acting.removeContainer(one.id, { force: true, anonymousVolumes: true })));
  for (const one of observed.foreign.filter((other) => other.labels[TWIN_LABEL] === twinId && !own.includes(other))) {
    const owner = { projectDir: one.workingDir, projectName: one.labels[PROJECT_LABEL] ?? '', trustedFactKeys: [] };
    if (owner.projectName !== '') await engine.as(owner).removeContainer(one.id, { force: true, anonymousVolumes: true });
  }
  const mine = (one: { readonly labels: { readonly [key: string]: string } }): boolean => one.labels[COMPOSE_LABELS.project] === name;
  await Promise.all(observed.networks.filter(mine).map((one) => acting.removeNetwork(one.id)));
  // Those that a restore put aside carry Berth's own label only.
  await Promise.all(observed.volumes.filter((one) => mine(one) || one.labels[PROJECT_LABEL] === name).map((one) => acting.removeVolume(one.name)));
  const images = await engine.imagesOf(name);
  const cleaner = engine.cleanUp({ imageIds: images.map((one) => one.id), buildCacheIds: [] });
  for (const image of images) await cleaner.removeImage(image.id, image.tags);
}

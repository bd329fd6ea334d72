import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { AppError } from '@shared/kernel/app-error';
import type { Authorization, ContainerPayload, Engine } from '@main/docker/types';
import type { EffectRecord, OperationContext } from '@main/operations/types';
import type { ArchivedFile, ArchiveFolders } from '@main/platform/archive-folder';

const PLACE = '/volume';
const PROJECT_LABEL = 'dev.berth.project';
const OPERATION_LABEL = 'dev.berth.op';

/** What archiving works with. */
export interface ArchiveWork {
  readonly context: OperationContext;
  readonly engine: Engine;
  readonly authorization: Authorization;
  readonly archives: ArchiveFolders;
  /** `<project>/<time>` */
  readonly folder: string;
  readonly image: string;
}

/** Archives volumes as tar files, one after the other, and resolves with the folder once all of it is on disk. */
export async function archiveVolumes(work: ArchiveWork, volumes: readonly string[]): Promise<string> {
  const { context, archives, folder } = work;
  const files: ArchivedFile[] = [];
  for (const volume of volumes) {
    context.progress({ message: `Archiving ${volume}` });
    files.push(await archiveOne(work, volume));
  }
  return context.effect('archive.finish', { folder }, () => archives.finish(folder, files));
}

/** Through a container that is made to hold the volume and never started. */
async function archiveOne(work: ArchiveWork, volume: string): Promise<ArchivedFile> {
  const { context, engine, archives, folder } = work;
  const name = `${work.authorization.projectName}-archive-${context.operationId.slice(-8).toLowerCase()}`;
  try {
    const id = await context.effect('archive.holder', { name, volume }, async () => (await engine.createContainer(name, holderPayload(work, volume))).id);
    const written = await context.effect('archive.write', { folder, volume }, async () => {
      const file = await archives.write(folder, `${volume}.tar`, engine.readArchive({ containerId: id, path: PLACE }, context.signal));
      if (context.signal.aborted) throw new AppError('cancelled', 'Cancelled.');
      return { ...file };
    });
    return written;
  } finally {
    await removeHolder(engine, name);
  }
}

function holderPayload({ image, authorization, context }: ArchiveWork, volume: string): ContainerPayload {
  return {
    Image: image,
    Labels: { [PROJECT_LABEL]: authorization.projectName, [OPERATION_LABEL]: context.operationId, [COMPOSE_LABELS.workingDir]: authorization.projectDir },
    HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: PLACE, ReadOnly: true, VolumeOptions: { NoCopy: true } }], NetworkMode: 'none' },
  };
}

/** Gone already is fine. */
async function removeHolder(engine: Engine, name: string): Promise<void> {
  try {
    await engine.removeContainer(name, { force: true, anonymousVolumes: false });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not-found')) throw error;
  }
}

/** After a crash: the containers the journal names are removed, and where nothing was removed yet, the archive too. */
export async function discardArchive(engine: Engine, archives: ArchiveFolders, records: readonly EffectRecord[]): Promise<void> {
  await removeHolders(engine, records);
  for (const folder of new Set(records.filter((one) => one.name === 'archive.write' || one.name === 'archive.finish').map((one) => String(one.intent['folder'])))) await archives.discard(folder);
}

/** Holders that a crash left. */
export async function removeHolders(engine: Engine, records: readonly EffectRecord[]): Promise<void> {
  for (const name of new Set(records.filter((one) => one.name === 'archive.holder').map((one) => String(one.intent['name'])))) await removeHolder(engine, name);
}

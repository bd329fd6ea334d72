import type { StorageContainer, StorageDefinition } from '@shared/domain/storage/definition';
import { AppError } from '@shared/kernel/app-error';
import type { StorageOwner } from '@shared/domain/storage/mount-payload';
import type { Engine } from '@main/docker/types';
import { runOneShot } from './one-shot';
import type { ImageConsent, StepContext, StorageImages } from './types';

/** Whose the shared folders are, and how they are open. */
export const FOLDER_OWNER = '1000:1000';
export const FOLDER_MODE = '755';
/** Where services have the shared data. */
export const DATA_ROOT = '/mnt/efs';
const USUAL = ['processed', 'logs', 'uploads', 'test'];

/** What the copies read, each folder of it once: `/mnt/efs`. */
export function dataSources(definition: StorageDefinition): StorageContainer['sources'] {
  return [...new Map(definition.containers.filter((one) => one.role === 'sync').flatMap((one) => one.sources.map((source) => [source.target, source] as const))).values()];
}

/** Folders that have to be there before anything is started: the usual ones of the data, and what the jobs copy. */
export function neededFolders(definition: StorageDefinition): readonly string[] {
  const usual = dataSources(definition).some((one) => one.target === DATA_ROOT) ? USUAL.map((name) => `${DATA_ROOT}/${name}`) : [];
  return [...new Set([...usual, ...definition.jobs.map((job) => job.source)])].sort();
}

/** Folders of somebody's own in the project keep their owner; what is made here, and named volumes, belong to 1000:1000. */
const SCRIPT = `umask 022
for word; do
  kind=\${word%%:*}
  folder=\${word#*:}
  if [ -d "$folder" ] && [ "$kind" = bind ]; then continue; fi
  mkdir -p "$folder" && chown ${FOLDER_OWNER} "$folder" && chmod 0${FOLDER_MODE} "$folder" || exit 1
  echo "$folder"
done`;

/** The init step of storage: makes the folders in the data volume. Rejects with what its container said. */
export async function makeDataFolders(deps: { readonly engine: Engine; readonly images: StorageImages }, context: StepContext, owner: StorageOwner, definition: StorageDefinition, consent: ImageConsent): Promise<void> {
  const sources = dataSources(definition);
  if (sources.length === 0) return;
  const { reference } = await deps.images.resolve('rclone', consent, (line) => context.log(line), context.signal);
  const kindOf = (folder: string): string => sources.filter((one) => folder === one.target || folder.startsWith(`${one.target}/`)).sort((a, b) => b.target.length - a.target.length)[0]?.type ?? 'volume';
  const words = [...sources.map((one) => one.target), ...neededFolders(definition)].map((folder) => `${kindOf(folder)}:${folder}`);
  await context.effect('storage.folders', { folders: neededFolders(definition).join(' ') }, async () => {
    const { exitCode, output } = await runOneShot(deps.engine, owner, { name: 'storage-init', image: reference, entrypoint: ['/bin/sh', '-c', SCRIPT, 'init'], command: words, user: '0:0', sources }, context);
    for (const line of output.split('\n')) if (line !== '') context.log(line);
    if (exitCode !== 0) throw new AppError('start-failed', `The folders of the data could not be made: ${output.split('\n').at(-1) ?? ''}`, { hint: 'Make the volume or the folder writable, then start storage again.', details: { output: output.slice(-2_000) } });
    return null;
  });
}

import { createHash, randomBytes } from 'node:crypto';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { textMapOf } from '@shared/domain/engine/read-json';
import { STORAGE_LABELS, type StorageOwner } from '@shared/domain/storage/mount-payload';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';

/** A container of a project's storage by its service; null while there is none. */
export async function findStorageContainer(engine: Pick<Engine, 'containerStates' | 'inspectContainer'>, owner: StorageOwner, service: string): Promise<ObservedContainer | null> {
  const row = (await engine.containerStates()).find((one) => one.project === owner.projectName && one.service === service && one.workingDir === owner.dir);
  if (row === undefined) return null;
  try {
    return await engine.inspectContainer(row.id);
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return null;
    throw error;
  }
}

/** Equal as long as a container would be made in the same way. */
export function payloadHash(payload: JsonObject): string {
  return createHash('sha256').update(JSON.stringify(payload)).digest('hex');
}

/** Makes a container under the name it is given, or with the project's behind it where that is taken, which is said. Resolves with its id. */
export async function createStorageContainer(engine: Pick<Engine, 'createContainer'>, owner: StorageOwner, container: { readonly container: string; readonly service: string }, payload: JsonObject, onNote: (text: string) => void): Promise<string> {
  const labelled = { ...payload, Labels: { ...textMapOf(payload['Labels']), [STORAGE_LABELS.hash]: payloadHash(payload) } };
  const name = container.container;
  for (const one of [name, `${name}-${owner.projectName.replace(/-storage$/, '')}`, `${owner.projectName}-${container.service}-${randomBytes(2).toString('hex')}`]) {
    try {
      const { id } = await engine.createContainer(one, labelled);
      if (one !== name) onNote(`The name ${name} is taken by another container; this one is called ${one}.`);
      return id;
    } catch (error) {
      if (!(error instanceof AppError) || error.details?.['status'] !== 409) throw error;
    }
  }
  throw new AppError('start-failed', `No name is free for the container ${name}.`, { hint: `Give ${container.service} another container_name in the storage file.` });
}

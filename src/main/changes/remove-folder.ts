import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import type { Engine } from '@main/docker/types';
import type { TwinFolders } from '@main/platform/twin-folder';
import { PROJECT_LABEL } from './twin-volumes';

const PLACE = '/twin';

/** The folder of a twin, and under which name things are made for it. */
export interface TwinPlace {
  readonly folder: string;
  readonly name: string;
}

/** Removes the folder of a twin. What containers wrote into it as root this user may not remove: then a container empties it first. */
export async function removeTwinFolder(deps: { readonly engine: Engine; readonly folders: Pick<TwinFolders, 'remove'>; readonly helperImage: () => Promise<string> }, { folder, name }: TwinPlace): Promise<void> {
  try {
    await deps.folders.remove(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    await emptyByContainer(deps.engine.as({ projectDir: folder, projectName: name, trustedFactKeys: [] }), await deps.helperImage(), { folder, name });
    await deps.folders.remove(folder);
  }
}

async function emptyByContainer(engine: Engine, image: string, { folder, name }: TwinPlace): Promise<void> {
  const { id } = await engine.createContainer(`${name}-empty`, {
    Image: image,
    // Links are removed, not followed.
    Entrypoint: ['/bin/sh', '-c', `rm -rf -- ${PLACE}/* ${PLACE}/.[!.]*`],
    Labels: { [PROJECT_LABEL]: name, [COMPOSE_LABELS.workingDir]: folder },
    HostConfig: { Mounts: [{ Type: 'bind', Source: folder, Target: PLACE }], NetworkMode: 'none' },
  });
  try {
    await engine.startContainer(id);
    await engine.waitContainer(id);
  } finally {
    await engine.removeContainer(id, { force: true, anonymousVolumes: true });
  }
}

import type { LoadedCompose } from '@shared/domain/compose/model';
import type { Engine } from '@main/docker/types';
import { copySelected } from '@main/platform/copy-selected';
import { modeFiles } from '@main/platform/folder';
import type { PortsDoor } from '@main/platform/ports';
import type { Projects } from '@main/projects/types';
import { twinContents } from './twin-files';
import { freePlace } from './twin-place';

/** More than this is no source of a project. */
export const MOST_FILE_BYTES = 4_000_000_000;

/** Copies what the modes of a project need of its folder, as it is now. Resolves with what was left out, because it leads out of the project or is no file. */
export async function copySources(deps: { readonly projects: Pick<Projects, 'resolve' | 'loadModes'>; readonly home: string }, projectId: string, to: string, signal: AbortSignal): Promise<readonly string[]> {
  const { dir } = await deps.projects.resolve(projectId);
  const { trees } = await twinContents(dir, await modeFiles(dir), Object.values(await deps.projects.loadModes(projectId)));
  return (await copySelected({ from: dir, to, trees, never: [deps.home], maxBytes: MOST_FILE_BYTES, signal, onProgress: () => undefined })).leftOut;
}

/** By how much the published ports of these modes are moved so that nobody on this computer has them. */
export async function freePortOffset(deps: { readonly engine: Pick<Engine, 'observe'>; readonly ports: PortsDoor }, name: string, loaded: readonly LoadedCompose[]): Promise<number> {
  return (await freePlace(deps.ports, await deps.engine.observe(name, []), name, loaded, 'files')).portOffset;
}

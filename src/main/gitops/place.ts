import type { Project } from '@shared/domain/projects/project';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';

/** What a folder of manifests is found with. */
export interface PlaceDependencies {
  readonly projects: { list(): Promise<readonly Project[]>; resolve(reference: string): Promise<Project> };
  readonly realFolder: (path: string) => Promise<string>;
}

/** Where something is done, and about which part of it. */
export interface Place {
  /** The folder all paths are relative to: the project's own, for whatever lies in one. */
  readonly dir: string;
  /** Only what lies beneath this folder of it (posix); '' for all. */
  readonly within: string;
  readonly projectId: string | null;
}

/**
 * The folder with links resolved, and the opened project it lies in, if there is one. In a project there is one set of groups: a folder of it is the project's,
 * looked at in part.
 */
export async function placeOf(deps: PlaceDependencies, { project: reference, dir: given }: JsonObject): Promise<Place> {
  const named = typeof reference === 'string' ? await deps.projects.resolve(reference) : null;
  if (typeof given !== 'string') {
    if (named === null) throw new AppError('input-invalid', 'No folder was given.', { hint: 'Name the folder of the manifests, or a project.' });
    return { dir: named.dir, within: '', projectId: named.id };
  }
  const dir = await deps.realFolder(given);
  const project = named ?? innermost(await deps.projects.list(), dir);
  if (project === null || !liesIn(dir, project.dir)) return { dir, within: '', projectId: project?.id ?? null };
  return { dir: project.dir, within: dir.slice(project.dir.length + 1), projectId: project.id };
}

/** As it is stored with an operation. */
export async function placed(deps: PlaceDependencies, input: JsonObject): Promise<JsonObject> {
  const { project: _named, dir: _given, within: before, ...rest } = input;
  const { dir, within: found, projectId } = await placeOf(deps, input);
  // Tried again: what is stored is what was found the first time.
  const within = typeof before === 'string' ? before : found;
  return { ...rest, dir, ...(within === '' ? {} : { within }), ...(projectId === null ? {} : { project: projectId }) };
}

/** Of what is stored: the part of the folder that was asked about; '' for all of it. */
export function withinOf(input: JsonObject): string {
  return typeof input['within'] === 'string' ? input['within'] : '';
}

/** Of what is stored: the folder as it was named. */
export function shownPlace(input: JsonObject): string {
  const within = withinOf(input);
  return within === '' ? textOf(input, 'dir') : `${textOf(input, 'dir')}/${within}`;
}

function innermost(projects: readonly Project[], dir: string): Project | null {
  return projects.filter((one) => liesIn(dir, one.dir)).sort((one, other) => other.dir.length - one.dir.length)[0] ?? null;
}

function liesIn(dir: string, folder: string): boolean {
  return dir === folder || dir.startsWith(`${folder}/`);
}

import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isWithin } from '@shared/domain/checks/host-path';
import { SETTINGS_NAMES } from '@shared/domain/compose/find-modes';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { ModeDefinition, Project } from '@shared/domain/projects/project';
import { pathProblem } from '@shared/domain/files/file-actions';
import { STORAGE_FILES } from '@shared/domain/storage/definition';
import { AppError } from '@shared/kernel/app-error';
import type { LoadedMode } from '@main/projects/types';
import type { FileKind, ProjectFilesDependencies } from './types';

/** A file that a project is made from. */
export interface KnownFile {
  /** Absolute. */
  readonly file: string;
  /** Relative to the project folder, with `/`; absolute outside of it. */
  readonly path: string;
  readonly kind: FileKind;
  readonly isInside: boolean;
  readonly usedBy: readonly { readonly mode: string; readonly services: readonly string[] }[];
}

/** A mode with what its files say; null while they cannot be read. */
export interface KnownMode {
  readonly definition: ModeDefinition;
  readonly loaded: LoadedMode | null;
  /** Which files those are: also of a mode that cannot be loaded now, as far as it can be told. */
  readonly seen: LoadedCompose | null;
  /** The file that it cannot be loaded for. */
  readonly culprit: string | null;
}

/** A project with its modes and files. */
export interface KnownProject {
  readonly project: Project;
  readonly modes: readonly KnownMode[];
  readonly files: readonly KnownFile[];
  /** Every mode can be read and its facts are agreed to: then files outside of the folder are shown, too. */
  readonly isTrusted: boolean;
}

type Lookup = Pick<ProjectFilesDependencies, 'projects' | 'compose' | 'exists' | 'dockerfileOf' | 'lastSeen'>;

/** Looks up what a project is made from. Files that are named and not there are among them. */
export async function knownProject(deps: Lookup, reference: string): Promise<KnownProject> {
  const project = await deps.projects.resolve(reference);
  const modes = await Promise.all(project.modes.map((definition) => knownMode(deps, project, definition)));
  const list = new FileList(project.dir);
  for (const mode of modes) addFilesOf(list, project.dir, mode);
  for (const mode of modes) await addBuildsOf(list, mode, deps);
  for (const [kind, names] of [['settings', SETTINGS_NAMES], ['storage', STORAGE_FILES]] as const) {
    for (const name of names) if (await deps.exists(join(project.dir, name))) list.add(join(project.dir, name), kind);
  }
  return { project, modes, files: list.all(), isTrusted: project.trusted && modes.every(({ loaded }) => loaded?.untrustedFacts.length === 0) };
}

async function knownMode(deps: Lookup, project: Project, definition: ModeDefinition): Promise<KnownMode> {
  const key = `${project.id} ${definition.name}`;
  try {
    const loaded = await deps.projects.loadMode(project.id, definition.name);
    deps.lastSeen.set(key, loaded.compose);
    return { definition, loaded, seen: loaded.compose, culprit: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // An env file that is missing is one that may be made here.
    const lenient = await deps.compose.load({ dir: project.dir, files: definition.files, envFiles: definition.envFiles, profiles: definition.profiles, mayMissServiceFiles: true }).catch(() => null);
    return { definition, loaded: null, seen: lenient ?? deps.lastSeen.get(key) ?? null, culprit: error.where?.file ?? null };
  }
}

/** One of the files of a project, by its path in it or as a whole. Rejects with `not-found` for any other. */
export function knownFile({ project, files }: KnownProject, file: string): KnownFile {
  const found = files.find((one) => one.file === resolve(project.dir, file)) ?? manifestIn(project.dir, resolve(project.dir, file));
  if (found === undefined) throw new AppError('not-found', `${file} is none of the files of ${project.name}.`, { hint: 'Only files that it is made from and YAML or JSON files in its folder can be read and changed here; see `berth files list`.' });
  return found;
}

/** Any other YAML or JSON file in the folder. */
function manifestIn(dir: string, file: string): KnownFile | undefined {
  const path = relative(dir, file).split(sep).join('/');
  return /\.(ya?ml|json)$/i.test(path) && pathProblem(path) === null ? { file, path, kind: 'manifest', isInside: true, usedBy: [] } : undefined;
}

function addFilesOf(list: FileList, dir: string, { definition, seen, culprit }: KnownMode): void {
  const { name } = definition;
  for (const file of definition.files) list.add(resolve(dir, file), 'compose', name);
  for (const file of definition.envFiles.length > 0 ? definition.envFiles : ['.env']) list.add(resolve(dir, file), 'env', name);
  const served = seen === null ? new Map<string, readonly string[]>() : servicesOfEnvFiles(seen);
  for (const file of [...(seen?.inputFiles ?? []), ...(culprit === null ? [] : [culprit])]) {
    const services = served.get(file);
    if (services !== undefined) list.add(file, 'env', name, services);
    else list.add(file, /\.ya?ml$/i.test(file) ? 'compose' : 'env', name);
  }
}

/** Which services take variables from which file. */
function servicesOfEnvFiles(compose: LoadedCompose): ReadonlyMap<string, readonly string[]> {
  const served = new Map<string, Set<string>>();
  for (const [service, variables] of Object.entries(compose.variables.environment)) {
    for (const layer of Object.values(variables).flat()) {
      if (layer.kind !== 'env_file' || layer.where === undefined) continue;
      served.set(layer.where.file, (served.get(layer.where.file) ?? new Set<string>()).add(service));
    }
  }
  return new Map([...served].map(([file, services]) => [file, [...services].sort()]));
}

async function addBuildsOf(list: FileList, { definition, seen }: KnownMode, deps: Pick<ProjectFilesDependencies, 'exists' | 'dockerfileOf'>): Promise<void> {
  for (const [service, one] of Object.entries(seen?.model.services ?? {})) {
    const own = one.build?.dockerfile_inline === undefined ? deps.dockerfileOf(one, seen?.projectDir ?? '') : undefined;
    if (own === undefined) continue;
    list.add(own.path, 'dockerfile', definition.name, [service]);
    for (const ignore of [`${own.path}.dockerignore`, join(own.context, '.dockerignore')]) if (await deps.exists(ignore)) list.add(ignore, 'ignore', definition.name, [service]);
  }
}

/** Collects files, each once, with everybody who uses it. */
class FileList {
  private readonly found = new Map<string, { readonly kind: FileKind; readonly modes: Map<string, Set<string>> }>();

  constructor(private readonly dir: string) {}

  add(file: string, kind: FileKind, mode?: string, services: readonly string[] = []): void {
    const known = this.found.get(file) ?? { kind, modes: new Map<string, Set<string>>() };
    this.found.set(file, known);
    if (mode === undefined) return;
    const users = known.modes.get(mode) ?? new Set<string>();
    for (const service of services) users.add(service);
    known.modes.set(mode, users);
  }

  all(): readonly KnownFile[] {
    return [...this.found].map(([file, { kind, modes }]) => {
      const isInside = isWithin(this.dir, file) && file !== this.dir;
      const path = relative(this.dir, file);
      return {
        file,
        path: isInside && !isAbsolute(path) ? path.split(sep).join('/') : file,
        kind,
        isInside,
        usedBy: [...modes].map(([mode, services]) => ({ mode, services: [...services] })),
      };
    });
  }
}

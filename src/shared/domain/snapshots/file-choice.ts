import type { LoadedCompose } from '../compose/model';
import { SETTINGS_NAMES } from '../compose/find-modes';
import { isInside, normalHostPath } from '../engine/host-path';
import { compareText } from '../modes/active-mode';
import type { ModeDefinition } from '../projects/project';

/** Which files of a project a snapshot holds, by paths below its folder. */
export interface ProjectFileChoice {
  readonly compose: readonly string[];
  /** Hold values: they are always stored encrypted. */
  readonly env: readonly string[];
  /** Named by the project and not beneath its folder: absolute. */
  readonly outside: readonly string[];
}

/** Files of the project that any mode names: compose files with what they include and extend, Dockerfiles, configs; and those with values: env files and secrets. */
export function projectFiles(dir: string, modes: readonly ModeDefinition[], loaded: readonly LoadedCompose[]): ProjectFileChoice {
  const compose = new Set<string>();
  const env = new Set<string>();
  const outside = new Set<string>();
  const add = (to: Set<string>, path: string): void => {
    const full = normalHostPath(path.startsWith('/') || /^[A-Za-z]:/.test(path) ? path : `${dir}/${path}`);
    const root = normalHostPath(dir);
    if (full === root) return;
    if (isInside(full, root)) to.add(full.slice(root.length + 1));
    else outside.add(full);
  };
  for (const name of SETTINGS_NAMES) add(compose, name);
  add(env, '.env');
  for (const mode of modes) {
    for (const file of mode.files) add(compose, file);
    for (const file of mode.envFiles) add(env, file);
  }
  for (const one of loaded) {
    for (const file of one.inputFiles) add(one.files.includes(file) || /\.ya?ml$/i.test(file) ? compose : env, file);
    for (const file of dockerfiles(one)) add(compose, file);
    for (const key of Object.keys(one.model.configs)) ifFile(one.model.configs[key]?.file, (file) => add(compose, file));
    for (const key of Object.keys(one.model.secrets)) ifFile(one.model.secrets[key]?.file, (file) => add(env, file));
  }
  // What holds values is never kept readable, also where a compose file names it as a config.
  return { compose: [...compose].filter((path) => !env.has(path)).sort(compareText), env: [...env].sort(compareText), outside: [...outside].sort(compareText) };
}

function ifFile(file: string | undefined, then: (file: string) => void): void {
  if (file !== undefined && file !== '') then(file);
}

/** Dockerfiles of every build from a folder, with the ignore file that goes with each. */
function dockerfiles({ model, projectDir }: LoadedCompose): readonly string[] {
  return Object.keys(model.services).flatMap((name) => {
    const build = model.services[name]?.build;
    const context = build?.context ?? projectDir;
    if (build === undefined || build.dockerfile_inline !== undefined || /^[a-z][a-z0-9+.-]*:\/\/|^git@/.test(context)) return [];
    const dockerfile = build.dockerfile ?? 'Dockerfile';
    const path = dockerfile.startsWith('/') ? dockerfile : `${context}/${dockerfile}`;
    return [path, `${path}.dockerignore`, `${context}/.dockerignore`];
  });
}

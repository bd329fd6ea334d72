import type { ObservedProject } from '@shared/domain/engine/observed';
import { createChecks, dockerfileOf } from '@main/checks';
import type { Compose, ComposeDrafts, Draft } from '@main/compose/types';
import type { Handlers } from '@main/dispatch/types';
import { filesHandlers, historyOf, lifecycleOperations, saveOperation } from '@main/files';
import type { ProjectFilesDependencies } from '@main/files/types';
import { hostBackupFolder } from '@main/platform/backup-folder';
import { pathExists, readBeneath, readProjectFile, replaceBeneath } from '@main/platform/files';
import { findFiles } from '@main/platform/find-files';
import { lockProject } from '@main/platform/project-lock';
import { within } from '@main/platform/within';
import type { LoadedMode, Projects } from '@main/projects/types';
import type { CommitsOfFile } from '@main/files/types';
import { fileActionDoors } from './file-actions';
import type { Foundation } from './foundation';

/** While somebody types, the engine's answer may be so old; an engine that takes longer than that to answer is not waited for. */
const OBSERVED_FOR_MS = 3_000;
const ENGINE_ANSWERS_MS = 60;

/** More than anybody scrolls through; what is beyond is said to be missing. */
const MANIFESTS = { depth: 32, entries: 200_000, files: 20_000 };
/** Not the notes that lie beside what was archived. */
const isManifest = (name: string): boolean => /\.(ya?ml|json)$/i.test(name) && !name.endsWith('.berth.json');

/** What the files of a project are wired over. */
export interface FilesParts {
  readonly foundation: Pick<Foundation, 'store' | 'operations' | 'turns'>;
  readonly projects: Projects;
  readonly compose: ComposeDrafts & Pick<Compose, 'load'>;
  readonly checkDoors: Parameters<typeof createChecks>[0];
  /** The commits of one file; none where it is not under git. */
  readonly commits: CommitsOfFile;
  readonly observe: (loaded: LoadedMode) => Promise<ObservedProject | null>;
}

/** The files page: reading, checking as one types, and saving. Registers its operation. */
export function wireFiles({ foundation, projects, compose, checkDoors, observe, commits }: FilesParts): ReturnType<typeof filesHandlers> & Pick<Handlers, 'files.history'> {
  const observed = recentlyObserved(observe);
  const deps: ProjectFilesDependencies = {
    projects,
    compose,
    lastSeen: new Map(),
    readBeneath: (root, path) => readBeneath(root, path),
    replaceBeneath,
    readAnywhere: (path) => readProjectFile(path),
    manifestsBelow: (dir) => findFiles(dir, isManifest, MANIFESTS),
    exists: pathExists,
    dockerfileOf,
    async quickChecks(loaded, draft) {
      // What walks through folders or compares build contexts is left to the checks of what is saved.
      const { buildIdentity: _slow, findMoved: _slower, mounts: _third, ...quick } = checkDoors;
      return createChecks({ ...quick, sources: withDraft(quick.sources, draft) }).run(loaded, await observed(loaded));
    },
    lock: lockProject,
    folder: hostBackupFolder(),
    store: foundation.store,
  };
  foundation.operations.register(saveOperation(deps));
  for (const kind of lifecycleOperations({ projects, ...fileActionDoors(foundation) })) foundation.operations.register(kind);
  return {
    ...filesHandlers(deps),
    'files.history': (input) => historyOf({ projects, store: foundation.store, commits, exists: pathExists }, input),
  } satisfies Partial<Handlers>;
}

function withDraft(sources: FilesParts['checkDoors']['sources'], draft: Draft): FilesParts['checkDoors']['sources'] {
  return {
    ...sources,
    readText: (path) => (path === draft.file ? Promise.resolve(draft.text) : sources.readText(path)),
    readDockerfile: (path) => (path === draft.file ? Promise.resolve({ state: 'present', text: draft.text }) : sources.readDockerfile(path)),
  };
}

/** What the engine said of a mode a moment ago; null while it has not answered. */
function recentlyObserved(observe: FilesParts['observe']): (loaded: LoadedMode) => Promise<ObservedProject | null> {
  const known = new Map<string, { readonly at: number; readonly answer: Promise<ObservedProject | null>; last: ObservedProject | null }>();
  return (loaded) => {
    const key = `${loaded.project.id} ${loaded.mode.name}`;
    const now = performance.now();
    const last = known.get(key);
    if (last !== undefined && now - last.at < OBSERVED_FOR_MS) return within(ENGINE_ANSWERS_MS, last.answer, last.last);
    const entry = { at: now, answer: observe(loaded).catch(() => null), last: last?.last ?? null };
    void entry.answer.then((answer) => (entry.last = answer));
    known.set(key, entry);
    return within(ENGINE_ANSWERS_MS, entry.answer, entry.last);
  };
}

import { basename } from 'node:path';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { FoundSnapshot, RestoreDependencies, RestoreTarget } from './restore-types';

/** A project that is known, whether its files can be read or not: what a snapshot is there to mend. */
export interface KnownProject {
  readonly id: string;
  readonly dir: string;
  readonly trustedFactKeys: readonly string[] | null;
  /** Null while its files cannot be read. */
  readonly project: Project | null;
}

/** Finds a project by reference. Rejects as `Projects.resolve` does for one that was never opened. */
export async function knownProject(deps: Pick<RestoreDependencies, 'projects' | 'store'>, reference: string): Promise<KnownProject> {
  const resolved = await deps.projects.resolve(reference).catch((error: unknown) => {
    if (error instanceof AppError) return error;
    throw error;
  });
  const all = await deps.store.listProjects();
  const stored = all.find((one) => (resolved instanceof AppError ? one.id === reference || one.dir === reference : one.id === resolved.id));
  if (stored === undefined) {
    if (resolved instanceof AppError) throw resolved;
    return { id: resolved.id, dir: resolved.dir, trustedFactKeys: null, project: resolved };
  }
  return { id: stored.id, dir: stored.dir, trustedFactKeys: stored.trustedFacts, project: resolved instanceof AppError ? null : resolved };
}

/** Where a snapshot is restored to. The name it had is believed where this Berth made it of this project: the files that say it may be broken. */
export function restoreTarget(known: KnownProject, { manifest, foreign }: FoundSnapshot): RestoreTarget {
  const ours = !foreign && manifest.project.id === known.id;
  const name = ours ? manifest.project.name : (known.project?.name ?? basename(known.dir));
  return {
    projectId: known.id,
    name,
    dir: known.dir,
    modes: known.project?.modes ?? [],
    authorization: { projectDir: known.dir, projectName: name, trustedFactKeys: known.trustedFactKeys },
  };
}

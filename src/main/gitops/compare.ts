import type { OutputOf, ParsedInputOf } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import type { Handlers } from '@main/dispatch/types';
import type { ManifestReader } from '@main/platform/manifests/reader';
import type { Project } from '@shared/domain/projects/project';

/** What comparing works with. */
export interface CompareDependencies {
  readonly projects: { resolve(reference: string): Promise<Project> };
  readonly realFolder: (path: string) => Promise<string>;
  readonly reader: Pick<ManifestReader, 'compare'>;
}

/** Binds `gitops.compare`: two files of a folder, by their text and by what they mean. */
export function compareHandlers(deps: CompareDependencies): Pick<Handlers, 'gitops.compare'> {
  return {
    'gitops.compare': async ({ project, dir, left, right }): Promise<OutputOf<'gitops.compare'>> => {
      const { files, differences } = await deps.reader.compare(await folderOf(deps, project, dir), left, right);
      const [one, other] = files;
      return { left: one, right: other, meansSame: one.meaning === null || other.meaning === null ? null : one.meaning === other.meaning, differences: [...differences] };
    },
  };
}

async function folderOf(deps: CompareDependencies, project: ParsedInputOf<'gitops.compare'>['project'], dir: string | undefined): Promise<string> {
  if (dir !== undefined) return deps.realFolder(dir);
  if (project === undefined) throw new AppError('input-invalid', 'No folder was given.', { hint: 'Name the folder of the manifests or a project.' });
  return (await deps.projects.resolve(project)).dir;
}

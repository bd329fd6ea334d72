import type { OutputOf, ParsedInputOf } from '@shared/contract/contract';
import { canonicalText } from '@shared/domain/gitops/manifest/canonical';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import { meaningText } from '@shared/domain/gitops/meaning/meaning-text';
import { readSchemas, type KubernetesSchemas, type SchemaFile } from '@shared/domain/gitops/schema/schema-data';
import type { Handlers } from '@main/dispatch/types';
import { sha256Of } from '@main/platform/backup-folder';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';

/** What comparing works with. */
export interface CompareDependencies {
  readonly projects: { resolve(reference: string): Promise<Project> };
  readonly realFolder: (path: string) => Promise<string>;
  /** Reads a file beneath the folder, following no link. */
  readonly read: (dir: string, file: string) => Promise<Uint8Array>;
  readonly schemaFile: () => Promise<SchemaFile>;
}

type Compared = OutputOf<'gitops.compare'>;

/** Binds `gitops.compare`. */
export function compareHandlers(deps: CompareDependencies): Pick<Handlers, 'gitops.compare'> {
  return { 'gitops.compare': (input) => compareFiles(deps, input) };
}

/** Two files of a folder, by their text and by what they mean. */
async function compareFiles(deps: CompareDependencies, { project, dir, left, right }: ParsedInputOf<'gitops.compare'>): Promise<Compared> {
  const root = await folderOf(deps, project, dir);
  const schemas = readSchemas(await deps.schemaFile());
  const side = async (file: string): Promise<Compared['left']> => comparedFile(file, await deps.read(root, file), schemas);
  const [one, other] = await Promise.all([side(left), side(right)]);
  return { left: one, right: other, meansSame: one.meaning === null || other.meaning === null ? null : one.meaning === other.meaning };
}

function comparedFile(file: string, bytes: Uint8Array, schemas: KubernetesSchemas): Compared['left'] {
  const { documents, reason } = readManifests(bytes, file);
  return {
    file,
    contentHash: sha256Of(bytes),
    text: new TextDecoder().decode(bytes),
    // The layer at which a scan calls two of them the same.
    meaning: documents.length === 0 ? null : meaningText(documents.map(({ value }) => canonicalText(value, 'L4', schemas))),
    reason: documents.length === 0 ? (reason ?? 'There is no manifest in it.') : null,
  };
}

async function folderOf(deps: CompareDependencies, project: string | undefined, dir: string | undefined): Promise<string> {
  if (dir !== undefined) return deps.realFolder(dir);
  if (project === undefined) throw new AppError('input-invalid', 'No folder was given.', { hint: 'Name the folder of the manifests or a project.' });
  return (await deps.projects.resolve(project)).dir;
}

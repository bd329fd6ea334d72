import { validateHandlers } from '@main/gitops/validate';
import { readBeneath } from '@main/platform/files';
import { kubernetesSchemaFile } from '@main/platform/manifests/kubernetes-schemas';
import { manifestFiles } from '@main/platform/manifests/manifest-files';
import type { Projects } from '@main/projects/types';

const FILE_BYTES_MAX = 5_000_001;

/** The check of manifests, over the files of the machine. */
export function wireGitopsValidate(projects: Pick<Projects, 'resolve'>): ReturnType<typeof validateHandlers> {
  return validateHandlers({ projects, schemaFile: kubernetesSchemaFile, files: manifestFiles, read: (dir, path) => readBeneath(dir, path, FILE_BYTES_MAX) });
}

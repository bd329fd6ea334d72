import { AppError } from '@shared/kernel/app-error';
import { hasErrors } from '@shared/domain/findings/finding';
import type { Handlers } from '@main/dispatch/types';
import type { ManifestReader } from '@main/platform/manifests/reader';
import type { Projects } from '@main/projects/types';

/** What validation needs of the outside. */
export interface ValidateDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly reader: Pick<ManifestReader, 'validate'>;
}

/** Binds `gitops.validate`: every manifest of a folder against a version of Kubernetes, and the custom resources that the folder itself defines. */
export function validateHandlers({ projects, reader }: ValidateDependencies): Pick<Handlers, 'gitops.validate'> {
  return {
    'gitops.validate': async (input) => {
      if (input.dir === undefined && input.project === undefined) throw new AppError('input-invalid', 'Name the folder to check, or a project.');
      const dir = input.dir ?? (await projects.resolve(input.project ?? '')).dir;
      const { findings, ...found } = await reader.validate(dir, input.kubernetes ?? null);
      return { ok: !hasErrors(findings), ...found, findings: findings.map((one) => ({ ...one, fixes: one.fixes.map((fix) => ({ ...fix })) })) };
    },
  };
}

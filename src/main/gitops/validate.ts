import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '@shared/kernel/app-error';
import type { OutputOf } from '@shared/contract/contract';
import type { Finding } from '@shared/domain/findings/finding';
import { hasErrors } from '@shared/domain/findings/finding';
import { customKinds } from '@shared/domain/gitops/schema/custom-resources';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import { readSchemas, type CustomKind, type SchemaFile } from '@shared/domain/gitops/schema/schema-data';
import { checkedVersion, validateManifests } from '@shared/domain/gitops/validate/validate-manifests';
import type { Handlers } from '@main/dispatch/types';
import type { Projects } from '@main/projects/types';

const FILES_MAX = 20_000;

/** What validation needs of the outside. */
export interface ValidateDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly schemaFile: () => Promise<SchemaFile>;
  /** Manifests beneath a folder, relative; null where there are more than `max`. */
  readonly files: (dir: string, max: number) => Promise<readonly string[] | null>;
  readonly read: (dir: string, path: string) => Promise<Uint8Array>;
}

/** Binds `gitops.validate`: every manifest of a folder against a version of Kubernetes, and the custom resources that the folder itself defines. */
export function validateHandlers(deps: ValidateDependencies): Pick<Handlers, 'gitops.validate'> {
  return {
    'gitops.validate': async (input) => {
      if (input.dir === undefined && input.project === undefined) throw new AppError('input-invalid', 'Name the folder to check, or a project.');
      const dir = input.dir ?? (await deps.projects.resolve(input.project ?? '')).dir;
      return validateFolder(deps, dir, input.kubernetes);
    },
  };
}

async function validateFolder(deps: ValidateDependencies, dir: string, kubernetes: string | undefined): Promise<OutputOf<'gitops.validate'>> {
  const paths = await deps.files(dir, FILES_MAX).catch((error: unknown) => {
    throw new AppError('file-unreadable', `The folder ${dir} cannot be read.`, { cause: error });
  });
  if (paths === null) throw new AppError('input-invalid', `The folder ${dir} has more than ${FILES_MAX} manifests: name a smaller one.`);
  const file = await deps.schemaFile();
  const schemas = readSchemas(file, await customKindsIn(deps, dir, paths));
  const version = checkedVersion(schemas, kubernetes);
  if (version === null) throw new AppError('input-invalid', `Berth knows Kubernetes ${schemas.versions.join(', ')}, not ${kubernetes ?? ''}.`);
  const findings: Finding[] = [];
  let documents = 0;
  for (const path of paths) {
    const bytes = await deps.read(dir, path).catch(() => null);
    if (bytes === null) continue;
    const checked = validateManifests(bytes, path, schemas, version);
    documents += checked.documents;
    findings.push(...checked.findings);
    await nextTurn();
  }
  return { ok: !hasErrors(findings), kubernetes: version.name, files: paths.length, documents, findings: findings.map((one) => ({ ...one, fixes: one.fixes.map((fix) => ({ ...fix })) })) };
}

/** The definitions of custom resources that stand in the tree itself. */
async function customKindsIn(deps: ValidateDependencies, dir: string, paths: readonly string[]): Promise<readonly CustomKind[]> {
  const kinds: CustomKind[] = [];
  for (const path of paths) {
    const bytes = await deps.read(dir, path).catch(() => null);
    // Only few files have one, and looking for the word is much cheaper than parsing.
    if (bytes === null || !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('CustomResourceDefinition')) continue;
    for (const { value } of readManifests(bytes, path).documents) kinds.push(...customKinds(value));
    await nextTurn();
  }
  return kinds;
}

import { dirname, join, resolve } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import { emptyEnvironment } from '@shared/domain/compose/environment';
import { parseDotenv } from '@shared/domain/compose/dotenv';
import { BASE_NAMES, OVERRIDE_NAMES } from '@shared/domain/compose/find-modes';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { printedModel } from '@shared/domain/compose/printed-model';
import type { Handlers } from '../dispatch/types';
import { listFolder, readOptionalFile } from '../platform/files';
import type { Compose } from './types';

/** `compose.config`: what docker compose would print, and a refusal where it would refuse. */
export function composeHandlers(compose: Compose, environment: { readonly [name: string]: string | undefined } = process.env): Pick<Handlers, 'compose.config'> {
  return {
    'compose.config': async (input) => {
      const first = input.file[0];
      // As docker compose: the project folder is that of the first file.
      const dir = resolve(input.dir ?? (first === undefined ? process.cwd() : dirname(first)));
      const files = input.file.length > 0 ? input.file : await defaultFiles(dir, environment);
      const loaded = await compose.load({ dir, files, envFiles: input.envFile, profiles: input.profile });
      refuseLikeDocker(loaded);
      const hashes: { [service: string]: string } = Object.create(null) as { [service: string]: string };
      for (const [name, byDialect] of Object.entries(loaded.hashes)) hashes[name] = byDialect.v5;
      return { model: printedModel(loaded) as Json, hashes, warnings: [...loaded.warnings] };
    },
  };
}

/** A finding is only shown by a plan; docker compose does not print a model that has one. What Berth alone cannot honour does not count here. */
function refuseLikeDocker(loaded: LoadedCompose): void {
  const refused = loaded.findings.find((finding) => finding.severity === 'error' && finding.code !== 'UNSUPPORTED_KEY');
  if (refused === undefined) return;
  throw new AppError('compose-invalid', refused.message, { hint: refused.why, where: refused.where, service: refused.service });
}

/** COMPOSE_FILE, else the usual names here or in a folder above, with the override file beside them. */
async function defaultFiles(dir: string, environment: { readonly [name: string]: string | undefined }): Promise<readonly string[]> {
  const dotenv = emptyEnvironment();
  const bytes = await readOptionalFile(join(dir, '.env')).catch(() => undefined);
  try {
    parseDotenv(bytes === undefined ? '' : Buffer.from(bytes).toString('utf8'), dotenv, (name) => environment[name]);
  } catch {
    // Loading reports the line; here only two names are wanted.
  }
  const named = environment['COMPOSE_FILE'] ?? dotenv['COMPOSE_FILE'];
  if (named !== undefined && named !== '') {
    const separator = environment['COMPOSE_PATH_SEPARATOR'] ?? dotenv['COMPOSE_PATH_SEPARATOR'] ?? (process.platform === 'win32' ? ';' : ':');
    return named.split(separator);
  }
  for (let folder = dir; ; folder = dirname(folder)) {
    const names = await listFolder(folder);
    const base = BASE_NAMES.find((name) => names.includes(name));
    if (base !== undefined) {
      const override = OVERRIDE_NAMES.find((name) => names.includes(name));
      return [base, ...(override === undefined ? [] : [override])].map((name) => join(folder, name));
    }
    if (dirname(folder) === folder) {
      throw new AppError('compose-not-found', `There is no compose file in ${dir} or above it.`, { where: { file: dir }, hint: `Name one with --file, or call it ${BASE_NAMES[0] ?? 'compose.yaml'}.` });
    }
  }
}

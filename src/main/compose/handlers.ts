import { dirname, join, resolve } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import { emptyEnvironment } from '@shared/domain/compose/environment';
import { parseDotenv } from '@shared/domain/compose/dotenv';
import { BASE_NAMES, OVERRIDE_NAMES } from '@shared/domain/compose/find-modes';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { printedModel } from '@shared/domain/compose/printed-model';
import { PRINTED_BY_COMPOSE } from '@shared/domain/compose/refusals';
import type { Handlers } from '../dispatch/types';
import { listFolder, readOptionalFile } from '../platform/files';
import type { Compose } from './types';

interface Found {
  readonly files: readonly string[];
  readonly envFiles?: readonly string[];
  readonly profiles?: readonly string[];
  readonly warning?: string;
}

/**
 * `compose.config`: what docker compose would print, and a refusal where it would refuse. In a folder where it would find
 * no file, those of a mode are taken: of `modeOf(dir)`, the one that runs there, else of the first.
 */
export function composeHandlers(compose: Compose, environment: { readonly [name: string]: string | undefined } = process.env, modeOf: (dir: string) => Promise<string | null> = () => Promise.resolve(null)): Pick<Handlers, 'compose.config'> {
  return {
    'compose.config': async (input) => {
      const first = input.file[0];
      // As docker compose: the project folder is that of the first file.
      const dir = resolve(input.dir ?? (first === undefined ? process.cwd() : dirname(first)));
      const found: Found = input.file.length > 0 ? { files: input.file } : ((await usualFiles(dir, environment)) ?? (await modeFiles(compose, dir, modeOf)));
      const loaded = await compose.load({
        dir,
        files: found.files,
        envFiles: input.envFile.length > 0 ? input.envFile : (found.envFiles ?? []),
        profiles: input.profile.length > 0 ? input.profile : (found.profiles ?? []),
      });
      refuseLikeDocker(loaded);
      const hashes: { [service: string]: string } = Object.create(null) as { [service: string]: string };
      for (const [name, byDialect] of Object.entries(loaded.hashes)) hashes[name] = byDialect.v5;
      return { model: printedModel(loaded) as Json, hashes, warnings: [...(found.warning === undefined ? [] : [found.warning]), ...loaded.warnings] };
    },
  };
}

/** A finding is only shown by a plan; docker compose does not print a model that has one. What Berth alone cannot honour, or an engine alone refuses, does not count here. */
function refuseLikeDocker(loaded: LoadedCompose): void {
  const refused = loaded.findings.find((finding) => finding.severity === 'error' && !PRINTED_BY_COMPOSE.has(finding.code));
  if (refused === undefined) return;
  throw new AppError('compose-invalid', refused.message, { hint: refused.why, where: refused.where, service: refused.service });
}

/** The files of a mode of the folder, with a word on which. */
async function modeFiles(compose: Compose, dir: string, modeOf: (dir: string) => Promise<string | null>): Promise<Found> {
  const modes = await compose.discoverModes(dir).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'compose-not-found') return [];
    throw error;
  });
  const wanted = await modeOf(dir);
  const mode = modes.find((one) => one.name === wanted) ?? modes[0];
  if (mode === undefined) {
    throw new AppError('compose-not-found', `There is no compose file in ${dir} or above it.`, { where: { file: dir }, hint: `Name one with --file, or call it ${BASE_NAMES[0] ?? 'compose.yaml'}.` });
  }
  const { name, files, envFiles, profiles } = mode;
  return { files, envFiles, profiles, warning: `This is mode ${name} (${files.join(', ')}); docker compose finds no file here by itself. Name others with --file.` };
}

/** COMPOSE_FILE, else the usual names here or in a folder above, with the override file beside them. Null when there are none. */
async function usualFiles(dir: string, environment: { readonly [name: string]: string | undefined }): Promise<Found | null> {
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
    return { files: named.split(separator) };
  }
  for (let folder = dir; ; folder = dirname(folder)) {
    const names = await listFolder(folder);
    const base = BASE_NAMES.find((name) => names.includes(name));
    if (base !== undefined) {
      const override = OVERRIDE_NAMES.find((name) => names.includes(name));
      return { files: [base, ...(override === undefined ? [] : [override])].map((name) => join(folder, name)) };
    }
    if (dirname(folder) === folder) return null;
  }
}

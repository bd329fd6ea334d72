import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { ComposeModel, ComposeService, LoadedCompose } from '@shared/domain/compose/model';
import { networkHash, serviceHashes, volumeHash } from '@shared/domain/compose/hash';
import { AppError } from '@shared/kernel/app-error';
import type { Compose, ComposeRequest } from '@main/compose/types';

const run = promisify(execFile);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A loader that asks the real docker compose: for tests of what follows loading. */
export const oracleCompose: Compose = {
  async load(request: ComposeRequest): Promise<LoadedCompose> {
    const files = request.files.map((file) => resolve(request.dir, file));
    const { stdout } = await run('docker', ['compose', ...files.flatMap((file) => ['-f', file]), 'config', '--format', 'json', '--no-path-resolution=false'], { cwd: request.dir }).catch((error: { stderr?: string }) => {
      throw new AppError('compose-invalid', error.stderr ?? 'docker compose failed');
    });
    const model = JSON.parse(stdout.replaceAll('$$', '$')) as ComposeModel;
    const full: ComposeModel = { ...model, networks: model.networks ?? {}, volumes: model.volumes ?? {}, secrets: model.secrets ?? {}, configs: model.configs ?? {} };
    return {
      model: full,
      projectDir: request.dir,
      files,
      envFiles: [],
      profiles: request.profiles,
      disabledServices: [],
      warnings: [],
      findings: [],
      inputFiles: files,
      hashes: Object.fromEntries(Object.entries(full.services).map(([name, one]: [string, ComposeService]) => [name, serviceHashes(one, sha256)])),
      networkHashes: Object.fromEntries(Object.entries(full.networks).map(([name, one]) => [name, networkHash(one, sha256)])),
      volumeHashes: Object.fromEntries(Object.entries(full.volumes).map(([name, one]) => [name, volumeHash(one, sha256)])),
      extensions: {},
      variableContents: {},
      variables: { uses: [], values: {}, environment: {} },
      locate: () => undefined,
    };
  },
  discoverModes: async () => [
    { name: 'dev', files: ['docker-compose.dev.yml'], envFiles: [], profiles: [] },
    { name: 'prod', files: ['docker-compose.clean.yml'], envFiles: [], profiles: [] },
  ],
  placeOfModeFile: () => Promise.resolve(undefined),
  close: () => undefined,
};

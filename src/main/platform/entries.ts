import { basename, dirname, join, resolve } from 'node:path';

/** The entries of their own that the build puts beside the main bundle (electron.vite.config.ts). */
export type WorkerEntryName = 'store-worker' | 'parser-process' | 'sync-worker' | 'manifest-scanner' | 'manifest-thread' | 'manifest-reader' | 'template-worker';

/** Absolute path of a worker's or child process's built file: beside the bundle, or in BERTH_OUT under test. */
export function workerEntry(name: WorkerEntryName): string {
  return join(outFolder(), `${name}.cjs`);
}

/** Absolute path of the folder with the helper's sources, the sample and the scripts: beside the built files, or beside the archive of a package, or in BERTH_RESOURCES under test. */
export function resourcesFolder(): string {
  const override = process.env['BERTH_RESOURCES'];
  if (override !== undefined && override !== '') return override;
  const root = resolve(outFolder(), '..', '..');
  return basename(root) === 'app.asar' ? dirname(root) : join(root, 'resources');
}

function outFolder(): string {
  const override = process.env['BERTH_OUT'];
  if (override !== undefined && override !== '') return override;
  // Code split into a chunk lies one folder deeper than the entries.
  const here = typeof __dirname === 'string' ? __dirname : process.cwd();
  return basename(here) === 'chunks' ? dirname(here) : here;
}

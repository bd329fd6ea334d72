import { basename, dirname, join } from 'node:path';

/** The entries of their own that the build puts beside the main bundle (electron.vite.config.ts). */
export type WorkerEntryName = 'store-worker' | 'parser-process';

/** Absolute path of a worker's or child process's built file: beside the bundle, or in BERTH_OUT under test. */
export function workerEntry(name: WorkerEntryName): string {
  return join(outFolder(), `${name}.cjs`);
}

function outFolder(): string {
  const override = process.env['BERTH_OUT'];
  if (override !== undefined && override !== '') return override;
  // Code split into a chunk lies one folder deeper than the entries.
  const here = typeof __dirname === 'string' ? __dirname : process.cwd();
  return basename(here) === 'chunks' ? dirname(here) : here;
}

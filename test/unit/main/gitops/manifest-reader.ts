import { resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { forkChild } from '@main/platform/child-worker';
import { createManifestReader, type ManifestReader } from '@main/platform/manifests/reader';
import { bundle } from '../../../support/bundle';

/** The reader with its real process, for the tests of a file. */
export function withManifestReader(): () => ManifestReader {
  let reader: ManifestReader | undefined;
  beforeAll(async () => {
    const { dir } = await bundle({ 'manifest-reader': resolve('src/main/workers/manifest-reader.ts') });
    process.env['BERTH_RESOURCES'] = resolve('resources');
    reader = createManifestReader(forkChild, `${dir}/manifest-reader.cjs`);
  }, 60_000);
  afterAll(() => {
    reader?.close();
    delete process.env['BERTH_RESOURCES'];
  });
  return () => {
    if (reader === undefined) throw new Error('The reader was not made yet.');
    return reader;
  };
}

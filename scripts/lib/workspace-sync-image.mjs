/**
 * Makes `berth/workspace-sync:local`: the sync engine, bundled into one file, on the base of the image of workspaces. Only a compose file that is
 * run without Berth needs it, so it is not made along with the others.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildImage, engineCall, engineSocketPath } from './engine-image.mjs';
import { ROOT } from './paths.mjs';
import { workspaceBaseImage } from './storage-images.mjs';

const REFERENCE = 'berth/workspace-sync:local';

/** The program of the image, as one file that needs nothing but node. */
export async function bundleWorkspaceSync() {
  const { rolldown } = await import(pathToFileURL(join(ROOT, 'node_modules', 'rolldown', 'dist', 'index.mjs')).href);
  const built = await rolldown({
    input: join(ROOT, 'src/main/workers/workspace-sync.ts'),
    platform: 'node',
    resolve: { alias: { '@shared': join(ROOT, 'src/shared'), '@main': join(ROOT, 'src/main') } },
  });
  try {
    const { output } = await built.generate({ format: 'cjs', codeSplitting: false });
    if (output.length !== 1) throw new Error(`The program of ${REFERENCE} became ${output.length} files.`);
    return output[0].code;
  } finally {
    await built.close();
  }
}

/** The image, made where it is missing or of older sources. Resolves with its name; throws with how to get what is missing. */
export async function ensureWorkspaceSyncImage({ socketPath = engineSocketPath(), log = () => {} } = {}) {
  const entries = [
    { path: 'Dockerfile', content: await readFile(join(ROOT, 'resources/images/workspace-sync/Dockerfile')), mode: 0o644 },
    { path: 'workspace-sync.cjs', content: Buffer.from(await bundleWorkspaceSync()), mode: 0o644 },
  ];
  const hash = createHash('sha256');
  for (const { path, content } of entries) hash.update(`${path}\0${content.length}\0`).update(content);
  const sources = hash.digest('hex').slice(0, 12);
  const { status, text } = await engineCall({ socketPath, path: `/images/${REFERENCE}/json` });
  if (status === 200 && JSON.parse(text).Config?.Labels?.['dev.berth.sources'] === sources) return REFERENCE;
  const { image, version } = await workspaceBaseImage({ socketPath, log });
  await buildImage({ socketPath, reference: REFERENCE, entries, args: { BASE_IMAGE: image }, labels: { 'dev.berth.role': 'workspace-sync', 'dev.berth.sources': sources, 'dev.berth.version': version } });
  log(`Made ${REFERENCE}.`);
  return REFERENCE;
}

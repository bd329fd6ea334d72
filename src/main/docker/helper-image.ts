import { AppError } from '@shared/kernel/app-error';
import { imageSourcesHash } from './image-sources';
import type { Engine } from './types';

/** What the image is made of (docs/adr/0007-helper-image.md): its name is a hash over these. */
const SOURCES = ['Dockerfile', 'berth-helper'];
const REGISTRY_BASE = 'busybox:1.37';
/** Imported from a machine's own busybox where no registry is reached (`npm run helper:image`). */
const LOCAL_BASE = 'berth/helper-base:local';

/** The name of the helper image for the sources in this folder. */
export async function helperReference(sourcesDir: string): Promise<string> {
  return `berth/helper:${await imageSourcesHash(sourcesDir, SOURCES)}`;
}

/** Resolves with the helper image's name, made first when the engine does not have it. Rejects with `setup-failed` where it can be neither found nor made. */
export async function ensureHelper(engine: Engine, sourcesDir: string, onOutput: (line: string) => void, signal?: AbortSignal): Promise<string> {
  const reference = await helperReference(sourcesDir);
  if ((await engine.inspectImage(reference)) !== null) return reference;
  // On behalf of nobody's project: it is built from Berth's own folder and carries no project's name.
  const own = engine.as({ projectDir: sourcesDir, projectName: 'berth', trustedFactKeys: [] });
  try {
    const base = await baseImage(own, onOutput, signal);
    await own.build({ contextDir: sourcesDir, dockerfile: 'Dockerfile', args: { BASE_IMAGE: base }, labels: {}, tags: [reference], noCache: false, pull: false, cacheFrom: [], extraHosts: [] }, onOutput, signal);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'cancelled') throw error;
    throw new AppError('setup-failed', 'The helper image, which looks from inside a network, could not be made.', { hint: `It is built on ${REGISTRY_BASE}: connect to a registry, or pull or load that image by hand.`, cause: error });
  }
  return reference;
}

async function baseImage(engine: Engine, onOutput: (line: string) => void, signal?: AbortSignal): Promise<string> {
  for (const image of [REGISTRY_BASE, LOCAL_BASE]) if ((await engine.inspectImage(image)) !== null) return image;
  await engine.pull(REGISTRY_BASE, undefined, onOutput, signal);
  return REGISTRY_BASE;
}

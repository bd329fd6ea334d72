/** Makes `berth/helper:<hash>` from resources/helper: on a busybox that is there or can be pulled, otherwise on this machine's own. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImage, busyboxEntries, engineCall, engineSocketPath, findImage, importImage, IMAGE_PATH, pullImage } from './engine-image.mjs';

const SOURCES_DIR = fileURLToPath(new URL('../../resources/helper', import.meta.url));
const SOURCES = ['Dockerfile', 'berth-helper'];
const REGISTRY_BASE = 'busybox:1.37';
const LOCAL_BASE = 'berth/helper-base:local';

/** The image's name for the sources as they are now. */
export async function helperReference() {
  const hash = createHash('sha256');
  for (const name of SOURCES) {
    const content = await readFile(join(SOURCES_DIR, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return `berth/helper:${hash.digest('hex').slice(0, 12)}`;
}

/** Makes the image unless the engine has it. Resolves with its name. */
export async function ensureHelperImage({ socketPath = engineSocketPath(), log = () => {} } = {}) {
  const reference = await helperReference();
  if ((await findImage(socketPath, reference)) !== null) return reference;
  const base = await helperBase(socketPath, log);
  const context = await Promise.all(SOURCES.map(async (path) => ({ path, content: await readFile(join(SOURCES_DIR, path)), mode: 0o755 })));
  await buildImage({ socketPath, reference, entries: context, args: { BASE_IMAGE: base } });
  log(`Made ${reference} on ${base}.`);
  return reference;
}

async function helperBase(socketPath, log) {
  for (const image of [REGISTRY_BASE, LOCAL_BASE]) if ((await findImage(socketPath, image)) !== null) return image;
  log(`Pulling ${REGISTRY_BASE} …`);
  if (await pullImage({ socketPath, reference: REGISTRY_BASE, timeoutMs: 60_000 })) return REGISTRY_BASE;
  const engine = JSON.parse((await engineCall({ socketPath, path: '/version' })).text);
  if (process.platform !== 'linux' || { amd64: 'x64', arm64: 'arm64' }[engine.Arch] !== process.arch) {
    throw new Error(`${REGISTRY_BASE} cannot be pulled, and this machine has no busybox for ${engine.Os}/${engine.Arch}.`);
  }
  log(`It cannot be pulled here: the static busybox of this machine is used.`);
  await importImage({ socketPath, repository: 'berth/helper-base', tag: 'local', entries: await busyboxEntries(), changes: [IMAGE_PATH, 'CMD ["sh"]'] });
  return LOCAL_BASE;
}

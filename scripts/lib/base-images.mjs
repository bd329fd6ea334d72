/**
 * Sees to it that the sample project has a base image with Node in it: one that is there, one that can be pulled, or one
 * made on this machine from the Node program of an npm package and a static busybox. Node built-ins only.
 */
import { spawnSync } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { busyboxEntries, engineCall, engineSocketPath, findImage, importImage, IMAGE_PATH, libraryEntries, pullImage } from './engine-image.mjs';

/** The image the sample names by default; any image with Node 22.18 or newer and a `node` user works. */
export const REGISTRY_BASE_IMAGE = 'node:24-alpine';
/** The image made here where no registry can be reached. */
export const LOCAL_BASE_IMAGE = 'berth/sample-base:node24';

const NODE_MAJOR = 24;

/**
 * Makes sure a base image exists and names it. `envFile` is the sample's .env: its BASE_IMAGE line is set to the result.
 * Resolves with `{ image, origin }`, origin one of 'present', 'pulled', 'built'. Throws one plain sentence when none can be had.
 */
export async function ensureBaseImages({ socketPath = engineSocketPath(), log = () => {}, envFile, cacheDir = defaultCacheDir() } = {}) {
  const result = await chooseBaseImage({ socketPath, log, cacheDir });
  if (envFile !== undefined) await setBaseImage(envFile, result.image);
  return result;
}

async function chooseBaseImage({ socketPath, log, cacheDir }) {
  for (const image of [REGISTRY_BASE_IMAGE, LOCAL_BASE_IMAGE]) {
    if ((await findImage(socketPath, image)) !== null) {
      log(`Base image ${image} is there.`);
      return { image, origin: 'present' };
    }
  }
  log(`Pulling the base image ${REGISTRY_BASE_IMAGE} …`);
  if (await pullImage({ socketPath, reference: REGISTRY_BASE_IMAGE, timeoutMs: 60_000 })) return { image: REGISTRY_BASE_IMAGE, origin: 'pulled' };
  log('It cannot be pulled here. Making a base image from the npm package with Node and a static busybox …');
  await buildLocalBase({ socketPath, cacheDir, log });
  log(`Made ${LOCAL_BASE_IMAGE}.`);
  return { image: LOCAL_BASE_IMAGE, origin: 'built' };
}

/** Writes BASE_IMAGE into a .env file and keeps its other lines. */
export async function setBaseImage(envFile, image) {
  const text = await readFile(envFile, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const line = `BASE_IMAGE=${image}`;
  const next = /^BASE_IMAGE=.*$/m.test(text) ? text.replace(/^BASE_IMAGE=.*$/m, line) : `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`;
  if (next === text) return;
  const temporary = `${envFile}.new`;
  await writeFile(temporary, next);
  await rename(temporary, envFile);
}

async function buildLocalBase({ socketPath, cacheDir, log }) {
  const engine = JSON.parse((await engineCall({ socketPath, path: '/version' })).text);
  const engineArch = { amd64: 'x64', arm64: 'arm64' }[engine.Arch];
  if (process.platform !== 'linux' || engineArch !== process.arch) {
    throw new Error(
      `No base image for the sample: ${REGISTRY_BASE_IMAGE} cannot be pulled, and one for ${engine.Os}/${engine.Arch} cannot be made on this machine. ` +
        `Load one by hand (docker load) and tag it ${REGISTRY_BASE_IMAGE}.`,
    );
  }
  const node = await nodeProgram({ cacheDir, log });
  await importImage({
    socketPath,
    repository: LOCAL_BASE_IMAGE.split(':')[0],
    tag: LOCAL_BASE_IMAGE.split(':')[1],
    entries: [...(await busyboxEntries()), ...(await nodeEntries(node))],
    changes: [IMAGE_PATH, 'CMD ["node"]', 'LABEL dev.berth.sample-base=1'],
  });
}

/** Path of a Node 24 program, downloaded once with npm (which checks its integrity) into the user's cache. */
export async function nodeProgram({ cacheDir = defaultCacheDir(), log = () => {} } = {}) {
  const folder = join(cacheDir, `node${NODE_MAJOR}-linux-${process.arch}`);
  const program = join(folder, 'bin', 'node');
  if (await isExecutable(program)) return program;
  const specifier = `node-linux-${process.arch}@${NODE_MAJOR}`;
  log(`Fetching ${specifier} with npm …`);
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, 'fetch-'));
  try {
    const packed = runProgram('npm', ['pack', specifier, '--silent', '--pack-destination', work], work).trim().split('\n').at(-1);
    runProgram('tar', ['xzf', join(work, packed), '-C', work, 'package/bin/node'], work);
    await rm(folder, { recursive: true, force: true });
    // The rename makes it whole or absent, also when two runs race or one is cut short.
    await rename(join(work, 'package'), folder).catch(async (error) => {
      if (!(await isExecutable(program))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return program;
}

/** The program with every shared library it names. */
async function nodeEntries(program) {
  return [
    ...(await libraryEntries([program])),
    ...['usr/local', 'usr/local/bin'].map((path) => ({ path, type: 'directory' })),
    { path: 'usr/local/bin/node', fromFile: program, mode: 0o755 },
  ];
}

function defaultCacheDir() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth');
}

async function isExecutable(path) {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function runProgram(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 24 });
  if (error !== undefined) throw new Error(`${program} cannot be started: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr.trim().split('\n').slice(-3).join(' ')}`);
  return stdout;
}

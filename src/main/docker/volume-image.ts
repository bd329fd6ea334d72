import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fieldOf, textOf, textsOf } from '@shared/domain/engine/read-json';
import { VOLUME_IMAGE, VOLUME_PROGRAM_FILE } from '@shared/domain/engine/volume-run';
import { AppError } from '@shared/kernel/app-error';
import { pack } from 'tar-stream';
import type { Door } from './door';
import { imageSourcesHash } from './image-sources';
import { imagePath } from './observe';

const ARCHITECTURES: ReadonlySet<string> = new Set(['amd64', 'arm64']);
const IMPORT_MS = 120_000;

/**
 * Resolves with the id of the image that has exactly the volume program of this folder, put into the engine first when it is not there. By id, and
 * only after its one layer was compared: a build can give Berth's name for it to anything.
 */
export async function ensureVolumeImage(door: Door, programDir: string, signal: AbortSignal): Promise<string> {
  const { arch, os } = await door.connection.info();
  if (os !== 'linux' || !ARCHITECTURES.has(arch)) {
    throw new AppError('setup-failed', `There is no volume program for this engine (${os}, ${arch}).`, { hint: 'Volumes are read and written on Linux engines of the architectures amd64 and arm64.' });
  }
  const binary = join('bin', `${VOLUME_PROGRAM_FILE}-linux-${arch}`);
  const { tag, diffId } = await namesOf(programDir, binary);
  const found = await imageWith(door, tag, diffId);
  if (found !== null) return found;
  await door.send({ method: 'POST', path: '/images/create', query: { fromSrc: '-', repo: VOLUME_IMAGE, tag }, upload: await layerOf(join(programDir, binary)), doing: 'add the volume program', deadlineMs: IMPORT_MS, signal });
  const made = await imageWith(door, tag, diffId);
  if (made === null) throw new AppError('setup-failed', 'The engine does not have the volume program after it was added.', { hint: 'Look at the log of the engine; its disk may be full.' });
  return made;
}

/** What a program is called and known by, as long as its file is the same. */
interface ProgramNames {
  readonly tag: string;
  /** Of the only layer of its image. */
  readonly diffId: string;
}

const known = new Map<string, { readonly file: string; readonly names: Promise<ProgramNames> }>();

async function namesOf(programDir: string, binary: string): Promise<ProgramNames> {
  const path = join(programDir, binary);
  const { size, mtimeMs, ino } = await stat(path);
  const file = `${String(ino)} ${String(size)} ${String(mtimeMs)}`;
  const before = known.get(path);
  if (before?.file === file) return before.names;
  const names = Promise.all([imageSourcesHash(programDir, [binary]), layerOf(path)]).then(([tag, layer]) => ({ tag, diffId: `sha256:${createHash('sha256').update(layer).digest('hex')}` }));
  names.catch(() => known.delete(path));
  known.set(path, { file, names });
  return names;
}

/** The id of the image of this name, if it has the program as its only layer and nothing of its own to say. */
async function imageWith(door: Door, tag: string, diffId: string): Promise<string | null> {
  let image: unknown;
  try {
    image = await door.read(`${imagePath(`${VOLUME_IMAGE}:${tag}`)}/json`, 'look for the volume program');
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return null;
    throw error;
  }
  const layers = textsOf(fieldOf(image, 'RootFS', 'Layers'));
  const config = fieldOf(image, 'Config');
  const says = ['Env', 'Volumes', 'OnBuild', 'ExposedPorts'].some((field) => Object.keys((fieldOf(config, field) as object | null | undefined) ?? {}).length > 0);
  if (layers.length !== 1 || layers[0] !== diffId || says) return null;
  const id = textOf(fieldOf(image, 'Id'));
  door.authorizer.noteVolumeImage(id);
  return id;
}

/** Always the same bytes for the same program, so that the engine's hash of the layer says what is in it. */
async function layerOf(file: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: VOLUME_PROGRAM_FILE, mode: 0o555, mtime: new Date(0), uid: 0, gid: 0 }, await readFile(file));
  archive.finalize();
  return buffer(archive);
}

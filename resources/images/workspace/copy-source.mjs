/** Copies the source of a workspace to where it runs: only what changed, and never a deletion because a source could not be seen. */
import { chmod, copyFile, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Installed in the container, or of no use in it. */
const LEFT_OUT = new Set(['node_modules', '.git']);
const PART = '.berth-part-';
const AT_ONCE = 8;
/** Above this it is not worth the memory to find out that nothing changed. */
const COMPARED_BYTES = 32 * 1024 * 1024;
const TRIES = 3;
/** A file that was written as it was copied may have changed again within the same moment: its bytes are compared once more. */
const RACY_MS = 3_000;
const WORDS = { ENOENT: 'is not there', ENOTCONN: 'is not connected any more', EIO: 'cannot be read (the mount behind it does not answer)', EACCES: 'may not be read', ESTALE: 'was replaced' };

/** Why nothing is copied now; what was copied before stays. */
export class SourceProblem extends Error {}

/** A folder that is mounted read-only. */
export function folderSource(dir) {
  return {
    where: dir,
    list: async () => {
      const files = new Map();
      try {
        await walk(dir, '', files);
      } catch (error) {
        throw new SourceProblem(`${dir} ${WORDS[error.code] ?? `cannot be read (${error.code ?? error.message})`}.`);
      }
      return files;
    },
    async fetch(path, file, target) {
      if (file.link !== undefined) return symlink(file.link, target);
      await copyFile(join(dir, path), target);
      await chmod(target, file.mode);
    },
  };
}

async function walk(dir, beneath, files) {
  for (const entry of await readdir(join(dir, beneath), { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name) || entry.name.startsWith(PART)) continue;
    const path = beneath === '' ? entry.name : `${beneath}/${entry.name}`;
    if (entry.isDirectory()) await walk(dir, path, files);
    else if (entry.isSymbolicLink()) {
      const link = await readlink(join(dir, path));
      files.set(path, { size: 0, stamp: link, mode: 0, link, fresh: false });
    } else if (entry.isFile()) {
      const { size, mtimeMs, mode } = await lstat(join(dir, path));
      files.set(path, { size, stamp: String(mtimeMs), mode: (mode & 0o777) | 0o600, fresh: Date.now() - mtimeMs < RACY_MS });
    }
  }
}

/** What was copied before, by path. */
export async function readCopied(manifest) {
  return readFile(manifest, 'utf8').then((text) => new Map(Object.entries(JSON.parse(text))), () => new Map());
}

/** What to copy, what to compare and what to remove. `copied`: from the time before. */
export function planOf(files, copied) {
  const isSame = (file, before) => before !== undefined && before.size === file.size && before.stamp === file.stamp && before.mode === file.mode && before.link === file.link;
  return {
    changed: [...files].filter(([path, file]) => !isSame(file, copied.get(path))).map(([path]) => path),
    doubtful: [...files].filter(([path, file]) => isSame(file, copied.get(path)) && copied.get(path).fresh).map(([path]) => path),
    removed: [...copied.keys()].filter((path) => !files.has(path)),
  };
}

/**
 * Makes `target` what the source shows, as far as it came from there. Resolves with the two counts. Throws `SourceProblem`, having removed nothing, for a source
 * that is empty or cannot be read. `onPlan` is called before anything changes, when anything will; `onRead` with the bytes of each file that was read.
 */
export async function copySource({ source, target, manifest, onPlan = () => undefined, onRead = () => undefined }) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await copyOnce({ source, target, manifest, onPlan, onRead });
    } catch (error) {
      // Something went away between the look and the copy: looked at again.
      if (error instanceof SourceProblem || left <= 1) throw error instanceof SourceProblem ? error : new SourceProblem(`${source.where} could not be copied: ${error.message}`);
      await new Promise((done) => setTimeout(done, 150));
    }
  }
}

async function copyOnce({ source, target, manifest, onPlan, onRead }) {
  const files = await source.list();
  if (files.size === 0) throw new SourceProblem(`${source.where} is empty.`);
  const copied = await readCopied(manifest);
  const { changed, doubtful, removed } = planOf(files, copied);
  if (changed.length === 0 && doubtful.length === 0 && removed.length === 0) return { changed: 0, removed: 0 };
  if (changed.length > 0 || removed.length > 0) onPlan({ changed: changed.length, removed: removed.length });
  let differed = 0;
  // Each is forgotten before it is touched: after a crash it is copied again, not taken for done.
  const certain = new Map([...copied].filter(([path]) => !changed.includes(path)));
  if (copied.size > 0) await writeManifest(manifest, certain);
  try {
    await inTurns([...changed, ...doubtful], async (path, lane) => {
      const file = files.get(path);
      if (await put({ source, path, file, target, part: join(target, `${PART}${lane}`), onRead, mayBeSame: certain.has(path) })) differed += 1;
      certain.set(path, { size: file.size, stamp: file.stamp, mode: file.mode, fresh: file.fresh, ...(file.link === undefined ? {} : { link: file.link }) });
    });
    for (const path of removed) {
      await removeFile(target, path);
      certain.delete(path);
    }
  } finally {
    await writeManifest(manifest, certain);
  }
  return { changed: differed, removed: removed.length };
}

async function inTurns(paths, act) {
  let next = 0;
  const lane = async (number) => {
    while (next < paths.length) await act(paths[next++], number);
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, paths.length) }, (_, number) => lane(number)));
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** False when it is there already, byte for byte. */
async function put({ source, path, file, target, part, onRead, mayBeSame }) {
  await rm(part, { force: true });
  await source.fetch(path, file, part);
  onRead(file.size);
  const place = join(target, path);
  if (mayBeSame && file.size <= COMPARED_BYTES && (await readFile(part)).equals(await readFile(place).catch(() => Buffer.alloc(0)))) {
    await rm(part);
    return false;
  }
  await makeFolder(target, dirname(path));
  await placeFile(part, place);
  return true;
}

/** A file that was written beside its place is put there in one step. */
export async function placeFile(part, place) {
  try {
    await rename(part, place);
  } catch (error) {
    if (error.code !== 'EISDIR' && error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    // It was a folder before.
    await rm(place, { recursive: true, force: true });
    await rename(part, place);
  }
}

/** The folder of a file and those above it, also where one of them was a file before. */
export async function makeFolder(target, beneath) {
  if (beneath === '.') return;
  try {
    await mkdir(join(target, beneath), { recursive: true });
  } catch (error) {
    if (error.code !== 'ENOTDIR' && error.code !== 'EEXIST') throw error;
    // One of its parts was a file before.
    const parts = beneath.split('/');
    for (let count = 1; count <= parts.length; count += 1) {
      const path = join(target, ...parts.slice(0, count));
      if (!(await lstat(path).then((found) => found.isDirectory(), () => true))) await unlink(path);
    }
    await mkdir(join(target, beneath), { recursive: true });
  }
}

/** One file that was copied, and the folders it leaves empty. */
export async function removeFile(target, path) {
  await unlink(join(target, path)).catch((error) => {
    if (!['ENOENT', 'ENOTDIR', 'EISDIR', 'EPERM'].includes(error.code)) throw error;
  });
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const left = await readdir(join(target, folder)).catch(() => ['?']);
    if (left.length > 0) return;
    await rm(join(target, folder), { recursive: true, force: true });
  }
}

async function writeManifest(manifest, copied) {
  await writeFile(`${manifest}.new`, JSON.stringify(Object.fromEntries(copied)));
  await rename(`${manifest}.new`, manifest);
}

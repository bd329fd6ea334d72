import { constants, type BigIntStats } from 'node:fs';
import { copyFile, link, lstat, mkdir, open, rename, rm, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { backupPath, changeFolder, isState, originalPath, stagedPath, type FileState, type TreeChange, type TreeEntry } from '@shared/domain/gitops/plan/tree-change';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import { makeFolders, sha256Of, timeInSeconds } from './backup-folder';
import { inFolderOf, readBeneath, syncFolder } from './files';

/** The most a file of such a tree has. */
const FILE_MAX_BYTES = 16 * 1024 * 1024;
const AT_ONCE = 8;
const MODE_BITS = 0o7777;
/** A file system without hard links, or another one. */
const NO_LINK: readonly string[] = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'];

/** Where the new bytes of an entry come from: they are given, or it is a file of the folder that still has its own times. */
export type StagedSource = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'file'; readonly relPath: string; readonly state: Extract<FileState, { readonly kind: 'file' }>; readonly spare: string };

/** Changes of several files of a folder, made so that a crash at any moment leaves enough to make all of it or none. No link is followed. */
export interface TreeChanger {
  look(rootDir: string, path: string): Promise<{ readonly state: FileState; readonly bytes: Uint8Array | null }>;
  /** Whether something is at a path. */
  exists(rootDir: string, path: string): Promise<boolean>;
  /** Backups of all that changes (unless what is there can be made again at any time) and the new bytes of all that is new, synced. Rejects with `plan-stale` where a file is not the one the change was made for. */
  stage(change: TreeChange, sources: ReadonlyMap<string, StagedSource>, copies?: 'copies' | 'no-copies'): Promise<void>;
  /** Makes these entries be as they should. Rejects with `plan-stale` where somebody else was there. */
  apply(change: TreeChange, entries: readonly TreeEntry[]): Promise<void>;
  /** Puts every entry back to what it was; the paths that somebody else changed meanwhile, which are left alone. May be repeated. */
  revert(change: TreeChange): Promise<readonly string[]>;
  /** Removes the folders that a change had made, where nothing is in them any more. */
  removeFolders(change: Pick<TreeChange, 'rootDir' | 'newFolders'>): Promise<void>;
  /** Removes what is not needed once the change stands: everything but the backups, or those too. */
  tidy(change: Pick<TreeChange, 'rootDir' | 'operationId'>, what: 'staged' | 'originals' | 'all'): Promise<void>;
}

/** Changes on this machine's disk. */
export function hostTreeChanger(): TreeChanger {
  return {
    look: (rootDir, path) => look(rootDir, path),
    exists: (rootDir, path) => found(rootDir, path).then((one) => one !== undefined),
    stage,
    apply: (change, entries) => apply(change, entries),
    revert,
    removeFolders: ({ rootDir, newFolders }) => removeNewFolders(rootDir, newFolders),
    async tidy({ rootDir, operationId }, what) {
      const folder = changeFolder(operationId);
      const parts = what === 'all' ? [folder] : what === 'staged' ? [`${folder}/.next`] : [`${folder}/.originals`, `${folder}/.next`];
      for (const part of parts) await inFolderOf(rootDir, part, (parent, name) => rm(join(parent, name), { recursive: true, force: true })).catch(unlessMissing);
    },
  };
}

/** Several at a time. When one fails, those under way are waited for: nobody may put back what is still being changed. */
async function toTheEnd<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const failures: unknown[] = [];
  const results: R[] = [];
  await inParallel(items, AT_ONCE, async (item) => {
    if (failures.length > 0) return;
    await work(item).then(
      (result) => results.push(result),
      (error: unknown) => failures.push(error),
    );
  });
  if (failures.length > 0) throw failures[0];
  return results;
}

async function found(rootDir: string, path: string): Promise<BigIntStats | undefined> {
  return inFolderOf(rootDir, path, (folder, name) => bigStat(join(folder, name))).catch(unlessMissing);
}

function bigStat(path: string): Promise<BigIntStats> {
  return lstat(path, { bigint: true });
}

async function look(rootDir: string, path: string): Promise<{ readonly state: FileState; readonly bytes: Uint8Array | null }> {
  const missing = { state: { kind: 'missing' }, bytes: null } as const;
  return (await inFolderOf(rootDir, path, async (folder, name) => lookIn(join(folder, name), path)).catch(unlessMissing)) ?? missing;
}

async function lookIn(file: string, path: string): Promise<{ readonly state: FileState; readonly bytes: Uint8Array | null }> {
  // Without O_NONBLOCK the open of a pipe that nobody writes to never comes back.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = await handle.stat({ bigint: true });
    if (!stat.isFile()) throw new AppError('plan-stale', `${path} is not a file any more.`, { hint: 'Scan the folder again.', where: { file: path } });
    if (stat.size > FILE_MAX_BYTES) throw new AppError('file-unreadable', `${path} is larger than ${String(FILE_MAX_BYTES / 1024 / 1024)} MiB.`, { where: { file: path } });
    const bytes = await handle.readFile();
    return { state: { kind: 'file', sha256: sha256Of(bytes), mode: Number(stat.mode) & MODE_BITS, mtimeNs: String(stat.mtimeNs), uid: Number(stat.uid), gid: Number(stat.gid) }, bytes };
  } finally {
    await handle.close();
  }
}

async function stage(change: TreeChange, sources: ReadonlyMap<string, StagedSource>, copies: 'copies' | 'no-copies' = 'copies'): Promise<void> {
  const { rootDir, entries } = change;
  await foldersFor(rootDir, entries.flatMap((entry, index) => [...(entry.before.kind === 'file' ? [backupPath(change, entry.path), originalPath(change, entry.path)] : []), ...(entry.after.kind === 'staged' ? [stagedPath(change, index)] : [])]));
  await toTheEnd([...entries.entries()], async ([index, entry]) => {
    if (copies === 'copies') await backUp(change, entry);
    if (entry.after.kind !== 'staged') return;
    const source = sources.get(entry.path);
    if (source === undefined) throw new Error(`${entry.path} has no new bytes.`);
    // Owner and mode stay; what is new has a new time, or whoever goes by times would not see it.
    const { uid, gid } = entry.before.kind === 'file' ? entry.before : {};
    await stageOne(rootDir, stagedPath(change, index), source, { mode: entry.after.mode, uid, gid });
  });
  const written = entries.flatMap((entry, index) => [...(copies === 'copies' && entry.before.kind === 'file' ? [backupPath(change, entry.path)] : []), ...(entry.after.kind === 'staged' ? [stagedPath(change, index)] : [])]);
  await syncFoldersOf(rootDir, written);
}

async function backUp(change: TreeChange, entry: TreeEntry): Promise<void> {
  const { state, bytes } = await look(change.rootDir, entry.path);
  if (!isState(state, entry.before)) throw changedMeanwhile(entry.path);
  if (entry.before.kind === 'file' && bytes !== null) await write(change.rootDir, backupPath(change, entry.path), bytes, entry.before);
}

async function stageOne(rootDir: string, target: string, source: StagedSource, owned: { readonly mode: number; readonly uid?: number | undefined; readonly gid?: number | undefined }): Promise<void> {
  if (source.kind === 'bytes') return write(rootDir, target, source.bytes, owned);
  const original = await look(rootDir, source.relPath).catch(() => null);
  const isIntact = original !== null && isState(original.state, source.state) && original.state.kind === 'file' && original.state.mtimeNs === source.state.mtimeNs;
  if (isIntact) {
    await linkOrCopy(rootDir, source.relPath, target);
    return;
  }
  const spare = await readBeneath(rootDir, source.spare, FILE_MAX_BYTES).catch(() => null);
  if (spare === null || sha256Of(spare) !== source.state.sha256) throw new AppError('damaged', `The backup ${source.spare} is gone or is not the one that was made.`, { hint: 'Nothing was changed.', where: { file: source.spare } });
  await write(rootDir, target, spare, source.state);
}

async function apply(change: TreeChange, entries: readonly TreeEntry[]): Promise<void> {
  const { rootDir } = change;
  await foldersOnTheWay(change, entries);
  // What goes first: a file that is moved comes from where the first step put it.
  const inOrder = [entries.filter((one) => one.after.kind !== 'moved'), entries.filter((one) => one.after.kind === 'moved')];
  for (const some of inOrder) await toTheEnd(some, (entry) => applyOne(change, entry));
  await syncFoldersOf(rootDir, entries.flatMap((entry) => [entry.path, ...(entry.before.kind === 'file' ? [originalPath(change, entry.path)] : [])]));
}

async function applyOne(change: TreeChange, entry: TreeEntry): Promise<void> {
  const { rootDir } = change;
  const { path, before, after } = entry;
  if (before.kind === 'file') {
    const original = originalPath(change, path);
    // A file that goes is taken away in one step, whoever writes it meanwhile: it is looked at afterwards. One that is replaced is never missing.
    if (after.kind === 'missing') await moveFile(rootDir, path, original);
    else await linkOrCopy(rootDir, path, original);
    if (!isState((await look(rootDir, original)).state, before)) throw changedMeanwhile(path);
  }
  if (after.kind === 'missing') return;
  const source = after.kind === 'moved' ? originalPath(change, after.from) : stagedPath(change, change.entries.findIndex((one) => one.path === path));
  if (after.kind === 'staged' && before.kind === 'file') await renameTo(rootDir, source, path);
  else await linkOrCopy(rootDir, source, path);
}

async function revert(change: TreeChange): Promise<readonly string[]> {
  const { rootDir, entries } = change;
  const touched = (await toTheEnd([...entries].reverse(), async (entry) => [entry.path, await revertOne(change, entry)] as const)).filter(([, what]) => what !== 'as-before');
  await syncFoldersOf(rootDir, touched.map(([path]) => path));
  await removeNewFolders(rootDir, change.newFolders);
  return touched.filter(([, what]) => what === 'foreign').map(([path]) => path).sort();
}

async function revertOne(change: TreeChange, entry: TreeEntry): Promise<'as-before' | 'reverted' | 'foreign'> {
  const { rootDir } = change;
  const { path, before, after } = entry;
  const now = (await look(rootDir, path)).state;
  if (isState(now, before)) return 'as-before';
  // Neither what was there nor what was put there: it is somebody's work.
  if (now.kind === 'file' && !isState(now, after)) return 'foreign';
  if (before.kind === 'missing') {
    await inFolderOf(rootDir, path, (folder, name) => unlink(join(folder, name)));
    return 'reverted';
  }
  const original = originalPath(change, path);
  const kept = await look(rootDir, original).catch(() => null);
  if (kept?.state.kind === 'file' && isState(kept.state, before)) {
    if (now.kind === 'file') await renameTo(rootDir, original, path);
    else await linkOrCopy(rootDir, original, path);
    return 'reverted';
  }
  if (now.kind === 'missing' && kept?.state.kind === 'file') {
    // Taken away, and only then seen to be somebody's newer one.
    await linkOrCopy(rootDir, original, path);
    return 'foreign';
  }
  const spare = await readBeneath(rootDir, backupPath(change, path), FILE_MAX_BYTES);
  const written = `${changeFolder(change.operationId)}/.next/back-${sha256Of(new TextEncoder().encode(path)).slice(0, 16)}`;
  await foldersFor(rootDir, [written]);
  await write(rootDir, written, spare, before);
  await renameTo(rootDir, written, path);
  return 'reverted';
}

/** A new file, or the same one written again after a crash: synced, with mode, owner and time where they are given. */
async function write(rootDir: string, path: string, bytes: Uint8Array, owned: { readonly mode: number; readonly uid?: number | undefined; readonly gid?: number | undefined; readonly mtimeNs?: string | undefined }): Promise<void> {
  await inFolderOf(rootDir, path, async (folder, name) => {
    await rm(join(folder, name), { force: true });
    const handle = await open(join(folder, name), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o600);
    try {
      await handle.writeFile(bytes);
      await own(handle, owned);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

async function own(handle: FileHandle, { mode, uid, gid, mtimeNs }: { readonly mode: number; readonly uid?: number | undefined; readonly gid?: number | undefined; readonly mtimeNs?: string | undefined }): Promise<void> {
  if (process.platform === 'win32') return;
  // Only root may give a file away. Before the mode: a new owner takes setuid bits away.
  if (uid !== undefined && gid !== undefined) await handle.chown(uid, gid).catch(() => undefined);
  await handle.chmod(mode);
  if (mtimeNs !== undefined) await handle.utimes(new Date(), timeInSeconds(mtimeNs));
}

/** The same file under a second name; a copy with its mode and times where the file system has none. Rejects with `plan-stale` when something is there, unless it is this very file. */
async function linkOrCopy(rootDir: string, from: string, to: string): Promise<void> {
  await inBoth(rootDir, from, to, async (source, target) => {
    try {
      await link(source, target);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (code === 'EEXIST') return isSameFile(source, target, to);
      if (!NO_LINK.includes(code)) throw error;
      await copyWhole(source, target);
    }
  });
}

async function isSameFile(source: string, target: string, to: string): Promise<void> {
  const [one, other] = await Promise.all([bigStat(source), bigStat(target)]);
  if (one.ino === other.ino && one.dev === other.dev) return;
  throw changedMeanwhile(to);
}

async function copyWhole(source: string, target: string): Promise<void> {
  const stat = await bigStat(source);
  await copyFile(source, target, constants.COPYFILE_EXCL);
  const handle = await open(target, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    await own(handle, { mode: Number(stat.mode) & MODE_BITS, uid: Number(stat.uid), gid: Number(stat.gid), mtimeNs: String(stat.mtimeNs) });
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function moveFile(rootDir: string, from: string, to: string): Promise<void> {
  await inBoth(rootDir, from, to, async (source, target) => {
    try {
      await rename(source, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
      await copyWhole(source, target);
      await unlink(source);
    }
  });
}

function renameTo(rootDir: string, from: string, to: string): Promise<void> {
  return inBoth(rootDir, from, to, async (source, target) => {
    await rename(source, target);
    // Two names of one file: the rename did nothing, and the other name stays.
    await unlink(source).catch(() => undefined);
  });
}

function inBoth<T>(rootDir: string, from: string, to: string, act: (source: string, target: string) => Promise<T>): Promise<T> {
  return inFolderOf(rootDir, from, (fromFolder, fromName) => inFolderOf(rootDir, to, (toFolder, toName) => act(join(fromFolder, fromName), join(toFolder, toName))));
}

/** One after the other, each once: they lie in one another. */
async function foldersFor(rootDir: string, paths: readonly string[]): Promise<void> {
  const byFolder = new Map(paths.map((path) => [path.split('/').slice(0, -1).join('/'), path]));
  for (const path of byFolder.values()) await makeFolders(rootDir, path);
}

/** Folders of the tree itself, for everybody as usual. */
async function foldersOnTheWay(change: TreeChange, entries: readonly TreeEntry[]): Promise<void> {
  for (const folder of change.newFolders) {
    if (!entries.some((entry) => entry.path.startsWith(`${folder}/`))) continue;
    await inFolderOf(change.rootDir, folder, (parent, name) => mkdir(join(parent, name)).catch((error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? undefined : Promise.reject(error))));
  }
}

async function removeNewFolders(rootDir: string, folders: readonly string[]): Promise<void> {
  // One that somebody put something into stays.
  for (const folder of [...folders].reverse()) await inFolderOf(rootDir, folder, (parent, name) => rmdir(join(parent, name))).catch(() => undefined);
}

/** Makes names last, each folder once. */
async function syncFoldersOf(rootDir: string, paths: readonly string[]): Promise<void> {
  const folders = new Map(paths.map((path) => [path.split('/').slice(0, -1).join('/'), path]));
  await toTheEnd([...folders.values()], (path) => inFolderOf(rootDir, path, (folder) => syncFolder(folder)).catch(unlessMissing));
}

function changedMeanwhile(path: string): AppError {
  return new AppError('plan-stale', `${path} was changed since it was looked at.`, { hint: 'Nothing was changed. Scan the folder again.', where: { file: path } });
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'compose-not-found') return undefined;
  throw error;
}

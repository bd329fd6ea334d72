import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { pack, type Pack } from 'tar-stream';

/** About as much goes into one archive; a larger file has one of its own. */
const ARCHIVE_BYTES = 16 * 1024 * 1024;
/** Larger files are left out: they are data, no source. */
const MOST_FILE_BYTES = 256 * 1024 * 1024;

/** A path of this computer and where it goes: an absolute path with forward slashes. */
export interface PackedPath {
  readonly from: string;
  readonly to: string;
}

/** Files and links as archives for the root of a container, owned by root as docker compose does it. What is gone by now is left out; of folders goes what `wanted` says. */
export async function* packPaths(paths: readonly PackedPath[], wanted: (path: string) => boolean, onLeftOut: (path: string, why: string) => void): AsyncGenerator<{ readonly tar: Uint8Array; readonly files: number }> {
  let open: { readonly tar: Pack; readonly ended: Promise<Uint8Array>; bytes: number; files: number } | null = null;
  for await (const { from, to } of walked(paths, wanted)) {
    const found = await lstat(from).catch(() => null);
    if (found === null || !(found.isFile() || found.isSymbolicLink())) continue;
    if (found.size > MOST_FILE_BYTES) {
      onLeftOut(from, 'it is larger than 256 MiB');
      continue;
    }
    const header = { name: to.replace(/^\/+/, ''), mode: found.mode & 0o7777, mtime: found.mtime, uid: 0, gid: 0 };
    const link = found.isSymbolicLink() ? await readlink(from).catch(() => null) : undefined;
    const content = found.isFile() ? await readFile(from).catch(() => null) : undefined;
    if (link === null || content === null) continue;
    open ??= begin();
    if (link !== undefined) open.tar.entry({ ...header, type: 'symlink', linkname: link });
    else open.tar.entry({ ...header, type: 'file', size: content?.length ?? 0 }, content ?? Buffer.alloc(0));
    open.bytes += content?.length ?? 0;
    open.files += 1;
    if (open.bytes < ARCHIVE_BYTES) continue;
    open.tar.finalize();
    yield { tar: await open.ended, files: open.files };
    open = null;
  }
  if (open === null) return;
  open.tar.finalize();
  yield { tar: await open.ended, files: open.files };
}

async function* walked(paths: readonly PackedPath[], wanted: (path: string) => boolean): AsyncGenerator<PackedPath> {
  for (const one of paths) {
    const found = await lstat(one.from).catch(() => null);
    if (found?.isDirectory() !== true) yield one;
    else yield* walked((await readdir(one.from).catch(() => [])).map((name) => ({ from: `${one.from}/${name}`, to: `${one.to}/${name}` })).filter(({ from }) => wanted(from)), wanted);
  }
}

function begin(): { readonly tar: Pack; readonly ended: Promise<Uint8Array>; bytes: number; files: number } {
  const tar = pack();
  const ended = (async () => {
    const parts: Buffer[] = [];
    for await (const part of tar) parts.push(part as Buffer);
    return Buffer.concat(parts);
  })();
  return { tar, ended, bytes: 0, files: 0 };
}

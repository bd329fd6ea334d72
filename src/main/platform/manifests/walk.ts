import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A file as it was found and read. */
export interface FoundManifest {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtimeNs: string;
  readonly contentHash: string;
}

const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '.archive', 'node_modules']);
const MANIFEST = /\.(?:ya?ml|json)$/i;

/** Every YAML and JSON file beneath a folder with the hash of its bytes, in the order of paths; no link is followed. */
export async function readManifestTree(root: string, signal: AbortSignal, onFile: (files: number) => void): Promise<readonly FoundManifest[]> {
  const found: FoundManifest[] = [];
  const left = [''];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    for (const entry of await readdir(join(root, at), { withFileTypes: true })) {
      signal.throwIfAborted();
      const path = `${at}${entry.name}`;
      if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) left.push(`${path}/`);
      else if (entry.isFile() && MANIFEST.test(entry.name)) onFile(found.push(await readOne(root, path)));
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function readOne(root: string, path: string): Promise<FoundManifest> {
  const handle = await open(join(root, path), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const { size, mode, mtimeNs } = await handle.stat({ bigint: true });
    const contentHash = createHash('sha256').update(await handle.readFile()).digest('hex');
    return { path, sizeBytes: Number(size), mode: Number(mode) & 0o7777, mtimeNs: String(mtimeNs), contentHash };
  } finally {
    await handle.close();
  }
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '.archive', '.berth', 'node_modules']);
const MANIFEST = /\.(?:ya?ml|json)$/i;

/** Every YAML and JSON file beneath a folder, relative with `/`, in the order of paths. No link is followed; folders that cannot be read are left out. Null where there are more than `max`. */
export async function manifestFiles(root: string, max: number): Promise<readonly string[] | null> {
  const found: string[] = [];
  const left = [''];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const entries = at === '' ? await readdir(root, { withFileTypes: true }) : await readdir(join(root, at), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) left.push(`${at}${entry.name}/`);
      else if (entry.isFile() && MANIFEST.test(entry.name)) found.push(`${at}${entry.name}`);
    }
    if (found.length > max) return null;
  }
  return found.sort();
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Sync on purpose: the CLI's launcher asks this at every start, and sync calls are the quickest for a few hundred files. */

function walk(path, prefix, hash) {
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const name = `${prefix}/${entry.name}`;
    const full = join(path, entry.name);
    if (entry.isDirectory()) walk(full, name, hash);
    else note(full, name, hash);
  }
}

function note(full, name, hash) {
  const stat = statSync(full, { throwIfNoEntry: false });
  hash.update(stat ? `${name}:${stat.size}:${stat.mtimeMs}\n` : `${name}:absent\n`);
}

/** A hash of names, sizes and change times of files and folders beneath `root`: cheap, and different whenever something was written. */
export function fingerprint(root, names) {
  const hash = createHash('sha256');
  for (const name of names) {
    const full = join(root, name);
    const stat = statSync(full, { throwIfNoEntry: false });
    if (stat?.isDirectory()) walk(full, name, hash);
    else note(full, name, hash);
  }
  return hash.digest('hex').slice(0, 32);
}

/** The text of a stamp file, or null. */
export function readStamp(path) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

export function writeStamp(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\n`);
}

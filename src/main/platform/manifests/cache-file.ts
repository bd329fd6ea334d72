import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ParsedContent } from './protocol';

/**
 * What is known of a folder, so that files that have not changed are not read again. The format is in docs/gitops.md: lines of JSON, first
 * `{berthManifests, dir, definitions, files, contents, sum}`, then a line for each file and one for each content. It holds hashes, names and
 * places, never a value of a manifest but custom resource definitions. A file that does not fit is thrown away: it costs one slower scan.
 */
const VERSION = 1;

/** A file as it was when its bytes were read. */
export interface KnownFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly ino: string;
  readonly contentHash: string;
  /** Which content: the hash and what of the path decides how it is read. */
  readonly key: string;
}

/** Everything known of a folder. */
export interface FolderMemory {
  readonly files: Map<string, KnownFile>;
  readonly contents: Map<string, ParsedContent>;
  /** Which kinds the tree defined when its contents were read. */
  definitions: string;
}

export function emptyMemory(): FolderMemory {
  return { files: new Map(), contents: new Map(), definitions: '' };
}

type FileLine = readonly [string, number, number, string, string, string, string, string];

/** What was kept of this folder; nothing where none fits. */
export function readCache(file: string, dir: string): FolderMemory {
  try {
    const text = readFileSync(file, 'utf8');
    const end = text.indexOf('\n');
    const head = JSON.parse(text.slice(0, end)) as { readonly berthManifests: number; readonly dir: string; readonly definitions: string; readonly files: number; readonly contents: number; readonly sum: string };
    const body = text.slice(end + 1);
    if (head.berthManifests !== VERSION || head.dir !== dir || hash('sha256', body) !== head.sum) return emptyMemory();
    const lines = body.split('\n');
    const memory: FolderMemory = { files: new Map(), contents: new Map(), definitions: head.definitions };
    for (let at = 0; at < head.files; at += 1) {
      const [path, sizeBytes, mode, mtimeNs, ctimeNs, ino, contentHash, key] = JSON.parse(lines[at] ?? '') as FileLine;
      memory.files.set(path, { path, sizeBytes, mode, mtimeNs, ctimeNs, ino, contentHash, key });
    }
    for (let at = head.files; at < head.files + head.contents; at += 1) {
      const [key, content] = JSON.parse(lines[at] ?? '') as [string, ParsedContent];
      memory.contents.set(key, content);
    }
    return memory;
  } catch {
    return emptyMemory();
  }
}

/** Replaces what is kept. That it could not be is no failure of a scan. */
export function writeCache(file: string, dir: string, memory: FolderMemory): void {
  const lines: string[] = [];
  const used = new Set<string>();
  for (const one of memory.files.values()) {
    used.add(one.key);
    lines.push(JSON.stringify([one.path, one.sizeBytes, one.mode, one.mtimeNs, one.ctimeNs, one.ino, one.contentHash, one.key] satisfies FileLine));
  }
  const files = lines.length;
  for (const key of used) lines.push(JSON.stringify([key, memory.contents.get(key)]));
  const body = lines.join('\n');
  const head = JSON.stringify({ berthManifests: VERSION, dir, definitions: memory.definitions, files, contents: lines.length - files, sum: hash('sha256', body) });
  const beside = `${file}.${String(process.pid)}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(beside, `${head}\n${body}`, { mode: 0o600 });
    renameSync(beside, file);
  } catch {
    try {
      unlinkSync(beside);
    } catch {
      // It never came to be.
    }
  }
}

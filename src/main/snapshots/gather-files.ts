import { createHash } from 'node:crypto';
import { utf8Bytes } from '@shared/domain/snapshots/bytes';
import { Chunker, gearTable, WHOLE_FILE_BYTES } from '@shared/domain/snapshots/chunking';
import { compareWalk } from '@shared/domain/snapshots/tree-paths';
import type { ManifestPart, SkippedEntry, TreeEntry } from '@shared/domain/snapshots/types';
import { canonicalJson } from '@shared/domain/snapshots/canonical';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import { ownedEntry, type OwnedEntry } from '@main/platform/snapshot-files';
import type { SnapshotWriter } from '@main/platform/snapshots/types';

/** What reading a part results in. */
export type ReadPart = Pick<ManifestPart, 'tree' | 'sha256' | 'files' | 'sizeBytes' | 'skipped'>;

type Writer = Pick<SnapshotWriter, 'put' | 'tree'>;

const DOCUMENT_MODE = 0o600;
const FOLDER_MODE = 0o700;

let gear: Int32Array | null = null;

/** Cuts the bytes of one file as the format says. */
export function fileChunker(): Chunker {
  gear ??= gearTable((text) => createHash('sha256').update(text).digest());
  return new Chunker(gear);
}

/** Reads these files of a folder, with the folders they are in. One that is not there is left out: a mode may name files it does not need. */
export async function readFiles(writer: Writer, dir: string, paths: readonly string[], secret: boolean): Promise<ReadPart> {
  const skipped: SkippedEntry[] = [];
  const found = new Map<string, OwnedEntry>();
  for (const path of paths) {
    try {
      const entry = await ownedEntry(dir, path);
      if (entry === null) continue;
      if (entry.kind === 'dir') skipped.push({ path, why: 'it is a folder' });
      else found.set(path, entry);
      if (entry.kind === 'symlink') skipped.push({ path, why: 'it is a link: the link is kept, not what it leads to' });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      skipped.push({ path, why: error.message });
    }
  }
  for (const path of [...found.keys()]) for (const folder of foldersOf(path)) found.set(folder, found.get(folder) ?? ((await ownedEntry(dir, folder)) as OwnedEntry));
  if (!found.has('')) found.set('', (await ownedEntry(dir, '')) ?? { kind: 'dir', mode: FOLDER_MODE, uid: 0, gid: 0, mtimeNs: '0' });
  return { ...(await writeEntries(writer, found, secret)), skipped };
}

/** Keeps documents of Berth's own, each as a file of its own. */
export async function writeDocuments(writer: Writer, documents: { readonly [path: string]: Json }, secret: boolean): Promise<ReadPart> {
  // The same document is the same chunk, whoever wrote it when.
  const owned = { uid: 0, gid: 0, mtimeNs: '0' };
  const found = new Map<string, OwnedEntry>([['', { kind: 'dir', mode: FOLDER_MODE, ...owned }]]);
  for (const [path, document] of Object.entries(documents)) found.set(path, { kind: 'file', mode: DOCUMENT_MODE, ...owned, bytes: utf8Bytes(canonicalJson(document)) });
  return { ...(await writeEntries(writer, found, secret)), skipped: [] };
}

async function writeEntries(writer: Writer, found: ReadonlyMap<string, OwnedEntry>, secret: boolean): Promise<Omit<ReadPart, 'skipped'>> {
  const tree = writer.tree(secret);
  let files = 0;
  let sizeBytes = 0;
  for (const path of [...found.keys()].sort((a, b) => compareWalk(utf8Bytes(a), utf8Bytes(b)))) {
    const entry = found.get(path) as OwnedEntry;
    await tree.add(await treeEntry(writer, path, entry, secret));
    if (entry.kind !== 'file') continue;
    files += 1;
    sizeBytes += entry.bytes.length;
  }
  return { ...(await tree.end()), files, sizeBytes };
}

async function treeEntry(writer: Writer, path: string, entry: OwnedEntry, secret: boolean): Promise<TreeEntry> {
  const owned = { path: { text: path }, mode: entry.mode, uid: entry.uid, gid: entry.gid, mtimeNs: entry.mtimeNs, xattrs: {} };
  if (entry.kind === 'dir') return { ...owned, type: 'dir' };
  if (entry.kind === 'symlink') return { ...owned, type: 'symlink', to: { text: entry.to } };
  return { ...owned, type: 'file', size: entry.bytes.length, data: null, chunks: await putBytes(writer, entry.bytes, secret) };
}

/** Puts the contents of one file. Resolves with the ids of its chunks. */
async function putBytes(writer: Pick<SnapshotWriter, 'put'>, bytes: Uint8Array, secret: boolean): Promise<readonly string[]> {
  if (bytes.length === 0) return [];
  if (bytes.length <= WHOLE_FILE_BYTES) return [await writer.put(bytes, secret)];
  const chunker = fileChunker();
  const ids: string[] = [];
  for (const chunk of [...chunker.push(bytes), ...chunker.end()]) ids.push(await writer.put(chunk, secret));
  return ids;
}

/** The folders above a path, without the root. */
export function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

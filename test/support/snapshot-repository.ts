import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderPlace } from '@main/platform/snapshots/folder-place';
import { createRepository, type NewRepository } from '@main/platform/snapshots/repository';
import type { RepositoryKeys, SnapshotRepository, SnapshotWriter } from '@main/platform/snapshots/types';
import { createSealer } from '@main/platform/seal';
import { newSnapshotId } from '@shared/domain/snapshots/snapshot-id';
import type { Manifest, ManifestPart, TreeEntry } from '@shared/domain/snapshots/types';

/** The key of an installation in a test; always the same, so that two processes have it. */
export const INSTALLATION: RepositoryKeys['install'] = createSealer(createHash('sha256').update('an installation of a test').digest());
export const INSTALL_KEYS: RepositoryKeys = { install: INSTALLATION, passphrase: null };

/** Files of one part, by path. */
export type PartFiles = { readonly [path: string]: Uint8Array };

/** What a test wants to be in a snapshot. */
export interface WantedPart {
  readonly kind?: ManifestPart['kind'];
  readonly name: string;
  readonly secret?: boolean;
  readonly files: PartFiles;
}

/** A folder for repositories, removed by the answered function. */
export async function scratchFolder(): Promise<{ readonly dir: string; readonly remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'berth-snapshots-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** A repository in a folder, with secrets unless it is told otherwise. */
export function folderRepository(dir: string, made: Partial<NewRepository> = {}, keys = INSTALL_KEYS): Promise<SnapshotRepository> {
  return createRepository(folderPlace(dir), keys, { encryptAll: false, secrets: true, ...made });
}

const OWNED = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1700000000000000001', xattrs: {} } as const;

/** Stores files as one part: folders first, each file cut at 1 MiB. */
export async function storePart(writer: SnapshotWriter, wanted: WantedPart): Promise<ManifestPart> {
  const secret = wanted.secret === true;
  const tree = writer.tree(secret);
  await tree.add({ path: { text: '' }, type: 'dir', ...OWNED });
  let sizeBytes = 0;
  const paths = Object.keys(wanted.files).sort();
  for (const path of paths) {
    const bytes = wanted.files[path] ?? new Uint8Array(0);
    const chunks: string[] = [];
    for (let at = 0; at < bytes.length; at += 1024 * 1024) chunks.push(await writer.put(bytes.subarray(at, at + 1024 * 1024), secret));
    sizeBytes += bytes.length;
    const entry: TreeEntry = { path: { text: path }, type: 'file', size: bytes.length, data: null, chunks, ...OWNED };
    await tree.add(entry);
  }
  return { kind: wanted.kind ?? 'volume', name: wanted.name, ...(await tree.end()), files: paths.length, sizeBytes, secret, consistency: 'none', skipped: [], facts: {} };
}

let lastMs = Date.parse('2026-01-01T00:00:00Z');

/** A manifest of these parts; each later than the one before it. */
export function manifestOf(parts: readonly ManifestPart[], more: Partial<Manifest> = {}): Manifest {
  lastMs += 1_000;
  return {
    id: newSnapshotId(lastMs, randomBytes(10)),
    createdAt: new Date(lastMs).toISOString(),
    tag: null,
    reason: 'manual',
    operationId: null,
    berth: '0.0.0',
    engine: { version: '1', api: '1', os: 'linux', arch: 'amd64' },
    project: { id: 'p', name: 'shop', dir: '/shop' },
    mode: null,
    health: 'healthy',
    parts,
    notes: [],
    complete: true,
    ...more,
  };
}

/** Makes a snapshot of these parts. */
export async function makeSnapshot(repository: SnapshotRepository, parts: readonly WantedPart[], more: Partial<Manifest> = {}): Promise<{ readonly manifest: Manifest; readonly storedBytes: number }> {
  const writer = await repository.begin(new AbortController().signal);
  try {
    const stored: ManifestPart[] = [];
    for (const part of parts) stored.push(await storePart(writer, part));
    const manifest = manifestOf(stored, more);
    return { manifest, storedBytes: await writer.finish(manifest) };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/** The files of a part as they come back. */
export function filesOf(repository: SnapshotRepository, part: ManifestPart): Promise<PartFiles> {
  return repository.reading(async (reader) => {
    const files: { [path: string]: Uint8Array } = {};
    for await (const entry of reader.entries(part)) {
      if (entry.type !== 'file' || !('text' in entry.path)) continue;
      const chunks: Uint8Array[] = [];
      for (const id of entry.chunks) chunks.push(await reader.chunk(id));
      files[entry.path.text] = Buffer.concat(chunks);
    }
    return files;
  });
}

/** Reads and compares everything. */
export function verifyAll(repository: SnapshotRepository, ids: readonly string[] = []): ReturnType<SnapshotRepository['verify']> {
  return repository.verify(ids, { percent: 100, onProgress: () => undefined, signal: new AbortController().signal });
}

/** Every file of a repository in a folder, by name, locks left out. */
export async function objectsIn(dir: string): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(dir, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await walk(name);
      else if (!name.startsWith('locks/')) found.set(name, await readFile(join(dir, name)));
    }
  };
  await walk('');
  return found;
}

/** Bytes that look random and are the same each time. */
export function noise(bytes: number, seed: string): Uint8Array {
  return createCipheriv('aes-128-ctr', createHash('md5').update(seed).digest(), Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

import { createHash } from 'node:crypto';
import type { BindFacts, JsonObject, Manifest, ManifestPart, SnapshotPartKind, TreeEntry } from '@shared/domain/snapshots/types';
import type { SnapshotReader, SnapshotWriter, TreeWriter } from '@main/platform/snapshots/types';
import type { VolumeSource } from '@main/docker/volume-types';
import { readBucket } from './gather-buckets';
import { readFiles, writeDocuments } from './gather-files';
import { containerDocuments, containerFacts, imageFacts } from './gather-services';
import type { CreateDependencies, SeenProject } from './gather-types';
import { bytesOf, entriesNow } from './restore-tree';

/** One part of what is compared. */
export interface ComparedPart {
  readonly kind: SnapshotPartKind;
  readonly name: string;
  readonly secret: boolean;
  readonly facts: JsonObject;
  /** Hash of the tree; null where it is only known once everything was read. */
  readonly sha256: string | null;
  entries(): AsyncIterable<TreeEntry>;
  /** The content of one of its files. */
  content(file: TreeEntry & { readonly type: 'file' }): Promise<Uint8Array>;
}

/** A snapshot, or what is there now, as it is compared. */
export interface ComparedSide {
  readonly parts: readonly ComparedPart[];
}

/** What looking at what is there now needs. */
export type NowDependencies = Pick<CreateDependencies, 'engine' | 'volumeProgram' | 'settingsOf' | 's3' | 'transfers' | 'filteredPaths'>;

/** A snapshot. */
export function snapshotSide(reader: SnapshotReader, manifest: Manifest): ComparedSide {
  return {
    parts: manifest.parts.map((part) => ({ kind: part.kind, name: part.name, secret: part.secret, facts: part.facts, sha256: part.sha256, entries: () => reader.entries(part), content: (file) => bytesOf(reader, file.chunks) })),
  };
}

/** What is there now, by the ids that its contents would have in the repository of the snapshot. Only what the snapshot has parts for is looked at; volumes and services that came later are told. */
export async function nowSide(deps: NowDependencies, reader: SnapshotReader, manifest: Manifest, seen: SeenProject, signal: AbortSignal): Promise<ComparedSide> {
  const parts: ComparedPart[] = [];
  for (const part of manifest.parts) {
    const now = await nowPart(deps, reader, part, seen, signal);
    if (now !== null) parts.push(now);
  }
  if (manifest.parts.some(({ kind }) => kind === 'volume')) {
    for (const volume of seen.volumes) {
      if (!parts.some(({ kind, name }) => kind === 'volume' && name === volume.name)) parts.push(placePart(deps, reader, { kind: 'volume', name: volume.name, facts: volume.facts }, seen, { volume: volume.name }, signal));
    }
  }
  return { parts };
}

/** Null where it is not there any more. */
async function nowPart(deps: NowDependencies, reader: SnapshotReader, part: ManifestPart, seen: SeenProject, signal: AbortSignal): Promise<ComparedPart | null> {
  switch (part.kind) {
    case 'files': {
      const named = part.name === 'env' ? seen.files.env : seen.files.compose;
      return written(reader, part, part.facts, async (writer) => readFiles(writer, seen.project.dir, [...new Set([...named, ...(await textPaths(reader, part))])], part.secret));
    }
    case 'settings':
      return written(reader, part, part.facts, async (writer) => writeDocuments(writer, { 'settings.json': await deps.settingsOf(seen.project) }, part.secret));
    case 'containers':
      return written(reader, part, containerFacts(seen), async (writer) => writeDocuments(writer, await containerDocuments(deps.engine, seen), part.secret));
    case 'images':
      return written(reader, part, await imageFacts(deps.engine, seen), () => Promise.resolve());
    case 'volume': {
      const volume = seen.volumes.find(({ name }) => name === part.name);
      return volume === undefined ? null : placePart(deps, reader, { ...part, facts: volume.facts }, seen, { volume: part.name }, signal);
    }
    case 'bind': {
      const bind = seen.binds.find(({ name }) => name === part.name);
      if (bind === undefined) return null;
      const { source, filtered } = part.facts as BindFacts;
      return placePart(deps, reader, part, seen, { bind: source, paths: filtered ? await deps.filteredPaths(source) : null }, signal);
    }
    case 'bucket':
      return written(reader, part, part.facts, (writer) => bucketNow(deps, writer, part.name, seen, signal));
  }
}

async function bucketNow(deps: NowDependencies, writer: Pick<SnapshotWriter, 'put' | 'tree'>, bucket: string, seen: SeenProject, signal: AbortSignal): Promise<void> {
  const s3 = await deps.s3(seen.project.id);
  try {
    await readBucket({ s3, writer, transfers: deps.transfers, signal, onBytes: () => undefined }, bucket);
  } finally {
    s3.close();
  }
}

/** Files that the snapshot has are looked for too: they may be there still although nothing names them any more. */
async function textPaths(reader: SnapshotReader, part: ManifestPart): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { path, type } of reader.entries(part)) if (type !== 'dir' && 'text' in path) paths.push(path.text);
  return paths;
}

/** What would be written for a part, counted by ids and not stored anywhere. Contents are kept of secret parts and documents alone, which are small and compared value by value. */
async function written(reader: SnapshotReader, part: Pick<ManifestPart, 'kind' | 'name' | 'secret'>, facts: JsonObject, write: (writer: Pick<SnapshotWriter, 'put' | 'tree'>) => Promise<unknown>): Promise<ComparedPart> {
  const contents = new Map<string, Uint8Array>();
  const keeps = part.secret || part.kind === 'settings';
  const entries: TreeEntry[] = [];
  const tree: TreeWriter = { add: (entry) => (entries.push(entry), Promise.resolve()), end: () => Promise.resolve({ tree: [], sha256: '' }) };
  await write({
    tree: () => tree,
    put(bytes, secret) {
      const id = reader.idOf(createHash('sha256').update(bytes).digest('hex'), secret);
      if (keeps) contents.set(id, bytes);
      return Promise.resolve(id);
    },
  });
  return {
    kind: part.kind,
    name: part.name,
    secret: part.secret,
    facts,
    sha256: null,
    entries: () => each(entries),
    content: (file) => Promise.resolve(Buffer.concat(file.chunks.map((id) => contents.get(id) ?? new Uint8Array(0)))),
  };
}

async function* each(entries: readonly TreeEntry[]): AsyncGenerator<TreeEntry, void, undefined> {
  for (const entry of entries) yield await Promise.resolve(entry);
}

/** A volume or folder, hashed where it is. */
function placePart(deps: NowDependencies, reader: SnapshotReader, part: Pick<ManifestPart, 'kind' | 'name' | 'facts'>, seen: SeenProject, source: VolumeSource, signal: AbortSignal): ComparedPart {
  return {
    kind: part.kind,
    name: part.name,
    secret: false,
    facts: part.facts,
    sha256: null,
    async *entries() {
      const program = deps.volumeProgram(seen.authorization);
      await program.ensure(signal);
      yield* entriesNow(program, reader, { secret: false }, source, signal);
    },
    content: () => Promise.resolve(new Uint8Array(0)),
  };
}

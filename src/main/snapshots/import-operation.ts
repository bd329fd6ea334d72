import { isAbsolute } from 'node:path';
import { textOf } from '@shared/domain/operations/operation-input';
import { newSnapshotId } from '@shared/domain/snapshots/snapshot-id';
import { pathWords } from '@shared/domain/snapshots/compare-trees';
import { isLinkOutside } from '@shared/domain/snapshots/tree-rules';
import type { Manifest, ManifestPart, SkippedEntry, SnapshotPartKind, TreeEntry } from '@shared/domain/snapshots/types';
import { partWords } from '@shared/domain/snapshots/words';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { JsonObject } from '@shared/kernel/json';
import type { Project } from '@shared/domain/projects/project';
import type { OperationContext, OperationKind } from '@main/operations/types';
import { readArchive, walkPart, type ArchivedPart, type ReadArchive } from '@main/platform/snapshots/archive-read';
import { openArchive, refused, type ArchiveSource } from '@main/platform/snapshots/archive-source';
import type { SnapshotWriter, TreeWriter } from '@main/platform/snapshots/types';
import type { Projects } from '@main/projects/types';
import { fileChunker } from './gather-files';
import { shownSnapshot } from './status';
import type { Repositories, Snapshot, SnapshotNotes } from './types';

/** What an import needs from outside. */
export interface ImportDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly repositories: Pick<Repositories, 'open' | 'chosen'>;
  readonly notes: Pick<SnapshotNotes, 'made'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomBytes: (length: number) => Uint8Array;
}

const TOLD_BYTES = 4 * 1024 * 1024;
/** The effect that makes it a snapshot, and the note of what it is. */
const STORE = 'snapshot.import';
const IMPORTED = 'snapshot.imported';
const NOTES = 100;
const TAG_LENGTH = 128;
const NOTHING = { entry: () => undefined, data: () => undefined, end: () => undefined };

/** The operation `snapshots.import`: a file of a stranger until every byte of it was compared. */
export function importOperation(deps: ImportDependencies): OperationKind {
  return {
    kind: 'snapshots.import',
    needsEngine: false,
    retry: { attempts: 3, codes: ['locked'] },
    async prepare(input) {
      const file = textOf(input, 'file');
      if (!isAbsolute(file)) throw new AppError('input-invalid', `${file} is no absolute path.`, { hint: 'Name the file with its folder.' });
      const project = await deps.projects.resolve(textOf(input, 'project'));
      return { ...input, project: project.id };
    },
    key: (input) => `snapshots-import:${textOf(input, 'project')}`,
    title: (input) => `Import a snapshot from ${textOf(input, 'file')}`,
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      const source = await openArchive(textOf(input, 'file'));
      try {
        return await takeIn(deps, context, source, input);
      } finally {
        await source.close();
      }
    },
    // What has no manifest is no snapshot; its chunks go with the next prune.
    async rollback(context) {
      for (const { name, intent } of context.records) {
        if (name !== STORE) continue;
        const repository = await deps.repositories.open(textOf(intent, 'project'), textOf(intent, 'repository'));
        await repository.remove(textOf(intent, 'id')).catch((error: unknown) => {
          if (!(error instanceof AppError && error.code === 'not-found')) throw error;
        });
      }
    },
    finish: (context) => Promise.resolve({ ...(context.records.find(({ name }) => name === IMPORTED)?.intent ?? {}), operationId: context.operationId }),
  };
}

async function takeIn(deps: ImportDependencies, context: OperationContext, source: ArchiveSource, input: JsonObject): Promise<JsonObject> {
  const project = await deps.projects.resolve(textOf(input, 'project'));
  const archive = await checked(context, source);
  const name = await deps.repositories.chosen(project.id);
  const repository = await deps.repositories.open(project.id, name);
  if (!(await repository.status()).storesSecrets && archive.parts.some(({ part }) => part.secret)) {
    throw new AppError('blocked', `${repository.where} stores no secrets, and this export has some.`, { hint: 'Export it again without --secrets, or import it into the repository of this machine.' });
  }
  const id = newSnapshotId(deps.clock.now(), deps.randomBytes(10));
  const tag = typeof input['tag'] === 'string' ? input['tag'] : archive.manifest.tag;
  const storedBytes = await context.effect(STORE, { id, project: project.id, repository: name, from: archive.manifest.id }, async () => {
    const writer = await repository.begin(context.signal);
    try {
      const parts = await storeParts(context, source, archive, writer);
      return await writer.finish(importedManifest(archive, parts, { id, project, operationId: context.operationId, tag }), { foreign: true });
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  });
  await deps.notes.made(project.id, name, id, storedBytes);
  const shown: Snapshot = shownSnapshot({ name, manifest: await repository.manifest(id), pinned: false }, { projectId: project.id, storedBytes, verified: null });
  await context.note(IMPORTED, shown as unknown as JsonObject);
  await context.commit();
  return { ...(shown as unknown as JsonObject), operationId: context.operationId };
}

/** Reads all of it and compares every sum, count and length, before anything of it is kept. */
async function checked(context: OperationContext, source: ArchiveSource): Promise<ReadArchive> {
  const tell = teller(context, 'Comparing every byte of the export');
  await source.compare(tell, context.signal);
  const archive = await readArchive(source);
  for (const part of archive.parts) mustCount(part, await walkPart(source, part, NOTHING, context.signal));
  return archive;
}

function mustCount({ part }: ArchivedPart, found: { readonly files: number; readonly bytes: number }): void {
  if (found.files !== part.files || found.bytes !== part.sizeBytes) throw refused(`${part.kind} ${part.name} has not as many files or bytes as its manifest says`);
}

async function storeParts(context: OperationContext, source: ArchiveSource, archive: ReadArchive, writer: SnapshotWriter): Promise<readonly ManifestPart[]> {
  const of = archive.parts.reduce((sum, { part }) => sum + part.sizeBytes, 0);
  const tell = teller(context, 'Storing the snapshot');
  const parts: ManifestPart[] = [];
  let done = 0;
  for (const archived of archive.parts) {
    const sink = new StoringSink(writer, archived.part.kind, archived.part.secret, (bytes) => tell((done += bytes), of));
    // The file may be another one by now than the one that was compared: this reading compares again.
    mustCount(archived, await walkPart(source, archived, sink, context.signal));
    parts.push({ ...archived.part, ...(await sink.done()), skipped: [...archived.part.skipped, ...sink.skipped] });
  }
  return parts;
}

/** Puts the contents of one part into a repository: each entry when its content is known. */
class StoringSink {
  readonly skipped: SkippedEntry[] = [];
  private readonly tree: TreeWriter;
  private waiting: { readonly entry: TreeEntry; readonly ids: string[]; readonly chunker: ReturnType<typeof fileChunker> } | null = null;

  constructor(
    private readonly writer: SnapshotWriter,
    private readonly kind: SnapshotPartKind,
    private readonly secret: boolean,
    private readonly onBytes: (bytes: number) => void,
  ) {
    this.tree = writer.tree(secret);
  }

  async entry(entry: TreeEntry): Promise<void> {
    if (isLinkOutside(this.kind, entry)) this.skipped.push({ path: pathWords(entry.path), why: 'it is a link that leads out of the project' });
    else if (entry.type === 'file') this.waiting = { entry, ids: [], chunker: fileChunker() };
    else await this.tree.add(entry);
  }

  async data(bytes: Uint8Array): Promise<void> {
    this.onBytes(bytes.length);
    await this.store(this.waiting?.chunker.push(bytes) ?? []);
  }

  async end(): Promise<void> {
    await this.store(this.waiting?.chunker.end() ?? []);
    if (this.waiting !== null) await this.tree.add({ ...this.waiting.entry, chunks: this.waiting.ids } as TreeEntry);
    this.waiting = null;
  }

  done(): Promise<{ readonly tree: readonly string[]; readonly sha256: string }> {
    return this.tree.end();
  }

  private async store(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) this.waiting?.ids.push(await this.writer.put(chunk, this.secret));
  }
}

/** Of this project from now on, by its own id; where it came from is said. */
function importedManifest({ manifest, missing }: ReadArchive, parts: readonly ManifestPart[], as: { readonly id: string; readonly project: Project; readonly operationId: string; readonly tag: string | null }): Manifest {
  const { id, name, dir } = as.project;
  const notes = [...manifest.notes.slice(0, NOTES), `Imported: it was made as ${manifest.id} of ${manifest.project.name} in ${manifest.project.dir}.`];
  if (missing.length > 0) notes.push(`The export was made without ${missing.map(partWords).join(', ')}.`);
  return { ...manifest, id: as.id, tag: as.tag === null ? null : oneLine(as.tag, TAG_LENGTH), reason: 'import', operationId: as.operationId, project: { id, name, dir }, parts: parts.map(shownPart), notes: notes.map((note) => oneLine(note)) };
}

function shownPart(part: ManifestPart): ManifestPart {
  return { ...part, skipped: part.skipped.map(({ path, why }) => ({ path: oneLine(path), why: oneLine(why) })) };
}

/** What a stranger wrote is shown in windows and terminals: one line, without anything that a terminal obeys. */
function oneLine(text: string, length = 1_000): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').slice(0, length);
}

function teller(context: OperationContext, message: string): (done: number, of: number) => void {
  let told = 0;
  return (done, total) => {
    if (done - told < TOLD_BYTES) return;
    told = done;
    context.progress({ message, bytes: { done, total } });
  };
}

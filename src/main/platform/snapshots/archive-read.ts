import { createHash } from 'node:crypto';
import { parseCanonicalJson } from '@shared/domain/snapshots/canonical';
import { SnapshotFormatError } from '@shared/domain/snapshots/format-error';
import { parseManifestBody } from '@shared/domain/snapshots/manifest';
import { LineJoiner } from '@shared/domain/snapshots/tree-lines';
import { TreeRules } from '@shared/domain/snapshots/tree-rules';
import type { Manifest, ManifestPart, RawText, TreeEntry } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import { LinkTargets, parseArchiveLine, type ArchivedEntry } from './archive-lines';
import { ARCHIVE_COMPLETE, ARCHIVE_MANIFEST, ARCHIVE_SUMS, partName } from './archive-names';
import { refused, type ArchivedFile, type ArchiveSource } from './archive-source';
import { paddingOf, TAR_END, treeHead } from './archive-tar';

const READ_BYTES = 1024 * 1024;
const LINE_MAX = 4 * 1024 * 1024;

/** A part that is in an archive. */
export interface ArchivedPart {
  readonly part: ManifestPart;
  readonly tar: ArchivedFile;
  readonly tree: ArchivedFile;
}

/** An archive whose frame was looked at, with what it says it holds. */
export interface ReadArchive {
  readonly manifest: Manifest;
  readonly parts: readonly ArchivedPart[];
  /** Parts of the manifest that were left out when it was written. */
  readonly missing: readonly ManifestPart[];
}

/** Reads the manifest and finds the files of its parts: those and no others, in the order of the manifest. Only secret parts may be missing. */
export async function readArchive(source: ArchiveSource): Promise<ReadArchive> {
  const manifest = await telling(async () => parseManifestBody(parseCanonicalJson(await source.text(ARCHIVE_MANIFEST))));
  const parts: ArchivedPart[] = [];
  const missing: ManifestPart[] = [];
  for (const [index, part] of manifest.parts.entries()) {
    if (/\p{Cc}/u.test(part.name)) throw refused(`the name of the part ${String(index + 1)} is none`);
    const [tar, tree] = [source.files.get(partName(part.kind, index + 1, 'tar')), source.files.get(partName(part.kind, index + 1, 'tree'))];
    if (tar !== undefined && tree !== undefined) parts.push({ part, tar, tree });
    else if (tar === undefined && tree === undefined && part.secret) missing.push(part);
    else throw refused(`the part ${String(index + 1)} is missing`);
  }
  const expected = [ARCHIVE_MANIFEST, ...parts.flatMap(({ tar, tree }) => [tar.name, tree.name]), ARCHIVE_SUMS, ARCHIVE_COMPLETE];
  if ([...source.files.keys()].join('\n') !== expected.join('\n')) throw refused('it has not the files of one, in their order');
  return { manifest, parts, missing };
}

/** Takes what a part holds. `data` is called for the bytes of the file that was told last, then `end`. */
export interface PartSink {
  entry(entry: TreeEntry): Promise<void> | void;
  data(bytes: Uint8Array): Promise<void> | void;
  end(): Promise<void> | void;
}

/**
 * Walks through a part. The tar is not taken apart: from each line of the tree come the bytes that have to stand in it, and they are compared.
 * What the sums of a part count is told by the answer. Rejects with `damaged` at the first byte that differs.
 */
export async function walkPart(source: ArchiveSource, part: ArchivedPart, sink: PartSink, signal: AbortSignal): Promise<{ readonly files: number; readonly bytes: number }> {
  return telling(async () => {
    const linked: RawText[] = [];
    const targets = new LinkTargets();
    for await (const { entry } of entriesOf(source, part.tree)) {
      targets.expect(entry);
      if (entry.type === 'link') linked.push(entry.to);
    }
    const rules = new TreeRules(part.part.kind, linked);
    const tar = new TarReader(source, part.tar);
    let [files, bytes] = [0, 0];
    for await (const archived of entriesOf(source, part.tree)) {
      if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
      const { entry } = archived;
      const wrong = rules.see(entry);
      if (wrong !== null) throw refused(`of ${part.part.kind} ${part.part.name} ${wrong}`);
      targets.see(entry);
      await sink.entry(entry);
      await readEntry(tar, archived, targets, sink);
      if (entry.type === 'file') [files, bytes] = [files + 1, bytes + entry.size];
    }
    await tar.expect(TAR_END);
    tar.mustEnd();
    return { files, bytes };
  });
}

async function readEntry(tar: TarReader, { entry, sha256 }: ArchivedEntry, targets: LinkTargets, sink: PartSink): Promise<void> {
  const head = treeHead(entry, targets.of);
  if (head === null) return;
  await tar.expect(head.head);
  if (entry.type !== 'file') return;
  const hash = createHash('sha256');
  for (let left = head.dataBytes; left > 0; ) {
    const bytes = await tar.take(Math.min(READ_BYTES, left));
    left -= bytes.length;
    hash.update(bytes);
    await sink.data(bytes);
  }
  if (hash.digest('hex') !== sha256) throw refused('a file has other contents than its tree says');
  await tar.expect(Buffer.alloc(paddingOf(head.dataBytes)));
  await sink.end();
}

/** Reads a tar from its beginning, ahead: most of what is asked for is a header of 512 bytes. */
class TarReader {
  private at = 0;
  private ahead = Buffer.alloc(0);

  constructor(
    private readonly source: ArchiveSource,
    private readonly file: ArchivedFile,
  ) {}

  async take(length: number): Promise<Buffer> {
    if (this.ahead.length < length) {
      const from = this.at + this.ahead.length;
      const more = Math.max(length - this.ahead.length, Math.min(READ_BYTES, this.file.size - from));
      this.ahead = Buffer.concat([this.ahead, await this.source.read(this.file, { offset: from, length: more })]);
    }
    const bytes = this.ahead.subarray(0, length);
    this.ahead = this.ahead.subarray(length);
    this.at += length;
    return bytes;
  }

  async expect(bytes: Uint8Array): Promise<void> {
    if (!(await this.take(bytes.length)).equals(bytes)) throw refused(`${this.file.name} is not what its tree says`);
  }

  mustEnd(): void {
    if (this.at !== this.file.size) throw refused(`there is something behind the end of ${this.file.name}`);
  }
}

async function* entriesOf(source: ArchiveSource, file: ArchivedFile): AsyncGenerator<ArchivedEntry, void, undefined> {
  const joiner = new LineJoiner(LINE_MAX);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (let at = 0; at < file.size; at += READ_BYTES) {
    const bytes = await source.read(file, { offset: at, length: Math.min(READ_BYTES, file.size - at) });
    for (const line of joiner.push(decoder.decode(bytes, { stream: true }))) yield parseArchiveLine(line);
  }
  for (const line of joiner.push(decoder.decode())) yield parseArchiveLine(line);
  joiner.end();
}

/** What is wrong with the form of a file from elsewhere is one error for all that read it. */
async function telling<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof SnapshotFormatError) throw refused(error.message.replace(/\.$/, '').replace(/^./, (first) => first.toLowerCase()), error);
    // The decoder's word for bytes that are no text.
    if (error instanceof TypeError && (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw refused('a tree is not text', error);
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { canonicalJson } from '@shared/domain/snapshots/canonical';
import { manifestBody } from '@shared/domain/snapshots/manifest';
import type { Manifest, ManifestPart, TreeEntry } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { ArchiveSink } from './archive-file';
import { archiveLine, LinkTargets } from './archive-lines';
import { ARCHIVE_COMPLETE, ARCHIVE_MANIFEST, ARCHIVE_SUMS, completeText, partName, sumLine } from './archive-names';
import { paddingOf, plainHead, TAR_END, treeHead } from './archive-tar';

/** What an archive is made of. */
export interface ArchiveContent {
  readonly manifest: Manifest;
  /** Parts that are left out: their values are not to stand in a file that anybody can read. */
  readonly omits: (part: ManifestPart) => boolean;
  /** Entries of a part in the order of its tree, from the first one at every call. */
  readonly entries: (part: ManifestPart) => AsyncIterable<TreeEntry>;
  /** Plain bytes of a chunk. */
  readonly chunk: (id: string) => Promise<Uint8Array>;
}

/** How far it is; and when to stop. */
export interface ArchiveWatch {
  readonly onProgress: (bytes: number, ofBytes: number) => void;
  readonly signal: AbortSignal;
}

/** A part that goes into the archive, measured: a tar says how long a file is before it comes. */
interface PlannedPart {
  readonly part: ManifestPart;
  readonly number: number;
  readonly targets: LinkTargets;
  readonly tarBytes: number;
  readonly treeBytes: number;
}

const DIGEST_BYTES = 32;
const NO_DIGEST = '0'.repeat(2 * DIGEST_BYTES);

/** Writes an archive in one go, with bounded memory: trees are walked to measure them, then again with their contents. */
export async function writeArchive(sink: ArchiveSink, content: ArchiveContent, watch: ArchiveWatch): Promise<void> {
  const planned: PlannedPart[] = [];
  for (const [index, part] of content.manifest.parts.entries()) if (!content.omits(part)) planned.push(await measure(content, part, index + 1, watch));
  const ofBytes = planned.reduce((sum, { tarBytes, treeBytes }) => sum + tarBytes + treeBytes, 0);
  const archive = new ArchiveWriter(sink, Math.floor(Date.parse(content.manifest.createdAt) / 1000), () => {
    mustGoOn(watch.signal);
    watch.onProgress(sink.bytes, Math.max(ofBytes, sink.bytes));
  });
  await archive.text(ARCHIVE_MANIFEST, canonicalJson(manifestBody(content.manifest)));
  for (const part of planned) await writePart(archive, content, part);
  await archive.text(ARCHIVE_SUMS, archive.sums);
  await archive.text(ARCHIVE_COMPLETE, completeText(archive.files, sink.bytes));
  await sink.write(TAR_END);
}

function mustGoOn(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
}

/** Writes the files of the archive, and keeps their sums. */
class ArchiveWriter {
  sums = '';
  files = 0;

  constructor(
    private readonly sink: ArchiveSink,
    private readonly seconds: number,
    private readonly onWrite: () => void,
  ) {}

  async text(name: string, text: string): Promise<void> {
    const bytes = Buffer.from(text, 'utf8');
    await this.file(name, bytes.length, (write) => write(bytes));
  }

  /** One file; `produce` has to write just as many bytes as were announced. */
  async file(name: string, size: number, produce: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>): Promise<void> {
    await this.sink.write(plainHead(name, size, this.seconds));
    const hash = createHash('sha256');
    let written = 0;
    await produce(async (bytes) => {
      this.onWrite();
      hash.update(bytes);
      written += bytes.length;
      await this.sink.write(bytes);
    });
    if (written !== size) throw new Error(`${name} has ${String(written)} bytes instead of ${String(size)}.`);
    await this.sink.write(Buffer.alloc(paddingOf(size)));
    this.sums += sumLine(hash.digest('hex'), name);
    this.files += 1;
  }
}

async function measure(content: ArchiveContent, part: ManifestPart, number: number, watch: ArchiveWatch): Promise<PlannedPart> {
  const targets = new LinkTargets();
  for await (const entry of content.entries(part)) targets.expect(entry);
  let [tarBytes, treeBytes] = [TAR_END.length, 0];
  for await (const entry of content.entries(part)) {
    mustGoOn(watch.signal);
    targets.see(entry);
    const head = treeHead(entry, targets.of);
    tarBytes += head === null ? 0 : head.head.length + head.dataBytes + paddingOf(head.dataBytes);
    treeBytes += Buffer.byteLength(archiveLine(entry, NO_DIGEST));
  }
  return { part, number, targets, tarBytes, treeBytes };
}

async function writePart(archive: ArchiveWriter, content: ArchiveContent, { part, number, targets, tarBytes, treeBytes }: PlannedPart): Promise<void> {
  const digests = new Digests();
  await archive.file(partName(part.kind, number, 'tar'), tarBytes, async (write) => {
    for await (const entry of content.entries(part)) {
      const head = treeHead(entry, targets.of);
      if (head === null) continue;
      await write(head.head);
      if (entry.type !== 'file') continue;
      digests.add(await writeContent(content, part, entry, head.dataBytes, write));
      const padding = paddingOf(head.dataBytes);
      if (padding > 0) await write(Buffer.alloc(padding));
    }
    await write(TAR_END);
  });
  await archive.file(partName(part.kind, number, 'tree'), treeBytes, async (write) => {
    const next = digests.inOrder();
    for await (const entry of content.entries(part)) await write(Buffer.from(archiveLine(entry, entry.type === 'file' ? next() : NO_DIGEST), 'utf8'));
  });
}

async function writeContent(content: ArchiveContent, part: ManifestPart, entry: TreeEntry & { readonly type: 'file' }, dataBytes: number, write: (bytes: Uint8Array) => Promise<void>): Promise<Uint8Array> {
  const hash = createHash('sha256');
  let left = dataBytes;
  for (const id of entry.chunks) {
    const bytes = await content.chunk(id);
    hash.update(bytes);
    left -= bytes.length;
    if (left < 0) break;
    await write(bytes);
  }
  if (left !== 0) throw new AppError('damaged', `A file of ${part.kind} ${part.name} has another length than its contents.`, { hint: 'Verify the snapshot.', details: { damaged: [{ object: entry.chunks[0] ?? '', part: `${part.kind} ${part.name}` }] } });
  return hash.digest();
}

/** Digests of files in their order, 32 bytes each: there may be a million of them. */
class Digests {
  private bytes = Buffer.alloc(DIGEST_BYTES * 1024);
  private count = 0;

  add(digest: Uint8Array): void {
    if ((this.count + 1) * DIGEST_BYTES > this.bytes.length) this.bytes = Buffer.concat([this.bytes, Buffer.alloc(this.bytes.length)]);
    this.bytes.set(digest, this.count * DIGEST_BYTES);
    this.count += 1;
  }

  inOrder(): () => string {
    let at = 0;
    return () => {
      at += DIGEST_BYTES;
      return this.bytes.toString('hex', at - DIGEST_BYTES, at);
    };
  }
}

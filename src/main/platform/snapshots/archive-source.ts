import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '@shared/kernel/app-error';
import { ARCHIVE_COMPLETE, ARCHIVE_MANIFEST, ARCHIVE_SUMS, completeText, sumLine } from './archive-names';
import { paddingOf, plainHead, TAR_BLOCK, TAR_END } from './archive-tar';

/** Limits of what is read of a stranger's file before anything is known of it. */
const TEXT_MAX_BYTES = 64 * 1024 * 1024;
const FILES_MAX = 20_000;
const READ_BYTES = 1024 * 1024;
/** A header, or one before it that says the size of what is larger than a header can say. */
const HEAD_MAX_BYTES = 3 * TAR_BLOCK;
const NAME = /^(?:manifest\.json|SHA256SUMS|COMPLETE|parts\/(?:files|settings|containers|images|volume|bind|bucket)-[1-9][0-9]{0,4}\.(?:tar|tree))$/;

/** A file in an archive. */
export interface ArchivedFile {
  readonly name: string;
  /** Where its bytes begin. */
  readonly offset: number;
  readonly size: number;
}

/** A file of an export, held open: what is read twice is read from the same file. */
export interface ArchiveSource {
  readonly files: ReadonlyMap<string, ArchivedFile>;
  readonly sizeBytes: number;
  /** Bytes of one of its files; all of it without a range. Rejects with `damaged` where the archive ends. */
  read(file: ArchivedFile, range: { readonly offset: number; readonly length: number }): Promise<Buffer>;
  text(name: string): Promise<string>;
  /** Reads everything and compares it with the sums. */
  compare(onBytes: (bytes: number, ofBytes: number) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The one error for an archive that is not just as Berth wrote it. */
export function refused(why: string, cause?: unknown): AppError {
  return new AppError('damaged', `This is not a whole export of a snapshot: ${why}.`, { hint: 'Nothing was taken in. Copy or export it again.', cause });
}

/** Opens an archive and looks at its frame: which files it says there are, whether it is whole. Only files with names that an export has, each header just as an export has it. */
export async function openArchive(path: string): Promise<ArchiveSource> {
  const handle = await opened(path);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new AppError('file-unreadable', `${path} is not a regular file.`, { hint: 'Name the file that an export wrote.', where: { file: path } });
    const source = new OpenArchive(handle, found.size);
    await source.look();
    return source;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK the open of a pipe that nobody writes to never comes back.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new AppError('not-found', `There is no file ${path}.`, { hint: 'Check the path.', where: { file: path }, cause: error });
    throw new AppError('file-unreadable', `${path} cannot be read.`, { hint: 'Give your user the right to read it.', where: { file: path }, cause: error });
  }
}

class OpenArchive implements ArchiveSource {
  readonly files = new Map<string, ArchivedFile>();

  constructor(
    private readonly handle: FileHandle,
    readonly sizeBytes: number,
  ) {}

  async look(): Promise<void> {
    let at = 0;
    for (;;) {
      const head = await this.at(at, Math.min(HEAD_MAX_BYTES, this.sizeBytes - at));
      if (head.length < 2 * TAR_BLOCK) throw refused('it ends too early');
      if (head.subarray(0, 2 * TAR_BLOCK).equals(TAR_END)) break;
      const file = readHead(head, at);
      if (this.files.has(file.name)) throw refused(`${file.name} is in it twice`);
      if (this.files.size === FILES_MAX) throw refused('it has too many files');
      this.files.set(file.name, file);
      at = file.offset + file.size + paddingOf(file.size);
      if (at > this.sizeBytes) throw refused('it ends too early');
      if ((await this.at(file.offset + file.size, paddingOf(file.size))).some((byte) => byte !== 0)) throw refused(`there is something behind ${file.name}`);
    }
    if (at + TAR_END.length !== this.sizeBytes) throw refused('there is something behind its end');
    await this.mustBeComplete();
  }

  read(file: ArchivedFile, range: { readonly offset: number; readonly length: number }): Promise<Buffer> {
    if (range.offset + range.length > file.size) throw refused(`${file.name} ends too early`);
    return this.at(file.offset + range.offset, range.length);
  }

  async text(name: string): Promise<string> {
    const file = this.files.get(name);
    if (file === undefined) throw refused(`${name} is missing`);
    if (file.size > TEXT_MAX_BYTES) throw refused(`${name} is too long`);
    const bytes = await this.read(file, { offset: 0, length: file.size });
    const text = bytes.toString('utf8');
    if (!Buffer.from(text, 'utf8').equals(bytes)) throw refused(`${name} is not text`);
    return text;
  }

  async compare(onBytes: (bytes: number, ofBytes: number) => void, signal: AbortSignal): Promise<void> {
    let sums = '';
    for (const file of this.files.values()) {
      if (file.name === ARCHIVE_SUMS || file.name === ARCHIVE_COMPLETE) continue;
      sums += sumLine(await this.sumOf(file, onBytes, signal), file.name);
    }
    if (sums !== (await this.text(ARCHIVE_SUMS))) throw refused('its sums are not those of its files');
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async sumOf(file: ArchivedFile, onBytes: (bytes: number, ofBytes: number) => void, signal: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    for (let at = 0; at < file.size; at += READ_BYTES) {
      if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
      hash.update(await this.at(file.offset + at, Math.min(READ_BYTES, file.size - at)));
      onBytes(file.offset + at, this.sizeBytes);
    }
    return hash.digest('hex');
  }

  /** The first file and the last two are where they belong, and the last one counts what is before it. */
  private async mustBeComplete(): Promise<void> {
    const names = [...this.files.keys()];
    const complete = this.files.get(ARCHIVE_COMPLETE);
    if (names[0] !== ARCHIVE_MANIFEST || names.at(-2) !== ARCHIVE_SUMS || complete === undefined || names.at(-1) !== ARCHIVE_COMPLETE) throw refused('it has not the files of one, in their order');
    const text = await this.text(ARCHIVE_COMPLETE);
    if (/^\{"berthExport":[2-9]/.test(text)) throw new AppError('repository-version', 'This export was made by a newer Berth.', { hint: 'Update Berth, then import it again.' });
    if (text !== completeText(names.length - 1, complete.offset - TAR_BLOCK)) throw refused('its last file does not count what is before it');
  }

  private async at(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let read = 0;
    while (read < length) {
      const { bytesRead } = await this.handle.read(buffer, read, length - read, offset + read);
      if (bytesRead === 0) throw refused('it ends too early');
      read += bytesRead;
    }
    return buffer;
  }
}

/** Reads the few fields that differ and makes the header anew: whatever else stands in it, down to one bit, shows. */
function readHead(bytes: Buffer, at: number): ArchivedFile {
  const extended = bytes[156] === 'x'.charCodeAt(0);
  const block = extended ? bytes.subarray(2 * TAR_BLOCK) : bytes.subarray(0, TAR_BLOCK);
  if (block.length < TAR_BLOCK) throw refused('it ends too early');
  const name = block.toString('latin1', 0, 100).replace(/\0+$/, '');
  const size = extended ? /^\d+ size=([1-9]\d{0,15})\n\0*$/.exec(bytes.toString('latin1', TAR_BLOCK, 2 * TAR_BLOCK))?.[1] : /^[0-7]{11}\0$/.exec(block.toString('latin1', 124, 136))?.[0].slice(0, 11);
  const seconds = /^[0-7]{11}\0$/.exec(block.toString('latin1', 136, 148))?.[0].slice(0, 11);
  if (!NAME.test(name) || size === undefined || seconds === undefined) throw refused('it has something that no export has');
  const bytesLong = Number.parseInt(size, extended ? 10 : 8);
  const expected = Number.isSafeInteger(bytesLong) ? plainHead(name, bytesLong, Number.parseInt(seconds, 8)) : Buffer.alloc(0);
  if (!bytes.subarray(0, expected.length).equals(expected) || expected.length === 0) throw refused('it has something that no export has');
  return { name, offset: at + expected.length, size: bytesLong };
}

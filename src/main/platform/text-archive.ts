import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AppError } from '@shared/kernel/app-error';
import { readProjectFile } from './files';
import { discardArchiveFile, writeArchiveFile, type WrittenArchive } from './snapshots/archive-file';
import { paddingOf, plainHead, TAR_END } from './snapshots/archive-tar';

const zipped = promisify(gzip);

/** A file of an archive of texts. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Writes texts as one tar.gz, whole or not at all; what is there already stays. `temporary` lies beside it, see `temporaryBeside`. */
export async function writeTextArchive(file: string, temporary: string, files: readonly TextFile[], seconds: number): Promise<WrittenArchive> {
  const parts: Uint8Array[] = [];
  for (const { path, text } of files) {
    const bytes = Buffer.from(text, 'utf8');
    parts.push(plainHead(path, bytes.length, seconds), bytes, new Uint8Array(paddingOf(bytes.length)));
  }
  const packed = await zipped(Buffer.concat([...parts, TAR_END]));
  return writeArchiveFile(file, temporary, (sink) => sink.write(packed));
}

/** The name a file has until it is whole. */
export function temporaryBeside(file: string, mark: string): string {
  return join(dirname(file), `.${basename(file).slice(0, 200)}.${mark}.part`);
}

/** Removes what an interrupted write left. */
export const discardTextArchive = discardArchiveFile;

/** Writes a small text as a new file, whole or not at all, readable by the user alone; what is there already stays. */
export async function writeNewText(file: string, text: string): Promise<void> {
  await writeArchiveFile(file, temporaryBeside(file, randomUUID()), (sink) => sink.write(Buffer.from(text, 'utf8')));
}

/** Reads a small text that the user named. Rejects with `file-unreadable`, and with `input-invalid` for what is no text. */
export async function readNamedText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf8', { fatal: true }).decode(await readProjectFile(file));
  } catch (error) {
    // What is said of compose files there fits no other file.
    if (error instanceof AppError) throw error.code === 'compose-not-found' ? new AppError('not-found', `${file} is not there.`, { where: { file } }) : new AppError(error.code, error.message, { where: { file } });
    throw new AppError('input-invalid', `${file} is no text.`, { where: { file } });
  }
}

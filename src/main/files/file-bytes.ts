import { withoutBom } from '@shared/domain/files/file-form';
import { AppError } from '@shared/kernel/app-error';
import { sha256Of } from '@main/platform/backup-folder';
import type { KnownFile, KnownProject } from './known-files';
import type { ProjectFilesDependencies } from './types';

/** The mark of a file that is not there. */
export const NO_FILE = 'none';

/** A file as it is on the disk. */
export interface FoundFile {
  /** Null: it is not there. */
  readonly bytes: Uint8Array | null;
  /** SHA-256 in hex, or `NO_FILE`. */
  readonly mark: string;
  /** Why it is not changed here; null when it can be. */
  readonly readOnly: string | null;
}

/** The bytes of a file. What leads out of the folder, by its path or by a link, is read for a trusted project only, and never changed. Rejects with `file-unreadable` and `trust-required`. */
export async function findFile(deps: Pick<ProjectFilesDependencies, 'readBeneath' | 'readAnywhere'>, known: KnownProject, file: KnownFile): Promise<FoundFile> {
  if (!file.isInside) {
    if (!known.isTrusted) throw new AppError('trust-required', `${file.path} lies outside the project folder.`, { hint: 'Trust the project to have files shown that lie elsewhere.', where: { file: file.file } });
    return found(await orMissing(deps.readAnywhere(file.file)), 'It lies outside the project folder, so Berth does not change it.');
  }
  try {
    return found(await orMissing(deps.readBeneath(known.project.dir, file.path)), null);
  } catch (error) {
    // A link on the way: followed as compose does, but for a trusted project only.
    if (!(error instanceof AppError) || !known.isTrusted || !/does not lie beneath/.test(error.message)) throw error;
    return found(await orMissing(deps.readAnywhere(file.file)), 'It is reached by a link, so Berth does not change it.');
  }
}

function found(bytes: Uint8Array | null, readOnly: string | null): FoundFile {
  return { bytes, mark: bytes === null ? NO_FILE : sha256Of(bytes), readOnly };
}

async function orMissing(reading: Promise<Uint8Array>): Promise<Uint8Array | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof AppError && error.code === 'compose-not-found') return null;
    throw error;
  }
}

/** The text of a file with the mark at its beginning, if it has one. Rejects with `file-unreadable` for what is no UTF-8 text: writing it back would change its bytes. */
export function textOfBytes(bytes: Uint8Array | null, file: KnownFile): string {
  if (bytes === null) return '';
  const refuse = (what: string): AppError => new AppError('file-unreadable', `${file.path} ${what}`, { hint: 'Open it with a program that knows what it is.', where: { file: file.file } });
  if (bytes.includes(0)) throw refuse('has a NUL byte: it is not a text file.');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse('is not UTF-8 text: saving it here would change its bytes.');
  }
}

/** The same without that mark. */
export function wordsOfBytes(bytes: Uint8Array | null, file: KnownFile): string {
  return withoutBom(textOfBytes(bytes, file)).text;
}

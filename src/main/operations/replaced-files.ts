import { AppError } from '@shared/kernel/app-error';
import type { EffectRecord, OperationContext, RecoveryContext } from './types';

/** A text file that changes; `path` is relative to the folder it lies in. */
export interface ReplacedFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** platform/files: read and replace beneath a folder, following no link. */
export interface FileDoor {
  readonly readBeneath: (rootDir: string, relPath: string) => Promise<Uint8Array>;
  readonly replaceBeneath: (rootDir: string, relPath: string, bytes: Uint8Array) => Promise<void>;
}

/** The text of a file beneath a folder. Rejects what is not UTF-8: writing it back would change its bytes. */
export async function textBeneath(door: Pick<FileDoor, 'readBeneath'>, root: string, path: string): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await door.readBeneath(root, path));
}

/** Replaces a file as a journaled effect. Somebody may have saved it since it was read: their words are not overwritten. */
export async function replaceFile(door: FileDoor, context: OperationContext, root: string, file: ReplacedFile): Promise<void> {
  await context.effect('file.replace', { root, path: file.path, before: file.before, after: file.after }, async () => {
    if ((await textBeneath(door, root, file.path)) !== file.before) throw new AppError('fix-failed', `${file.path} was changed meanwhile.`, { hint: 'Run it again.' });
    await door.replaceBeneath(root, file.path, new TextEncoder().encode(file.after));
    return null;
  });
}

/** Puts one replaced file back where it still is what was written; undoing it twice is as good as once. Other records are left alone. */
export async function restoreFile(door: FileDoor, context: RecoveryContext, record: EffectRecord): Promise<void> {
  const { root, path, before, after } = record.intent;
  if (record.name !== 'file.replace' || record.undone || typeof root !== 'string' || typeof path !== 'string' || typeof before !== 'string') return;
  await context.effect('file.restore', { root, path, undoes: record.seq }, async () => {
    const now = await textBeneath(door, root, path).catch(() => undefined);
    if (now === after) await door.replaceBeneath(root, path, new TextEncoder().encode(before));
    else if (now !== before) context.log(`${path} was changed meanwhile and is left as it is.`);
    return null;
  });
}

import { AppError } from '@shared/kernel/app-error';

/** What the volume program gave up with, as an error for people. */
export function volumeFailure({ code, path, text }: { readonly code: string; readonly path: string; readonly text: string }): AppError {
  const where = path === '' ? '' : ` (${path})`;
  const details = { path, said: text };
  switch (code) {
    case 'disk-full':
      return new AppError('disk-full', `The disk of the volume is full${where}.`, { hint: 'Free some space where the engine keeps its volumes, then try again.', details });
    case 'packs-full':
      return new AppError('disk-full', 'There is no space left for snapshots.', { hint: 'Free some space, or remove old snapshots and prune; those that are there stay as they are.', details });
    case 'packs':
      return new AppError('storage-unreachable', `The snapshots cannot be written: ${text}.`, { hint: 'Check that the disk is there and that your user may read and write in the folder.', details });
    case 'not-supported':
      return new AppError('not-supported', `The file system of the volume cannot do that${where}: ${text}.`, { details });
    case 'damaged':
      return new AppError('damaged', `What was to be written is damaged${where}: ${text}.`, { details: { ...details, damaged: path === '' ? [] : [path] } });
    case 'refused':
      return new AppError('policy-refused', `The volume program refused it${where}: ${text}.`, { details });
    case 'not-empty':
      return new AppError('busy', 'The volume is not empty, so nothing was written into it.', { details });
    default:
      return new AppError('engine-refused', `The volume cannot be read or written${where}: ${text}.`, { details });
  }
}

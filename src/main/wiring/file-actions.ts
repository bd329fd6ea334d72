import type { FileActionDependencies } from '@main/operations/file-actions-operation';
import { hostBackupFolder } from '@main/platform/backup-folder';
import { lockProject } from '@main/platform/project-lock';
import { systemClock } from '@main/platform/system-clock';
import { commentOut } from '@shared/domain/gitops/plan/comment-out';
import type { Foundation } from './foundation';

/** What operations on files of a folder are wired over. */
export function fileActionDoors({ store, turns }: Pick<Foundation, 'store' | 'turns'>): FileActionDependencies {
  return { folder: hostBackupFolder(), store, turns, lock: lockProject, commentOut: (bytes, reason) => commentOut(bytes, { reason }), now: () => systemClock.now() };
}

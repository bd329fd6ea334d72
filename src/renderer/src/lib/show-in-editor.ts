import type { Where } from '@shared/kernel/app-error';
import { appWindow } from './client';
import { attempt } from './switch-flow';

/** Opens a place of the project in the person's own editor. */
export function showInEditor(projectId: string, where: Where): Promise<void> {
  return attempt(() => appWindow.openInEditor(projectId, where.file, where.line ?? 1));
}

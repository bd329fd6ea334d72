import { randomBytes } from 'node:crypto';
import { WORKSPACE_FILES, WORKSPACE_KEYS_FILE, WORKSPACE_MOUNT_KEEP, workspaceKeysText } from '@shared/domain/storage/workspace-preset';
import type { OperationContext } from '@main/operations/types';
import type { BackupFolder } from '@main/platform/backup-folder';

/**
 * What a workspaces file needs beside it to be run without Berth, where it is not there yet: keys that are made up (the server keeps its data under
 * them; they are in no plan and in no journal) and the folder its mount is seen in.
 */
export async function provideWorkspaceKeys(folder: Pick<BackupFolder, 'look' | 'write'>, projectDir: string, context: Pick<OperationContext, 'effect'>): Promise<void> {
  const isThere = async (path: string): Promise<boolean> => (await folder.look(projectDir, path)).state.kind === 'file';
  const files = await Promise.all(Object.values(WORKSPACE_FILES).map(isThere));
  if (!files.includes(true)) return;
  const keys = (): string => workspaceKeysText({ accessKey: randomBytes(10).toString('hex'), secretKey: randomBytes(20).toString('hex') });
  for (const [path, text] of [[WORKSPACE_KEYS_FILE, keys], [WORKSPACE_MOUNT_KEEP, () => '']] as const) {
    if (await isThere(path)) continue;
    await context.effect('storage.workspace-keys', { file: path }, async () => {
      await folder.write(projectDir, [[path, new TextEncoder().encode(text())]]);
      return null;
    });
  }
}

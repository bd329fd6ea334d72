import { randomBytes } from 'node:crypto';
import { WORKSPACE_FILES, WORKSPACE_KEYS_FILE, WORKSPACE_MOUNT_PARENT, workspaceKeysText } from '@shared/domain/storage/workspace-preset';
import type { OperationContext } from '@main/operations/types';
import type { BackupFolder } from '@main/platform/backup-folder';

/**
 * What a workspaces file needs beside it to be run without Berth, where it is not there yet: keys that are made up (the server keeps its data under
 * them; they are in no plan and in no journal) and the folder its mount is seen in, since docker compose binds only what is there.
 */
export async function provideWorkspaceKeys(folder: Pick<BackupFolder, 'look' | 'put' | 'write'>, projectDir: string, context: Pick<OperationContext, 'effect'>): Promise<void> {
  const isThere = async (path: string): Promise<boolean> => (await folder.look(projectDir, path)).state.kind !== 'missing';
  const files = await Promise.all(Object.values(WORKSPACE_FILES).map(isThere));
  if (!files.includes(true)) return;
  if (!(await isThere(WORKSPACE_KEYS_FILE))) {
    await context.effect('storage.workspace-keys', { file: WORKSPACE_KEYS_FILE }, async () => {
      const text = workspaceKeysText({ accessKey: randomBytes(10).toString('hex'), secretKey: randomBytes(20).toString('hex') });
      await folder.write(projectDir, [[WORKSPACE_KEYS_FILE, new TextEncoder().encode(text)]]);
      return null;
    });
  }
  // Containers of workspaces are not root and have to see through it.
  if (!(await isThere(WORKSPACE_MOUNT_PARENT))) await context.effect('storage.workspace-folder', { folder: WORKSPACE_MOUNT_PARENT }, () => folder.put(projectDir, WORKSPACE_MOUNT_PARENT, { kind: 'folder', mode: 0o755 }, null).then(() => null));
}

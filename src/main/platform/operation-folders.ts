import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Temporary folders of operations, `tmp/<operation id>` in the state folder: what one leaves there goes with its clean-up. */
export interface OperationFolders {
  /** Makes the folder of an operation, readable by the user alone, and resolves with its path. */
  make(operationId: string): Promise<string>;
  /** Ids of operations that have one. */
  list(): Promise<readonly string[]>;
  remove(operationId: string): Promise<void>;
}

/** The temporary folders beneath this state folder. */
export function operationFolders(home: string): OperationFolders {
  const root = join(home, 'tmp');
  return {
    async make(operationId) {
      const folder = join(root, operationId);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    async list() {
      const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.name.startsWith('op_')).map((entry) => entry.name);
    },
    remove: (operationId) => rm(join(root, operationId), { recursive: true, force: true }),
  };
}

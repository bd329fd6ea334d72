import { join } from 'node:path';
import { batchOperation, gitHandlers, gitOperations } from '@main/gitops';
import type { GitDependencies } from '@main/gitops/git-types';
import { createEventStream, createOperations, createStructuralGuard, undoOperation } from '@main/operations';
import { createFolderTurns } from '@main/operations/folder-turns';
import type { Operations } from '@main/operations/types';
import { hostBackupFolder, type BackupFolder } from '@main/platform/backup-folder';
import { createFailpoints } from '@main/platform/failpoints';
import { realFolder } from '@main/platform/folder';
import { createGit, createWorkTrees } from '@main/platform/git';
import { silentLogger } from '@main/platform/logger';
import { openStore, type OpenedStore } from '@main/platform/store';
import { lockProject } from '@main/platform/project-lock';
import { fileActionDoors } from '@main/wiring/file-actions';
import { systemClock } from '@main/platform/system-clock';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';

/** A queue with the operations of git over a state folder of its own, and nothing else. */
export interface GitWorld {
  readonly operations: Operations;
  readonly store: OpenedStore;
  readonly deps: GitDependencies;
  readonly ask: ReturnType<typeof gitHandlers>;
  /** Runs one to its end. */
  run(kind: string, input: JsonObject): Promise<Operation>;
  /** The same, for one that must succeed. */
  result(kind: string, input: JsonObject): Promise<JsonObject>;
  close(): Promise<void>;
}

/** `env` is what git is run with, and the failpoints. */
export async function openGitWorld(options: { readonly home: string; readonly env: NodeJS.ProcessEnv; readonly onPut?: () => Promise<void> }): Promise<GitWorld> {
  const store = await openStore({ home: options.home });
  const backups = { store, folder: hostBackupFolder(), clock: systemClock, logger: silentLogger };
  const operations = await createOperations({ structural: createStructuralGuard(backups), store, events: createEventStream(systemClock), clock: systemClock, failpoints: createFailpoints(options.env), logger: silentLogger, redact: (text) => text });
  const deps: GitDependencies = {
    git: createGit({ viewsDir: join(store.paths.home, 'git', 'views'), env: options.env }),
    workTrees: createWorkTrees(join(store.paths.home, 'git', 'kept')),
    turns: createFolderTurns(),
    projects: { resolve: () => Promise.reject(new Error('There are no projects here.')), list: () => Promise.resolve([]) },
    store,
    now: () => systemClock.now(),
  };
  for (const kind of gitOperations(deps)) operations.register(kind);
  operations.register(batchOperation({ ...fileActionDoors({ store, turns: deps.turns }), ...deps, folder: watched(options.onPut) }, realFolder));
  operations.register(undoOperation({ ...backups, lock: lockProject, kindOf: (name) => operations.kindOf(name), changed: () => undefined, follow: () => Promise.resolve('') }));
  const run = async (kind: string, input: JsonObject): Promise<Operation> => operations.wait((await operations.enqueue(kind, input)).id, 120_000);
  return {
    operations,
    store,
    deps,
    ask: gitHandlers(deps),
    run,
    async result(kind, input) {
      const ended = await run(kind, input);
      if (ended.state !== 'succeeded') throw new Error(`${kind} ${ended.state}: ${ended.error?.message ?? ''}`);
      return ended.result as JsonObject;
    },
    async close() {
      await operations.shutdown(5_000);
      await store.close();
    },
  };
}

/** The disk, which asks before each file that is put somewhere. */
function watched(onPut: (() => Promise<void>) | undefined): BackupFolder {
  const folder = hostBackupFolder();
  return {
    ...folder,
    async put(...given) {
      await onPut?.();
      return folder.put(...given);
    },
  };
}

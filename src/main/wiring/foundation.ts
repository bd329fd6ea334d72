import { join } from 'node:path';
import { createEngine } from '@main/docker/engine';
import type { PassKeeper, Passes } from '@main/docker/passed-checks';
import { helperReference } from '@main/docker/helper-image';
import type { Engine } from '@main/docker/types';
import { createEventStream, createOperations, createStructuralGuard, undoOperation, type EventStream, type StructuralGuard } from '@main/operations';
import { createFolderTurns, type FolderTurns } from '@main/operations/folder-turns';
import type { Operations, StateKeeper } from '@main/operations/types';
import { hostBackupFolder } from '@main/platform/backup-folder';
import { resourcesFolder } from '@main/platform/entries';
import { createFailpoints } from '@main/platform/failpoints';
import { createFileLogger, type FileLogger, type LogLevel } from '@main/platform/logger';
import { lockProject } from '@main/platform/project-lock';
import { Redactor } from '@main/platform/redact';
import { operationFolders } from '@main/platform/operation-folders';
import { openStore, type OpenedStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import type { OperationLimits, Store } from '@main/platform/types';
import { createSettings } from '@main/settings';
import type { Settings } from '@main/settings/types';

/** What every capability stands on: one store, one engine, one stream of events, one queue. */
export interface Foundation {
  readonly store: OpenedStore;
  readonly redactor: Redactor;
  readonly log: FileLogger;
  readonly events: EventStream;
  readonly engine: Engine;
  readonly operations: Operations;
  readonly settings: Settings;
  /** Plans and backups of operations that change files of a project. */
  readonly structural: StructuralGuard;
  /** Whose turn it is at the files of a folder. */
  readonly turns: FolderTurns;
  /** Who keeps the state of a project before an operation changes it; until somebody does, nothing is kept. */
  keepStateWith(keeper: StateKeeper): void;
}

/** Opens the store first: rejects with `state-locked` when another process holds the state. Nothing is looked for or run yet. */
export async function createFoundation(options: { readonly home?: string | undefined; readonly version: string; readonly logLevel?: LogLevel | undefined; readonly live?: boolean | undefined }): Promise<Foundation> {
  const store = await openStore({ home: options.home, version: options.version });
  const redactor = new Redactor();
  const log = createFileLogger({ folder: store.paths.logs, level: options.logLevel ?? 'info', clock: systemClock, redactor });
  const events = createEventStream(systemClock);
  let keeper: StateKeeper | null = null;
  let chosenEngine = (): string => '';
  const engine = createEngine({ chosen: () => chosenEngine(), helperReference: () => helperReference(join(resourcesFolder(), 'helper')), passes: keptPasses(store, log) });
  try {
    const settings = await createSettings({ store, publish: (event) => events.publish(event), log, initial: process.env['BERTH_SETTINGS'] });
    chosenEngine = () => settings.get('engine.endpoint');
    const backups = { store, folder: hostBackupFolder(), clock: systemClock, logger: log };
    const structural = createStructuralGuard(backups);
    const operations = await createOperations({
      structural,
      keepState: async (...request) => (await keeper?.(...request)) ?? null,
      store,
      events,
      clock: systemClock,
      failpoints: createFailpoints(process.env),
      logger: log,
      redact: (text) => redactor.text(text),
      // A single command says at once that there is no engine; a host that stays lets its queue wait for one.
      engineReady: options.live === false ? undefined : () => engine.state().state === 'connected',
      limits: () => operationLimits(settings),
      folders: operationFolders(store.paths.home),
    });
    engine.onStateChanged(() => operations.engineChanged());
    operations.register(
      undoOperation({
        ...backups,
        lock: lockProject,
        kindOf: (name) => operations.kindOf(name),
        changed: (operation) => events.publish({ type: 'operation.changed', operation: operation as never }),
        follow: async ({ project, services, after }) => (await operations.enqueue('services.remake', { project, services: [...services] }, { after: [after] })).id,
      }),
    );
    return { store, redactor, log, events, engine, operations, settings, structural, turns: createFolderTurns(), keepStateWith: (given) => void (keeper = given) };
  } catch (error) {
    engine.close();
    await store.close();
    throw error;
  }
}

/** Which health checks have passed, in one small record. */
function keptPasses(store: Pick<Store, 'getRecord' | 'patchRecord'>, log: Pick<FileLogger, 'error'>): PassKeeper {
  const KIND = 'passed-checks';
  const KEY = 'all';
  const failed = (error: unknown): void => log.error('passed health checks could not be kept', { error });
  return {
    load: () => store.getRecord(KIND, KEY).then((record) => (record?.data['passes'] ?? {}) as Passes, (error: unknown) => (failed(error), {})),
    save: (passes) => void store.patchRecord(KIND, KEY, { passes }).catch(failed),
  };
}

/** Which ended operations stay. */
export function operationLimits(settings: Pick<Settings, 'get'>): OperationLimits {
  return { keepCount: settings.get('operations.keepCount'), keepDays: settings.get('operations.keepDays'), keepFailedDays: settings.get('operations.keepFailedDays') };
}

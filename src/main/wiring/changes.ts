import type { ComposeModel, ComposeService, HashDialect } from '@shared/domain/compose/model';
import { applyOperation, changesHandlers, createTwins, deployOperation, keepsLastGood, rollbackOperation, testOperation } from '@main/changes';
import type { Twins } from '@main/changes/types';
import type { Handlers } from '@main/dispatch/types';
import type { ModesService } from '@main/modes';
import { replaceBeneath } from '@main/platform/files';
import type { PortsDoor } from '@main/platform/ports';
import { lockProject } from '@main/platform/project-lock';
import { systemClock } from '@main/platform/system-clock';
import { twinFolders } from '@main/platform/twin-folder';
import type { ProjectsService } from '@main/projects';
import type { ServiceRemaker } from '@main/reconcile/types';
import { syncsFirst } from '@main/workspaces';
import type { SyncFirst } from '@main/workspaces/types';
import type { Foundation } from './foundation';

/** What changing a project in isolation is wired over. */
export interface ChangesParts {
  readonly foundation: Foundation;
  /** What is deployed is what was saved. */
  readonly syncFirst: SyncFirst;
  readonly projects: ProjectsService;
  /** Those of a copy go with it. */
  readonly discardSnapshots: (projectId: string) => Promise<void>;
  readonly modes: ModesService;
  readonly lastGood: Parameters<typeof keepsLastGood>[0];
  readonly remaker: ServiceRemaker;
  readonly ports: PortsDoor;
  readonly helperImage: (onOutput: (line: string) => void, signal: AbortSignal) => Promise<string>;
  readonly defaultMode: (projectId: string) => Promise<string>;
  readonly buildIdentity: (service: string, definition: ComposeService, models: readonly ComposeModel[]) => Promise<string>;
  readonly dialect: () => HashDialect;
}

/** Twins, and the operations that test, deploy and take back changes. */
export function wireChanges(parts: ChangesParts): { readonly twins: Twins; readonly handlers: Pick<Handlers, 'changes.show'> } {
  const { foundation, projects, modes, lastGood, remaker, ports, helperImage, defaultMode, buildIdentity, dialect } = parts;
  const { store, engine, operations, settings, log } = foundation;
  const twins = createTwins({
    store,
    projects,
    forget: async (projectId) => {
      await parts.discardSnapshots(projectId);
      await projects.forget(projectId);
    },
    engine,
    operations,
    ports,
    folders: twinFolders(store.paths.home),
    home: store.paths.home,
    helperImage,
    dialect,
    now: () => new Date(systemClock.now()),
    log,
  });
  const changes = {
    projects,
    modes,
    store,
    engine,
    operations,
    twins,
    remaker,
    lock: lockProject,
    replaceBeneath,
    clock: systemClock,
    defaultMode,
    buildIdentity,
    rollsBack: () => settings.get('changes.rollBack'),
  };
  operations.register(testOperation(changes));
  operations.register(applyOperation(changes));
  operations.register(syncsFirst(keepsLastGood(lastGood, deployOperation(changes)), () => true, parts.syncFirst));
  operations.register(rollbackOperation(changes));
  return { twins, handlers: changesHandlers(changes) };
}

import type { BerthEvent } from '@shared/contract/events';
import { createChangesStore, resolveHandlers, resolveOperation, rollbackOperation, type RulesStore } from '@main/gitops';
import type { ResolveDependencies } from '@main/gitops/resolve-dependencies';
import type { DuplicateStates, ResolutionGit, ScanService } from '@main/gitops/types';
import { realFolder } from '@main/platform/folder';
import { lockProject } from '@main/platform/project-lock';
import { systemClock } from '@main/platform/system-clock';
import { hostTreeChanger } from '@main/platform/tree-change';
import type { ProjectsService } from '@main/projects';
import type { Foundation } from './foundation';

/** What resolutions are wired over. */
export interface ResolutionParts {
  readonly foundation: Pick<Foundation, 'operations' | 'store' | 'log' | 'turns' | 'settings'>;
  readonly projects: ProjectsService;
  readonly scans: ScanService;
  readonly rules: RulesStore;
  readonly states: DuplicateStates;
  readonly git: ResolutionGit | null;
  readonly publish: (event: BerthEvent) => void;
  readonly renderedAfter: ResolveDependencies['renderedAfter'];
  readonly yamlProblem: ResolveDependencies['yamlProblem'];
}

/** Resolutions of duplicates and their rules. Registers their operations. */
export function wireResolution({ foundation, projects, scans, rules, states, git, publish, renderedAfter, yamlProblem }: ResolutionParts): ReturnType<typeof resolveHandlers> {
  const deps: ResolveDependencies = { renderedAfter, yamlProblem, scans, rules, git, states, log: foundation.log, changer: hostTreeChanger(), changes: createChangesStore(foundation.store, () => foundation.settings.get('operations.keepResolutions'), (operation) => publish({ type: 'operation.changed', operation: operation as never })), realFolder, projects, lock: lockProject, turns: foundation.turns, now: () => new Date(systemClock.now()) };
  for (const kind of ['gitops.resolve', 'gitops.resolve-group'] as const) foundation.operations.register(resolveOperation(deps, kind));
  foundation.operations.register(rollbackOperation(deps));
  return resolveHandlers(deps);
}

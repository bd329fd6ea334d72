import { trustQuestions } from '@shared/domain/checks/trust';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { hasErrors, type Finding } from '@shared/domain/findings/finding';
import type { OutputOf } from '@shared/contract/contract';
import type { Handlers } from '@main/dispatch/types';
import type { LoadedMode, Projects } from '@main/projects/types';
import type { Checks } from './types';

/** What the handlers need. */
export interface ChecksHandlerDependencies {
  readonly projects: Projects;
  readonly checks: Checks;
  /** The engine's view of a project; null when the engine does not answer. */
  readonly observe: (loaded: LoadedMode) => Promise<ObservedProject | null>;
  /** The mode to check when none is named. */
  readonly defaultMode: (projectId: string) => Promise<string>;
}

/** Binds the contract's `checks.run`; `checks.fix` is an operation (fix-operation.ts). */
export function checksHandlers(deps: ChecksHandlerDependencies): Pick<Handlers, 'checks.run'> {
  return {
    'checks.run': async (input) => {
      const project = await deps.projects.resolve(input.project);
      const mode = input.mode ?? (await deps.defaultMode(project.id));
      const loaded = await deps.projects.loadMode(project.id, mode);
      const findings = await deps.checks.run(loaded, await deps.observe(loaded));
      return { ok: !hasErrors(findings), mode, findings: findings.map(shown), trustQuestions: [...trustQuestions(loaded.project, loaded.compose.model, loaded.untrustedFacts)] };
    },
  };
}

/** The domain's finding is the contract's, read-only arrays aside. */
function shown(finding: Finding): OutputOf<'checks.run'>['findings'][number] {
  return { ...finding, fixes: finding.fixes.map((fix) => ({ ...fix })) };
}

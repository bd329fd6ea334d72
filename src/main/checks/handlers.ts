import { compareFindings } from '@shared/domain/checks/run-checks';
import { variableEntries, type VariableEntry } from '@shared/domain/checks/variable-entries';
import { trustQuestions } from '@shared/domain/checks/trust';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { areaStates } from '@shared/domain/findings/areas';
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
  /** What other parts of Berth have to say of a mode, beside the checks: it blocks no switch. */
  readonly others?: ((loaded: LoadedMode) => Promise<readonly Finding[]>) | undefined;
  /** Takes secrets out of a value, as the log does; the name tells too. */
  readonly mask: (name: string, value: string) => string;
}

/** Binds the contract's queries about a mode; `checks.fix` and `checks.connectivity` are operations. */
export function checksHandlers(deps: ChecksHandlerDependencies): Pick<Handlers, 'checks.run' | 'compose.variables'> {
  return {
    'compose.variables': async (input) => {
      const project = await deps.projects.resolve(input.project);
      const { compose } = await deps.projects.loadMode(project.id, input.mode ?? (await deps.defaultMode(project.id)));
      return variableEntries(compose, input.service).map((entry) => maskedEntry(deps, entry));
    },
    'checks.run': async (input) => {
      const project = await deps.projects.resolve(input.project);
      const mode = input.mode ?? (await deps.defaultMode(project.id));
      const loaded = await deps.projects.loadMode(project.id, mode);
      const [checked, others] = await Promise.all([deps.observe(loaded).then((observed) => deps.checks.run(loaded, observed)), deps.others?.(loaded) ?? []]);
      const findings = [...checked, ...others].sort(compareFindings);
      return { ok: !hasErrors(findings), mode, areas: areaStates(findings).map((one) => ({ ...one })), findings: findings.map(shown), trustQuestions: [...trustQuestions(loaded.project, loaded.compose.model, loaded.untrustedFacts)] };
    },
  };
}

function maskedEntry({ mask }: ChecksHandlerDependencies, entry: VariableEntry): OutputOf<'compose.variables'>[number] {
  const { name, service, source, state } = entry;
  const value = mask(name, entry.value);
  const shadowed = entry.shadowed.map((one) => ({ source: one.source, value: mask(name, one.value) }));
  return { name, service, value, masked: value !== entry.value, source, state, shadowed, ...(entry.where === undefined ? {} : { where: entry.where }) };
}

/** The domain's finding is the contract's, read-only arrays aside. */
function shown(finding: Finding): OutputOf<'checks.run'>['findings'][number] {
  return { ...finding, fixes: finding.fixes.map((fix) => ({ ...fix })) };
}

import type { CheckResult } from '@shared/domain/checks/facts';
import { runChecks } from '@shared/domain/checks/run-checks';
import type { ObservedProject } from '@shared/domain/engine/observed';
import type { LoadedMode } from '@main/projects/types';
import { gatherFacts, type GatherDoors } from './gather';
import type { CheckOptions, Checks } from './types';

/** The checks with what their fixes would do, for the fix operation. */
export interface ChecksWithFixes extends Checks {
  results(loaded: LoadedMode, observed: ObservedProject | null, options?: CheckOptions): Promise<readonly CheckResult[]>;
}

/** Checks on this machine: gather, then decide purely. */
export function createChecks(doors: GatherDoors): ChecksWithFixes {
  const results = async (loaded: LoadedMode, observed: ObservedProject | null, options: CheckOptions = {}): Promise<readonly CheckResult[]> =>
    runChecks({ compose: loaded.compose, facts: await gatherFacts(doors, loaded, observed, options.stopping ?? []) });
  return {
    results,
    run: async (loaded, observed, options) => (await results(loaded, observed, options)).map((result) => result.finding),
  };
}

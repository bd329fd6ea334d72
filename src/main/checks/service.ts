import type { CheckResult } from '@shared/domain/checks/facts';
import { compareFindings, runChecks } from '@shared/domain/checks/run-checks';
import { findUnsupportedByEngine } from '@shared/domain/compose/unsupported';
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
  const results = async (loaded: LoadedMode, observed: ObservedProject | null, options: CheckOptions = {}): Promise<readonly CheckResult[]> => {
    const checked = runChecks({ compose: loaded.compose, facts: await gatherFacts(doors, loaded, observed, options.stopping ?? []) });
    const apiVersion = doors.engineApiVersion();
    const tooOld = apiVersion === null ? [] : findUnsupportedByEngine(loaded.compose, apiVersion);
    return [...checked, ...tooOld.map((finding) => ({ finding, fixes: [] }))].sort((a, b) => compareFindings(a.finding, b.finding));
  };
  return {
    results,
    run: async (loaded, observed, options) => (await results(loaded, observed, options)).map((result) => result.finding),
  };
}

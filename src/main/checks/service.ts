import type { CheckResult } from '@shared/domain/checks/facts';
import { compareFindings, createCheckRunner, type CheckRunner } from '@shared/domain/checks/run-checks';
import { findUnsupportedByEngine } from '@shared/domain/compose/unsupported';
import type { ObservedProject } from '@shared/domain/engine/observed';
import type { LoadedMode } from '@main/projects/types';
import { gatherFacts, type GatherDoors } from './gather';
import type { CheckOptions, Checks } from './types';

/** The checks with what their fixes would do, for the fix operation. */
export interface ChecksWithFixes extends Checks {
  results(loaded: LoadedMode, observed: ObservedProject | null, options?: CheckOptions): Promise<readonly CheckResult[]>;
}

/** So many modes keep what their checks last said. */
const MOST_KEPT = 24;

/** Checks on this machine: gather, then decide purely; a check whose facts are as before is not made again. `onRun` hears of each that is. */
export function createChecks(doors: GatherDoors, onRun?: (name: string) => void): ChecksWithFixes {
  const runners = new Map<string, CheckRunner>();
  const runnerOf = (loaded: LoadedMode): CheckRunner => {
    const key = `${loaded.project.id} ${loaded.mode.name}`;
    const runner = runners.get(key) ?? createCheckRunner(onRun);
    runners.delete(key);
    runners.set(key, runner);
    const [oldest] = runners.keys();
    if (runners.size > MOST_KEPT && oldest !== undefined) runners.delete(oldest);
    return runner;
  };
  const results = async (loaded: LoadedMode, observed: ObservedProject | null, options: CheckOptions = {}): Promise<readonly CheckResult[]> => {
    const checked = runnerOf(loaded).run({ compose: loaded.compose, facts: await gatherFacts(doors, loaded, observed, options.stopping ?? []) });
    const apiVersion = doors.engineApiVersion();
    const tooOld = apiVersion === null ? [] : findUnsupportedByEngine(loaded.compose, apiVersion);
    return [...checked, ...tooOld.map(({ finding }) => ({ finding, fixes: [] }))].sort((a, b) => compareFindings(a.finding, b.finding));
  };
  return {
    results,
    run: async (loaded, observed, options) => (await results(loaded, observed, options)).map((result) => result.finding),
  };
}

import { finding, type Finding, type Severity } from '../findings/finding';
import { checkBindSources, checkFileObjects, checkWholeProjectBinds } from './bind-checks';
import { checkBuilds } from './build-checks';
import { checkCommonNetworks, checkDependencyHealth } from './dependency-checks';
import type { Check, CheckInput, CheckResult } from './facts';
import { checkExternals, checkOwnedNames, checkProjectName } from './name-checks';
import { checkHostPorts, checkPortAddresses } from './port-checks';
import { checkProdBinds } from './prod-checks';
import { checkResources } from './resource-checks';

const CHECKS: readonly Check[] = [
  checkBindSources,
  checkWholeProjectBinds,
  checkFileObjects,
  checkProdBinds,
  checkHostPorts,
  checkPortAddresses,
  checkBuilds,
  checkDependencyHealth,
  checkCommonNetworks,
  checkProjectName,
  checkOwnedNames,
  checkExternals,
  checkResources,
];

const RANK: { readonly [S in Severity]: number } = { error: 0, warning: 1, info: 2 };

/** Worst first, then by file and line. */
export function compareFindings(a: Finding, b: Finding): number {
  return RANK[a.severity] - RANK[b.severity] || (a.where?.file ?? '').localeCompare(b.where?.file ?? '') || (a.where?.line ?? 0) - (b.where?.line ?? 0) || a.id.localeCompare(b.id);
}

/** Every check on the gathered facts, with the findings of the compose load, worst first, each once. */
export function runChecks(input: CheckInput): readonly CheckResult[] {
  const results: CheckResult[] = [...input.compose.findings.map((one) => ({ finding: one, fixes: [] })), ...CHECKS.flatMap((check) => check(input))];
  if (input.facts.observed === null) {
    results.push({
      fixes: [],
      finding: finding({
        code: 'ENGINE_NOT_ASKED',
        severity: 'warning',
        object: 'engine',
        message: 'The Docker engine does not answer, so ports of containers, names, and external networks and volumes were not checked.',
        why: 'The other checks were made. Start the engine and run the checks again.',
      }),
    });
  }
  const byId = new Map(results.map((result) => [result.finding.id, result]));
  return [...byId.values()].sort((a, b) => compareFindings(a.finding, b.finding));
}

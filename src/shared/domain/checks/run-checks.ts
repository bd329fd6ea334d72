import { finding, type Finding, type Severity } from '../findings/finding';
import type { ModelPath } from '../compose/model';
import { CHECKS, type ListedCheck } from './check-list';
import { withFixes } from './check-result';
import type { CheckInput, CheckResult } from './facts';
import { fixesOfLoad } from './load-fixes';

const RANK: { readonly [S in Severity]: number } = { error: 0, warning: 1, info: 2 };

/** Worst first, then by file and line. */
export function compareFindings(a: Finding, b: Finding): number {
  return RANK[a.severity] - RANK[b.severity] || (a.where?.file ?? '').localeCompare(b.where?.file ?? '') || (a.where?.line ?? 0) - (b.where?.line ?? 0) || a.id.localeCompare(b.id);
}

/** Every check on the gathered facts, with the findings of the compose load, worst first, each once. */
export function runChecks(input: CheckInput): readonly CheckResult[] {
  return together(input, CHECKS.flatMap(({ check }) => check(input)));
}

/** Runs checks again and again on one mode, and each only when something it looks at changed. */
export interface CheckRunner {
  run(input: CheckInput): readonly CheckResult[];
}

/** The same answers as `runChecks`; `onRun` hears the name of each check that really ran. */
export function createCheckRunner(onRun: (name: string) => void = () => undefined): CheckRunner {
  const kept = new Map<string, { readonly fingerprint: string; readonly results: readonly CheckResult[] }>();
  return {
    run(input) {
      const results = CHECKS.flatMap((listed) => {
        const fingerprint = fingerprintOf(listed, input);
        const before = kept.get(listed.name);
        if (before?.fingerprint === fingerprint) return before.results;
        onRun(listed.name);
        const fresh = listed.check(input);
        kept.set(listed.name, { fingerprint, results: fresh });
        return fresh;
      });
      return together(input, results);
    },
  };
}

function together(input: CheckInput, checked: readonly CheckResult[]): readonly CheckResult[] {
  const results: CheckResult[] = [...input.compose.findings.map((one) => withFixes(one, fixesOfLoad(input.compose, one, input.compose.faultPlaces?.[one.id]))), ...checked];
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

/** What a container says about its health, and when, is no fact that a check looks at; it changes every few seconds. */
const RESTLESS = new Set(['health', 'healthLog']);

function fingerprintOf(listed: ListedCheck, input: CheckInput): string {
  const { compose, facts } = input;
  const services = Object.entries(compose.model.services).map(([name, service]) => [name, compose.locate(['services', name]), listed.service.map((key) => [service[key], placesOf(input, ['services', name, key], service[key])])]);
  const parts = [
    compose.projectDir,
    compose.files,
    services,
    listed.model.map((key) => [compose.model[key], placesOf(input, [key], compose.model[key])]),
    listed.facts.map((key) => facts[key]),
    listed.variables === true ? [compose.variables, compose.envFiles, Object.keys(compose.variableContents)] : null,
  ];
  return JSON.stringify(parts, (key, value: unknown) => (value instanceof Map ? [...value] : value instanceof Set ? [...value] : RESTLESS.has(key) ? undefined : value));
}

/** Where a value and everything in it is written: a line that moved changes what a finding says. */
function placesOf(input: CheckInput, path: ModelPath, value: unknown): readonly unknown[] {
  const own = input.compose.locate(path);
  if (value === null || typeof value !== 'object') return [own];
  return [own, ...Object.entries(value).map(([key, inner]) => placesOf(input, [...path, key], inner))];
}

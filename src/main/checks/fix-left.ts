import type { Finding } from '@shared/domain/findings/finding';
import type { JsonObject } from '@shared/kernel/json';
import type { CheckedMode } from './fix-choice';

/** Why a finding's fix was not made, by the id of the finding. */
export type LeftReasons = ReadonlyMap<string, string>;

/** The errors that are still there, each once, with why: so that a caller need not run the checks to know whether anything stands in the way. */
export function leftErrors(modes: readonly { readonly mode: string; readonly findings: readonly Finding[] }[], reasons: LeftReasons): readonly JsonObject[] {
  const left = new Map<string, { readonly finding: Finding; readonly modes: string[] }>();
  for (const { mode, findings } of modes)
    for (const finding of findings) {
      if (finding.severity !== 'error') continue;
      const known = left.get(finding.id);
      if (known === undefined) left.set(finding.id, { finding, modes: [mode] });
      else known.modes.push(mode);
    }
  return [...left.values()].map(({ finding, modes: names }) => ({
    finding: finding.id,
    code: finding.code,
    modes: names,
    ...(finding.service === undefined ? {} : { service: finding.service }),
    message: finding.message,
    reason: reasons.get(finding.id) ?? reasonOf(finding),
    fixes: finding.fixes.map(({ id, title }) => ({ id, title })),
  }));
}

function reasonOf({ fixes, why }: Finding): string {
  if (fixes.length === 0) return `It must be done by hand. ${why}`;
  return 'Its fix is made only when it is named.';
}

/** What the checks said before, without what the chosen fixes are for. */
export function findingsBefore(modes: readonly CheckedMode[], chosen: ReadonlySet<string>): readonly { readonly mode: string; readonly findings: readonly Finding[] }[] {
  return modes.map(({ loaded, results }) => ({ mode: loaded.mode.name, findings: results.map((one) => one.finding).filter((one) => !chosen.has(one.id)) }));
}

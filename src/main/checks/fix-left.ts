import type { Finding } from '@shared/domain/findings/finding';
import type { JsonObject } from '@shared/kernel/json';
import type { CheckedMode } from './fix-choice';

/** Why a finding's fix was not made, by the id of the finding. */
export type LeftReasons = ReadonlyMap<string, string>;

/** Warnings that a fix takes away unasked where it may: told too when they stay. */
const MENDED_WARNINGS: readonly string[] = ['BIND_SOURCE_UNREADABLE', 'BIND_SOURCE_PERMISSIONS'];

/** The errors and unreadable mounts that are still there, each once, with why: so that a caller need not run the checks to know whether anything stands in the way. */
export function leftErrors(modes: readonly { readonly mode: string; readonly findings: readonly Finding[] }[], reasons: LeftReasons): readonly JsonObject[] {
  const left = new Map<string, { readonly finding: Finding; readonly modes: string[] }>();
  for (const { mode, findings } of modes)
    for (const finding of findings) {
      if (finding.severity !== 'error' && !MENDED_WARNINGS.includes(finding.code)) continue;
      const known = left.get(finding.id);
      if (known === undefined) left.set(finding.id, { finding, modes: [mode] });
      else known.modes.push(mode);
    }
  return [...left.values()].map(({ finding, modes: names }) => ({
    finding: finding.id,
    code: finding.code,
    severity: finding.severity,
    modes: names,
    ...(finding.service === undefined ? {} : { service: finding.service }),
    message: finding.message,
    reason: reasons.get(finding.id) ?? reasonOf(finding),
    fixes: finding.fixes.map(({ id, title, opens }) => ({ id, title, ...(opens === undefined ? {} : { opens: { ...opens } }) })),
  }));
}

function reasonOf({ code, fixes, why }: Finding): string {
  if (fixes.every((fix) => fix.opens !== undefined)) return `It must be done by hand. ${why}`;
  if (code === 'BIND_SOURCE_PERMISSIONS') return 'It looks like a secret, and its fix lets everybody read it: it is made only when it is named.';
  return 'Its fix is made only when it is named.';
}

/** What the checks said before, without what the chosen fixes are for. */
export function findingsBefore(modes: readonly CheckedMode[], chosen: ReadonlySet<string>): readonly { readonly mode: string; readonly findings: readonly Finding[] }[] {
  return modes.map(({ loaded, results }) => ({ mode: loaded.mode.name, findings: results.map((one) => one.finding).filter((one) => !chosen.has(one.id)) }));
}

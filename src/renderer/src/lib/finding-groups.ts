import { AREA_TITLES } from '@shared/domain/findings/areas';
import type { FindingAcrossModes } from '@shared/domain/findings/across-modes';
import type { CheckArea, Severity } from '@shared/domain/findings/finding';

/** What of the findings is shown. Empty words and nulls leave everything. */
export interface FindingFilter {
  readonly text: string;
  readonly severity: Severity | '';
  readonly service: string;
  readonly mode: string;
  readonly area: CheckArea | null;
}

export const NO_FINDING_FILTER: FindingFilter = { text: '', severity: '', service: '', mode: '', area: null };

export function filterFindings(findings: readonly FindingAcrossModes[], filter: FindingFilter): readonly FindingAcrossModes[] {
  const wanted = filter.text.trim().toLowerCase();
  return findings.filter(
    ({ finding, modes }) =>
      (filter.severity === '' || finding.severity === filter.severity) &&
      (filter.service === '' || finding.service === filter.service) &&
      (filter.mode === '' || modes.includes(filter.mode)) &&
      (filter.area === null || finding.area === filter.area) &&
      (wanted === '' || [finding.message, finding.why, finding.code, finding.service ?? '', finding.where?.file ?? ''].some((text) => text.toLowerCase().includes(wanted))),
  );
}

/** A heading with what stands under it. `modes` are those whose switch is stopped. */
export interface FindingGroup {
  readonly key: string;
  readonly kind: Severity | 'area';
  readonly title: string;
  readonly modes: readonly string[];
  readonly findings: readonly FindingAcrossModes[];
}

/** By what they block: errors by the modes they stop, then what may break something, then notes. Or by area. The order of the findings stays. */
export function groupFindings(findings: readonly FindingAcrossModes[], by: 'blocks' | 'area'): readonly FindingGroup[] {
  const groups = new Map<string, FindingGroup>();
  for (const one of findings) {
    const { severity, area } = one.finding;
    const modes = by === 'blocks' && severity === 'error' ? one.modes : [];
    const key = by === 'area' ? area : [severity, ...modes].join(' ');
    const known = groups.get(key);
    groups.set(key, known === undefined ? { key, kind: by === 'area' ? 'area' : severity, title: by === 'area' ? AREA_TITLES[area] : '', modes, findings: [one] } : { ...known, findings: [...known.findings, one] });
  }
  const areas = Object.keys(AREA_TITLES);
  const rank = (group: FindingGroup): number => (group.kind === 'area' ? areas.indexOf(group.key) : ['error', 'warning', 'info'].indexOf(group.kind));
  // What stops more modes comes first.
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || b.modes.length - a.modes.length || (a.key < b.key ? -1 : 1));
}

/** One fix of each finding that has one, by the mode it is asked in: the first way out is the one that changes least. What a person decides in a dialog is none. */
export function firstFixes(findings: readonly FindingAcrossModes[]): readonly { readonly mode: string; readonly fixes: readonly string[] }[] {
  const byMode = new Map<string, string[]>();
  const taken = new Set<string>();
  for (const { finding, modes } of findings) {
    const fix = finding.fixes[0];
    if (fix === undefined || fix.opens !== undefined || taken.has(fix.id)) continue;
    taken.add(fix.id);
    const mode = modes[0] ?? '';
    byMode.set(mode, [...(byMode.get(mode) ?? []), fix.id]);
  }
  return [...byMode].map(([mode, fixes]) => ({ mode, fixes }));
}

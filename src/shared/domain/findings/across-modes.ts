import type { AreaState } from './areas';
import type { Finding, Severity } from './finding';

/** A finding and the modes it was found in. */
export interface FindingAcrossModes {
  readonly finding: Finding;
  readonly modes: readonly string[];
}

const RANK: { readonly [severity in Severity]: number } = { error: 0, warning: 1, info: 2 };

/** The findings of several modes as one list: the same id appears once, errors come first, then by service and text. */
export function acrossModes(reports: readonly { readonly mode: string; readonly findings: readonly Finding[] }[]): readonly FindingAcrossModes[] {
  const byId = new Map<string, { finding: Finding; modes: string[] }>();
  for (const report of reports) {
    for (const finding of report.findings) {
      const known = byId.get(finding.id);
      if (known === undefined) byId.set(finding.id, { finding, modes: [report.mode] });
      else if (!known.modes.includes(report.mode)) known.modes.push(report.mode);
    }
  }
  return [...byId.values()].sort(
    (a, b) =>
      RANK[a.finding.severity] - RANK[b.finding.severity] ||
      (a.finding.service ?? '').localeCompare(b.finding.service ?? '') ||
      a.finding.message.localeCompare(b.finding.message) ||
      (a.finding.id < b.finding.id ? -1 : 1),
  );
}

/** What the badge on Conflicts counts: everything that stops or may break something. Notes do not count. */
export function countConflicts(findings: readonly { readonly finding: Finding }[]): number {
  return findings.filter((one) => one.finding.severity !== 'info').length;
}

const AREA_RANK: { readonly [state in AreaState['state']]: number } = { error: 0, warning: 1, unknown: 2, pass: 3 };

/** Each area with the worst it has in any mode; a finding that several modes share counts once. */
export function areasAcrossModes(reports: readonly { readonly mode: string; readonly areas: readonly AreaState[]; readonly findings: readonly Finding[] }[]): readonly AreaState[] {
  const findings = acrossModes(reports).filter((one) => one.finding.severity !== 'info');
  const worst = new Map<string, AreaState>();
  for (const state of reports.flatMap((report) => report.areas)) {
    const known = worst.get(state.area);
    if (known === undefined || AREA_RANK[state.state] < AREA_RANK[known.state]) worst.set(state.area, { ...state, findings: findings.filter((one) => one.finding.area === state.area).length });
  }
  return [...worst.values()];
}

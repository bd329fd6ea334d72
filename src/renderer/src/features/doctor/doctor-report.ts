import type { DoctorReport } from '../../lib/model';

type Check = DoctorReport['checks'][number];

const GROUPS = ['engine', 'storage', 'ports', 'disk', 'permissions', 'versions'] as const satisfies readonly Check['group'][];

/** The checks under what they are about; groups without any are left out. What is missing comes first in each. */
export function groupedChecks(report: DoctorReport): readonly { readonly group: Check['group']; readonly checks: readonly Check[] }[] {
  const rank = { fail: 0, warn: 1, ok: 2 };
  return GROUPS.map((group) => ({ group, checks: report.checks.filter((check) => check.group === group).sort((left, right) => rank[left.level] - rank[right.level]) })).filter(({ checks }) => checks.length > 0);
}

/** How many checks came out how. */
export function checkCounts(report: DoctorReport): { readonly [level in Check['level']]: number } {
  const of = (level: Check['level']): number => report.checks.filter((check) => check.level === level).length;
  return { ok: of('ok'), warn: of('warn'), fail: of('fail') };
}

/** The report as text, for an issue or a message. */
export function reportText(report: DoctorReport): string {
  return groupedChecks(report)
    .flatMap(({ group, checks }) => [`${group}:`, ...checks.flatMap((check) => [`  ${{ ok: 'ok  ', warn: 'note', fail: 'no  ' }[check.level]} ${check.name}: ${check.detail}`, ...(check.fix === undefined ? [] : [`       fix: ${check.fix}`])])])
    .join('\n');
}

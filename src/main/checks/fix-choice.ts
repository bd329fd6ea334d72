import type { CheckFix, CheckResult, FixAction } from '@shared/domain/checks/facts';
import { shownPath } from '@shared/domain/checks/host-path';
import { looksSecret } from '@shared/domain/checks/mount-checks';
import { AppError } from '@shared/kernel/app-error';
import type { LoadedMode } from '@main/projects/types';

/** What the checks say of one mode. */
export interface CheckedMode {
  readonly loaded: LoadedMode;
  readonly results: readonly CheckResult[];
}

/** A fix that was chosen in one mode, with the finding it belongs to. */
export interface ChosenFix {
  readonly findingId: string;
  readonly code: string;
  readonly fix: CheckFix;
  readonly loaded: LoadedMode;
}

/** Fixes that are applied when none is named: none that makes up data or takes something out. */
const BY_ITSELF: readonly FixAction['kind'][] = ['create-file', 'create-folder', 'replace-folder-by-file', 'set-host-port', 'set-port-range', 'set-source', 'set-target', 'set-read-only', 'set-permissions', 'set-subnet', 'create-network'];

/** Whether the first fix of a finding is made without being named: that of an error, and of what keeps a mount from being read; a secret is not opened to everybody unasked. */
function isMadeUnasked({ finding, fixes }: CheckResult, projectDir: string): boolean {
  const action = fixes[0]?.action;
  if (action === undefined || !BY_ITSELF.includes(action.kind) || finding.code === 'BIND_SOURCE_LEAVES_PROJECT') return false;
  if (action.kind === 'set-permissions') return finding.code === 'BIND_SOURCE_UNREADABLE' || !looksSecret(shownPath(projectDir, action.path));
  return finding.severity === 'error';
}

/** The fixes that `ids` name, in every mode that has them: fix ids, or finding ids (their first fix); without any, the first fix of each error and each unreadable mount where it is safe. */
export function chooseFixes(modes: readonly CheckedMode[], ids: readonly string[]): readonly ChosenFix[] {
  const chosen: ChosenFix[] = [];
  if (ids.length === 0) {
    for (const { loaded, results } of modes)
      for (const result of results) {
        const [first] = result.fixes;
        if (first !== undefined && isMadeUnasked(result, loaded.compose.projectDir)) chosen.push({ findingId: result.finding.id, code: result.finding.code, fix: first, loaded });
      }
  }
  for (const id of ids) chosen.push(...named(modes, id));
  // Two findings may ask for one change (a port that is both taken and doubled): it is made once.
  const seen = new Set<string>();
  return chosen.filter(({ fix, loaded }) => {
    const key = `${loaded.mode.name} ${keyOf(fix.action)}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

function named(modes: readonly CheckedMode[], id: string): readonly ChosenFix[] {
  const found = modes.flatMap(({ loaded, results }) => results.filter(({ finding, fixes }) => finding.id === id || fixes.some((fix) => fix.id === id)).map((result) => ({ loaded, result })));
  const [first] = found;
  if (first === undefined) throw new AppError('not-found', `No finding or fix has the id ${id} now.`, { hint: 'Run the checks again: what it names may have been fixed already.' });
  const chosen = found.flatMap(({ loaded, result: { finding, fixes } }) => {
    const fix = fixes.find((one) => one.id === id) ?? fixes.find((one) => one.action.kind !== 'open') ?? fixes[0];
    return fix === undefined ? [] : [{ findingId: finding.id, code: finding.code, fix, loaded }];
  });
  const { finding } = first.result;
  if (chosen.length === 0) throw new AppError('fix-failed', `Berth has no fix for this finding: ${finding.message}`, { hint: finding.why, where: finding.where });
  return chosen;
}

function keyOf(action: FixAction): string {
  switch (action.kind) {
    case 'set-depends-on':
      return `${action.kind}:${action.service}:${action.dependency}`;
    case 'recreate-service':
      return `${action.kind}:${action.service}`;
    case 'create-network':
    case 'create-volume':
      return `${action.kind}:${action.name}`;
    case 'set-subnet':
      return `${action.kind}:${action.network}:${action.from}`;
    case 'set-permissions':
      return `${action.kind}:${action.path}`;
    case 'create-file':
    case 'create-folder':
    case 'replace-folder-by-file':
      return `path:${action.path}`;
    default:
      return 'index' in action ? `${action.kind}:${action.service}:${String(action.index)}` : JSON.stringify(action);
  }
}

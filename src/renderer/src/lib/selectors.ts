import { acrossModes, areasAcrossModes, countConflicts, type FindingAcrossModes } from '@shared/domain/findings/across-modes';
import { isKeptWithin } from '@shared/domain/snapshots/kept-within';
import { isDryRun, isFinal, runningOperation, type Operation, type Project, type ServiceList } from './model';
import type { ChecksState, State } from './store';

/** The project the window is on: the chosen one, else the first. */
export function currentProject(state: State): Project | null {
  const projects = state.model.projects;
  return projects?.find((project) => project.id === state.ui.projectId) ?? projects?.[0] ?? null;
}

export function currentServices(state: State): ServiceList | null {
  const project = currentProject(state);
  return project === null ? null : (state.model.services[project.id] ?? null);
}

/** The operation of the current project that runs or waits. */
export function currentOperation(state: State): Operation | null {
  return runningOperation(state.model.operations, currentProject(state)?.id ?? null);
}

/** What the panel beside the table shows: the running operation, else the newest one of this session that ended and was not put away. */
export function panelOperation(state: State): Operation | null {
  const project = currentProject(state);
  if (project === null) return null;
  const running = currentOperation(state);
  if (running !== null) return running;
  const newest = state.model.operations?.find((operation) => operation.projectId === project.id && !isDryRun(operation) && !isKeptWithin(operation));
  if (newest === undefined || !isFinal(newest) || state.ui.dismissed.includes(newest.id)) return null;
  // Seen while it ran in this window, or failed: what ended well before the window opened is history.
  return state.model.tracks[newest.id] !== undefined || newest.state === 'needs-attention' ? newest : null;
}

export function currentChecks(state: State): ChecksState | null {
  const project = currentProject(state);
  return project === null ? null : (state.ui.checks[project.id] ?? null);
}

const mergedCache = new WeakMap<object, readonly FindingAcrossModes[]>();

/** The findings of every mode as one list. The same reports give the same list, so that React can compare. */
export function findingsOf(checks: ChecksState | null): readonly FindingAcrossModes[] {
  if (checks?.reports == null) return [];
  const known = mergedCache.get(checks.reports);
  if (known !== undefined) return known;
  const merged = acrossModes(checks.reports);
  mergedCache.set(checks.reports, merged);
  return merged;
}

/** How each area stands, in the worst mode. */
export function areasOf(checks: ChecksState | null): ReturnType<typeof areasAcrossModes> {
  return areasAcrossModes(checks?.reports ?? []);
}

export function conflictCount(checks: ChecksState | null): number {
  return countConflicts(findingsOf(checks));
}

/** How many findings forbid switching to a mode. */
export function blockersOf(checks: ChecksState | null, mode: string): number {
  return checks?.reports?.find((report) => report.mode === mode)?.findings.filter((finding) => finding.severity === 'error').length ?? 0;
}

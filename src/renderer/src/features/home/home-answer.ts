import { homeWords as words } from '../../locales/en/home';
import type { Alert, Drift, Operation, Project, ServiceList } from '../../lib/model';
import { switchTarget } from '../../lib/model';
import type { Mark } from '../../ui/state-mark';

/** A part of a project that has a page of its own, as its page answers. */
export interface PartAnswer {
  readonly mark: Mark;
  readonly sentence: string;
}

/** What is known of one open project; null where nothing is known yet. */
export interface ProjectFacts {
  readonly project: Project;
  readonly services: ServiceList | null;
  readonly conflicts: { readonly errors: number; readonly warnings: number } | null;
  readonly alerts: readonly Alert[];
  readonly drifts: readonly Drift[];
  /** Its operations, newest first, without previews. */
  readonly operations: readonly Operation[];
  readonly snapshots: { readonly lastAt: string | null; readonly damaged: number } | null;
  readonly storage: PartAnswer | null;
  readonly workspaces: PartAnswer | null;
}

/** Where something is looked at. */
export type Place = 'project' | 'conflicts' | 'activity' | 'snapshots' | 'storage' | 'workspaces' | 'settings';

/** Something a person should look at. */
export interface Thing {
  readonly id: string;
  /** Null for what is of the machine. */
  readonly projectId: string | null;
  readonly severity: 'error' | 'warning';
  readonly text: string;
  readonly place: Place;
}

const WRONG = new Set(['failed', 'rolled-back', 'needs-attention']);
const UNWELL = new Set(['failed', 'degraded']);

/** What should be looked at, errors first, in the order of the projects. */
export function thingsToLookAt(projects: readonly ProjectFacts[], alerts: readonly Alert[], dismissed: readonly string[]): readonly Thing[] {
  const all = [...alerts.filter((one) => one.projectId === null).flatMap((one) => alertThing(one)), ...projects.flatMap((facts) => thingsOf(facts, dismissed))];
  return [...all.filter((one) => one.severity === 'error'), ...all.filter((one) => one.severity === 'warning')];
}

function thingsOf(facts: ProjectFacts, dismissed: readonly string[]): readonly Thing[] {
  const { project, services, conflicts, drifts, operations, snapshots, storage, workspaces } = facts;
  const things: Thing[] = [];
  const add = (kind: string, severity: Thing['severity'], text: string, place: Place): void => void things.push({ id: `${project.id}:${kind}`, projectId: project.id, severity, text, place });

  if (!project.trusted && project.trustQuestions.length > 0) add('trust', 'warning', words.things.untrusted, 'project');
  if (services !== null && UNWELL.has(services.health)) add('health', services.health === 'failed' ? 'error' : 'warning', words.things.health(services.summary), 'project');
  if (conflicts !== null && conflicts.errors + conflicts.warnings > 0) add('conflicts', conflicts.errors > 0 ? 'error' : 'warning', words.things.conflicts(conflicts.errors, conflicts.warnings), 'conflicts');
  things.push(...facts.alerts.flatMap((one) => alertThing(one)));
  if (drifts.length > 0) add('drift', 'warning', words.things.drift(drifts.length), 'project');
  const wrong = operations.filter((one, index) => !dismissed.includes(one.id) && (one.state === 'needs-attention' || (index === 0 && WRONG.has(one.state))));
  for (const one of wrong) add(`operation:${one.id}`, one.state === 'needs-attention' ? 'error' : 'warning', words.things.operation(one.title, stateWord(one)), 'activity');
  if (snapshots !== null && snapshots.damaged > 0) add('snapshots', 'error', words.things.damaged(snapshots.damaged), 'snapshots');
  for (const [place, part] of [['storage', storage], ['workspaces', workspaces]] as const) if (part !== null && (part.mark === 'bad' || part.mark === 'warn')) add(place, part.mark === 'bad' ? 'error' : 'warning', part.sentence, place);
  return things;
}

function alertThing(alert: Alert): readonly Thing[] {
  if (alert.severity === 'info') return [];
  return [{ id: `alert:${alert.id}`, projectId: alert.projectId, severity: alert.severity, text: alert.message, place: alert.projectId === null ? 'activity' : 'project' }];
}

/** The answer of the page: is everything well, and is there something to do? */
export function homeAnswer(projects: readonly ProjectFacts[], things: readonly Thing[], engineAway: boolean): { readonly mark: Mark; readonly sentence: string } {
  if (engineAway) return { mark: 'bad', sentence: joined(words.answer.engine, things.length) };
  if (projects.some((one) => one.services === null)) return { mark: 'busy', sentence: words.answer.loading };
  const healthy = projects.filter((one) => one.services?.health === 'healthy').length;
  const unwell = projects.some((one) => one.services?.health === 'failed');
  const mark = unwell || things.some((one) => one.severity === 'error') ? 'bad' : things.length > 0 ? 'warn' : healthy > 0 ? 'good' : 'off';
  return { mark, sentence: joined(healthWords(projects, healthy), things.length) };
}

function healthWords(projects: readonly ProjectFacts[], healthy: number): string {
  const [only] = projects;
  const runs = projects.some((one) => one.services !== null && one.services.health !== 'stopped' && one.services.health !== 'empty');
  if (projects.length === 1 && only !== undefined) return healthy === 1 ? words.answer.oneHealthy(only.project.name) : runs ? words.answer.someHealthy(0, 1) : words.answer.oneStopped(only.project.name);
  if (!runs) return words.answer.noneRuns(projects.length);
  return healthy === projects.length ? words.answer.allHealthy(healthy) : words.answer.someHealthy(healthy, projects.length);
}

function joined(health: string, things: number): string {
  return `${health}, ${things === 0 ? words.answer.nothing : words.answer.things(things)}`;
}

/** How many services run well, of those that should. */
export function runningOf({ services }: Pick<ServiceList, 'services'>): { readonly running: number; readonly all: number } {
  const own = services.filter((one) => !one.orphan);
  return { running: own.filter((one) => (one.state === 'running' || one.state === 'done') && one.health !== 'unhealthy').length, all: own.length };
}

/** The state of an operation in a word. */
export function stateWord({ state }: Pick<Operation, 'state'>): string {
  return words.operations.states[state] ?? state;
}

/** How an operation can be taken back: by the backup of its files, or by a switch back to the mode it came from. */
export function wayBack(operation: Operation, project: Project | undefined): { readonly kind: 'undo' } | { readonly kind: 'switch'; readonly mode: string } | null {
  if (operation.undoable) return { kind: 'undo' };
  const target = switchTarget(operation);
  if (operation.state !== 'succeeded' || target === null || target.from === null || target.from === target.to) return null;
  // Only what is in force can be taken back.
  const there = project?.modes.some((mode) => mode.name === target.from) ?? false;
  return there && project?.activeMode === target.to ? { kind: 'switch', mode: target.from } : null;
}

import type { ErrorCode } from '@shared/kernel/error-codes';

/** What measured work is: somebody waits for a call and an operation; passes and tasks are the background. */
export type WorkKind = 'call' | 'operation' | 'pass' | 'task';

/** One run of measured work. */
export interface WorkRun {
  readonly durationMs: number;
  readonly failed: boolean;
}

/** When measured work needs a look. */
export type WorkRule = { readonly kinds: readonly WorkKind[] } & (
  | { readonly code: 'TASK-SLOW'; readonly longerThan: SlowLimit }
  | { readonly code: 'TASK-FAILING'; readonly failedAtLeast: number; readonly failedShareAbove: number }
);

/** The settings that say what is slow. */
export type SlowLimit = 'alerts.scanSeconds' | 'alerts.taskSeconds';

/** A rule that is broken now, in words. */
export interface BrokenRule {
  readonly code: WorkRule['code'];
  readonly message: string;
  readonly hint: string;
}

/** Background work that has not ended by then is given up and fails. */
export const BACKGROUND_LIMIT_MS = 30_000;

/** How many of the newest runs the rules look at. */
export const RUNS_LOOKED_AT = 20;

/** The rules themselves. Of two with the same code that are broken, the first is told. */
export const WORK_RULES: readonly WorkRule[] = [
  { code: 'TASK-SLOW', kinds: ['pass', 'task'], longerThan: 'alerts.taskSeconds' },
  { code: 'TASK-SLOW', kinds: ['pass'], longerThan: 'alerts.scanSeconds' },
  { code: 'TASK-FAILING', kinds: ['operation', 'pass', 'task'], failedAtLeast: 5, failedShareAbove: 0.5 },
];

/** Failures with these reasons are shown where they arise (the engine's state, the project's findings): no news about the work that met them. */
const SHOWN_ELSEWHERE: readonly ErrorCode[] = ['engine-unreachable', 'engine-lost', 'project-not-found', 'mode-not-found', 'compose-not-found', 'compose-invalid', 'file-unreadable'];

/** Whether a failure with this reason says something about the work itself. */
export function saysWorkFails(code: ErrorCode): boolean {
  return !SHOWN_ELSEWHERE.includes(code);
}

/** What work of this name is: its name begins or ends with it. */
export function workKind(name: string): WorkKind {
  if (name.startsWith('api ')) return 'call';
  if (name.startsWith('operation ')) return 'operation';
  return name.startsWith('scan ') || name.endsWith(' pass') ? 'pass' : 'task';
}

/** What the rules judge together: background work by its name, operations as one. */
export function workSubject(name: string): string {
  return workKind(name) === 'operation' ? 'operations' : name;
}

/** The rules that work of this name breaks, at most one of each code. `runs`: the newest of its subject, oldest first. */
export function brokenRules(name: string, runs: readonly WorkRun[], limitSeconds: (limit: SlowLimit) => number): readonly BrokenRule[] {
  const kind = workKind(name);
  const broken = new Map<string, BrokenRule>();
  for (const rule of WORK_RULES) {
    if (!rule.kinds.includes(kind) || broken.has(rule.code)) continue;
    const one = rule.code === 'TASK-SLOW' ? slow(name, runs, limitSeconds(rule.longerThan)) : failing(name, runs, rule);
    if (one !== null) broken.set(rule.code, one);
  }
  return [...broken.values()];
}

function slow(name: string, runs: readonly WorkRun[], limitSeconds: number): BrokenRule | null {
  const { durationMs, failed } = runs.at(-1) ?? { durationMs: 0, failed: false };
  // What was given up took that long and would have taken longer.
  const wasGivenUp = failed && durationMs >= BACKGROUND_LIMIT_MS && limitSeconds * 1_000 <= BACKGROUND_LIMIT_MS;
  if (durationMs <= limitSeconds * 1_000 && !wasGivenUp) return null;
  return {
    code: 'TASK-SLOW',
    message: `The task "${name}" took ${(durationMs / 1_000).toFixed(1)} s; more than ${String(limitSeconds)} s is slow.`,
    hint: 'Look at disks and mounts that answer slowly; the limit is a setting.',
  };
}

function failing(name: string, runs: readonly WorkRun[], rule: { readonly failedAtLeast: number; readonly failedShareAbove: number }): BrokenRule | null {
  const newest = runs.slice(-RUNS_LOOKED_AT);
  const failed = newest.filter((one) => one.failed).length;
  if (failed < rule.failedAtLeast || failed <= newest.length * rule.failedShareAbove) return null;
  const what = workKind(name) === 'operation' ? `${String(newest.length)} operations` : `${String(newest.length)} runs of "${name}"`;
  return { code: 'TASK-FAILING', message: `Of the last ${what}, ${String(failed)} failed.`, hint: 'The log of operations and the event log say why each of them failed.' };
}

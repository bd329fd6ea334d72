import type { ComposeHealthcheck, ComposeService } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';
import { durationMs } from './go-duration';

/** What a started container is expected to become. */
export type Expectation =
  /** It has a health check and must get healthy. */
  | 'healthy'
  /** It must stay up. */
  | 'running'
  /** It must end with code 0. */
  | 'completed'
  /** It must stay up, or end with code 0: nothing says whether it is a job. */
  | 'running-or-done';

/** The verdict on a container at one moment. `reason` is a clause of its own: "it ended with code 3". */
export type Verdict = { readonly kind: 'good' } | { readonly kind: 'wait' } | { readonly kind: 'bad'; readonly reason: string };

/** Without a health check a container counts as up after this long without ending. */
export const STABLE_MS = 1500;

/** Judges one look at a container. `runningMs` is how long it has been running by our own clock. */
export function judge(expectation: Expectation, container: ObservedContainer, runningMs: number): Verdict {
  const ended = container.state === 'exited' || container.state === 'dead' || container.state === 'removing';
  if (ended && container.exitCode === 0 && (expectation === 'completed' || expectation === 'running-or-done')) return { kind: 'good' };
  if (ended) return { kind: 'bad', reason: endReason(container) };
  if (container.state === 'restarting' || container.restartCount > 0) return { kind: 'bad', reason: `it keeps restarting (${endReason(container)})` };
  if (container.state === 'paused') return { kind: 'bad', reason: 'it is paused' };
  if (container.state === 'created') return { kind: 'wait' };
  if (expectation === 'completed') return { kind: 'wait' };
  if (expectation === 'healthy') {
    if (container.health === 'healthy') return { kind: 'good' };
    return failsItsCheck(container) ? { kind: 'bad', reason: unhealthyReason(container) } : { kind: 'wait' };
  }
  return runningMs >= STABLE_MS ? { kind: 'good' } : { kind: 'wait' };
}

function endReason(container: ObservedContainer): string {
  if (container.oomKilled) return 'it ran out of memory';
  if (container.error !== '') return container.error;
  return `it ended with code ${String(container.exitCode)}`;
}

/** The engine ended the check: that says -1, which no program can, and this. Where it could not be begun at all, it says -1 with other words. */
const LATE = /^\s*$|exceeded timeout/;

/**
 * Whether a container is unhealthy because its check said so. One whose checks only did not answer in time may be well on a computer that is busy with starting it: until it says something it is
 * waited for, as long as a start may take.
 */
export function failsItsCheck({ health, healthLog }: ObservedContainer): boolean {
  if (health !== 'unhealthy') return false;
  const failed = healthLog.slice(healthLog.findLastIndex((one) => one.exitCode === 0) + 1);
  return failed.length === 0 || failed.some((one) => one.exitCode !== -1 || !LATE.test(one.output));
}

/** What there is to say of a container that did not get ready in the time it has. */
export function lateReason(container: ObservedContainer, reason: string): string {
  return container.health === 'unhealthy' ? `${reason}: ${unhealthyReason(container)}` : reason;
}

function unhealthyReason(container: ObservedContainer): string {
  const last = container.healthLog.at(-1)?.output.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  return last === '' ? 'its health check fails' : `its health check fails: ${last}`;
}

/** True when the file switches off the check that its image may bring along. */
export function isCheckSwitchedOff(healthcheck: ComposeHealthcheck | undefined): boolean {
  return healthcheck?.disable === true || healthcheck?.test?.[0] === 'NONE';
}

/** What to expect of a service's new container. `wasRunning`: the container it replaces was up, so it is no job. */
export function expectationOf(definition: ComposeService, facts: { readonly declaredJob: boolean; readonly looksLikeJob: boolean; readonly wasRunning: boolean; readonly awaited: boolean; readonly imageHasHealthcheck: boolean }): Expectation {
  if (facts.declaredJob) return 'completed';
  if (!isCheckSwitchedOff(definition.healthcheck) && ((definition.healthcheck?.test ?? []).length > 0 || facts.imageHasHealthcheck)) return 'healthy';
  return facts.looksLikeJob && !facts.wasRunning && !facts.awaited ? 'running-or-done' : 'running';
}

/** How long a service may take: start period, all retries, and half a minute on top. */
export function gateTimeoutMs(definition: ComposeService, expectation: Expectation): number {
  if (expectation === 'completed') return 600_000;
  const check = definition.healthcheck;
  const interval = durationMs(check?.interval) ?? 30_000;
  const timeout = durationMs(check?.timeout) ?? 30_000;
  const retries = check?.retries ?? 3;
  if (expectation !== 'healthy') return 30_000;
  return (durationMs(check?.start_period) ?? 0) + (interval + Math.min(timeout, interval * 2)) * (retries + 1) + 30_000;
}

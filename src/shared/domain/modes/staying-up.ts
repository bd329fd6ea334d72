import type { ObservedContainer } from '../engine/observed';
import { isAlive } from './active-mode';
import { STABLE_MS, type Expectation } from './health-gate';

/** A container that came up, and what must hold for it to have stayed so. */
export interface CameUp {
  readonly id: string;
  readonly service: string;
  /** Nothing else says that it works, so it is watched for a while after its start. */
  readonly unchecked: boolean;
  /** It may have ended with code 0. */
  readonly mayEnd: boolean;
}

/** Whether a started container has to be watched, and whether it may end: what was expected of it says so. */
export function cameUp(id: string, service: string, expectation: Expectation): CameUp {
  return { id, service, unchecked: expectation === 'running' || expectation === 'running-or-done', mayEnd: expectation === 'completed' || expectation === 'running-or-done' };
}

/** How much longer a container is watched that began `sinceMs` ago; it has passed the gate, which takes its own time. */
export function watchMs(settleMs: number, sinceMs: number): number {
  return settleMs <= STABLE_MS ? 0 : Math.max(0, settleMs - sinceMs);
}

/** Why a container that came up does not count any more, as one sentence; null while it does. Undefined: it is gone. */
export function fallOf(expected: CameUp, now: ObservedContainer | undefined): string | null {
  const { service } = expected;
  if (now === undefined) return `${service} is gone: its container was removed soon after its start.`;
  if (now.state === 'restarting' || now.restartCount > 0) return `${service} keeps restarting.`;
  if (now.state === 'paused') return `${service} was paused soon after its start.`;
  if (isAlive(now)) return now.health === 'unhealthy' ? `${service} became unhealthy soon after its start.` : null;
  if (now.exitCode === 0 && expected.mayEnd && now.state === 'exited') return null;
  return now.oomKilled ? `${service} ran out of memory soon after its start.` : `${service} ended with code ${String(now.exitCode)} soon after its start.`;
}

import type { ObservedContainer } from '@shared/domain/engine/observed';
import { containerFromInspect } from '@shared/domain/engine/read-container';
import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { judgeStopReaction, STOP_PS_ARGUMENTS } from '@shared/domain/engine/stop-reaction';
import type { Containers } from './containers';
import type { StopReaction } from './types';

const AGREEING_LOOKS = 2;
const MOST_LOOKS = 8;

/**
 * Reads what D1 asks of a running container, now: what was observed earlier may have changed. A wait channel is a
 * moment's picture, so the processes are read twice and both must agree; a process that was on the processor just then
 * (channel 0, which ps may print as a dash) is looked at again.
 */
export async function stopReaction(containers: Containers, container: ObservedContainer): Promise<StopReaction> {
  try {
    const inspected = await containers.inspectRaw(container.id);
    const fresh = containerFromInspect(inspected);
    if (fresh.state !== 'running') return { cannotReact: false, reason: `it is ${fresh.state}` };
    const facts = { init: fresh.init, pidMode: textOf(fieldOf(inspected, 'HostConfig', 'PidMode')), pid: fresh.pid, stopSignal: fresh.stopSignal, mounts: fresh.mounts };
    // Without the processes first: most containers are decided by that already.
    const withoutLook = judgeStopReaction({ ...facts, top: undefined });
    if (withoutLook.reason !== 'its processes could not be read') return withoutLook;
    let agreeing = 0;
    let verdict: StopReaction = withoutLook;
    for (let look = 0; look < MOST_LOOKS && agreeing < AGREEING_LOOKS; look += 1) {
      verdict = judgeStopReaction({ ...facts, top: await containers.top(fresh, STOP_PS_ARGUMENTS) });
      if (verdict.cannotReact) agreeing += 1;
      else if (!/\((?:0|-)\)$/.test(verdict.reason)) return verdict;
    }
    return agreeing < AGREEING_LOOKS ? { cannotReact: false, reason: 'what it waits for is not known' } : verdict;
  } catch (error) {
    return { cannotReact: false, reason: `it could not be looked at: ${error instanceof Error ? error.message : String(error)}` };
  }
}

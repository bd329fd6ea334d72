import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Steps } from '@shared/kernel/steps';

/** How long others wait at most for their turn, unless one step takes longer. */
const TURN_MS = 8;

/** Does work in steps, and gives everything else that this process does its turn in between. Rejects with what a step throws, and with the signal's reason once it is aborted. */
export async function inTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  let began = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - began < TURN_MS) continue;
    await nextTurn();
    signal?.throwIfAborted();
    began = performance.now();
  }
}

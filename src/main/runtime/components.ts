import type { Engine } from '@main/docker/types';
import type { Operations } from '@main/operations/types';
import type { ComponentName, RuntimeComponent } from './types';

/** The operation worker as the runtime page shows it. */
export function workerComponent(operations: Operations, engine: Pick<Engine, 'state'>, isStarted: () => boolean): RuntimeComponent {
  const away = (): boolean => engine.state().state !== 'connected';
  return {
    name: 'operation-worker',
    state: () => (operations.paused ? 'paused' : !isStarted() ? 'starting' : away() ? 'waiting' : 'running'),
    lastTickAt: () => operations.lastTickAt(),
    counters: () => operations.counters(),
    detail() {
      const { running = 0, queued = 0 } = operations.counters();
      const work = `${String(running)} running, ${String(queued)} queued`;
      if (operations.paused) return `Paused: ${work}; nothing more is started until it is resumed.`;
      if (away()) return `Waits for the Docker engine: ${work}.`;
      return running + queued === 0 ? 'Idle.' : `At work: ${work}.`;
    },
    pause: () => operations.pause(),
    resume: () => operations.resume(),
  };
}

/** Stands for a component that this process does not have: a single command hosts only for its own time. Pausing is remembered for the next process that has it. */
export function restingComponent(name: ComponentName): RuntimeComponent {
  let paused = false;
  return {
    name,
    state: () => (paused ? 'paused' : 'stopped'),
    lastTickAt: () => null,
    counters: () => ({}),
    detail: () => 'A single command hosts for its own time only: nothing is looked at again and again. Start the app or `berth serve`.',
    pause: () => void (paused = true),
    resume: () => void (paused = false),
  };
}

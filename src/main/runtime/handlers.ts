import type { Handlers } from '@main/dispatch/types';
import type { ApiSlot } from './api-slot';
import type { Runtime } from './runtime';

/** Binds `runtime.*` and `api.rotate-token`. */
export function runtimeHandlers(runtime: Runtime, api: Pick<ApiSlot, 'rotateToken'>): Pick<Handlers, 'runtime.status' | 'runtime.pause' | 'runtime.resume' | 'runtime.yield' | 'api.rotate-token'> {
  return {
    'runtime.status': () => Promise.resolve(runtime.status()),
    'runtime.pause': (input) => runtime.pause(input.component),
    'runtime.resume': (input) => runtime.resume(input.component),
    // App and `berth serve` stay; a command that only watches answers for itself (`src/cli/host-gate.ts`).
    'runtime.yield': () => Promise.resolve({ yields: false }),
    'api.rotate-token': async () => api.rotateToken(),
  };
}

import { AppError } from '@shared/kernel/app-error';
import type { AttachedApi, RuntimeComponent, RuntimeStatus } from './types';

/** The place of the local API among the components: what it is before a door has opened it, and after. */
export interface ApiSlot {
  readonly component: RuntimeComponent;
  /** The door that listens; null before and after. */
  attach(api: AttachedApi | null): void;
  /** Where it listens on 127.0.0.1; undefined while nobody says. */
  tcp(): RuntimeStatus['api']['tcp'] | undefined;
  rotateToken(): Promise<{ tokenFile: string }>;
}

/** Makes the slot, empty. A pause that comes before the door does is handed to it. */
export function createApiSlot(): ApiSlot {
  let api: AttachedApi | null = null;
  let paused = false;
  return {
    component: {
      name: 'api-server',
      state: () => api?.component.state() ?? 'starting',
      lastTickAt: () => api?.component.lastTickAt() ?? null,
      counters: () => api?.component.counters() ?? {},
      detail: () => api?.component.detail() ?? 'Does not listen yet.',
      pause() {
        paused = true;
        api?.component.pause();
      },
      resume() {
        paused = false;
        api?.component.resume();
      },
    },
    attach(next) {
      api = next;
      if (paused) api?.component.pause();
    },
    tcp: () => api?.tcp(),
    rotateToken() {
      if (api === null) throw new AppError('busy', 'The local API is not open yet.', { hint: 'Try again in a moment.' });
      return api.rotateToken();
    },
  };
}

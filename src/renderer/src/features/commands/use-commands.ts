import { useSyncExternalStore } from 'react';
import type { AppError } from '@shared/kernel/app-error';
import { call, toAppError } from '../../lib/client';
import type { Entry } from './command-form';

interface Known {
  readonly entries: readonly Entry[] | null;
  readonly error: AppError | null;
}

let known: Known = { entries: null, error: null };
let asking = false;
const listeners = new Set<() => void>();

function ask(): void {
  if (asking || known.entries !== null) return;
  asking = true;
  call('contract.describe', {})
    .then(
      (entries) => (known = { entries, error: null }),
      (error: unknown) => (known = { entries: null, error: toAppError(error) }),
    )
    .finally(() => {
      asking = false;
      for (const listener of listeners) listener();
    });
}

/** Every command of the contract. They are the same as long as the app runs: asked for once. */
export function useCommands(): Known {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      ask();
      return () => listeners.delete(listener);
    },
    () => known,
  );
}

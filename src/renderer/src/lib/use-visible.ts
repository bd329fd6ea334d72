import { useSyncExternalStore } from 'react';

function onChange(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

/** True while the window can be seen: what only feeds the screen stops otherwise. */
export function useVisible(): boolean {
  return useSyncExternalStore(onChange, () => document.visibilityState !== 'hidden');
}

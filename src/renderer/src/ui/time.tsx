import { useSyncExternalStore, type ReactElement } from 'react';
import { ago, until } from '../lib/ago';

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    // A hidden window shows nothing: no need to count for it.
    if (document.visibilityState === 'hidden') return;
    now = Date.now();
    for (const one of listeners) one();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time in milliseconds, new every second, from one clock for the whole window. */
export function useNow(): number {
  return useSyncExternalStore(onTick, () => now);
}

/** When something was, in words; the exact time on hover. */
export function Ago({ at }: { readonly at: string }): ReactElement {
  const current = useNow();
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {ago(Math.max(0, current - Date.parse(at)))}
    </time>
  );
}

/** When something will be, in words; the exact time on hover. */
export function Until({ at }: { readonly at: string }): ReactElement {
  const current = useNow();
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {until(Date.parse(at) - current)}
    </time>
  );
}

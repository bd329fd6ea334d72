import { useSyncExternalStore, type ReactElement } from 'react';
import { ago, until } from '../lib/ago';
import { isAtRest, onRestChange } from '../lib/use-at-rest';

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let stopRest: (() => void) | undefined;
const TICK_MS = 1_000;
/** Who looks at the window without touching it sees times a little late. */
const RESTING_TICK_MS = 30_000;

function tick(): void {
  // A hidden window shows nothing: no need to count for it.
  if (document.visibilityState === 'hidden') return;
  // What is under way is watched, whoever touches what.
  if (isAtRest() && Date.now() - now < RESTING_TICK_MS && document.querySelector('.state-mark-busy') === null) return;
  now = Date.now();
  for (const one of listeners) one();
}

function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, TICK_MS);
  stopRest ??= onRestChange(tick);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    stopRest?.();
    stopRest = undefined;
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

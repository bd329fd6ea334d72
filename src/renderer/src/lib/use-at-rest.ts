import { useSyncExternalStore } from 'react';

/** Whoever only looks for so long sees the numbers more seldom. */
const REST_AFTER_MS = 60_000;
const SIGNS = ['pointermove', 'pointerdown', 'wheel', 'keydown', 'focus'] as const;

const listeners = new Set<() => void>();
let touchedAtMs = 0;
let resting = false;
let timer: ReturnType<typeof setTimeout> | undefined;

function change(next: boolean): void {
  resting = next;
  for (const listener of listeners) listener();
}

/** Looks once when the rest may have begun, and not at every move of the pointer. */
function plan(): void {
  const leftMs = touchedAtMs + REST_AFTER_MS - performance.now();
  timer = setTimeout(() => (performance.now() - touchedAtMs >= REST_AFTER_MS ? change(true) : plan()), Math.max(0, leftMs));
}

function touched(): void {
  touchedAtMs = performance.now();
  if (!resting) return;
  change(false);
  plan();
}

/** Calls it when the window comes to rest and when somebody touches it again. */
export function onRestChange(listener: () => void): () => void {
  if (listeners.size === 0) {
    touchedAtMs = performance.now();
    resting = false;
    for (const sign of SIGNS) window.addEventListener(sign, touched, { capture: true, passive: true });
    plan();
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    for (const sign of SIGNS) window.removeEventListener(sign, touched, { capture: true });
    clearTimeout(timer);
  };
}

/** True while nobody has touched the window for a minute, as far as somebody asked to be told. */
export function isAtRest(): boolean {
  return resting;
}

/** The same for a component: what is only nice to see live costs less then. */
export function useAtRest(): boolean {
  return useSyncExternalStore(onRestChange, isAtRest);
}

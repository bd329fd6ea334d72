import { setTimeout as delay } from 'node:timers/promises';
import { pauseBeforeMs } from '@shared/domain/engine/own-check';
import type { Engine } from './types';

/**
 * Runs the health check of a container that has just been started until it passes for the first time: its engine waits a whole interval before it looks, half a minute where
 * nothing else is said, and everything that depends on it would wait as long. A check that fails here says nothing. Resolves when there is no more to do or it is aborted; never rejects.
 */
async function checkAhead(engine: Pick<Engine, 'checkHealth'>, id: string, signal: AbortSignal): Promise<void> {
  let hasShell = true;
  for (let run = 0; !signal.aborted; run += 1) {
    await delay(pauseBeforeMs(run, hasShell), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const result = await engine.checkHealth(id, run === 0 ? 'several' : 'once', signal).catch(() => 'none' as const);
    // One that hangs is not begun a second time: nobody can end it.
    if (result !== 'failed' && result !== 'no-shell') return;
    if (result === 'no-shell') hasShell = false;
  }
}

/** Waits as told for containers to get healthy, and runs their health checks ahead of the engine meanwhile: each until it passes. The engine has to be one that may change them. */
export async function checkingAhead<T>(engine: Pick<Engine, 'checkHealth'>, ids: Iterable<string>, wait: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const ended = new AbortController();
  for (const id of ids) void checkAhead(engine, id, signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]));
  try {
    return await wait();
  } finally {
    ended.abort();
  }
}

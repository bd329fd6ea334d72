import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';
import { ContainerWatch, type WaitEnd } from '@main/modes/container-watch';

/** What a single call of the engine may take. */
const DEADLINE_MS = 10_000;
const TOOK_TOO_LONG = new AppError('engine-timeout', 'Docker did not inspect a container within 10 seconds.');

/** An engine that is too slow for its first looks, and answers after them; an engine that cannot be had for real on demand. */
function slowEngine(slowLooks: number): Engine {
  let looks = 0;
  return {
    onEvent: () => ({ dispose: () => undefined }),
    inspectContainer: () =>
      new Promise<ObservedContainer>((resolve, reject) => {
        looks += 1;
        if (looks > slowLooks) resolve({ id: 'c1' } as ObservedContainer);
        else setTimeout(() => reject(TOOK_TOO_LONG), DEADLINE_MS);
      }),
  } as unknown as Engine;
}

describe('waiting for a container', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function until(engine: Engine, timeoutMs: number, forMs: number): Promise<WaitEnd | unknown> {
    const ended = new ContainerWatch(engine).until('c1', () => ({ kind: 'good' }), timeoutMs).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(forMs);
    return Promise.race([ended, Promise.resolve('still waiting')]);
  }

  it('looks again when the engine was too slow for one look', async () => {
    expect(await until(slowEngine(1), 60_000, 12_000)).toMatchObject({ kind: 'good' });
  });

  it('takes an engine that answers nothing for half a minute for hung', async () => {
    expect(await until(slowEngine(2), 120_000, 25_000)).toMatchObject({ kind: 'good' });
    expect(await until(slowEngine(Infinity), 120_000, 40_000)).toBe(TOOK_TOO_LONG);
  });

  it('blames the engine, not the container, when the time is over while it is silent', async () => {
    expect(await until(slowEngine(Infinity), 15_000, 16_000)).toBe(TOOK_TOO_LONG);
  });
});

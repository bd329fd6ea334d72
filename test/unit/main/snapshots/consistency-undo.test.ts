import { describe, expect, it } from 'vitest';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { EffectRecord, RecoveryContext } from '@main/operations/types';
import { releaseHeld } from '@main/snapshots/consistency-undo';

type State = ObservedContainer['state'];

/** An engine with one container; `busy`: so many calls that change something get no answer first. */
function engineWith(state: State, busy = 0): { readonly engine: Parameters<typeof releaseHeld>[0]; readonly calls: string[]; readonly state: () => State } {
  const calls: string[] = [];
  let [now, left] = [state, busy];
  const change = (call: string, to: State) => (): Promise<never> => {
    calls.push(call);
    if (left-- > 0) return Promise.reject(new AppError('engine-timeout', 'Docker did not answer.'));
    now = to;
    return Promise.resolve(undefined as never);
  };
  return {
    calls,
    state: () => now,
    engine: {
      inspectContainer: () => Promise.resolve({ id: 'c', state: now } as ObservedContainer),
      unpauseContainer: change('unpause', 'running'),
      startContainer: change('start', 'running'),
      stopContainer: change('stop', 'exited'),
    },
  };
}

function journal(...records: readonly (readonly [name: string, result: Json | undefined])[]): RecoveryContext {
  return {
    operationId: 'op',
    reason: 'crashed',
    records: records.map(([name, result], index): EffectRecord => ({ seq: index + 1, name, intent: { id: 'c', graceSeconds: 3 }, result, undone: false })),
    effect: (_name: string, _intent: JsonObject, act: () => Promise<never>) => act(),
    progress: () => undefined,
    log: () => undefined,
  };
}

describe('what was held when Berth ended', () => {
  it.each([
    ['was paused', journal(['snapshot.pause', true]), 'paused', ['unpause']],
    ['may have been paused', journal(['snapshot.pause', undefined]), 'paused', ['unpause']],
    ['was not paused yet', journal(['snapshot.pause', undefined]), 'running', []],
    // Somebody else did that before.
    ['was paused already', journal(['snapshot.pause', false]), 'paused', []],
    ['went on and was paused by somebody since', journal(['snapshot.pause', true], ['snapshot.unpause', null]), 'paused', []],
    ['may have gone on', journal(['snapshot.pause', true], ['snapshot.unpause', undefined]), 'paused', ['unpause']],
    ['was stopped', journal(['snapshot.stop', null]), 'exited', ['start']],
    ['is being stopped', journal(['snapshot.stop', undefined]), 'running', ['stop', 'start']],
    ['was started again', journal(['snapshot.stop', null], ['snapshot.start', null]), 'exited', []],
  ] as const)('and %s', async (_what, context, state, expected) => {
    const { engine, calls } = engineWith(state);
    await releaseHeld(engine, context);
    expect(calls).toEqual(expected);
  });

  it('goes on although the engine is too busy to answer at once', async () => {
    const { engine, calls, state } = engineWith('paused', 3);
    await releaseHeld(engine, journal(['snapshot.pause', true]));
    expect([calls.length, state()]).toEqual([4, 'running']);
  });

  it('is told of when the engine never answers', async () => {
    await expect(releaseHeld(engineWith('paused', 99).engine, journal(['snapshot.pause', true]))).rejects.toMatchObject({ code: 'engine-timeout' });
  });
});

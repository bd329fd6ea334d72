import { expect, test } from 'vitest';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { ContainerHappening } from '@shared/domain/reconcile/intent';
import { howEnded, lastEnds, learnEnds, NO_KNOWN_ENDS } from '@shared/domain/reconcile/known-ends';

const STARTED = '2026-01-01T00:00:00.000Z';
const ENDED = '2026-01-01T00:00:10.000Z';
const endMs = Date.parse(ENDED);
const container = (more: Partial<ObservedContainer> = {}): ObservedContainer => ({ id: 'c1', service: 'worker', state: 'exited', exitCode: 0, startedAt: STARTED, finishedAt: ENDED, ...more }) as ObservedContainer;
const at = (action: string, atMs: number, own = false): ContainerHappening => ({ containerId: 'c1', service: 'worker', action, atMs, exitCode: action === 'die' ? 0 : null, own });
const look = (containers: readonly ObservedContainer[], happenings: readonly ContainerHappening[] = [], nowMs = endMs + 5_000) => ({ containers, happenings, absences: [], nowMs });

test('a stop from outside is still known when the events are gone', () => {
  const known = learnEnds(NO_KNOWN_ENDS, look([container()], [at('die', endMs), at('stop', endMs + 10)]));
  expect(lastEnds(known, [container()])).toEqual({ c1: 'stopped' });
  const later = learnEnds(JSON.parse(JSON.stringify(known)) as typeof known, look([container()]));
  expect(later).toEqual(known);
});

test('it says nothing of another end of the same container, and is forgotten with it', () => {
  const known = learnEnds(NO_KNOWN_ENDS, look([container()], [at('stop', endMs)]));
  expect(lastEnds(known, [container({ finishedAt: '2026-01-01T01:00:00.000Z' })])).toEqual({});
  expect(learnEnds(known, look([container({ state: 'running' })])).ends).toEqual({});
  expect(learnEnds(known, look([])).ends).toEqual({});
});

test('what ends by itself with 0 is a job from then on, and never again lasting', () => {
  const known = learnEnds(NO_KNOWN_ENDS, look([container()], [at('die', endMs)]));
  expect(known.services).toEqual({ worker: 'job' });
  expect(learnEnds(known, look([container({ state: 'running' })], [], endMs + 600_000)).services).toEqual({ worker: 'job' });
});

test('what has run for half a minute is lasting, before that nothing is said', () => {
  const running = container({ state: 'running' });
  expect(learnEnds(NO_KNOWN_ENDS, look([running], [], Date.parse(STARTED) + 29_000)).services).toEqual({});
  expect(learnEnds(NO_KNOWN_ENDS, look([running], [], Date.parse(STARTED) + 30_000)).services).toEqual({ worker: 'lasting' });
});

test('a stop by Berth, an end with the engine, a crash and an end of this moment are not remembered', () => {
  expect(howEnded(container(), [at('die', endMs, true), at('stop', endMs, true)], endMs + 5_000)).toBeNull();
  expect(howEnded(container({ exitCode: 3 }), [at('die', endMs)], endMs + 5_000)).toBeNull();
  expect(howEnded(container(), [at('die', endMs)], endMs + 500)).toBeNull();
  expect(howEnded(container(), [at('stop', endMs), at('start', endMs + 1)], endMs + 5_000)).toBeNull();
  expect(learnEnds(NO_KNOWN_ENDS, { ...look([container()], [at('stop', endMs)]), absences: [{ fromMs: endMs - 1, toMs: endMs + 1 }] })).toEqual(NO_KNOWN_ENDS);
});

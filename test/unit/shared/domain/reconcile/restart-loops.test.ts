import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { ContainerHappening } from '@shared/domain/reconcile/intent';
import { restartLoops, WELL_AFTER_MS } from '@shared/domain/reconcile/restart-loops';

const NOW = 1_000_000;
const container = (more: Partial<ObservedContainer> = {}): ObservedContainer => ({ service: 'api', state: 'restarting', startedAt: new Date(NOW - 1_000).toISOString(), restartPolicy: { name: 'always', maximumRetryCount: 0 }, ...more }) as ObservedContainer;
const at = (action: string, atMs: number): ContainerHappening => ({ containerId: 'c1', service: 'api', action, atMs, exitCode: 3, own: false });
const ends = (count: number, untilMs = NOW): readonly ContainerHappening[] => Array.from({ length: count }, (_unused, n) => [at('die', untilMs - (count - n) * 5_000), at('start', untilMs - (count - n) * 5_000 + 100)]).flat();
const look = (happenings: readonly ContainerHappening[], containers = [container()]) => restartLoops({ containers, happenings, absences: [], nowMs: NOW, windowMs: 600_000, fromEnds: 5 });

test('as many ends as healing has tries are a loop, fewer are not', () => {
  fc.assert(fc.property(fc.nat(20), (count) => void expect(look(ends(count))).toEqual(count >= 5 ? [{ service: 'api', ends: count }] : [])));
});

test('it is seen between two ends too, until the service has run for long enough', () => {
  const running = (forMs: number): ObservedContainer => container({ state: 'running', startedAt: new Date(NOW - forMs).toISOString() });
  expect(look(ends(5), [running(1_000)])).toHaveLength(1);
  expect(look(ends(5), [running(WELL_AFTER_MS)])).toEqual([]);
});

test('a service without a policy of its own is healed instead, and one that ended is no loop', () => {
  expect(look(ends(9), [container({ state: 'running', restartPolicy: { name: 'no', maximumRetryCount: 0 } })])).toEqual([]);
  expect(look(ends(9), [container({ state: 'exited' })])).toEqual([]);
});

test('ends before it was stopped on purpose, and outside the window, do not count', () => {
  expect(look([...ends(5), at('stop', NOW - 50)])).toEqual([]);
  expect(look(ends(5, NOW - 600_000))).toEqual([]);
});

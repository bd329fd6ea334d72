import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerHealth, ContainerState } from '@shared/domain/engine/observed';
import { STABLE_MS, type Expectation } from '@shared/domain/modes/health-gate';
import { cameUp, fallOf, watchMs } from '@shared/domain/modes/staying-up';
import { container } from './world';

const came = (expectation: Expectation) => cameUp('id', 'web', expectation);

describe('staying up', () => {
  it.each([
    ['runs', 'running', {}, null],
    ['runs and is healthy', 'healthy', { health: 'healthy' }, null],
    ['ended with 0', 'running', { state: 'exited', exitCode: 0 }, 'web ended with code 0 soon after its start.'],
    ['ended with 0, and may', 'running-or-done', { state: 'exited', exitCode: 0 }, null],
    ['a job that is done', 'completed', { state: 'exited', exitCode: 0 }, null],
    ['a job that failed', 'completed', { state: 'exited', exitCode: 2 }, 'web ended with code 2 soon after its start.'],
    ['began anew', 'running', { restartCount: 1 }, 'web keeps restarting.'],
    ['became unhealthy', 'healthy', { health: 'unhealthy' }, 'web became unhealthy soon after its start.'],
    ['ran out of memory', 'running', { state: 'exited', exitCode: 137, oomKilled: true }, 'web ran out of memory soon after its start.'],
  ] as const)('tells a fall: %s', (_, expectation, parts, says) => {
    expect(fallOf(came(expectation), container('web', parts))).toBe(says);
  });

  it('takes one that is gone for fallen, and watches only what has no health check', () => {
    expect(fallOf(came('running'), undefined)).toBe('web is gone: its container was removed soon after its start.');
    expect((['healthy', 'completed', 'running', 'running-or-done'] as const).map((one) => came(one).unchecked)).toEqual([false, false, true, true]);
  });

  it('watches for the rest of the time only, and not at all where the gate took as long', () => {
    fc.assert(
      fc.property(fc.nat(600_000), fc.nat(600_000), (settleMs, sinceMs) => {
        const left = watchMs(settleMs, sinceMs);
        expect(left).toBeGreaterThanOrEqual(0);
        if (settleMs <= STABLE_MS) expect(left).toBe(0);
        else expect(left).toBe(Math.max(0, settleMs - sinceMs));
      }),
    );
  });

  it('never lets through what does not run, except what may end and ended with 0', () => {
    const any = fc.record({ state: fc.constantFrom<ContainerState>('created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'), health: fc.constantFrom<ContainerHealth>('none', 'starting', 'healthy', 'unhealthy'), exitCode: fc.constantFrom(0, 1, 137), restartCount: fc.constantFrom(0, 1) });
    fc.assert(
      fc.property(any, fc.constantFrom<Expectation>('healthy', 'running', 'completed', 'running-or-done'), (given, expectation) => {
        if (fallOf(came(expectation), container('web', given)) !== null) return;
        expect(given.restartCount).toBe(0);
        expect(given.state === 'running' ? given.health !== 'unhealthy' : came(expectation).mayEnd && given.state === 'exited' && given.exitCode === 0).toBe(true);
      }),
    );
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '@main/platform/logger';
import { createMetrics, metricsHandlers } from '@main/runtime/metrics';
import { observeOperations } from '@main/runtime/operation-metrics';
import type { Metrics } from '@main/runtime/types';
import type { BerthEvent, SequencedEvent } from '@shared/contract/events';
import type { Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import { SETTINGS } from '@shared/domain/settings/settings';

/** Alerts as they are: clearing one that does not stand is nothing. */
function measured(before: readonly string[] = []): { readonly metrics: Metrics; readonly told: string[]; readonly standing: ReadonlySet<string> } {
  const told: string[] = [];
  const standing = new Set(before);
  const metrics = createMetrics({
    settings: { get: (key) => SETTINGS[key].default as never },
    alerts: () => ({
      raise: (cause) => {
        const key = `${cause.code} ${cause.object}`;
        if (!standing.has(key)) told.push(`raise ${key}`);
        standing.add(key);
        return Promise.resolve(null as never);
      },
      clear: (cause) => {
        const key = `${cause.code} ${cause.object}`;
        if (standing.delete(key)) told.push(`clear ${key}`);
        return Promise.resolve();
      },
    }),
    logger: silentLogger,
    monotonicMs: () => Date.now(),
  });
  return { metrics, told, standing };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('metrics', () => {
  it('say when background work is slow, by the limit of its kind, and when it is no more', () => {
    const { metrics, told } = measured();
    metrics.observe('disk look', 29_000);
    metrics.observe('scan mounts', 6_000);
    metrics.observe('status pass', 4_900);
    metrics.observe('status pass', 5_100);
    metrics.observe('disk look', 31_000);
    metrics.observe('disk look', 32_000);
    metrics.observe('api operations.wait', 600_000);
    metrics.observe('operation modes.switch', 600_000);
    metrics.observe('scan mounts', 100);
    metrics.observe('scan mounts', 100);
    expect(told).toEqual(['raise TASK-SLOW scan mounts', 'raise TASK-SLOW status pass', 'raise TASK-SLOW disk look', 'clear TASK-SLOW scan mounts']);
  });

  it('end what an earlier process raised once its work is seen to be well, and not before', () => {
    const { metrics, told, standing } = measured(['TASK-SLOW status pass', 'TASK-SLOW drift pass', 'TASK-FAILING operations']);
    metrics.observe('status pass', 10);
    metrics.observe('operation modes.switch', 10);
    metrics.observe('drift pass', 6_000);
    expect(told).toEqual(['clear TASK-SLOW status pass', 'clear TASK-FAILING operations']);
    expect([...standing]).toEqual(['TASK-SLOW drift pass']);
  });

  it('say once when most of the last operations failed, of whatever kind, and take it back', () => {
    const { metrics, told } = measured();
    for (let run = 0; run < 4; run += 1) metrics.observe('operation modes.switch', 10, true);
    expect(told).toEqual([]);
    for (let run = 0; run < 5; run += 1) metrics.observe('operation services.restart', 10, true);
    expect(told).toEqual(['raise TASK-FAILING operations']);
    for (let run = 0; run < 9; run += 1) metrics.observe('operation services.restart', 10);
    expect(told).toEqual(['raise TASK-FAILING operations', 'clear TASK-FAILING operations']);
  });

  it('do not call a pass failing because the engine is away or a file is broken, but count it', async () => {
    const { metrics, told } = measured();
    const fail = (error: Error): Promise<unknown> => metrics.background('drift pass', () => Promise.reject(error)).catch(() => null);
    for (let run = 0; run < 10; run += 1) await fail(new AppError(run % 2 === 0 ? 'engine-unreachable' : 'compose-invalid', 'No.'));
    expect(told).toEqual([]);
    for (let run = 0; run < 5; run += 1) await fail(new AppError('engine-timeout', 'No.'));
    expect(told).toEqual(['raise TASK-FAILING drift pass']);
    expect(metrics.snapshot().durations).toMatchObject([{ name: 'drift pass', count: 15, failed: 15 }]);
  });

  it('give up background work that takes a minute after 30 s, with the reason; what comes next runs', async () => {
    const { metrics, told } = measured();
    const minute = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve('late'), 60_000));
    const given = expect(metrics.background('mounts pass', minute)).rejects.toMatchObject({ code: 'interrupted', message: 'The task "mounts pass" did not end within 30 s and was given up.' });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(metrics.snapshot().durations).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await given;
    expect(told).toEqual(['raise TASK-SLOW mounts pass']);
    expect(await metrics.background('mounts pass', () => Promise.resolve('quick'))).toBe('quick');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(metrics.snapshot().durations).toMatchObject([{ name: 'mounts pass', count: 2, failed: 1, maxMs: 30_000 }]);
    expect(told).toEqual(['raise TASK-SLOW mounts pass', 'clear TASK-SLOW mounts pass']);
  });

  it('time work, also when it fails, and pass its failure on', async () => {
    const { metrics } = measured();
    expect(await metrics.time('drift pass', () => Promise.resolve(7))).toBe(7);
    await expect(metrics.time('drift pass', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    metrics.count('heals');
    metrics.count('heals', 2);
    metrics.gauge('queue', 4);
    expect(metrics.snapshot()).toEqual({ durations: [{ name: 'drift pass', count: 2, failed: 1, p50Ms: 0, p95Ms: 0, maxMs: 0 }], counters: { heals: 3 }, gauges: { queue: 4 }, sumsMs: { 'drift pass': 0 } });
    expect(await metricsHandlers(metrics)['runtime.metrics']({}, { door: 'api', signal: new AbortController().signal })).toEqual({ durations: [expect.objectContaining({ count: 2 })], counters: { heals: 3 } });
  });

  it('do not grow with names that vary', () => {
    const { metrics } = measured();
    for (let index = 0; index < 2_000; index += 1) {
      metrics.observe(`work ${index}`, 1);
      metrics.count(`count ${index}`);
    }
    expect(metrics.snapshot().durations).toHaveLength(500);
    expect(Object.keys(metrics.snapshot().counters)).toHaveLength(500);
  });

  it('count each end of an operation once', () => {
    const { metrics } = measured();
    let tell: (event: SequencedEvent) => void = () => undefined;
    observeOperations(metrics, {
      on: (listener) => {
        tell = listener;
        return { dispose: () => undefined };
      },
    });
    const at = (state: Operation['state'], attempt = 1): SequencedEvent => {
      const operation = { id: 'o_1', kind: 'modes.switch', state, attempt, startedAt: '2026-01-01T00:00:00.000Z', finishedAt: state === 'running' ? null : '2026-01-01T00:00:02.000Z' };
      return { seq: 1, at: '', event: { type: 'operation.changed', operation } as unknown as BerthEvent };
    };
    for (const event of [at('running'), at('rolled-back'), at('rolled-back'), at('running', 2), at('succeeded', 2), at('cancelled', 3)]) tell(event);
    expect(metrics.snapshot()).toMatchObject({ durations: [{ name: 'operation modes.switch', count: 3, failed: 1, maxMs: 2_000 }], counters: { 'operations rolled-back': 1, 'operations succeeded': 1, 'operations cancelled': 1 } });
  });
});

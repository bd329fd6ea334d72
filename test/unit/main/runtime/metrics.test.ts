import { describe, expect, it } from 'vitest';
import { silentLogger } from '@main/platform/logger';
import { createMetrics, metricsHandlers } from '@main/runtime/metrics';
import { observeOperations } from '@main/runtime/operation-metrics';
import type { Metrics } from '@main/runtime/types';
import type { BerthEvent, SequencedEvent } from '@shared/contract/events';
import type { Operation } from '@shared/domain/operations/operation';
import { SETTINGS } from '@shared/domain/settings/settings';

function measured(): { readonly metrics: Metrics; readonly told: string[] } {
  const told: string[] = [];
  const metrics = createMetrics({
    settings: { get: (key) => SETTINGS[key].default as never },
    alerts: () => ({
      raise: (cause) => {
        told.push(`raise ${cause.code} ${cause.object}`);
        return Promise.resolve(null as never);
      },
      clear: (cause) => {
        told.push(`clear ${cause.code} ${cause.object}`);
        return Promise.resolve();
      },
    }),
    logger: silentLogger,
    monotonicMs: () => 0,
  });
  return { metrics, told };
}

describe('metrics', () => {
  it('say when background work is slow, by the limit of its kind, and when it is no more', () => {
    const { metrics, told } = measured();
    metrics.observe('status pass', 29_000);
    metrics.observe('scan mounts', 6_000);
    metrics.observe('status pass', 31_000);
    metrics.observe('api operations.wait', 600_000);
    metrics.observe('operation modes.switch', 600_000);
    metrics.observe('scan mounts', 100);
    metrics.observe('scan mounts', 100);
    expect(told).toEqual(['raise TASK-SLOW scan mounts', 'raise TASK-SLOW status pass', 'clear TASK-SLOW scan mounts']);
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
    for (const event of [at('running'), at('rolled-back'), at('rolled-back'), at('running', 2), at('succeeded', 2)]) tell(event);
    expect(metrics.snapshot()).toMatchObject({ durations: [{ name: 'operation modes.switch', count: 2, failed: 1, maxMs: 2_000 }], counters: { 'operations rolled-back': 1, 'operations succeeded': 1 } });
  });
});

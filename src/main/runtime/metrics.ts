import { addDuration, newDurationRecord, summarize, type DurationRecord } from '@shared/domain/metrics/durations';
import type { Alerts } from '@main/alerts/types';
import type { Handlers } from '@main/dispatch/types';
import type { Settings } from '@main/settings/types';
import type { Logger } from '@main/platform/types';
import type { Metrics } from './types';

/** More names than this are not remembered: a name that carries something variable must not fill the memory. */
const MAX_NAMES = 500;
/** Somebody waits for these, or asked for them: that they take long is no fault of the background. */
const NOT_BACKGROUND = ['api ', 'operation '];

export interface MetricsDependencies {
  readonly settings: Pick<Settings, 'get'>;
  /** Asked for late: alerts are themselves work that is measured. */
  readonly alerts: () => Pick<Alerts, 'raise' | 'clear'> | null;
  readonly logger: Logger;
  /** Milliseconds that never jump. */
  readonly monotonicMs: () => number;
}

/** Keeps durations, counts and gauges in memory, and says when background work takes too long. */
export function createMetrics(dependencies: MetricsDependencies): Metrics {
  const durations = new Map<string, DurationRecord>();
  const counters = new Map<string, number>();
  const gauges = new Map<string, number>();
  const slow = new Set<string>();

  function remember<T>(map: Map<string, T>, name: string, value: T): void {
    if (map.has(name) || map.size < MAX_NAMES) map.set(name, value);
  }

  function judge(name: string, durationMs: number): void {
    if (NOT_BACKGROUND.some((start) => name.startsWith(start))) return;
    const limitSeconds = dependencies.settings.get(name.startsWith('scan ') ? 'alerts.scanSeconds' : 'alerts.taskSeconds');
    const identity = { code: 'TASK-SLOW', object: name, projectId: null, service: null };
    if (durationMs > limitSeconds * 1_000) {
      slow.add(name);
      const message = `The task "${name}" took ${(durationMs / 1_000).toFixed(1)} s; more than ${limitSeconds} s is slow.`;
      tell((alerts) => alerts.raise({ ...identity, severity: 'warning', message, hint: 'Look at disks and mounts that answer slowly; the limit is a setting.' }));
    } else if (slow.delete(name)) {
      tell((alerts) => alerts.clear(identity));
    }
  }

  function tell(act: (alerts: Pick<Alerts, 'raise' | 'clear'>) => Promise<unknown>): void {
    const alerts = dependencies.alerts();
    if (alerts !== null) void act(alerts).catch((error: unknown) => dependencies.logger.error('An alert could not be told', { error }));
  }

  function observe(name: string, durationMs: number, failed = false): void {
    const record = durations.get(name) ?? newDurationRecord();
    addDuration(record, durationMs, failed);
    remember(durations, name, record);
    judge(name, durationMs);
  }

  return {
    observe,
    count(name, by = 1) {
      remember(counters, name, (counters.get(name) ?? 0) + by);
    },
    gauge(name, value) {
      remember(gauges, name, value);
    },
    snapshot() {
      const summaries = [...durations].map(([name, record]) => ({ name, ...summarize(record) })).sort((a, b) => (a.name < b.name ? -1 : 1));
      return {
        durations: summaries.map(({ sumMs: _, ...one }) => one),
        counters: Object.fromEntries(counters),
        gauges: Object.fromEntries(gauges),
        sumsMs: Object.fromEntries(summaries.map((one) => [one.name, one.sumMs])),
      };
    },
    async time(name, work) {
      const startedMs = dependencies.monotonicMs();
      try {
        const value = await work();
        observe(name, dependencies.monotonicMs() - startedMs);
        return value;
      } catch (error) {
        observe(name, dependencies.monotonicMs() - startedMs, true);
        throw error;
      }
    },
  };
}

/** The handler of `runtime.metrics`. */
export function metricsHandlers(metrics: Pick<Metrics, 'snapshot'>): Pick<Handlers, 'runtime.metrics'> {
  return {
    'runtime.metrics': () => {
      const { durations, counters } = metrics.snapshot();
      return Promise.resolve({ durations: [...durations], counters });
    },
  };
}

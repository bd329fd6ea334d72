import { BACKGROUND_LIMIT_MS, brokenRules, RUNS_LOOKED_AT, saysWorkFails, workKind, workSubject, WORK_RULES, type WorkRun } from '@shared/domain/metrics/alert-rules';
import { addDuration, newDurationRecord, summarize, type DurationRecord } from '@shared/domain/metrics/durations';
import { AppError } from '@shared/kernel/app-error';
import type { Alerts } from '@main/alerts/types';
import type { Handlers } from '@main/dispatch/types';
import { within } from '@main/platform/within';
import type { Settings } from '@main/settings/types';
import type { Logger } from '@main/platform/types';
import type { Metrics } from './types';

/** More names than this are not remembered: a name that carries something variable must not fill the memory. */
const MAX_NAMES = 500;
const CODES = [...new Set(WORK_RULES.map((rule) => rule.code))];
const LATE = Symbol('late');

export interface MetricsDependencies {
  readonly settings: Pick<Settings, 'get'>;
  /** Asked for late: alerts are themselves work that is measured. */
  readonly alerts: () => Pick<Alerts, 'raise' | 'clear'> | null;
  readonly logger: Logger;
  /** Milliseconds that never jump. */
  readonly monotonicMs: () => number;
}

/** Keeps durations, counts and gauges in memory, and says when background work takes too long or fails too often. */
export function createMetrics(dependencies: MetricsDependencies): Metrics {
  const durations = new Map<string, DurationRecord>();
  const counters = new Map<string, number>();
  const gauges = new Map<string, number>();
  const newest = new Map<string, readonly WorkRun[]>();
  /** Alerts that do not stand for sure. What an earlier process raised may stand until its work is seen again. */
  const notStanding = new Set<string>();

  function remember<T>(map: Map<string, T>, name: string, value: T): void {
    if (map.has(name) || map.size < MAX_NAMES) map.set(name, value);
  }

  function judge(name: string, run: WorkRun): void {
    if (workKind(name) === 'call') return;
    const subject = workSubject(name);
    const runs = [...(newest.get(subject) ?? []), run].slice(-RUNS_LOOKED_AT);
    remember(newest, subject, runs);
    const broken = brokenRules(name, runs, (limit) => dependencies.settings.get(limit));
    for (const code of CODES) {
      const identity = { code, object: subject, projectId: null, service: null };
      const key = `${code} ${subject}`;
      const rule = broken.find((one) => one.code === code);
      if (rule !== undefined) {
        notStanding.delete(key);
        tell((alerts) => alerts.raise({ ...identity, severity: 'warning', message: rule.message, hint: rule.hint }));
      } else if (!notStanding.has(key) && newest.has(subject)) {
        notStanding.add(key);
        tell((alerts) => alerts.clear(identity));
      }
    }
  }

  function tell(act: (alerts: Pick<Alerts, 'raise' | 'clear'>) => Promise<unknown>): void {
    const alerts = dependencies.alerts();
    if (alerts !== null) void act(alerts).catch((error: unknown) => dependencies.logger.error('An alert could not be told', { error }));
  }

  function note(name: string, run: WorkRun, judged: boolean): void {
    const record = durations.get(name) ?? newDurationRecord();
    addDuration(record, run.durationMs, run.failed);
    remember(durations, name, record);
    if (judged) judge(name, run);
  }

  async function time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedMs = dependencies.monotonicMs();
    const took = (): number => dependencies.monotonicMs() - startedMs;
    try {
      const value = await work();
      note(name, { durationMs: took(), failed: false }, true);
      return value;
    } catch (error) {
      note(name, { durationMs: took(), failed: true }, !(error instanceof AppError) || saysWorkFails(error.code));
      throw error;
    }
  }

  async function giveUpLate<T>(name: string, work: () => Promise<T>): Promise<T> {
    const value = await within<T | typeof LATE>(BACKGROUND_LIMIT_MS, work(), LATE);
    if (value !== LATE) return value;
    dependencies.logger.warn('background work was given up', { name, limitMs: BACKGROUND_LIMIT_MS });
    throw new AppError('interrupted', `The task "${name}" did not end within ${String(BACKGROUND_LIMIT_MS / 1_000)} s and was given up.`, { hint: 'Look at disks and mounts that answer slowly. It is tried again at its next time.' });
  }

  return {
    observe: (name, durationMs, failed = false) => note(name, { durationMs, failed }, true),
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
    time,
    background: (name, work) => time(name, () => giveUpLate(name, work)),
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

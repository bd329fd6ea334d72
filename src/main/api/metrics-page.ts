import { fitName, prometheusText, type MetricFamily, type MetricSample } from '@shared/domain/metrics/prometheus';
import type { Metrics } from '@main/runtime/types';

/** What is told of a component; /health tells name and state alone. */
export interface ComponentFacts {
  readonly name: string;
  readonly state: string;
  readonly counters: { readonly [name: string]: number };
}

export interface MetricsPageFacts {
  readonly version: string;
  readonly components: readonly ComponentFacts[];
  readonly process: { readonly memoryBytes: number; readonly cpuSeconds: number; readonly startedAtSeconds: number };
  readonly snapshot: ReturnType<Metrics['snapshot']> | null;
}

/** GET /metrics: what the process and its work are, for Prometheus. */
export function metricsPage(facts: MetricsPageFacts): string {
  const { process, snapshot } = facts;
  const durations = snapshot?.durations ?? [];
  return prometheusText([
    { name: 'berth_info', help: 'The version that runs; always 1.', type: 'gauge', samples: [{ labels: { version: facts.version }, value: 1 }] },
    { name: 'process_resident_memory_bytes', help: 'Resident memory of the process.', type: 'gauge', samples: [{ value: process.memoryBytes }] },
    { name: 'process_cpu_seconds_total', help: 'Processor time of the process, user and system.', type: 'counter', samples: [{ value: process.cpuSeconds }] },
    { name: 'process_start_time_seconds', help: 'When the process started, since the epoch.', type: 'gauge', samples: [{ value: process.startedAtSeconds }] },
    { name: 'berth_component_state', help: 'The state each component is in has 1.', type: 'gauge', samples: facts.components.map((one) => ({ labels: { component: one.name, state: one.state }, value: 1 })) },
    {
      name: 'berth_component_count',
      help: 'Numbers that a component keeps since its start.',
      type: 'gauge',
      samples: facts.components.flatMap((one) => Object.entries(one.counters).map(([name, value]) => ({ labels: { component: one.name, name }, value }))),
    },
    {
      name: 'berth_work_duration_seconds',
      help: 'How long work takes; the percentiles are over the newest of each kind.',
      type: 'summary',
      samples: durations.flatMap((one): MetricSample[] => [
        { labels: { work: one.name, quantile: '0.5' }, value: one.p50Ms / 1_000 },
        { labels: { work: one.name, quantile: '0.95' }, value: one.p95Ms / 1_000 },
        { suffix: '_sum', labels: { work: one.name }, value: (snapshot?.sumsMs[one.name] ?? 0) / 1_000 },
        { suffix: '_count', labels: { work: one.name }, value: one.count },
      ]),
    },
    { name: 'berth_work_duration_max_seconds', help: 'The longest of the newest of each kind of work.', type: 'gauge', samples: durations.map((one) => ({ labels: { work: one.name }, value: one.maxMs / 1_000 })) },
    { name: 'berth_work_failed_total', help: 'How often each kind of work failed.', type: 'counter', samples: durations.map((one) => ({ labels: { work: one.name }, value: one.failed })) },
    ...named(snapshot?.counters ?? {}, 'counter', '_total'),
    ...named(snapshot?.gauges ?? {}, 'gauge', ''),
  ]);
}

/** A family for each name; names that become one by being made fit share it, told apart by a label. */
function named(values: { readonly [name: string]: number }, type: 'counter' | 'gauge', suffix: string): MetricFamily[] {
  const families = new Map<string, [string, number][]>();
  for (const [name, value] of Object.entries(values)) {
    const family = fitName(`berth_${name}${suffix}`);
    families.set(family, [...(families.get(family) ?? []), [name, value]]);
  }
  return [...families].map(([name, members]) => ({
    name,
    help: type === 'counter' ? `How often: ${members.map(([one]) => one).join(', ')}.` : `Now: ${members.map(([one]) => one).join(', ')}.`,
    type,
    samples: members.map(([one, value]) => (members.length === 1 ? { value } : { labels: { name: one }, value })),
  }));
}

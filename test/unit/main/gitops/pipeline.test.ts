import { afterEach, describe, expect, it, vi } from 'vitest';
import { EVENT_FLOWS, PIPELINE_PARTS, PIPELINE_STAGES, type FlowEvent, type PipelineRun, type StageName } from '@shared/domain/gitops/pipeline/pipeline';
import { SETTINGS } from '@shared/domain/settings/settings';
import { silentLogger } from '@main/platform/logger';
import { createMetrics } from '@main/runtime/metrics';
import { Pipeline, type PipelineDependencies, type Stage } from '@main/gitops/pipeline';

interface Told {
  readonly runs: PipelineRun[];
  readonly heard: string[];
  readonly alerts: string[];
}

function pipeline(stages: { readonly [name in StageName]?: Stage } = {}, more: Partial<PipelineDependencies> = {}): Told & { readonly pipeline: Pipeline } {
  const told: Told = { runs: [], heard: [], alerts: [] };
  let ids = 0;
  let ms = 0;
  const done: Stage = () => Promise.resolve({ message: 'ok' });
  const deps: PipelineDependencies = {
    stages: Object.fromEntries(PIPELINE_STAGES.map(({ name }) => [name, stages[name] ?? done])) as PipelineDependencies['stages'],
    receivers: Object.fromEntries(PIPELINE_PARTS.map((part) => [part, (event: FlowEvent) => void told.heard.push(`${event} ${part}`)])) as unknown as PipelineDependencies['receivers'],
    publish: (run) => void told.runs.push(run),
    timed: (_name, work) => work(),
    alerts: { raise: (cause) => (told.alerts.push(cause.code), Promise.resolve({} as never)), clear: () => Promise.resolve() },
    newId: () => `c${String((ids += 1))}`,
    now: () => '2026-01-01T00:00:00Z',
    monotonicMs: () => (ms += 1),
    log: silentLogger,
    ...more,
  };
  return { ...told, pipeline: new Pipeline(deps) };
}

const change = (hash: string, path = 'a.yaml') => ({ dir: '/p', projectId: null, files: [{ path, hash }] });

describe('a changed file', () => {
  it('goes through the six stages in their order, all under one id', async () => {
    const { pipeline: one, runs } = pipeline();
    const run = await one.changed(change('1'));
    expect(run).toMatchObject({ state: 'done', correlationId: 'c1', depth: 0, files: ['a.yaml'] });
    expect(runs.flatMap((told) => told.stages.filter((stage) => stage.state === 'running').map((stage) => stage.name))).toEqual(PIPELINE_STAGES.map((stage) => stage.name));
    expect(new Set(runs.map((told) => told.correlationId))).toEqual(new Set(['c1']));
  });

  it('stops at the stage that fails, and the later ones are not begun', async () => {
    const { pipeline: one } = pipeline({ 'duplicate-detection': () => Promise.reject(new Error('no')) });
    const run = await one.changed(change('1'));
    expect(run?.stages.map((stage) => stage.state)).toEqual(['done', 'done', 'failed', 'stopped', 'stopped', 'stopped']);
    expect(run?.state).toBe('failed');
  });

  it('sets nothing off where Berth wrote these bytes, or where they were seen', async () => {
    const { pipeline: one } = pipeline();
    one.noteOwnWrite('/p/a.yaml', 'own');
    expect(await one.changed(change('own'))).toBeNull();
    expect(await one.changed(change('theirs'))).not.toBeNull();
    expect(await one.changed(change('theirs'))).toBeNull();
    expect(await one.changed({ dir: '/p', projectId: null, files: [{ path: 'a.yaml', hash: null }] })).not.toBeNull();
  });

  it('a chain that sets itself off ends after five, with an alert', async () => {
    const { pipeline: one, alerts } = pipeline();
    let cause: PipelineRun | null = await one.changed(change('0'));
    let chains = 0;
    while (cause !== null) {
      chains += 1;
      cause = await one.changed({ ...change(String(chains)), cause });
    }
    expect(chains).toBe(5);
    expect(alerts).toEqual(['GITOPS-LOOP']);
    expect(one.runs().map((run) => run.depth)).toEqual([4, 3, 2, 1, 0]);
    expect(new Set(one.runs().map((run) => run.correlationId))).toEqual(new Set(['c1']));
  });

  it('two in one folder run one after the other, in two folders side by side', async () => {
    const order: string[] = [];
    const { pipeline: one } = pipeline({
      'file-operations': async (run) => {
        order.push(`${run.dir}${run.files.join()} in`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${run.dir}${run.files.join()} out`);
        return { message: '' };
      },
    });
    await Promise.all([one.changed(change('1', 'x')), one.changed(change('2', 'y')), one.changed({ ...change('3', 'z'), dir: '/q' })]);
    expect(order.filter((line) => line.startsWith('/p'))).toEqual(['/px in', '/px out', '/py in', '/py out']);
    expect(order.indexOf('/qz in')).toBeLessThan(order.indexOf('/px out'));
  });
});

describe('events', () => {
  it.each(Object.keys(EVENT_FLOWS) as FlowEvent[])('%s reaches those the table names, in its order', async (event) => {
    const { pipeline: one, heard } = pipeline();
    await one.emit(event, { correlationId: 'c' });
    expect(heard).toEqual(EVENT_FLOWS[event].map((part) => `${event} ${part}`));
  });

  it('come from the good ends of operations, once each', async () => {
    const { pipeline: one, heard } = pipeline();
    const ended = (kind: string, id: string, result: unknown = null): Promise<void> => one.ended({ id, kind, projectId: 'p', result });
    await ended('gitops.scan', '1', { groups: [] });
    await ended('gitops.scan', '2', { groups: [{}] });
    await ended('gitops.resolve', '3');
    await ended('gitops.resolve', '3');
    await ended('gitops.save-template', '4');
    await ended('files.save', '5');
    expect(heard).toEqual(['duplicate_detected conflict_engine', 'duplicate_detected integration', 'resolution_complete integration', 'resolution_complete ui_management', 'template_updated template_engine', 'template_updated file_ops']);
  });

  it('a receiver that throws harms nobody behind it', async () => {
    const heard: string[] = [];
    const quiet = (): void => undefined;
    const { pipeline: one } = pipeline({}, { receivers: { file_ops: () => Promise.reject(new Error('no')), conflict_engine: (event) => void heard.push(event), template_engine: quiet, integration: quiet, ui_management: quiet } });
    await one.emit('file_changed', { correlationId: 'c' });
    expect(heard).toEqual(['file_changed']);
  });
});

describe('measured and limited', () => {
  afterEach(() => void vi.useRealTimers());

  /** The figures of the app over a clock that is moved by hand. */
  function measured(): { readonly timed: PipelineDependencies['timed']; readonly alerts: string[]; readonly slowest: () => readonly { readonly name: string; readonly maxMs: number; readonly failed: number }[] } {
    vi.useFakeTimers();
    const alerts: string[] = [];
    const metrics = createMetrics({
      settings: { get: (key) => SETTINGS[key].default as never },
      alerts: () => ({ raise: (cause) => (alerts.push(`${cause.code} ${cause.object}`), Promise.resolve(null as never)), clear: () => Promise.resolve() }),
      logger: silentLogger,
      monotonicMs: () => performance.now(),
    });
    return { timed: (name, work) => metrics.background(name, work), alerts, slowest: () => metrics.snapshot().durations };
  }
  const lasts = (ms: number): Stage => () => new Promise((resolve) => setTimeout(() => resolve({ message: '' }), ms));

  it('a stage that is made to last a minute is stopped at 30 s and said so, and the next change goes on', async () => {
    const { timed, alerts, slowest } = measured();
    let ms = 60_000;
    const { pipeline: one } = pipeline({ integration: (run) => lasts(ms)(run) }, { timed });
    const first = one.changed(change('1'));
    const second = one.changed(change('2'));
    await vi.advanceTimersByTimeAsync(29_000);
    ms = 10;
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await first)?.stages[4]).toMatchObject({ name: 'integration', state: 'failed', message: 'The task "gitops integration" did not end within 30 s and was given up.' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await second).toMatchObject({ state: 'done' });
    expect(alerts).toContain('TASK-SLOW gitops integration');
    expect(Math.max(...slowest().map((task) => task.maxMs))).toBeLessThanOrEqual(30_000);
  });

  it('a scan that takes more than five seconds is one alert', async () => {
    const { timed, alerts } = measured();
    const { pipeline: one } = pipeline({ 'duplicate-detection': lasts(5_500) }, { timed });
    const run = one.changed(change('1'));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await run).toMatchObject({ state: 'done' });
    expect(alerts).toEqual(['TASK-SLOW scan of a change']);
  });
});

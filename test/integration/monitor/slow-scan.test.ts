import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import { startLocalApi } from '@main/api/server';
import { wordsFor } from '@main/app/words/words';
import { createNewsroom, type News } from '@main/app/news';
import { MountMonitor } from '@main/monitor';
import type { OperationContext } from '@main/operations/types';
import { silentLogger } from '@main/platform/logger';
import type { MountLooker } from '@main/platform/mount-look';
import { systemClock } from '@main/platform/system-clock';
import { createServices, type Services } from '@main/services';
import { readPrometheus } from '../../support/prometheus-text';
import { ask } from '../api/kit';

const monotonic = systemClock.monotonic;
const PROJECT = { id: 'p_slow', name: 'slow' } as unknown as Project;
const CONTAINER = { id: 'c1', service: 'web', state: 'running', startedAt: 'now', pid: 1, mounts: [{ type: 'bind', source: '/s/web.conf', target: '/etc/web.conf', readOnly: true }] } as unknown as ObservedContainer;

let home: string;
let services: Services;
/** How long the disk takes for one look, on the clock. */
let diskMs: number;
let aheadMs: number;
let looks: number;
beforeEach(async () => {
  [diskMs, aheadMs, looks] = [0, 0, 0];
  vi.spyOn(systemClock, 'monotonic').mockImplementation(() => monotonic() + aheadMs);
  home = await mkdtemp(join(tmpdir(), 'bt-slow-'));
  services = await createServices({ home, version: '1.2.3', checkOutput: true, live: false, host: 'serve' });
  services.attachApi(() => startLocalApi({ ...services.apiParts(), version: '1.2.3' }));
  await services.start();
});
afterEach(async () => {
  await services.close();
  await rm(home, { recursive: true, force: true });
  vi.restoreAllMocks();
});

/** A disk whose every look moves the clock. */
const slowDisk: MountLooker = {
  look(paths) {
    looks += 1;
    aheadMs += diskMs;
    return Promise.resolve(new Map(paths.map((path) => [path, { state: 'ok' as const, kind: 'file' as const, identity: '1', latencyMs: diskMs }])));
  },
  held: () => Promise.resolve(new Map()),
};

function mountMonitor(): MountMonitor {
  const { alerts, metrics } = services.apiParts();
  const seen = { project: PROJECT, containers: [CONTAINER] };
  return new MountMonitor({
    looker: slowDisk,
    observations: () => new Map([[PROJECT.id, seen]]),
    observe: () => Promise.resolve(seen),
    engineIsLocal: () => true,
    alerts,
    publish: (event) => services.events.publish(event),
    everySeconds: () => 0.01,
    timed: (work) => metrics.background('mounts pass', work),
    clock: systemClock,
    log: silentLogger,
  });
}

const list = async (type: string): Promise<OutputOf<'events.list'>> => {
  const answer = await services.dispatcher.call('events.list', { type, limit: 1_000 }, { door: 'cli', signal: new AbortController().signal });
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value as OutputOf<'events.list'>;
};

/** What /metrics says on the socket now: the value of one sample. */
async function metricOf(family: string, labels: { readonly [name: string]: string } = {}, suffix = ''): Promise<number | undefined> {
  const { text } = await ask({ socketPath: services.apiParts().socketPath }, 'GET', '/metrics');
  const wanted = JSON.stringify(labels);
  return readPrometheus(text).get(family)?.samples.find((one) => one.name === family + suffix && JSON.stringify(one.labels) === wanted)?.value;
}

const passes = (more: number): Promise<void> => {
  const until = looks + more;
  return vi.waitFor(() => expect(looks).toBeGreaterThanOrEqual(until), { timeout: 10_000, interval: 5 });
};

it('a disk that makes one pass take longer than five seconds is one alert, told once and taken back by the next quick pass', async () => {
  const newsroom = createNewsroom(() => 'failures', () => wordsFor('en', []));
  const news: News[] = [];
  services.events.on(({ event }) => news.push(...newsroom.newsOf(event)));
  const monitor = mountMonitor();
  diskMs = 6_000;
  await monitor.start();
  await passes(3);
  await vi.waitFor(async () => expect(await list('alert.raised')).toHaveLength(1), { timeout: 5_000 });
  await passes(3);
  expect(await list('alert')).toEqual([expect.objectContaining({ type: 'alert.raised', severity: 'warning', message: 'The task "mounts pass" took 6.0 s; more than 5 s is slow.' })]);
  expect(services.apiParts().alerts.list()).toMatchObject([{ code: 'TASK-SLOW', projectId: null }]);

  diskMs = 1;
  await vi.waitFor(() => expect(services.apiParts().alerts.list()).toEqual([]), { timeout: 5_000 });
  await monitor.stop();
  expect((await list('alert')).map((one) => one.type)).toEqual(['alert.cleared', 'alert.raised']);
  services.events.flush();
  expect(news.map((one) => one.title)).toEqual(['The task "mounts pass" took 6.0 s; more than 5 s is slow.']);

  expect(await metricOf('berth_work_duration_seconds', { work: 'mounts pass' }, '_count')).toBe(looks);
  expect(await metricOf('berth_work_duration_max_seconds', { work: 'mounts pass' })).toBeGreaterThanOrEqual(6);
  expect(await metricOf('berth_work_failed_total', { work: 'mounts pass' })).toBe(0);
});

it('/metrics and the event log count the same operations; most of them failing is one alert', async () => {
  services.operations.register({
    kind: 'toy.run',
    key: (input) => String(input['number']),
    title: (input) => `Toy ${String(input['number'])}`,
    projectId: () => null,
    run: (context: OperationContext, input) => {
      context.progress({ step: 1, of: 1, message: 'At work' });
      return input['fails'] === true ? Promise.reject(new AppError('blocked', 'It failed.')) : Promise.resolve(null);
    },
    rollback: () => Promise.resolve(),
    finish: () => Promise.resolve(null),
  });
  const outcomes = [false, true, false, true, true, true, true, true];
  for (const [number, fails] of outcomes.entries()) await services.operations.wait((await services.operations.enqueue('toy.run', { number, fails })).id, 10_000);
  await vi.waitFor(async () => expect(await list('operation.ended')).toHaveLength(outcomes.length), { timeout: 5_000 });

  const ended = await list('operation.ended');
  const inState = (state: string): number => ended.filter((one) => one.data['state'] === state).length;
  expect([inState('succeeded'), inState('failed')]).toEqual([2, 6]);
  expect(await metricOf('berth_operations_succeeded_total')).toBe(inState('succeeded'));
  expect(await metricOf('berth_operations_failed_total')).toBe(inState('failed'));
  expect(await metricOf('berth_work_duration_seconds', { work: 'operation toy.run' }, '_count')).toBe((await list('operation.started')).length);
  expect(await metricOf('berth_work_failed_total', { work: 'operation toy.run' })).toBe(inState('failed'));
  expect(await list('alert')).toEqual([expect.objectContaining({ type: 'alert.raised', message: expect.stringMatching(/^Of the last \d operations, \d failed\.$/) as string })]);
});

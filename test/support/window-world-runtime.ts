import type { OutputOf } from '@shared/contract/contract';
import type { BerthEvent } from '@shared/contract/events';
import { AppError } from '@shared/kernel/app-error';

/** What stands behind the background work of a world: runtime, events, drift, alerts, use of resources, disk. */
export interface BackgroundOptions {
  readonly projectId: string;
  readonly dir: string;
  readonly services: readonly string[];
  /** True: alerts, drift, a mount that is gone, a component that is paused. */
  readonly troubled: boolean;
  readonly mark: string;
  readonly publish: (event: BerthEvent) => void;
}

type Handler = (input: never, call: { readonly signal: AbortSignal }, push: (item: unknown) => void) => Promise<unknown>;

const MIB = 1_048_576;
const GIB = 1024 * MIB;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const MINUTE = 60_000;

/** Handlers for everything of the contract that only reads or keeps Berth's own records. */
export function backgroundHandlers(options: BackgroundOptions): { readonly [name: string]: Handler } {
  const { projectId, publish } = options;
  const paused = new Set<string>(options.troubled ? ['drift-reconciler'] : []);
  let tcp = options.troubled;
  let drifts = options.troubled ? driftsOf(options) : [];
  let alerts = options.troubled ? alertsOf(options) : [];
  let policies: OutputOf<'drift.policies'> = { project: 'notify', services: { api: 'heal' } };
  let preset: 'current' | 'combined' | 'none' | 'custom' = 'current';
  let seq = 400;
  const log = logOf(options);
  const runtime = (): OutputOf<'runtime.status'> => runtimeOf(paused, tcp);

  function append(type: string, message: string): void {
    const entry: OutputOf<'events.list'>[number] = { seq: (seq += 1), at: new Date().toISOString(), type, severity: 'info', projectId: null, service: null, correlationId: null, message, data: {} };
    log.unshift(entry);
    publish({ type: 'log.appended', entries: [entry] });
  }

  function turn(component: string, off: boolean): OutputOf<'runtime.status'> {
    if (off) paused.add(component);
    else paused.delete(component);
    append(off ? 'component.paused' : 'component.resumed', `${component} was ${off ? 'paused' : 'resumed'}`);
    publish({ type: 'runtime.changed', runtime: runtime() });
    return runtime();
  }

  const handlers: { readonly [name: string]: (input: never, call: { readonly signal: AbortSignal }, push: (item: unknown) => void) => Promise<unknown> } = {
    'runtime.status': async () => runtime(),
    'runtime.metrics': async () => metrics(),
    'runtime.pause': async (input: { component: string }) => turn(input.component, true),
    'runtime.resume': async (input: { component: string }) => turn(input.component, false),
    'events.list': async (input: { severity?: 'info' | 'warning' | 'error'; type?: string; service?: string; text?: string; before?: number; limit: number }) => {
      const rank = { info: 0, warning: 1, error: 2 };
      return log
        .filter((entry) => rank[entry.severity] >= rank[input.severity ?? 'info'] && (input.type === undefined || entry.type.startsWith(input.type)) && (input.service === undefined || entry.service === input.service) && (input.text === undefined || entry.message.toLowerCase().includes(input.text.toLowerCase())) && (input.before === undefined || entry.seq < input.before))
        .slice(0, input.limit);
    },
    'drift.list': async () => drifts,
    'drift.policies': async () => policies,
    'drift.policy': async (input: { policy: 'notify' | 'ask' | 'heal' | 'project'; service?: string }) => {
      const { [input.service ?? '']: _old, ...services } = policies.services;
      if (input.service === undefined) policies = { ...policies, project: input.policy === 'project' ? policies.project : input.policy };
      else policies = { ...policies, services: input.policy === 'project' ? services : { ...services, [input.service]: input.policy } };
      return policies;
    },
    'drift.accept': async (input: { drift: string }) => {
      drifts = drifts.filter((drift) => drift.id !== input.drift);
      publish({ type: 'drift.changed', projectId, drifts });
      return drifts;
    },
    'alerts.list': async () => alerts,
    'alerts.dismiss': async (input: { id: string }) => {
      alerts = alerts.filter((alert) => alert.id !== input.id);
      publish({ type: 'alerts.changed', alerts });
      return alerts;
    },
    'stats.show': async () => statsAt(options, 0),
    'stats.history': async (input: { service?: string; points: number }) => history(options, input.service, input.points),
    'stats.watch': async (_input: never, call, push) => {
      for (let turnBack = 29; turnBack >= 0; turnBack -= 1) push(statsAt(options, turnBack));
      await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve(), { once: true }));
    },
    'mounts.show': async () => mountsOf(options),
    'disk.show': async () => diskUse(),
    'services.presets': async () => ({ current: presetOf(preset), presets: [presetOf('current'), presetOf('combined'), presetOf('none')] }),
    'operations.preview': async (input: { name: string; input: { preset?: string; service?: string } }) => {
      if (input.name.startsWith('compose.') || input.name === 'scripts.install') return { ...PLAN, title: input.name };
      if (input.name !== 'services.resources') throw new AppError('input-invalid', 'Only structural operations have a plan.');
      return PLAN;
    },
    'api.rotate-token': async () => ({ tokenFile: '/home/ada/.local/state/berth/api-token' }),
    // What the settings say of the local API, told by the world.
    'world.tcp': async (enabled: boolean) => {
      tcp = enabled;
      publish({ type: 'runtime.changed', runtime: runtime() });
    },
    // What an operation of this world did, told by the world once it has ended.
    'world.ended': async (input: { kind: string; input: { drifts?: readonly string[]; preset?: 'current' | 'combined' | 'none' } }) => {
      if (input.kind === 'drift.heal') {
        const ids = input.input.drifts ?? [];
        drifts = drifts.filter((drift) => ids.length > 0 && !ids.includes(drift.id));
        publish({ type: 'drift.changed', projectId, drifts });
      }
      if (input.kind === 'services.resources') preset = input.input.preset ?? preset;
    },
  };
  return handlers as { readonly [name: string]: Handler };
}

/** The plan document of giving a service a preset. */
export const PLAN: OutputOf<'operations.preview'> = {
  title: 'Give api the preset combined',
  document: ['# Give api the preset combined', '', '## Steps', '', '1. Back up `docker-compose.dev.yml` to `backup_before_resources/`.', '2. Set the limits and reservations of `api`.', '3. Recreate `api`, since it runs.', '', '## Files', '', '- Must change: `docker-compose.dev.yml`', '', '```diff', '--- docker-compose.dev.yml', '+++ docker-compose.dev.yml', '@@ -9,6 +9,14 @@', '   api:', '     build: ./api', '+    deploy:', '+      resources:', '+        limits:', "+          cpus: '2'", '+          memory: 2048M', '```', '', '## Risks', '', '- `api` is away while it is recreated.', '', '## Taking it back', '', '- Undo puts the file back as it was.'].join('\n'),
  files: [{ path: 'docker-compose.dev.yml', change: 'change' }],
};

function runtimeOf(paused: ReadonlySet<string>, tcp: boolean): OutputOf<'runtime.status'> {
  const component = (name: OutputOf<'runtime.status'>['components'][number]['name'], tickMs: number, counters: { readonly [name: string]: number }, detail: string): OutputOf<'runtime.status'>['components'][number] => ({
    name,
    state: paused.has(name) ? 'paused' : 'running',
    pid: 4_312,
    startedAt: ago(131 * MINUTE),
    lastTickAt: ago(tickMs),
    counters: { ...counters },
    detail: paused.has(name) ? 'Paused by you.' : detail,
  });
  const steps = [['store', 41, '1 writer'], ['engine', 22, 'Docker 27.3.1'], ['events', 6, 'connected'], ['api', 9, 'socket open'], ['worker', 14, 'nothing to recover'], ['reconcilers', 88, '6 services looked at'], ['scheduler', 1, '2 schedules']] as const;
  return {
    pid: 4_312,
    workerId: 1,
    version: '0.1.0',
    host: 'app',
    startedAt: ago(131 * MINUTE),
    memoryBytes: 142 * MIB,
    cpuShare: 0.006,
    components: [
      component('api-server', 900, { calls: 4_120, streams: 2, refused: 0 }, 'Answers on the socket.'),
      component('operation-worker', 131 * MINUTE, { queued: 0, running: 0, succeeded: 14, failed: 1 }, 'Nothing to do.'),
      component('status-reconciler', 4_200, { passes: 786, corrections: 2, events: 1_204 }, 'Looks again in 6 s.'),
      component('drift-reconciler', 12_000, { passes: 262, drifts: 3, heals: 1 }, 'Looks again in 18 s.'),
    ],
    lifespan: steps.map(([name, tookMs, detail], index) => ({ step: index + 1, name, ok: true, tookMs, detail })),
    api: { socket: '/run/user/1000/berth/berth.sock', tcp: { enabled: tcp, url: tcp ? 'http://127.0.0.1:8000' : null, tokenFile: '/home/ada/.local/state/berth/api-token' } },
  };
}

function metrics(): OutputOf<'runtime.metrics'> {
  return {
    durations: [
      { name: 'operation modes.switch', count: 14, failed: 1, p50Ms: 2_380, p95Ms: 48_200, maxMs: 61_400 },
      { name: 'status pass', count: 786, failed: 0, p50Ms: 31, p95Ms: 88, maxMs: 402 },
      { name: 'drift pass', count: 262, failed: 0, p50Ms: 54, p95Ms: 120, maxMs: 610 },
      { name: 'checks', count: 41, failed: 0, p50Ms: 210, p95Ms: 640, maxMs: 902 },
    ],
    counters: {},
  };
}

function driftsOf({ projectId, mark }: BackgroundOptions): OutputOf<'drift.list'> {
  const drift = { projectId, policy: 'notify' as const, operationId: null, nextTryAt: null, since: ago(4 * MINUTE) };
  return [
    { ...drift, id: 'd_memory', service: 'api', field: `memory${mark}`, desired: '512 MiB', actual: '256 MiB', cause: 'intent', why: 'Changed with docker update 4 minutes ago.', state: 'open' },
    { ...drift, id: 'd_image', service: 'api', field: 'image', desired: 'shop-api:berth-dev', actual: 'shop-api:latest', cause: 'intent', why: 'The container was made anew by docker compose.', state: 'open' },
    { ...drift, id: 'd_state', service: 'worker', field: 'state', desired: 'running', actual: 'exited (137)', cause: 'crash', why: 'It was killed for using too much memory, 5 times in 10 minutes.', state: 'gave-up' },
  ];
}

function alertsOf({ projectId, dir, mark }: BackgroundOptions): OutputOf<'alerts.list'> {
  const alert = { projectId, clearedAt: null, dismissed: false };
  return [
    { ...alert, id: 'a_loop', code: 'CRASH-LOOP', severity: 'error', service: 'worker', message: `worker crashed 5 times in 10 minutes and is not started again.${mark}`, hint: 'Look at its log, then start it.', raisedAt: ago(3 * MINUTE), count: 1 },
    { ...alert, id: 'a_mount', code: 'MOUNT-GONE', severity: 'warning', service: 'web', message: `The folder ${dir}/web/public is gone; web still holds the old one.`, hint: 'Put it back, then restart web.', raisedAt: ago(9 * MINUTE), count: 3 },
    { ...alert, id: 'a_slow', code: 'TASK-SLOW', severity: 'info', service: null, message: 'The check of dev took 41 s.', hint: 'Large build contexts make it slow.', raisedAt: ago(50 * MINUTE), count: 2 },
  ];
}

const LEVELS: { readonly [service: string]: readonly [number, number] } = { api: [0.12, 182], cache: [0.004, 11], postgres: [0.03, 96], search: [0.34, 812], web: [0.06, 240], worker: [0.02, 64] };

function wave(seed: number, at: number): number {
  return 1 + 0.35 * Math.sin(at / 3 + seed) + 0.2 * Math.sin(at * 1.7 + seed * 3);
}

function statsAt({ projectId, services }: BackgroundOptions, back: number): OutputOf<'stats.show'> {
  const at = ago(back * 2_000);
  const samples = services.map((service, index) => {
    const [cpu, memory] = LEVELS[service.replace(/<.*$/s, '')] ?? [0.05, 80];
    return { service, at, cpu: cpu * wave(index, back), memoryBytes: Math.round(memory * MIB * (0.9 + wave(index, back / 4) / 10)), memoryLimitBytes: service === 'search' ? GIB : 0, networkReceivedBytes: 4_000_000, networkSentBytes: 9_000_000, blockReadBytes: 12 * MIB, blockWrittenBytes: 3 * MIB, processes: 4 + index, restarts: 0 };
  });
  const sum = (pick: (sample: (typeof samples)[number]) => number): number => samples.reduce((total, sample) => total + pick(sample), 0);
  return { projectId, at, services: samples, total: { cpu: sum((one) => one.cpu), memoryBytes: sum((one) => one.memoryBytes), networkReceivedBytes: sum((one) => one.networkReceivedBytes), networkSentBytes: sum((one) => one.networkSentBytes), blockReadBytes: sum((one) => one.blockReadBytes), blockWrittenBytes: sum((one) => one.blockWrittenBytes), processes: sum((one) => one.processes) } };
}

function history({ services }: BackgroundOptions, service: string | undefined, points: number): OutputOf<'stats.history'> {
  const day = 24 * 60 * MINUTE;
  const to = Date.now();
  return {
    fromAt: new Date(to - day).toISOString(),
    toAt: new Date(to).toISOString(),
    series: services
      .filter((one) => service === undefined || one === service)
      .map((one, index) => {
        const [cpu, memory] = LEVELS[one.replace(/<.*$/s, '')] ?? [0.05, 80];
        const at = Array.from({ length: points }, (_, point) => to - day + ((point + 1) * day) / points);
        // The machine slept for two hours in the night.
        const asleep = (point: number): boolean => point > points * 0.4 && point < points * 0.48;
        const of = (value: (point: number) => number): (number | null)[] => at.map((_, point) => (asleep(point) ? null : value(point)));
        return {
          service: one,
          at,
          cpu: of((point) => cpu * wave(index, point / 6) * (point % 61 === 60 ? 3 : 1)),
          memoryBytes: of((point) => memory * MIB * (0.8 + 0.3 * ((point % 120) / 120))),
          networkBytesPerSecond: of((point) => 48_000 * wave(index + 1, point / 9)),
          blockBytesPerSecond: of((point) => (point % 40 < 4 ? 2.4 * MIB : 12_000)),
          health: [
            { at: new Date(to - day).toISOString(), state: 'running', health: 'healthy' },
            { at: new Date(to - day * 0.31).toISOString(), state: 'running', health: 'unhealthy' },
            { at: new Date(to - day * 0.28).toISOString(), state: 'running', health: 'starting' },
            { at: new Date(to - day * 0.27).toISOString(), state: 'running', health: 'healthy' },
          ],
        };
      }),
  };
}

function mountsOf({ dir, troubled }: BackgroundOptions): OutputOf<'mounts.show'> {
  const mount = (path: string, service: string, gone = false): OutputOf<'mounts.show'>[number] => ({ source: `${dir}/${path}`, services: [{ service, target: `/app/${path}`, readOnly: false }], kind: 'folder', state: gone ? 'missing' : 'ok', latencyMs: 0.2, checkedAt: ago(2_000), since: ago(9 * MINUTE), message: gone ? 'nothing is at this path any more' : '' });
  return [mount('api/src', 'api'), mount('web/src', 'web'), mount('web/public', 'web', troubled)];
}

function diskUse(): OutputOf<'disk.show'> {
  const item = (id: string, kind: OutputOf<'disk.show'>['items'][number]['kind'], name: string, mib: number, days: number, why: string): OutputOf<'disk.show'>['items'][number] => ({ id, kind, name, sizeBytes: mib * MIB, createdAt: ago(days * 24 * 60 * MINUTE), why, removable: why !== '' });
  const items = [
    item('image:1', 'image', 'shop-api:berth-dev', 412, 1, ''),
    item('image:2', 'image', 'shop-api:berth-prod-old', 398, 12, 'No container uses it and a newer build has its name.'),
    item('image:3', 'image', 'node:20-slim', 236, 40, 'No container and no kept image is made of it.'),
    item('image:4', 'image', '<none> e7e7e7e7e7e7', 188, 6, 'It has no name any more.'),
    item('volume:1', 'volume', 'postgres_data', 1_240, 90, ''),
    item('volume:2', 'volume', 'old-shop_postgres_data', 640, 200, 'No container mounts it.'),
    item('cache:1', 'build-cache', 'RUN npm ci --omit=dev', 310, 2, 'No image needs it; the next build is slower.'),
    item('container:1', 'container', 'tmp_migrate_1', 4, 8, 'It ended 8 days ago.'),
  ];
  const sum = (kind: string): { count: number; sizeBytes: number; reclaimableBytes: number } => {
    const of = items.filter((one) => one.kind === kind);
    return { count: of.length, sizeBytes: of.reduce((total, one) => total + one.sizeBytes, 0), reclaimableBytes: of.filter((one) => one.removable).reduce((total, one) => total + one.sizeBytes, 0) };
  };
  return { at: ago(0), images: sum('image'), volumes: sum('volume'), buildCache: sum('build-cache'), containers: sum('container'), items };
}

function presetOf(name: 'current' | 'combined' | 'none' | 'custom'): OutputOf<'services.presets'>['current'] {
  if (name === 'current') return { name, reservedCpus: 0.5, reservedMemoryBytes: 512 * MIB, cpus: 1, memoryBytes: GIB, notice: '' };
  if (name === 'combined') return { name, reservedCpus: 1, reservedMemoryBytes: GIB, cpus: 2, memoryBytes: 1_843 * MIB, notice: 'Combined asks for 2,048 MiB; this machine has room for 1,843 MiB, so that is used.' };
  return { name, reservedCpus: 0, reservedMemoryBytes: 0, cpus: 0, memoryBytes: 0, notice: '' };
}

function logOf({ projectId, troubled, mark }: BackgroundOptions): OutputOf<'events.list'> {
  const kinds = [
    ['service.state', 'info', 'api', 'api is healthy'],
    ['container.start', 'info', 'api', 'Container shop-api-1 started'],
    ['container.die', 'warning', 'worker', 'Container shop-worker-1 ended with 137'],
    ['operation.ended', 'info', null, 'Switch shop to dev: done in 2.4 s'],
    ['drift.found', 'warning', 'api', 'api drifted: memory 512 MiB → 256 MiB'],
    ['engine.connected', 'info', null, 'Docker 27.3.1 answers'],
    ['operation.ended', 'error', 'search', 'Switch shop to prod: search never became healthy'],
  ] as const;
  const usual = kinds.filter(([, severity]) => troubled || severity === 'info');
  return Array.from({ length: 400 }, (_, index) => {
    const [type, severity, service, message] = usual[index % usual.length] ?? kinds[0];
    return { seq: 400 - index, at: ago(index * 47_000), type, severity, projectId, service, correlationId: null, message: message + mark, data: {} };
  });
}

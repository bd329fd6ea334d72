import type { SequencedEvent } from '@shared/contract/events';
import { areaStates } from '@shared/domain/findings/areas';
import { finding, type Finding } from '@shared/domain/findings/finding';
import type { Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { contractHandlers } from '@main/dispatch';
import { dispatcherOver } from '@main/dispatch/dispatcher';
import { contract } from '@shared/contract/contract';
import type { AppServices } from '@main/app/app-services';
import { createEventStream } from '@main/operations/event-stream';
import { BLANK, cleaned, history, PROJECT_ID, stepsOf } from './window-world-history';
import { logsOf } from './window-world-logs';
import { otherProjects } from './window-world-projects';
import { keepingHandlers } from './window-world-keeping';
import { machineHandlers } from './window-world-machine';
import { checksHandlers, resultOf } from './window-world-checks';
import { backgroundHandlers, PLAN } from './window-world-runtime';
import { filesWorld } from './window-world-files';
import { gitopsWorld } from './window-world-gitops';
import { CHANGES, storageWorld, type StorageState } from './window-world-storage';
import { serviceHandlers, type WorldService } from './window-world-services';
import { snapshotsWorld, type SnapshotsState } from './window-world-snapshots';
import { WORKSPACE_CHANGES, workspacesWorld, type WorkspacesState } from './window-world-workspaces';

/**
 * A world in memory behind the real window, preload, door and contract: for the states of the pages that a real engine
 * shows only when something is broken. Every answer is checked against the contract.
 */
export type WorldName = 'running' | 'several' | 'no-engine' | 'first-run' | 'untrusted' | 'blocked' | 'failed' | 'switching' | 'one-mode' | 'stopped' | 'hostile' | 'chatty' | 'troubled' | 'store-broken' | 'storage-new' | 'storage-troubled' | 'storage-impossible' | 'storage-broken' | 'storage-no-image' | 'workspaces-new' | 'workspaces-halted' | 'workspaces-offline' | 'workspaces-broken' | 'snapshots-new' | 'snapshots-damaged' | 'snapshots-broken';

/** How storage stands in a world; everywhere else it is set up and runs. */
const STORAGE: { readonly [W in WorldName]?: StorageState } = { 'first-run': 'new', 'storage-new': 'new', 'storage-troubled': 'troubled', hostile: 'troubled', 'storage-impossible': 'impossible', 'storage-broken': 'broken', 'storage-no-image': 'no-image' };

/** How workspaces stand in a world; everywhere else they are in step and run. */
const WORKSPACES: { readonly [W in WorldName]?: WorkspacesState } = { 'first-run': 'new', 'storage-new': 'new', 'workspaces-new': 'new', 'workspaces-halted': 'halted', hostile: 'halted', 'workspaces-offline': 'offline', 'workspaces-broken': 'broken' };

/** How snapshots stand in a world; everywhere else there are some of two weeks. */
const SNAPSHOTS: { readonly [W in WorldName]?: SnapshotsState } = { 'first-run': 'new', 'snapshots-new': 'new', 'snapshots-damaged': 'damaged', hostile: 'damaged', 'snapshots-broken': 'broken' };

const HOUR = 3_600_000;
const DIR = '/home/ada/projects/shop';
const ID = PROJECT_ID;

interface FakeService {
  readonly name: string;
  readonly ports: readonly number[];
  readonly binds: readonly string[];
  readonly volume?: string;
}

const SERVICES: readonly FakeService[] = [
  { name: 'api', ports: [8000], binds: ['api/src', 'shared'] },
  { name: 'cache', ports: [], binds: [] },
  { name: 'postgres', ports: [5432], binds: [], volume: 'postgres_data' },
  { name: 'search', ports: [9200], binds: ['search/config'], volume: 'search_index' },
  { name: 'web', ports: [3000, 3001], binds: ['web/src', 'web/public', 'shared'] },
  { name: 'worker', ports: [], binds: ['worker/src', 'shared'] },
];

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** Builds the world; `started` in it is relative to now, so that times read well on pictures. */
export function createWorld(name: WorldName): AppServices {
  const events = createEventStream(clock);
  const evil = name === 'hostile';
  const mark = evil ? '<img src=x onerror="window.__ran=1"><script>window.__ran=1</script>\u202E\u0007' : '';
  let mode: string | null = name === 'first-run' || name === 'stopped' || name === 'untrusted' ? null : name === 'one-mode' ? 'default' : 'dev';
  let connected = name !== 'no-engine';
  let trusted = name !== 'untrusted' && name !== 'storage-no-image';
  let opened = name !== 'first-run';
  let stopped = false;
  const startedAt = new Date(Date.now() - 2.2 * HOUR).toISOString();
  const operations: Operation[] = name === 'first-run' ? [] : history(name === 'failed');

  const project = (): JsonObject => ({
    id: ID,
    name: `shop${mark}`,
    dir: DIR,
    modes: name === 'one-mode' ? [modeOf('default', 'compose.yaml')] : [modeOf('dev', 'docker-compose.dev.yml'), modeOf('prod', 'docker-compose.clean.yml')],
    activeMode: mode,
    trusted,
    trustQuestions: trusted ? [] : trustQuestions(),
  });
  const others = otherProjects(name === 'several');
  let closed = false;
  const projects = (): JsonObject[] => [...(opened && !closed ? [project()] : []), ...others.open()];
  const background = backgroundHandlers({ projectId: ID, dir: DIR, services: SERVICES.map((service) => service.name), troubled: name === 'troubled' || evil, mark, publish: (event) => events.publish(event) });
  const keeping = keepingHandlers({ projectId: ID, clock, logger: silent, filled: name === 'troubled', failing: name === 'store-broken', publish: (event) => events.publish(event), onTcp: (enabled) => void background['world.tcp']?.(enabled as never, { signal: new AbortController().signal }, () => undefined) });
  const troubled = name === 'blocked' || name === 'failed' || evil;
  const checks = checksHandlers({ dir: DIR, services: SERVICES, troubled, mode: () => mode, healthOf: (service) => ({ state: mode === null ? 'absent' : stopped ? 'exited' : 'running', health: mode === null || stopped ? 'none' : name === 'failed' && service === 'search' ? 'unhealthy' : 'healthy' }), mark, measured: () => events.publish({ type: 'volumes.measured' }) });
  const ended = (operation: Operation): void => void background['world.ended']?.({ kind: operation.kind, input: operation.input } as never, { signal: new AbortController().signal }, () => undefined);
  const storage = storageWorld({ dir: DIR, state: STORAGE[name] ?? 'set-up', mark, preview: background['operations.preview'] as never });
  const workspaces = workspacesWorld({ dir: DIR, state: WORKSPACES[name] ?? 'set-up', mark, preview: storage.handlers['operations.preview'] });
  const snapshots = snapshotsWorld({ projectId: ID, dir: DIR, state: SNAPSHOTS[name] ?? 'set-up', mark, publish: (status) => events.publish({ type: 'snapshots.changed', projectId: ID, snapshots: status }) });
  const files = filesWorld({ dir: DIR, mark, broken: name === 'store-broken' });
  const gitops = gitopsWorld({ dir: DIR, mark, empty: name === 'storage-new', preview: workspaces.handlers['operations.preview'] });
  // For tests: somebody else saves a file.
  Object.assign(globalThis, { berthWorld: { writeFile: (path: string, text: string): void => {
    files.write(path, text);
    events.publish({ type: 'files.changed', projectId: ID, files: [`${DIR}/${path}`] });
  } } });
  const services = (): JsonObject => {
    const up = mode !== null && !stopped;
    const troubled = name === 'failed';
    return {
      mode,
      health: mode === null ? 'empty' : stopped ? 'stopped' : troubled ? 'degraded' : 'healthy',
      summary: mode === null ? 'Nothing of this project exists yet' : stopped ? 'Nothing runs' : troubled ? '5 of 6 services run in dev: search is unhealthy' : `6 services run${mode === 'default' ? '' : ` in ${mode}`}, all healthy`,
      services: SERVICES.map((service, index) => ({
        name: service.name + (index === 0 ? mark : ''),
        state: mode === null ? 'absent' : up ? 'running' : 'exited',
        health: !up ? 'none' : troubled && service.name === 'search' ? 'unhealthy' : 'healthy',
        containerIds: mode === null ? [] : [`${service.name}0123456789abcdef`.replace(/[^0-9a-f]/g, 'e').padEnd(64, '7')],
        image: `shop-${service.name}:berth-${mode ?? 'dev'}${mark}`,
        ports: up ? service.ports.map((port) => ({ hostIp: '127.0.0.1', hostPort: port, containerPort: port, protocol: 'tcp' })) : [],
        mounts: mode === null ? [] : [
          ...(mode === 'prod' ? [] : service.binds.map((bind) => ({ type: 'bind', source: `${DIR}/${bind}`, target: `/app/${bind}`, readOnly: bind === 'shared' }))),
          ...(service.volume === undefined ? [] : [{ type: 'volume', source: service.volume, target: '/var/lib/data', readOnly: false }]),
        ],
        startedAt: up ? startedAt : null,
        restarts: troubled && service.name === 'search' ? 4 : 0,
        exitCode: mode !== null && stopped ? 0 : null,
        mode,
        orphan: false,
      })),
    };
  };

  const findingsOf = (of: string): readonly Finding[] => {
    if (name !== 'blocked' && name !== 'failed' && !evil) return [];
    return [
      ...(of === 'prod' && name !== 'failed'
        ? [
            finding({ object: 'port', code: 'PORT_TAKEN', severity: 'error', service: 'api', where: { file: `${DIR}/docker-compose.clean.yml`, line: 14, column: 9 }, message: `Port 8000 is taken by node (pid 4121).${mark}`, why: 'Two programs cannot listen on one port, so api would not start.', fixes: [{ id: 'fix-port-8001', title: 'Use port 8001' }] }),
            finding({ object: 'dockerfile', code: 'DOCKERFILE_MISSING', severity: 'error', service: 'worker', where: { file: `${DIR}/docker-compose.clean.yml`, line: 41, column: 7 }, message: 'The Dockerfile worker/Dockerfile.prod does not exist.', why: 'The image of worker cannot be built without it.', fixes: [] }),
          ]
        : []),
      finding({ object: 'whole', code: 'BIND_WHOLE_PROJECT', severity: 'warning', service: 'web', where: { file: `${DIR}/docker-compose.dev.yml`, line: 27, column: 9 }, message: 'The whole project folder is mounted into web.', why: 'Everything in it, secrets included, can be read and changed from the container.', fixes: [{ id: 'fix-bind-src', title: 'Mount only ./web/src' }] }),
      finding({ object: 'loop', code: 'PORT_NOT_LOOPBACK', severity: 'info', service: 'postgres', where: { file: `${DIR}/docker-compose.dev.yml`, line: 52, column: 9 }, message: 'Port 5432 is open to the whole network.', why: 'Other machines in the same network can reach postgres.', fixes: [{ id: 'fix-loopback', title: 'Bind to 127.0.0.1' }] }),
    ];
  };

  const plan = (to: string): JsonObject => ({
    id: `plan-${to}-${mode ?? 'none'}`,
    projectId: ID,
    projectName: 'shop',
    mode: to,
    from: mode,
    changes: SERVICES.map((service) => {
      const same = service.binds.length === 0 && mode !== null;
      return {
        service: service.name,
        number: 1,
        action: mode === null ? 'create' : same ? 'keep' : 'recreate',
        reasons: mode === null ? ['nothing runs yet'] : same ? [] : ['image changes', `${service.binds.length} ${service.binds.length === 1 ? 'mount' : 'mounts'} change`, ...(service.name === 'api' ? ['1 variable changes'] : [])],
        differences: mode === null || same ? [] : [
          { field: 'image', from: `shop-${service.name}:berth-${mode}`, to: `shop-${service.name}:berth-${to}` },
          ...service.binds.map((bind) => ({ field: `mount /app/${bind}`, from: `./${bind} (bind)`, to: '' })),
          ...(service.name === 'api' ? [{ field: 'environment NODE_ENV', from: 'development', to: 'production' }] : []),
        ],
        containerId: undefined,
        strategy: 'stop-first',
        build: same ? 'none' : 'build',
      };
    }) as unknown as Json,
    volumesKept: ['postgres_data', 'search_index'],
    volumesCreated: [],
    networksCreated: mode === null ? ['shop_default'] : [],
    networksRemoved: [],
    findings: findingsOf(to) as unknown as Json,
    mustAsk: !trusted || findingsOf(to).some((one) => one.severity === 'error'),
    trustQuestions: trusted ? [] : trustQuestions(),
    trusted,
  });

  function publish(operation: Operation): void {
    const at = operations.findIndex((one) => one.id === operation.id);
    if (at === -1) operations.unshift(operation);
    else operations[at] = operation;
    events.publish({ type: 'operation.changed', operation: operation as never });
  }

  let lastId = 100;
  function enqueue(kind: string, input: JsonObject): Operation {
    const now = new Date().toISOString();
    const to = typeof input['mode'] === 'string' ? input['mode'] : '';
    const operation: Operation = {
      ...BLANK,
      id: `op_${(lastId += 1)}`,
      kind,
      title: kind === 'modes.switch' ? `Switch shop to ${to}` : kind === 'checks.fix' ? 'Apply a fix' : `${kind.split('.')[1] ?? kind} shop`,
      state: 'running',
      input,
      progress: { step: 3, of: 9, message: 'Building api, web and worker', services: { api: 'building', cache: 'done', postgres: 'done', search: 'creating', web: 'building', worker: 'waiting' } },
      cancellable: true,
      createdAt: now,
      startedAt: now,
    };
    if (kind === 'modes.switch' && name === 'switching') {
      queueMicrotask(() => {
        publish(operation);
        for (const line of ['#7 [api 3/5] RUN npm ci --omit=dev', '#7 1.204 added 84 packages in 1.1s', '#8 [web 4/6] RUN npm run build']) events.publish({ type: 'operation.logged', operationId: operation.id, service: 'api', text: line });
      });
      return operation;
    }
    const error = storage.errorOf(kind, input) ?? files.errorOf(kind, input) ?? workspaces.errorOf(kind, input) ?? snapshots.errorOf(kind, input);
    const done: Operation = {
      ...operation,
      state: error === null ? 'succeeded' : 'rolled-back',
      error,
      progress: { step: 9, of: 9, message: '' },
      cancellable: false,
      finishedAt: new Date(Date.now() + 2_400).toISOString(),
      result: storage.resultOf(kind, operation.id, input) ?? files.resultOf(kind, operation.id, input) ?? gitops.resultOf(kind, operation.id, input) ?? workspaces.resultOf(kind, operation.id) ?? snapshots.resultOf(kind, operation.id, input) ?? resultOf(kind, operation.id, input, troubled) ?? (kind === 'disk.clean' ? cleaned(operation.id, input) : kind === 'checks.fix' ? { left: [], applied: input['dryRun'] === true ? [] : ['fix-port-8001'], diff: '--- docker-compose.clean.yml\n+++ docker-compose.clean.yml\n@@ -12,5 +12,5 @@\n   api:\n     ports:\n-      - "127.0.0.1:8000:8000"\n+      - "127.0.0.1:8001:8000"\n' } : { operationId: operation.id, state: 'succeeded', from: mode, to, durationMs: 2_400, healthyMs: 2_100, services: [{ name: 'api', downtimeMs: 380, containerId: 'e'.repeat(64), action: 'recreate' }], warnings: kind === 'modes.switch' && to === 'dev' ? [{ service: 'search', message: 'Port 9200 of search did not accept connections within 5 s: nothing in its container may listen on 9200.' }] : [] }),
      undoable: (kind === 'checks.fix' || kind === 'files.save' || kind.startsWith('compose.') || CHANGES.has(kind) || WORKSPACE_CHANGES.has(kind)) && input['dryRun'] !== true,
    };
    queueMicrotask(() => {
      publish(operation);
      events.flush();
      if (kind === 'modes.switch') {
        mode = to;
        stopped = false;
      }
      if (kind === 'services.stop') stopped = true;
      if (kind === 'services.start') stopped = false;
      ended(done);
      if (error === null) storage.ended(kind, input);
      if (error === null) gitops.ended(kind, operation.id, input);
      const written = error === null ? files.ended(kind, input) : null;
      if (written !== null) events.publish({ type: 'files.changed', projectId: ID, files: [written] });
      const changed = error === null ? workspaces.ended(kind, input) : null;
      if (changed !== null) events.publish({ type: 'workspaces.changed', projectId: ID, workspaces: changed });
      if (error === null) snapshots.ended(kind, input);
      if (kind === 'changes.test') void checks['world.tested']?.({ operationId: done.id, ok: true } as never, undefined as never, () => undefined);
      publish(done);
      events.publish({ type: 'services.changed', projectId: ID, services: services() as never });
    });
    return operation;
  }

  let using = { endpoint: 'unix:///var/run/docker.sock (default socket)', version: '27.3.1' };
  const useEngine = (endpoint: string, version: string): never => {
    using = { endpoint, version };
    events.publish({ type: 'engine.changed', engine: engine() as never });
    return engine() as never;
  };
  const engine = (): JsonObject => (connected ? { state: 'connected', ...using, apiVersion: '1.47', message: '' } : { state: 'unreachable', endpoint: '', version: '', apiVersion: '', message: 'No Docker engine answers. Tried: DOCKER_HOST (not set), the default socket /var/run/docker.sock (no such file), Colima (not installed).' });
  const find = (id: string): Operation => {
    const operation = operations.find((one) => one.id === id);
    if (operation === undefined) throw new AppError('operation-not-found', 'There is no such operation.');
    return operation;
  };

  const handlers: { readonly [name: string]: (input: never, call: never, push: (item: unknown) => void) => Promise<unknown> } = {
    // What no page asks for is no bug of Berth's when it is asked all the same.
    ...Object.fromEntries(Object.keys(contract).map((one) => [one, () => Promise.reject(new AppError('policy-refused', 'The world of tests has no answer to this.'))])),
    'projects.open': async () => {
      opened = true;
      trusted = true;
      closed = false;
      events.publish({ type: 'projects.changed', projects: projects() as never });
      return project();
    },
    'projects.list': async () => projects(),
    'projects.trust': async () => {
      trusted = true;
      events.publish({ type: 'projects.changed', projects: projects() as never });
      return project();
    },
    'projects.recent': async () => others.closed(),
    'projects.close': async (input: { id: string }) => {
      others.close(projects().find((one) => one['id'] === input.id) ?? project());
      closed ||= input.id === ID;
      events.publish({ type: 'projects.changed', projects: projects() as never });
      return { done: true };
    },
    'projects.reopen': async (input: { id: string }) => {
      const reopened = others.reopen(input.id);
      if (input.id === ID) {
        closed = false;
        others.forget(ID);
      }
      events.publish({ type: 'projects.changed', projects: projects() as never });
      return reopened;
    },
    'projects.forget': async (input: { id: string }) => {
      if (input.id === ID) opened = false;
      others.forget(input.id);
      events.publish({ type: 'projects.changed', projects: projects() as never });
      return { done: true };
    },
    'modes.plan': async (input: { mode: string }) => plan(input.mode),
    'services.list': async (input: { project: string }) => others.services(input.project) ?? services(),
    ...serviceHandlers({ dir: DIR, mark, services: () => (services() as unknown as { services: readonly WorldService[] }).services }),
    'services.logs': logsOf(SERVICES.map((service) => service.name), name === 'chatty', mark),
    'checks.run': async (input: { project: string; mode?: string }) => others.has(input.project) ? { ok: true, mode: input.mode ?? 'dev', areas: areaStates([]), findings: [], trustQuestions: [] } : ({ ok: false, mode: input.mode ?? 'dev', areas: areaStates(findingsOf(input.mode ?? 'dev')), findings: findingsOf(input.mode ?? 'dev'), trustQuestions: [] }),
    'operations.list': async () => operations,
    'operations.show': async (input: { id: string }) => ({ ...find(input.id), steps: stepsOf(), plan: find(input.id).undoable ? PLAN : null, log: ['#7 [api 3/5] RUN npm ci --omit=dev', '#7 1.204 added 84 packages in 1.1s'] }),
    'operations.cancel': async (input: { id: string }) => {
      const cancelled: Operation = { ...find(input.id), state: 'cancelled', cancellable: false, finishedAt: new Date().toISOString() };
      publish(cancelled);
      return cancelled;
    },
    'operations.retry': async (input: { id: string }) => enqueue(find(input.id).kind, find(input.id).input as JsonObject),
    'operations.wait': async (input: { id: string }) => {
      await new Promise((resolve) => setImmediate(resolve));
      return find(input.id);
    },
    'engine.status': async () => engine(),
    'engine.connect': async () => {
      connected = true;
      events.publish({ type: 'engine.changed', engine: engine() as never });
      return engine();
    },
    ...contractHandlers(),
    ...background,
    ...checks,
    ...keeping,
    ...machineHandlers({ connected: () => connected, troubled: name === 'troubled', onUse: useEngine }),
    ...storage.handlers,
    ...workspaces.handlers,
    ...files.handlers,
    ...gitops.handlers,
    ...snapshots.handlers,
    'events.since': async (input: { seq: number }) => events.since(input.seq),
  } as never;

  const dispatcher = dispatcherOver(contract, { handlers: handlers as never, operations: { enqueue: async (kind, input) => enqueue(kind, input) }, logger: silent, onBug: (message) => events.publish({ type: 'bug.reported', message }), checkOutput: true });
  return { dispatcher, events: events as { subscribe(listener: (batch: readonly SequencedEvent[]) => void): { dispose(): void } }, close: async () => events.close() };
}

function trustQuestions(): string[] {
  return ['worker mounts /var/run/docker.sock: it can control every container of this machine.', 'web mounts /home/ada/.ssh from outside the project.'];
}

function modeOf(name: string, file: string): JsonObject {
  return { name, files: [file], envFiles: [], profiles: [] };
}

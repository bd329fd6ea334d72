import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { serviceHash } from '@shared/domain/compose/hash';
import type { ComposeService, HashDialect } from '@shared/domain/compose/model';
import { SETTINGS, type SettingKey } from '@shared/domain/settings/settings';
import type { AlertCause } from '@main/alerts/types';
import { serviceRemaker } from '@main/modes';
import type { NewLogEntry } from '@main/operations/event-log-types';
import { Redactor } from '@main/platform/redact';
import { systemClock } from '@main/platform/system-clock';
import { ContainerEnds, createReconciler, driftHandlers, type ReconcileDependencies, type Reconciler } from '@main/reconcile';
import { serviceOperations, ServicesService } from '@main/services/index';
import type { Settings } from '@main/settings/types';
import type { Drift } from '@main/reconcile/types';
import { openWorld, type World, type WorldOptions } from '../modes/kit';

const run = promisify(execFile);

/** The core with a drift reconciler over it; alerts and the event log only remember. */
export interface DriftWorld extends World {
  readonly reconciler: Reconciler;
  readonly handlers: ReturnType<typeof driftHandlers>;
  readonly alerts: { readonly raised: AlertCause[]; readonly cleared: string[] };
  readonly logged: NewLogEntry[];
  readonly settings: { [K in SettingKey]?: number };
  /** The reconciler as it begins after a restart of Berth: with what is stored, and the events of an engine that remembers or has forgotten them. */
  afterRestart(engine: 'remembers' | 'forgot'): Reconciler;
  /** Waits until the drifts that are told satisfy this. */
  until(projectId: string, what: string, holds: (drifts: readonly Drift[]) => boolean, timeoutMs?: number): Promise<readonly Drift[]>;
}

export async function openDriftWorld(options: Pick<WorldOptions, 'home' | 'socketPath' | 'compose'> = {}): Promise<DriftWorld> {
  const world = await openWorld(options);
  const own = { engine: world.engine, projects: world.projects, publish: () => undefined, clock: systemClock, log: world.deps.log, lock: world.deps.lock };
  for (const kind of serviceOperations(own, new ServicesService(own))) world.operations.register(kind);
  const redactor = new Redactor();
  const alerts = { raised: [] as AlertCause[], cleared: [] as string[] };
  const logged: NewLogEntry[] = [];
  const chosen: { [K in SettingKey]?: number } = {};
  const settings: Pick<Settings, 'get' | 'onChanged'> = {
    get: (key) => (chosen[key] ?? SETTINGS[key].default) as never,
    onChanged: () => ({ dispose: () => undefined }),
  };
  const parts = {
    engine: world.engine,
    projects: world.projects,
    operations: world.operations,
    store: world.store,
    settings,
    alerts: {
      raise: (cause: AlertCause) => {
        alerts.raised.push(cause);
        return Promise.resolve({ ...cause, id: 'a', raisedAt: '', count: 1, clearedAt: null, dismissed: false });
      },
      clear: (cause: Pick<AlertCause, 'service'>) => {
        alerts.cleared.push(cause.service ?? '');
        return Promise.resolve();
      },
    },
    eventLog: { add: (entry: NewLogEntry) => logged.push(entry) },
    events: world.events,
    clock: systemClock,
    log: world.deps.log,
    lock: world.deps.lock,
    timed: <T>(work: () => Promise<T>) => work(),
    mask: (name: string, value: string) => redactor.named(name, value),
    ends: new ContainerEnds({ store: world.store, engine: world.engine, clock: systemClock }),
    remaker: serviceRemaker(world.deps, world.modes),
    hashService: (service: ComposeService, dialect: HashDialect) => serviceHash(service, dialect, (text) => createHash('sha256').update(text).digest('hex')),
  } satisfies ReconcileDependencies;
  const reconciler = createReconciler(parts);
  world.operations.register(reconciler.operation);
  return {
    ...world,
    reconciler,
    handlers: driftHandlers(reconciler, world.projects),
    alerts,
    logged,
    settings: chosen,
    afterRestart: (engine) => createReconciler({ ...parts, ends: new ContainerEnds({ store: world.store, engine: engine === 'remembers' ? world.engine : { pastEvents: () => Promise.resolve([]) }, clock: systemClock }) }),
    async close() {
      await reconciler.stop();
      await world.close();
    },
    async until(projectId, what, holds, timeoutMs = 20_000) {
      const deadline = Date.now() + timeoutMs;
      let last: readonly Drift[] = [];
      for (;;) {
        last = await reconciler.list(projectId, 200);
        if (holds(last)) return last;
        if (Date.now() > deadline) throw new Error(`${what}: still ${JSON.stringify(last, null, 1)}`);
        await new Promise<void>((resolve) => {
          const subscription = world.events.on(() => done());
          const timer = setTimeout(done, 250);
          function done(): void {
            clearTimeout(timer);
            subscription.dispose();
            resolve();
          }
        });
      }
    },
  };
}

export async function docker(...words: readonly string[]): Promise<string> {
  return (await run('docker', [...words])).stdout.trim();
}

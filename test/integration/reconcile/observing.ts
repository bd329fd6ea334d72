import type { BerthEvent } from '@shared/contract/events';
import { createAlerts, watchServices } from '@main/alerts';
import type { Alerts } from '@main/alerts/types';
import type { Engine } from '@main/docker/types';
import { mountHandlers, MountMonitor } from '@main/monitor';
import { createEventLog, eventLogHandlers, followForLog } from '@main/operations';
import type { EventLog, LogEntry } from '@main/operations/event-log-types';
import { mountLooker } from '@main/platform/mount-look';
import { statProbe } from '@main/platform/mount-source';
import { runProgram } from '@main/platform/process';
import { ServicesService, StatusReconciler } from '@main/services/index';
import { openWorld, type World } from '../modes/kit';

/** The observing half of the process as it is wired, with passes as often as a test asks. */
export interface Observing {
  readonly world: World;
  readonly service: ServicesService;
  readonly status: StatusReconciler;
  readonly alerts: Alerts;
  readonly eventLog: EventLog;
  readonly published: readonly BerthEvent[];
  /** Resolves with the first event for which `match` answers, of those published from `after` on. */
  until<T>(match: (event: BerthEvent) => T | undefined, after?: number): Promise<T>;
  entries(type: string): Promise<readonly LogEntry[]>;
  close(): Promise<void>;
}

export async function openObserving(options: { readonly socketPath?: string; readonly statusSeconds?: number; readonly mountSeconds?: number; readonly engine?: (engine: Engine) => Engine } = {}): Promise<Observing> {
  const world = await openWorld(options.socketPath === undefined ? {} : { socketPath: options.socketPath });
  const { events, store, projects } = world;
  const engine = options.engine?.(world.engine) ?? world.engine;
  const published: BerthEvent[] = [];
  const waiting = new Set<() => void>();
  const listening = events.subscribe((batch) => {
    for (const { event } of batch) published.push(event);
    for (const one of [...waiting]) one();
  });
  const publish = (event: BerthEvent): void => events.publish(event);
  const shared = { engine, projects, publish, clock: world.deps.clock, log: world.deps.log, lock: world.deps.lock };
  const eventLog = createEventLog({ store, publish, clock: shared.clock, log: shared.log });
  const alerts = await createAlerts({ store, publish, clock: shared.clock, events: eventLog, log: shared.log });
  const service = new ServicesService(shared);
  const status = new StatusReconciler({ ...shared, store, events: eventLog, subscribe: (listener) => events.subscribe(listener), everySeconds: () => options.statusSeconds ?? 10, timed: (work) => work() }, service);
  const mounts = new MountMonitor({
    looker: mountLooker({ timeoutMs: 2_000, probe: statProbe(runProgram) }),
    observations: () => status.last(),
    observe: async (reference) => service.observe(await projects.resolve(reference)),
    engineIsLocal: () => true,
    alerts,
    publish,
    everySeconds: () => options.mountSeconds ?? 5,
    timed: (work) => work(),
    clock: shared.clock,
    log: shared.log,
  });
  await engine.connect();
  const held = [await followForLog({ log: eventLog, engine, events, projects: () => projects.list() }), watchServices({ alerts, subscribe: (listener) => events.subscribe(listener), onError: (error) => shared.log.error('alert', { error }) })];
  await status.start();
  await mounts.start();
  const handlers = { ...mountHandlers(mounts), ...eventLogHandlers(eventLog, async (reference) => (await projects.resolve(reference)).id) };
  return {
    world,
    service,
    status,
    alerts,
    eventLog,
    published,
    until: (match, after = 0) =>
      new Promise((resolve) => {
        let next = after;
        const look = (): void => {
          for (; next < published.length; next += 1) {
            const event = published[next];
            const found = event === undefined ? undefined : match(event);
            if (found === undefined) continue;
            waiting.delete(look);
            resolve(found);
            return;
          }
        };
        waiting.add(look);
        look();
      }),
    entries: (type) => handlers['events.list']({ type, limit: 1_000 }, { door: 'internal', signal: new AbortController().signal }),
    async close() {
      await mounts.stop();
      await status.stop();
      for (const one of held) one.dispose();
      events.flush();
      await eventLog.close();
      listening.dispose();
      await world.close();
    },
  };
}

import type { BerthEvent, SequencedEvent } from '@shared/contract/events';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import { troubleOf, type ServiceTrouble } from '@shared/domain/services/trouble';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';
import type { Alerts } from './types';

const TROUBLE_AFTER_MS = 10_000;

type ServicesChanged = Extract<BerthEvent, { type: 'services.changed' }>;
interface InTrouble {
  trouble: ServiceTrouble;
  timer: NodeJS.Timeout;
}

/**
 * Raises an alert for a service that has failed or been unhealthy for ten seconds and clears it when the service is
 * well. While an operation of its project runs, services come and go by intent: the ten seconds begin at its end.
 */
export function watchServices(deps: {
  readonly alerts: Pick<Alerts, 'raise' | 'settle'>;
  readonly subscribe: (listener: (events: readonly SequencedEvent[]) => void) => Disposable;
  readonly onError: (error: unknown) => void;
  readonly afterMs?: number;
}): Disposable {
  const afterMs = deps.afterMs ?? TROUBLE_AFTER_MS;
  const waiting = new Map<string, Map<string, InTrouble>>();
  const raised = new Map<string, Map<string, ServiceTrouble>>();
  const running = new Map<string, Set<string>>();
  /** What is written follows what is seen, in order. */
  let writing: Promise<void> = Promise.resolve();

  function settle(projectId: string): void {
    const causes = [...(raised.get(projectId) ?? [])].map(([service, trouble]) => ({ ...trouble, object: '', severity: 'error' as const, projectId, service }));
    writing = writing.then(() => deps.alerts.settle('SERVICE-', projectId, causes)).catch(deps.onError);
  }

  function wait(projectId: string, service: string, trouble: ServiceTrouble): InTrouble {
    const timer = setTimeout(() => {
      const ours = waiting.get(projectId)?.get(service);
      // The end of the operation begins the wait anew.
      if (ours === undefined || (running.get(projectId)?.size ?? 0) > 0) return;
      waiting.get(projectId)?.delete(service);
      mapOf(raised, projectId).set(service, ours.trouble);
      settle(projectId);
    }, afterMs);
    timer.unref();
    return { trouble, timer };
  }

  function noteServices({ projectId, services }: ServicesChanged): void {
    const inTrouble = new Map(services.services.flatMap((one) => {
      const trouble = troubleOf(one);
      return trouble === null ? [] : [[one.name, trouble] as const];
    }));
    const waits = mapOf(waiting, projectId);
    const stands = mapOf(raised, projectId);
    for (const [service, { timer }] of [...waits]) {
      if (inTrouble.has(service)) continue;
      clearTimeout(timer);
      waits.delete(service);
    }
    const well = [...stands.keys()].filter((service) => !inTrouble.has(service)).map((service) => stands.delete(service)).length > 0;
    for (const [service, trouble] of inTrouble) {
      const known = waits.get(service);
      if (known !== undefined) known.trouble = trouble;
      else if (stands.has(service)) stands.set(service, trouble);
      else waits.set(service, wait(projectId, service, trouble));
    }
    // Alerts of an earlier process about services that wait here are kept until the wait is over.
    if (waits.size === 0 || well) settle(projectId);
  }

  function noteOperation({ operation }: Extract<BerthEvent, { type: 'operation.changed' }>): void {
    if (operation.projectId === null) return;
    const ids = running.get(operation.projectId) ?? new Set<string>();
    running.set(operation.projectId, ids);
    if (FINAL_STATES.includes(operation.state)) ids.delete(operation.id);
    else if (operation.state !== 'queued') ids.add(operation.id);
    if (ids.size > 0) return;
    const waits = mapOf(waiting, operation.projectId);
    for (const [service, { trouble, timer }] of [...waits]) {
      clearTimeout(timer);
      waits.set(service, wait(operation.projectId, service, trouble));
    }
  }

  function noteProjects(ids: ReadonlySet<string>): void {
    for (const projectId of [...raised.keys(), ...waiting.keys()]) {
      if (ids.has(projectId)) continue;
      for (const { timer } of waiting.get(projectId)?.values() ?? []) clearTimeout(timer);
      waiting.delete(projectId);
      raised.delete(projectId);
      settle(projectId);
    }
  }

  const subscription = deps.subscribe((batch) => {
    for (const { event } of batch) {
      if (event.type === 'services.changed') noteServices(event);
      else if (event.type === 'operation.changed') noteOperation(event);
      else if (event.type === 'projects.changed') noteProjects(new Set(event.projects.map((one) => one.id)));
    }
  });
  return toDisposable(() => {
    subscription.dispose();
    for (const of of waiting.values()) for (const { timer } of of.values()) clearTimeout(timer);
  });
}

function mapOf<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const map = maps.get(key) ?? new Map<string, V>();
  maps.set(key, map);
  return map;
}

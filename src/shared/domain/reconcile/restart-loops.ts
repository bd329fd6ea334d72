import type { ObservedContainer } from '../engine/observed';
import { crashes, type ContainerHappening, type EngineAbsence } from './intent';

/** A service that has run this long since its last start is well again. */
export const WELL_AFTER_MS = 30_000;

/** A service that ends again and again while the engine starts it again and again. */
export interface RestartLoop {
  readonly service: string;
  /** How often it ended by itself within the window, since it was last stopped on purpose. */
  readonly ends: number;
}

/** Services whose own restart policy goes round in circles: nothing heals them, so somebody has to be told. */
export function restartLoops(input: { readonly containers: readonly ObservedContainer[]; readonly happenings: readonly ContainerHappening[]; readonly absences: readonly EngineAbsence[]; readonly nowMs: number; readonly windowMs: number; readonly fromEnds: number }): readonly RestartLoop[] {
  const unsettled = input.containers.filter((one) => one.state === 'restarting' || (one.state === 'running' && hasPolicy(one) && input.nowMs - Date.parse(one.startedAt) < WELL_AFTER_MS));
  return [...new Set(unsettled.map((one) => one.service))].flatMap((service) => {
    const own = input.happenings.filter((one) => one.service === service);
    const sinceStop = own.slice(own.findLastIndex((one) => one.action === 'stop' || one.action === 'destroy') + 1);
    const { count } = crashes(service, sinceStop, input.nowMs, input.windowMs, input.absences);
    return count >= input.fromEnds ? [{ service, ends: count }] : [];
  });
}

function hasPolicy({ restartPolicy: { name } }: ObservedContainer): boolean {
  return name !== '' && name !== 'no';
}

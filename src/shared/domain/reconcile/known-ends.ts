import type { ObservedContainer } from '../engine/observed';
import { duringAbsence, ofLastRun, STOP_FOLLOWS_MS, type ContainerHappening, type EngineAbsence } from './intent';
import { WELL_AFTER_MS } from './restart-loops';

/** Who ended a container, as far as it was seen: somebody stopped it, or it ended by itself with 0. */
export type EndedHow = 'stopped' | 'itself';

/** What is remembered of a project's ends over restarts of Berth and of the engine. */
export interface KnownEnds {
  /** By container; of one that ended again since, it says nothing. */
  readonly ends: { readonly [containerId: string]: { readonly finishedAt: string; readonly how: EndedHow } };
  /** Services that ran on for long, and those that once ended by themselves with 0: these are jobs. */
  readonly services: { readonly [service: string]: 'lasting' | 'job' };
}

/** Nothing is known yet. */
export const NO_KNOWN_ENDS: KnownEnds = { ends: {}, services: {} };

/** How the last run of a container ended by what the engine said; null when that says nothing, or not yet. */
export function howEnded({ id, exitCode, startedAt }: Pick<ObservedContainer, 'id' | 'exitCode' | 'startedAt'>, happenings: readonly ContainerHappening[], nowMs: number): EndedHow | null {
  const since = ofLastRun(id, Date.parse(startedAt), happenings);
  const stopped = since.findLast((one) => one.action === 'stop');
  if (stopped !== undefined) return stopped.own ? null : 'stopped';
  const died = since.findLast((one) => one.action === 'die');
  return died !== undefined && exitCode === 0 && nowMs - died.atMs >= STOP_FOLLOWS_MS ? 'itself' : null;
}

/** The last end of each of these containers that was known before. */
export function lastEnds(known: KnownEnds, containers: readonly ObservedContainer[]): { readonly [containerId: string]: EndedHow } {
  return Object.fromEntries(
    containers.flatMap((one) => {
      const end = known.ends[one.id];
      return one.state === 'exited' && end !== undefined && end.finishedAt === one.finishedAt ? [[one.id, end.how] as const] : [];
    }),
  );
}

/** What is known after another look: ends of containers that are gone or run again are forgotten, a service that was once a job stays one. */
export function learnEnds(known: KnownEnds, look: { readonly containers: readonly ObservedContainer[]; readonly happenings: readonly ContainerHappening[]; readonly absences: readonly EngineAbsence[]; readonly nowMs: number }): KnownEnds {
  const before = lastEnds(known, look.containers);
  const ends: { [containerId: string]: KnownEnds['ends'][string] } = {};
  const services = { ...known.services };
  for (const one of look.containers) {
    if (one.state === 'running' && services[one.service] === undefined && look.nowMs - Date.parse(one.startedAt) >= WELL_AFTER_MS) services[one.service] = 'lasting';
    if (one.state !== 'exited') continue;
    const withEngine = duringAbsence(look.absences, Date.parse(one.finishedAt));
    const how = before[one.id] ?? (withEngine ? null : howEnded(one, look.happenings, look.nowMs));
    if (how === null) continue;
    ends[one.id] = { finishedAt: one.finishedAt, how };
    if (how === 'itself') services[one.service] = 'job';
  }
  return { ends, services };
}

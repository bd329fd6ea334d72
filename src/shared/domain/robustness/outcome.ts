import type { ComposeModel } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';
import { isAlive } from '../modes/active-mode';

/** What was seen of the copy at one moment. */
export interface Seen {
  readonly containers: readonly ObservedContainer[];
  /** Named volumes that hold a mark of the run: when each was made, and what reading the mark gives. */
  readonly volumes: readonly { readonly name: string; readonly createdAt: string; readonly mark: string }[];
}

/** What a change may do to containers; every other one must be the same container as before. */
export interface Expected {
  readonly gone?: readonly string[] | undefined;
  readonly made?: readonly string[] | undefined;
  /** Same service, another container. */
  readonly remade?: readonly string[] | undefined;
}

const EVERYTHING_SERVES = new Set(['none', 'healthy']);

/** What is not as it must be after a change, in one sentence; null when all of it holds. */
export function firstFault(before: Seen, after: Seen, expected: Expected, model: ComposeModel): string | null {
  return strangers(after, model) ?? servingFault(after, model) ?? wrongContainers(before, after, expected) ?? changedData(before, after);
}

/** A container of no service of the files, or one of a change that is not over. */
function strangers(seen: Seen, model: ComposeModel): string | null {
  const orphan = seen.containers.find((one) => !one.oneOff && !Object.hasOwn(model.services, one.service));
  return orphan === undefined ? null : `${orphan.name} is left of a service that the files do not have.`;
}

/** The first service that does not serve, in one sentence; null when all do. */
export function servingFault(seen: Seen, model: ComposeModel): string | null {
  for (const service of Object.keys(model.services)) {
    const own = seen.containers.filter((one) => one.service === service && !one.oneOff);
    if (own.length === 0 && model.services[service]?.scale !== 0 && model.services[service]?.deploy?.replicas !== 0) return `${service} has no container.`;
    const bad = own.find((one) => !serves(one));
    if (bad !== undefined) return `${service} is ${bad.state}${bad.hasHealthcheck ? ` and ${bad.health}` : ` with code ${String(bad.exitCode)}`}.`;
  }
  return null;
}

/** Up and healthy, or a job that ended well. */
function serves(container: ObservedContainer): boolean {
  if (container.state === 'exited') return container.exitCode === 0 && !container.hasHealthcheck;
  return isAlive(container) && container.state === 'running' && EVERYTHING_SERVES.has(container.health);
}

function wrongContainers(before: Seen, after: Seen, expected: Expected): string | null {
  const idsOf = (seen: Seen, service: string): string => seen.containers.filter((one) => one.service === service && !one.oneOff).map((one) => one.id).sort().join(' ');
  const services = new Set([...before.containers, ...after.containers].filter((one) => !one.oneOff).map((one) => one.service));
  for (const service of services) {
    const [was, is] = [idsOf(before, service), idsOf(after, service)];
    if (expected.gone?.includes(service) === true) {
      if (is !== '') return `${service} still has a container.`;
    } else if (expected.made?.includes(service) === true) {
      if (is === '') return `${service} was not made.`;
    } else if (expected.remade?.includes(service) === true) {
      if (was === is) return `${service} was not made anew.`;
    } else if (was !== is) return was === '' ? `${service} was made, which nobody asked for.` : is === '' ? `${service} is gone, which nobody asked for.` : `${service} was made anew although nothing of it had changed.`;
  }
  return null;
}

function changedData(before: Seen, after: Seen): string | null {
  for (const volume of before.volumes) {
    const now = after.volumes.find((one) => one.name === volume.name);
    if (now === undefined) return `The volume ${volume.name} is gone.`;
    if (now.createdAt !== volume.createdAt) return `The volume ${volume.name} was made anew.`;
    if (now.mark !== volume.mark) return `What was written into the volume ${volume.name} is not there any more.`;
  }
  return null;
}

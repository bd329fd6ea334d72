import type { ComposeService, LoadedCompose } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';
import { isAlive } from './active-mode';
import { namespaceParents, sharedContainer } from './dependency-order';

/** The services whose network, processes or shared memory this one joins: what ends with the container it belongs to. */
export function joinedServices(definition: ComposeService): readonly string[] {
  return [...new Set(namespaceParents(definition).flatMap((one) => (one.field === 'network_mode' || one.field === 'ipc' || one.field === 'pid' ? [one.service] : [])))];
}

/** The same of a service by its name, in any mode that has it. */
export function joinedInAnyMode(loaded: { readonly [mode: string]: LoadedCompose }, service: string): readonly string[] {
  return Object.values(loaded).flatMap(({ model }) => {
    const definition = model.services[service];
    return definition === undefined ? [] : joinedServices(definition);
  });
}

/** The ids of the containers whose namespaces a container of this service holds. */
export function joinedContainers(own: readonly ObservedContainer[], loaded: { readonly [mode: string]: LoadedCompose }, service: string): readonly string[] {
  return joinedInAnyMode(loaded, service).flatMap((name) => sharedContainer(own, name)?.id ?? []);
}

/**
 * The service whose namespace a running container still holds although that service has been started anew since: a container joins
 * at its own start only, so it goes on with what is gone, a network nobody reaches for example. Null where all is well.
 */
export function lostNamespace(own: readonly ObservedContainer[], definition: ComposeService, container: ObservedContainer): string | null {
  if (!isAlive(container)) return null;
  const lost = joinedServices(definition).find((name) => {
    const parent = sharedContainer(own, name);
    return parent !== undefined && isAlive(parent) && Date.parse(container.startedAt) < Date.parse(parent.startedAt);
  });
  return lost ?? null;
}

/**
 * The running containers that have to begin anew after those of `begun`, and after one another; in no order.
 * @param ownersOf the ids of the containers that one cannot outlast
 */
export function followersOf(own: readonly ObservedContainer[], begun: readonly ObservedContainer[], ownersOf: (container: ObservedContainer) => readonly string[]): readonly ObservedContainer[] {
  const anew = new Set(begun.map((one) => one.id));
  const followers: ObservedContainer[] = [];
  for (let grew = true; grew; ) {
    const next = own.filter((one) => !one.oneOff && isAlive(one) && !anew.has(one.id) && ownersOf(one).some((id) => anew.has(id)));
    next.forEach((one) => anew.add(one.id));
    followers.push(...next);
    grew = next.length > 0;
  }
  return followers;
}

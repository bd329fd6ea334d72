import { HASH_DIALECTS, type ComposeService } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';
import { isAlive } from './active-mode';
import type { Decider } from './decide-switch';
import { dependenciesOf, hashedForm, hashesContainers, namespaceParents, resolveParents, sharedContainer } from './dependency-order';
import { joinedServices, lostNamespace } from './lost-namespaces';
import { imageIdOf } from './plan-images';

/** The reason where the files say otherwise and it is not yet known in which field. */
export const DEFINITION = 'its definition changes';

/** Why a container cannot stay as it is; empty: it can. */
export function recreateReasons(run: Decider, service: string, definition: ComposeService, container: ObservedContainer): readonly string[] {
  const reasons: string[] = [...inheritedReasons(run, definition), ...lostReasons(run, definition, container)];
  if (run.input.scope?.recreate.has(service) === true) reasons.push('it is not as the files say');
  // Also where the new image turns out to be the old one: it was asked for.
  if (run.input.rebuild?.services.has(service) === true) reasons.push('its image is built anew');
  if (!acceptedHashes(run, service, definition).includes(container.configHash)) reasons.push(DEFINITION);
  const image = run.images.get(service);
  if (image !== undefined && (image.kind === 'build' || (image.id !== null && imageIdOf(container) !== image.id))) reasons.push('image changes');
  else if (image !== undefined && image.kind === 'pull' && image.id === null) reasons.push('image changes');
  if (container.state === 'dead') reasons.push('its container is broken');
  if (isAlive(container)) {
    for (const network of run.networks.wanted(service)) {
      const replaced = network.id === null && run.networks.replaced.some((one) => one.key === network.key);
      if (replaced) reasons.push(`its network ${network.name} is made anew`);
      else if (network.id === null) reasons.push(`joins the new network ${network.name}`);
      else if (!container.networks.some((one) => one.networkId === network.id)) reasons.push(`joins the network ${network.name}`);
    }
  }
  for (const mount of definition.volumes ?? []) {
    if (mount.type !== 'volume' || mount.source === undefined) continue;
    const name = run.input.compose.model.volumes[mount.source]?.name ?? mount.source;
    if (!container.mounts.some((one) => one.type === 'volume' && one.source === name)) reasons.push(`mounts the volume ${name}`);
  }
  return reasons;
}

/** Why a service follows others that are made anew. */
export function inheritedReasons(run: Decider, definition: ComposeService): readonly string[] {
  const reasons: string[] = [];
  const parents = namespaceParents(definition);
  for (const parent of parents) {
    if (run.sharedAnew.has(parent.service)) reasons.push(`${parent.service}, whose ${parent.field === 'volumes_from' ? 'volumes' : 'namespace'} it shares, is replaced`);
  }
  for (const dependency of dependenciesOf(definition)) {
    // Sharing implies it; then the file need not have asked.
    const isSaid = parents.some((one) => one.service === dependency.service && run.sharedAnew.has(one.service));
    if (!isSaid && dependency.restart && run.recreated.has(dependency.service)) reasons.push(`${dependency.service} is replaced, and the file asks for a restart with it`);
  }
  return reasons;
}

/** Why a running container has no namespace to share any more, or soon will not: what it joined ends with the run of its owner. */
export function lostReasons(run: Decider, definition: ComposeService, container: ObservedContainer): readonly string[] {
  const lost = lostNamespace(run.own, definition, container);
  if (lost !== null) return [`${lost}, whose namespace it shares, was started after it`];
  if (!isAlive(container)) return [];
  return joinedServices(definition).flatMap((name) => (run.sharedStarted.has(name) ? [`${name}, whose namespace it shares, is started anew`] : []));
}

/** True for what `inheritedReasons` and `lostReasons` say. */
export function isInherited(reason: string): boolean {
  return /, whose (?:volumes|namespace) it shares, (?:is replaced|is started anew|was started after it)$| is replaced, and the file asks for a restart with it$/.test(reason);
}

/** Any known dialect's hash is up to date; namespaces of other services count with the id of their container. */
function acceptedHashes(run: Decider, service: string, definition: ComposeService): readonly string[] {
  if (run.input.hashService !== undefined && hashesContainers(definition)) {
    const resolved = hashedForm(resolveParents(definition, (name) => sharedContainer(run.own, name)?.id));
    return HASH_DIALECTS.map((dialect) => run.input.hashService?.(resolved, dialect) ?? '');
  }
  return HASH_DIALECTS.map((dialect) => run.input.compose.hashes[service]?.[dialect] ?? '');
}

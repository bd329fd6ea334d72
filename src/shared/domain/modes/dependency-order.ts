import type { ComposeDependency, ComposeService, DependencyCondition } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';
import { compareText } from './active-mode';

/** A service that must have got somewhere before another may start. */
export interface Dependency {
  readonly service: string;
  readonly condition: DependencyCondition;
  readonly required: boolean;
  readonly restart: boolean;
}

/** The service whose namespace or volumes this one shares, by field; container: references name no service. */
export function namespaceParents(service: ComposeService): readonly { readonly field: 'network_mode' | 'ipc' | 'pid' | 'uts' | 'cgroup' | 'volumes_from'; readonly service: string }[] {
  const parents: { field: 'network_mode' | 'ipc' | 'pid' | 'uts' | 'cgroup' | 'volumes_from'; service: string }[] = [];
  for (const field of ['network_mode', 'ipc', 'pid', 'uts', 'cgroup'] as const) {
    const value = service[field];
    if (value?.startsWith('service:') === true) parents.push({ field, service: value.slice('service:'.length) });
  }
  for (const entry of service.volumes_from ?? []) {
    if (!entry.startsWith('container:')) parents.push({ field: 'volumes_from', service: entry.split(':')[0] ?? entry });
  }
  return parents;
}

/** What a service waits for: depends_on, and the edges that links, volumes_from and shared namespaces imply. */
export function dependenciesOf(service: ComposeService): readonly Dependency[] {
  const all = new Map<string, Dependency>();
  const implied = [...(service.links ?? []).map((link) => link.split(':')[0] ?? link), ...namespaceParents(service).map((one) => one.service)];
  for (const name of implied) all.set(name, { service: name, condition: 'service_started', required: true, restart: false });
  for (const [name, dependency] of Object.entries(service.depends_on ?? {})) all.set(name, fromCompose(name, dependency));
  return [...all.values()].sort((a, b) => compareText(a.service, b.service));
}

function fromCompose(name: string, dependency: ComposeDependency): Dependency {
  return { service: name, condition: dependency.condition, required: dependency.required, restart: dependency.restart === true };
}

/** Reads the label com.docker.compose.depends_on ("a:service_healthy:true,b:service_started:false"). */
export function parseDependsOnLabel(label: string | undefined): readonly Dependency[] {
  if (label === undefined || label.trim() === '') return [];
  return label.split(',').flatMap((part) => {
    const [service, condition, restart] = part.split(':');
    if (service === undefined || service === '') return [];
    const known = condition === 'service_healthy' || condition === 'service_completed_successfully' ? condition : 'service_started';
    return [{ service, condition: known, required: true, restart: restart === 'true' }];
  });
}

/**
 * Services so that each comes after what it depends on; a cycle (which the checks refuse) is broken at its
 * alphabetically first member rather than looped over.
 */
export function dependencyOrder(services: readonly string[], dependencies: (service: string) => readonly string[]): readonly string[] {
  const known = new Set(services);
  const done = new Set<string>();
  const open = new Set<string>();
  const order: string[] = [];
  const visit = (service: string): void => {
    if (done.has(service) || open.has(service) || !known.has(service)) return;
    open.add(service);
    for (const parent of [...dependencies(service)].sort(compareText)) visit(parent);
    open.delete(service);
    done.add(service);
    order.push(service);
  };
  for (const service of [...services].sort(compareText)) visit(service);
  return order;
}

/** The container whose namespaces or volumes `service:x` means: the first by name, as docker compose takes it; without one-off containers. */
export function sharedContainer<C extends Pick<ObservedContainer, 'name' | 'service' | 'oneOff'>>(containers: readonly C[], service: string): C | undefined {
  return containers.filter((one) => one.service === service && !one.oneOff).reduce<C | undefined>((first, one) => (first === undefined || compareText(one.name, first.name) < 0 ? one : first), undefined);
}

/** Replaces `service:x` by `container:<id>`, as docker compose does before it hashes and creates. */
export function resolveParents(definition: ComposeService, idOf: (service: string) => string | undefined): ComposeService {
  const changed: { -readonly [K in keyof ComposeService]?: ComposeService[K] } = {};
  for (const parent of namespaceParents(definition)) {
    const id = idOf(parent.service);
    if (id === undefined) continue;
    if (parent.field === 'volumes_from') {
      changed.volumes_from = (changed.volumes_from ?? definition.volumes_from ?? []).map((entry) => (entry.split(':')[0] === parent.service ? [id, ...entry.split(':').slice(1)].join(':') : entry));
    } else {
      changed[parent.field] = `container:${id}`;
    }
  }
  return { ...definition, ...changed };
}

/** True where the config hash is made of more than the file says: docker compose puts ids of containers in first. */
export function hashesContainers(definition: ComposeService): boolean {
  return namespaceParents(definition).length > 0 || (definition.volumes_from ?? []).some((one) => one.startsWith('container:'));
}

/** A resolved definition as docker compose hashes it: `volumes_from` is the id or name alone, without access mode. */
export function hashedForm(resolved: ComposeService): ComposeService {
  if (resolved.volumes_from === undefined) return resolved;
  return { ...resolved, volumes_from: resolved.volumes_from.map((one) => (one.startsWith('container:') ? one.slice('container:'.length) : one).split(':')[0] ?? one) };
}

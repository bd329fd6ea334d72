import type { ComposeService } from '../compose/model';
import { fixedPorts } from '../modes/exclusive-resources';

/** Why a service cannot have this many containers, and what would let it; null when it can. */
export function scaleObstacle(service: string, definition: ComposeService, count: number): { readonly message: string; readonly hint: string } | null {
  if (count <= 1) return null;
  const name = definition.container_name;
  if (name !== undefined && name !== '') return { message: `${service} has the fixed name ${name}, which only one container can have.`, hint: 'Take `container_name` out of the compose file; each container then gets a name with its number.' };
  const narrow = fixedPorts(definition).find((one) => one.to - one.from + 1 < count);
  if (narrow !== undefined) {
    const ports = narrow.from === narrow.to ? `port ${String(narrow.from)}` : `ports ${String(narrow.from)} to ${String(narrow.to)}`;
    return { message: `${service} publishes ${ports} of this computer: not enough for ${String(count)} containers.`, hint: 'Publish a range with a port for each, or leave the host port to the engine ("8080").' };
  }
  const address = Object.values(definition.networks ?? {}).find((one) => one?.ipv4_address !== undefined || one?.ipv6_address !== undefined);
  if (address !== undefined && address !== null) return { message: `${service} has the fixed address ${address.ipv4_address ?? address.ipv6_address ?? ''}, which only one container can have.`, hint: 'Take the address out of the compose file.' };
  return null;
}

/** The named services with everything they need, directly or not. */
export function withDependencies(names: readonly string[], dependencies: (service: string) => readonly string[]): ReadonlySet<string> {
  const all = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (all.has(name)) continue;
    all.add(name);
    open.push(...dependencies(name));
  }
  return all;
}

/** Those that need one of these, as a sentence; null when none does. */
export function stillNeeded(removed: ReadonlySet<string>, dependents: readonly { readonly service: string; readonly needs: readonly string[] }[]): string | null {
  const left = dependents.filter((one) => !removed.has(one.service) && one.needs.some((need) => removed.has(need))).map((one) => one.service).sort();
  if (left.length === 0) return null;
  const names = left.length === 1 ? (left[0] ?? '') : `${left.slice(0, -1).join(', ')} and ${left.at(-1) ?? ''}`;
  return `${names} ${left.length === 1 ? 'needs' : 'need'} what is removed.`;
}

import type { ObservedContainer, ObservedNetwork } from '../engine/observed';
import { compareText } from './active-mode';
import type { SwitchInput } from './switch-input';

/** A network of the target mode. `id` null: it must be created first. */
export interface WantedNetwork {
  readonly key: string;
  readonly name: string;
  readonly id: string | null;
}

/** What a switch does with networks. */
export interface NetworkPlan {
  readonly created: readonly { readonly key: string; readonly name: string }[];
  /** Same name, other definition: all members stop, then it is made anew. */
  readonly replaced: readonly { readonly key: string; readonly name: string; readonly id: string; readonly network: ObservedNetwork }[];
  readonly removed: readonly { readonly name: string; readonly id: string }[];
  /** The networks a service of the target mode must be attached to. */
  wanted(service: string): readonly WantedNetwork[];
}

/** Compares the networks of the target mode with those of the engine. */
export function planNetworks(input: SwitchInput, own: readonly ObservedContainer[]): NetworkPlan {
  const { model } = input.compose;
  const used = new Set(Object.values(model.services).flatMap((one) => (one.network_mode === undefined ? Object.keys(one.networks ?? {}) : [])));
  const byName = (name: string): ObservedNetwork | undefined => {
    const same = input.observed.networks.filter((one) => one.name === name);
    return same.find((one) => one.labels['com.docker.compose.project'] === model.name) ?? same[0];
  };
  const wanted = new Map<string, WantedNetwork>();
  const created: { key: string; name: string }[] = [];
  const replaced: { key: string; name: string; id: string; network: ObservedNetwork }[] = [];
  for (const key of [...used].sort(compareText)) {
    const network = model.networks[key];
    if (network === undefined) continue;
    const present = byName(network.name);
    const label = present?.labels['com.docker.compose.config-hash'];
    const ours = present?.labels['com.docker.compose.project'] === model.name;
    const diverged = present !== undefined && ours && network.external !== true && label !== undefined && label !== (input.compose.networkHashes[key] ?? label);
    if (present === undefined && network.external !== true) created.push({ key, name: network.name });
    if (diverged) replaced.push({ key, name: network.name, id: present.id, network: present });
    wanted.set(key, { key, name: network.name, id: present === undefined || diverged ? null : present.id });
  }
  const kept = new Set([...wanted.values()].map((one) => one.name));
  const ownIds = new Set(own.map((one) => one.id));
  const removed = input.observed.networks
    .filter((one) => one.labels['com.docker.compose.project'] === model.name && one.labels['com.docker.compose.network'] !== undefined && !kept.has(one.name))
    .filter((one) => one.containerIds.every((id) => ownIds.has(id)))
    .map((one) => ({ name: one.name, id: one.id }));
  return {
    created,
    replaced,
    removed,
    wanted: (service) => {
      const definition = model.services[service];
      if (definition === undefined || definition.network_mode !== undefined) return [];
      return Object.keys(definition.networks ?? {}).flatMap((key) => wanted.get(key) ?? []);
    },
  };
}

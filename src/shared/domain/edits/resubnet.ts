import { movedWithSubnet } from '../checks/free-subnet';
import { isSameSubnet, rangeOf, subnetsOverlap } from '../checks/subnets';
import type { ComposeModel, ComposeNetwork } from '../compose/model';
import type { YamlEditOutcome } from '../yaml/edit-yaml';
import { rewriteScalars, type ScalarPattern } from '../yaml/rewrite-scalars';
import { ByHand } from '../yaml/yaml-places';

/** A network, by its key in the files, that gets another range of addresses. */
export interface Resubnet {
  readonly network: string;
  readonly from: string;
  readonly to: string;
}

/** Writes the new range of a network in one compose file, and moves every address in it along: its gateway, what is kept free, those of services. */
export function resubnet(text: string, { network, from, to }: Resubnet): YamlEditOutcome {
  const config: ScalarPattern = ['networks', network, 'ipam', 'config', '*'];
  const ofService: ScalarPattern = ['services', '*', 'networks', network];
  const patterns = [...['subnet', 'gateway', 'ip_range'].map((key) => [...config, key]), [...config, 'aux_addresses', '*'], ...['ipv4_address', 'ipv6_address'].map((key) => [...ofService, key])];
  return rewriteScalars(text, patterns, ({ value, path }) => {
    if (value.includes('$')) throw new ByHand(`A variable decides ${path.join('.')}: set it where the variable comes from.`);
    return movedWithSubnet(value, from, to);
  });
}

/** Why a network cannot have a range; `isOpen` where the files of the mode leave the range to the engine, so that there is nothing to write. */
interface NoResubnet {
  readonly refused: string;
  readonly isOpen: boolean;
}

/** What giving a network the range `to` means in one mode, where it is named by its key or by its name on the engine. Undefined when the mode has none of that name; a sentence when it cannot be done. */
export function resubnetOf(model: ComposeModel, network: string, to: string): Resubnet | NoResubnet | undefined {
  const entry = Object.entries(model.networks).find(([key]) => key === network) ?? Object.entries(model.networks).find(([, one]) => one.name === network);
  if (entry === undefined) return undefined;
  const [key, { external, ipam }] = entry;
  if (external === true) return { refused: `The network ${network} is made outside of this project, so its range is none of the files’.`, isOpen: false };
  const wanted = rangeOf(to);
  const own = subnetsOf(ipam).filter((one) => rangeOf(one)?.bits === wanted?.bits);
  const [first] = own;
  if (first === undefined) return { refused: `No file gives the network ${network} such a range: the engine chooses one.`, isOpen: true };
  const from = own.find((one) => isSameSubnet(one, to)) ?? own.find((one) => rangeOf(one)?.prefix === wanted?.prefix);
  if (from === undefined) return { refused: `The network ${network} has ${first}; the new range must be as large, so that every address keeps its place in it.`, isOpen: false };
  const neighbour = Object.entries(model.networks).find(([other, one]) => other !== key && subnetsOf(one.ipam).some((subnet) => subnetsOverlap(subnet, to)));
  if (neighbour !== undefined) return { refused: `${to} overlaps with the range of the network ${neighbour[0]}.`, isOpen: false };
  return { network: key, from: isSameSubnet(from, to) ? to : from, to };
}

function subnetsOf({ config }: ComposeNetwork['ipam']): readonly string[] {
  return (config ?? []).flatMap(({ subnet }) => subnet ?? []);
}

/** What the model must be afterwards: the network and the addresses of services in it, and nothing else. */
export function resubnettedModel(model: ComposeModel, { network, from, to }: Resubnet): ComposeModel {
  const address = (value: string): string => movedWithSubnet(value, from, to) ?? value;
  const moved = <T>(map: T): T => JSON.parse(JSON.stringify(map), (_, value: unknown) => (typeof value === 'string' ? address(value) : value)) as T;
  const services = Object.entries(model.services).map(([name, service]) => {
    const own = service.networks?.[network];
    if (own === undefined || own === null) return [name, service] as const;
    const addresses = { ...(own.ipv4_address === undefined ? {} : { ipv4_address: address(own.ipv4_address) }), ...(own.ipv6_address === undefined ? {} : { ipv6_address: address(own.ipv6_address) }) };
    return [name, { ...service, networks: { ...service.networks, [network]: { ...own, ...addresses } } }] as const;
  });
  const definition = model.networks[network];
  return { ...model, services: Object.fromEntries(services), networks: definition === undefined ? model.networks : { ...model.networks, [network]: { ...definition, ipam: moved(definition.ipam) } } };
}

import { isAddress, rangeOf, rangeText, subnetsOverlap, type Range } from '../checks/subnets';
import { scaleOf } from '../modes/naming';
import type { ComposeModel, ComposeNetwork } from './model';
import type { Refuse } from './refused-values';

/** The engine's own networks, and what makes them. */
const OF_THE_ENGINE: ReadonlySet<string> = new Set(['host', 'none', 'null', 'bridge']);
const LONGEST_INTERFACE = 15;
const BRIDGE_NAME = 'com.docker.network.bridge.name';
const MTU = 'com.docker.network.driver.mtu';

/** Networks that no engine makes, and addresses that none gives. */
export function refusedNetworks(model: ComposeModel, refuse: Refuse): void {
  for (const [key, network] of Object.entries(model.networks)) {
    if (network.external === true) continue;
    const at = (...path: string[]): readonly string[] => ['networks', key, ...path];
    const driver = network.driver ?? '';
    if (OF_THE_ENGINE.has(driver) && driver !== 'bridge') refuse(at('driver'), `No network can be made with the driver ${driver}, as ${key} is.`, driver === 'host' ? 'The engine has one network of this kind: write network_mode: host at the service.' : 'The engine has one network of this kind: write network_mode: none at the service.');
    if (OF_THE_ENGINE.has(network.name) && network.name !== 'null') refuse(at('name'), `The network ${network.name} is the engine’s own.`, 'Choose another name, or write network_mode at the service.');
    const mtu = network.driver_opts?.[MTU] ?? '0';
    if (!/^\d+$/.test(mtu)) refuse(at('driver_opts', MTU), `The mtu of the network ${key} is "${mtu}".`, 'It takes a number, as 1400.');
    if ((network.driver_opts?.[BRIDGE_NAME] ?? '').length > LONGEST_INTERFACE) refuse(at('driver_opts', BRIDGE_NAME), `The bridge of the network ${key} has a name of more than ${String(LONGEST_INTERFACE)} characters.`, 'No kernel takes a longer one.');
    refusedRanges(key, network, refuse);
  }
  refusedAddresses(model, refuse);
}

function refusedRanges(key: string, network: ComposeNetwork, refuse: Refuse): void {
  const pools = network.ipam.config ?? [];
  pools.forEach(({ subnet = '', gateway = '', ip_range: part = '', aux_addresses: kept = {} }, index) => {
    const at = (...path: string[]): readonly string[] => ['networks', key, 'ipam', 'config', String(index), ...path];
    const range = rangeOf(subnet);
    if (subnet === '' && (gateway !== '' || part !== '' || Object.keys(kept).length > 0)) refuse(at(), `The network ${key} has addresses, but no subnet they are of.`, 'Write it beside them, as subnet: 10.20.0.0/16.');
    if (subnet === '') return;
    if (range === undefined) return refuse(at('subnet'), `The subnet ${subnet} of the network ${key} is no range of addresses.`, 'It takes an address and the length of its prefix, as 10.20.0.0/16.');
    const single: readonly (readonly [string, readonly string[], string])[] = [['gateway', at('gateway'), gateway], ...Object.entries(kept).map(([host, address]) => ['address', at('aux_addresses', host), address] as const)];
    for (const [word, path, address] of single) {
      if (address === '') continue;
      if (!isAddress(address)) refuse(path, `The ${word} ${address} of the network ${key} is no address.`, `It takes one of ${rangeText(range)}.`);
      else if (!isOf(address, range)) refuse(path, `The ${word} ${address} of the network ${key} is outside of ${rangeText(range)}.`, 'Choose one in the range of the network, or change the range.');
      else if (word === 'gateway' && isBridge(network) && rangeOf(`${address}/32`)?.base === range.base) refuse(path, `The gateway ${address} of the network ${key} is the first address of its range, which stands for the network itself.`, 'Choose the next one.');
    }
    if (part !== '' && rangeOf(part) === undefined) refuse(at('ip_range'), `The ip_range ${part} of the network ${key} is no range of addresses.`, 'It takes a part of the subnet, as 10.20.8.0/24.');
    if (isBridge(network) && range.prefix === range.bits) refuse(at('subnet'), `The subnet ${subnet} of the network ${key} has one address only.`, 'The engine takes one for itself, so that none is left: choose a larger one, as 10.20.0.0/24.');
  });
  const ofV4 = pools.filter(({ subnet = '' }) => rangeOf(subnet)?.bits === 32);
  if (isBridge(network) && ofV4.length > 1) refuse(['networks', key, 'ipam', 'config', String(pools.lastIndexOf(ofV4[1] ?? {}))], `The network ${key} has ${String(ofV4.length)} IPv4 subnets.`, 'A bridge can have one of each family.');
}

function refusedAddresses(model: ComposeModel, refuse: Refuse): void {
  const jobs = new Set(Object.values(model.services).flatMap((one) => Object.entries(one.depends_on ?? {}).flatMap(([service, { condition }]) => (condition === 'service_completed_successfully' ? [service] : []))));
  /** Who has an address of a network already. */
  const given = new Map<string, string>();
  for (const [service, definition] of Object.entries(model.services)) {
    if (scaleOf(definition) === 0) continue;
    for (const [network, joined] of Object.entries(definition.networks ?? {})) {
      for (const [key, bits] of [['ipv4_address', 32], ['ipv6_address', 128]] as const) {
        const address = joined?.[key] ?? '';
        if (address === '') continue;
        const no = (message: string, why: string): void => refuse(['services', service, 'networks', network, key], message, why);
        const range = rangeOf(`${address}/${String(bits)}`);
        if (range?.bits !== bits) {
          no(`${address} is no ${bits === 32 ? 'IPv4' : 'IPv6'} address.`, `It takes one address of the network, as ${bits === 32 ? '10.20.0.5' : 'fd00::5'}.`);
          continue;
        }
        const isTaken = refusedAddress(model.networks[network], network, range, address, no);
        const holder = given.get(`${network} ${rangeText(range)}`);
        if (isTaken) continue;
        if (holder !== undefined && !jobs.has(holder) && !jobs.has(service)) no(`The address ${address} of ${service} is also that of ${holder}.`, 'On a network each address belongs to one container. Choose another one.');
        else if (scaleOf(definition) > 1) no(`The address ${address} cannot belong to all ${String(scaleOf(definition))} containers of ${service}.`, 'Take it away, or run one of them.');
        given.set(`${network} ${rangeText(range)}`, service);
      }
    }
  }
}

/** Says why a network cannot give an address; true when it did. */
function refusedAddress(network: ComposeNetwork | undefined, key: string, address: Range, written: string, no: (message: string, why: string) => void): boolean {
  if (network === undefined || network.external === true) return false;
  const pools = (network.ipam.config ?? []).filter(({ subnet = '' }) => rangeOf(subnet)?.bits === address.bits);
  const subnets = pools.map(({ subnet = '' }) => subnet);
  // One that is no range is said itself.
  if (subnets.length === 0 && (network.ipam.config ?? []).every(({ subnet = '' }) => subnet === '' || rangeOf(subnet) !== undefined)) {
    no(`The network ${key} has no ${address.bits === 32 ? 'IPv4' : 'IPv6'} subnet, so that ${written} cannot be asked for.`, `Give it one: networks.${key}.ipam.config with subnet: ${address.bits === 32 ? '10.20.0.0/16' : 'fd00::/64'}.`);
    return true;
  }
  if (subnets.length > 0 && !subnets.some((subnet) => subnetsOverlap(subnet, rangeText(address)))) {
    no(`The address ${written} is outside of the network ${key} (${subnets.join(', ')}).`, 'Choose one in the range of the network, or change the range.');
    return true;
  }
  const pool = pools.find(({ subnet = '' }) => subnetsOverlap(subnet, rangeText(address)));
  const use = pool === undefined ? undefined : reservedFor(pool, network, address);
  if (use === undefined) return false;
  no(`The address ${written} of the network ${key} is ${use}.`, 'Choose another one of its range.');
  return true;
}

/** What an address of a network is for already; undefined: a container can have it. */
function reservedFor({ subnet = '', gateway = '', ip_range: part = '', aux_addresses: kept = {} }: NonNullable<ComposeNetwork['ipam']['config']>[number], network: ComposeNetwork, { base, bits }: Range): string | undefined {
  const range = rangeOf(subnet);
  const same = (text: string): boolean => text !== '' && rangeOf(`${text}/${String(bits)}`)?.base === base;
  if (range === undefined) return undefined;
  const host = Object.entries(kept).find(([, address]) => same(address))?.[0];
  if (host !== undefined) return `kept for ${host}`;
  if (same(gateway)) return 'its gateway';
  if (!isBridge(network) || bits === 128) return undefined;
  const last = range.base + (1n << BigInt(bits - range.prefix)) - 1n;
  if (base === range.base || base === last) return `the ${base === last ? 'last' : 'first'} one of its range, which no container can have`;
  return gateway === '' && part === '' && base === range.base + 1n ? 'its gateway' : undefined;
}

function isBridge(network: ComposeNetwork): boolean {
  return (network.driver ?? 'bridge') === 'bridge' && (network.ipam.driver ?? 'default') === 'default';
}

function isOf(address: string, range: Range): boolean {
  return subnetsOverlap(`${address}/${String(range.bits)}`, rangeText(range));
}

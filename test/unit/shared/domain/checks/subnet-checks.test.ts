import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FactParts } from './check-input';
import { checkSubnets } from '@shared/domain/checks/subnet-checks';
import { isSameSubnet, routesOf, subnetsOverlap } from '@shared/domain/checks/subnets';
import type { ObservedNetwork } from '@shared/domain/engine/observed';
import { input, model, network, observed } from './check-input';

const octet = fc.integer({ min: 0, max: 255 });
const cidr = fc.tuple(octet, octet, octet, octet, fc.integer({ min: 0, max: 32 })).map(([a, b, c, d, prefix]) => `${a}.${b}.${c}.${d}/${prefix}`);

describe('ranges of addresses', () => {
  it.each([
    ['10.1.0.0/16', '10.1.2.0/24', true],
    ['10.1.0.0/16', '10.2.0.0/16', false],
    ['10.0.0.0/8', '10.255.255.255/32', true],
    ['0.0.0.0/0', '192.168.1.0/24', true],
    ['fd00::/8', 'fd12:3456::/32', true],
    ['fd00::/64', 'fd00:0:0:1::/64', false],
    ['::/0', '10.0.0.0/8', false],
    ['10.0.0.0', '10.0.0.0/8', false],
    ['300.0.0.0/8', '300.0.0.0/8', false],
    ['fd00:::/8', 'fd00::/8', false],
  ])('%s and %s: %s', (a, b, expected) => expect(subnetsOverlap(a, b)).toBe(expected));
  it('overlapping is mutual, and a range overlaps with itself and with everything', () => {
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        expect(subnetsOverlap(a, b)).toBe(subnetsOverlap(b, a));
        expect(subnetsOverlap(a, a) && isSameSubnet(a, a) && subnetsOverlap(a, '0.0.0.0/0')).toBe(true);
      }),
    );
  });
  it('reads the table of routes', () => {
    const table = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\neth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\ntun0\t0000080A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n';
    expect(routesOf(table)).toEqual([{ cidr: '10.8.0.0/16', interfaceName: 'tun0' }]);
    expect(routesOf('')).toEqual([]);
  });
});

describe('subnets of networks', () => {
  const net = (name: string, subnet: string) => network(name, { ipam: { config: [{ subnet }] } });
  const engineNetwork = (name: string, subnet: string, labels: { readonly [key: string]: string } = {}): ObservedNetwork => ({ id: name, name, driver: 'bridge', labels, subnets: [subnet], containerIds: [] });
  const run = (networks: Parameters<typeof model>[1], facts: FactParts = {}) => checkSubnets(input(model({}, networks), facts)).map(({ finding }) => `${finding.severity} ${finding.message}`);
  it('overlap in the files, once for the later one', () => {
    expect(run({ networks: { a: net('shop_a', '10.1.0.0/16'), b: net('shop_b', '10.1.2.0/24'), c: net('shop_c', '10.2.0.0/16') } })).toEqual(['error The subnet 10.1.2.0/24 of the network b overlaps with the network a of the same files (10.1.0.0/16).']);
  });
  it('overlap with a network of somebody else, not with this project’s own', () => {
    const networks = { networks: { a: net('shop_a', '10.1.0.0/16') } };
    expect(run(networks, { observed: observed({ networks: [engineNetwork('other_net', '10.1.9.0/24', { 'com.docker.compose.project': 'other' })] }) })).toEqual(['error The subnet 10.1.0.0/16 of the network a overlaps with the network other_net of project other (10.1.9.0/24).']);
    expect(run(networks, { observed: observed({ networks: [engineNetwork('shop_a', '10.1.0.0/16', { 'com.docker.compose.project': 'shop' }), engineNetwork('shop_old', '10.1.0.0/16', { 'com.docker.compose.project': 'shop' })] }) })).toEqual([]);
  });
  it('overlap with an interface or a route of this machine; the engine’s own bridges are none', () => {
    const networks = { networks: { a: net('shop_a', '10.1.0.0/16') } };
    expect(run(networks, { hostSubnets: [{ cidr: '10.1.5.2/24', interfaceName: 'tun0' }] })).toEqual(['warning The subnet 10.1.0.0/16 of the network a overlaps with 10.1.5.2/24, which this machine reaches through tun0.']);
    expect(run(networks, { observed: observed({ networks: [engineNetwork('shop_a', '10.1.0.0/16')] }), hostSubnets: [{ cidr: '10.1.0.1/16', interfaceName: 'br-1' }] })).toEqual([]);
  });
  it('external networks and networks without a range ask for none', () => {
    expect(run({ networks: { a: net('x', '10.1.0.0/16'), b: { ...net('y', '10.1.0.0/16'), external: true }, c: network('z') } })).toEqual([]);
  });
});

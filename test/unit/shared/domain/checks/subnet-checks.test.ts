import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FactParts } from './check-input';
import { checkSubnets } from '@shared/domain/checks/subnet-checks';
import { movedWithSubnet, nextFreeSubnet } from '@shared/domain/checks/free-subnet';
import { addressText, isSameSubnet, routesOf, subnetsOverlap } from '@shared/domain/checks/subnets';
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

describe('the next free range', () => {
  it.each([
    ['10.1.0.0/16', ['10.2.0.0/16', '10.3.128.0/24'], '10.4.0.0/16'],
    ['10.255.0.0/16', ['10.0.0.0/12'], '10.16.0.0/16'],
    ['10.0.0.0/9', ['10.128.0.1/32'], undefined],
    ['192.168.4.0/24', [], '10.0.0.0/24'],
    ['192.168.4.0/24', ['10.0.0.0/8', '172.16.0.0/12'], '192.168.5.0/24'],
    ['fd00:1::/64', ['fd00:1:0:1::/64'], 'fd00:1:0:2::/64'],
    ['203.0.113.0/24', ['10.0.0.0/24'], '10.0.1.0/24'],
    ['nonsense', [], undefined],
  ] as const)('after %s with %j: %s', (from, taken, expected) => expect(nextFreeSubnet(from, taken)).toBe(expected));
  it('is not one that the engine gives out by itself, unless nothing else is left', () => {
    expect(nextFreeSubnet('10.1.0.0/16', [], ['10.0.0.0/9'])).toBe('10.128.0.0/16');
    expect(nextFreeSubnet('10.1.0.0/16', ['172.16.0.0/12', '192.168.0.0/16'], ['10.0.0.0/8'])).toBe('10.2.0.0/16');
  });
  it('has the same size, is private, and overlaps with nothing that is taken', () => {
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet, fc.integer({ min: 9, max: 30 })), fc.array(cidr.filter((one) => !/\/[0-7]$/.test(one)), { maxLength: 30 }), fc.array(cidr, { maxLength: 2 }), ([a, b, c, d, prefix], taken, pools) => {
        const from = `${String(a)}.${String(b)}.${String(c)}.${String(d)}/${String(prefix)}`;
        const to = nextFreeSubnet(from, taken, pools);
        if (to === undefined) return;
        expect(to.endsWith(`/${String(prefix)}`)).toBe(true);
        expect([...taken, from].filter((one) => subnetsOverlap(one, to))).toEqual([]);
        expect(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].some((one) => subnetsOverlap(one, to))).toBe(true);
      }),
    );
  });
  it('addresses keep their place in it, and come back', () => {
    expect(movedWithSubnet('10.1.3.7', '10.1.0.0/16', '10.9.0.0/16')).toBe('10.9.3.7');
    expect(movedWithSubnet('10.1.0.0/16', '10.1.2.3/16', '10.9.0.0/16')).toBe('10.9.0.0/16');
    expect(movedWithSubnet('10.1.128.0/17', '10.1.0.0/16', '10.9.0.0/16')).toBe('10.9.128.0/17');
    expect(movedWithSubnet('fd00::5', 'fd00::/64', 'fd00:0:0:1::/64')).toBe('fd00:0:0:1::5');
    for (const outside of ['10.2.0.1', '10.0.0.0/8', 'fd00::1', 'db', '']) expect(movedWithSubnet(outside, '10.1.0.0/16', '10.9.0.0/16')).toBeUndefined();
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (address) => {
        const text = addressText(address, 128);
        const [from, to] = [`${text}/64`, 'fd12:3456:789a:1::/64'];
        expect(isSameSubnet(`${text}/128`, `${addressText(address, 128)}/128`)).toBe(true);
        const moved = movedWithSubnet(text, from, to);
        expect(moved === undefined ? undefined : movedWithSubnet(moved, to, from)).toBe(text);
      }),
    );
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
  it('are given the next free range, another one each, and the same one in every mode', () => {
    const own = { networks: { a: net('shop_a', '10.1.0.0/16'), b: net('shop_b', '10.1.2.0/24') } };
    const other = { networks: { a: net('shop_a', '10.1.0.0/16'), z: net('shop_z', '10.2.0.0/16') } };
    const facts = { observed: observed({ networks: [engineNetwork('other_net', '10.1.0.0/16'), engineNetwork('far', '10.3.0.0/16')] }), hostSubnets: [{ cidr: '10.4.9.2/24', interfaceName: 'tun0' }] };
    const fixes = (mine: typeof own | typeof other, others: typeof own | typeof other) => checkSubnets(input(model({}, mine), { ...facts, otherModes: { prod: model({}, others) } })).flatMap((result) => result.fixes.map((fix) => fix.action));
    expect(fixes(own, other)).toEqual([
      { kind: 'set-subnet', network: 'a', from: '10.1.0.0/16', to: '10.5.0.0/16' },
      { kind: 'set-subnet', network: 'b', from: '10.1.2.0/24', to: '10.4.0.0/24' },
    ]);
    expect(fixes(other, own)).toEqual([{ kind: 'set-subnet', network: 'a', from: '10.1.0.0/16', to: '10.5.0.0/16' }]);
  });
});

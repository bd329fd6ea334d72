import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesOverlap, claimsCollide, claimText, collisions, isLoopback, nextFreePort, portClaims, publishedRange, type PortClaim } from '@shared/domain/checks/port-claims';
import { model } from './check-input';

const ADDRESSES = ['', '0.0.0.0', '::', '[::]', '127.0.0.1', '127.0.0.2', '192.168.1.5', '::1', 'fe80::1', '::ffff:127.0.0.1'];

/** The oracle: the concrete (family, address) pairs a host IP stands for, on a machine with these addresses. */
const MACHINE = ['4 127.0.0.1', '4 127.0.0.2', '4 192.168.1.5', '4 10.0.0.9', '6 ::1', '6 fe80::1', '6 fe80::2'];
function endpoints(address: string): ReadonlySet<string> {
  const plain = address.replace(/[[\]]/g, '').replace(/^::ffff:/, '');
  if (plain === '') return new Set(MACHINE);
  if (plain === '0.0.0.0') return new Set(MACHINE.filter((one) => one.startsWith('4')));
  if (plain === '::') return new Set(MACHINE.filter((one) => one.startsWith('6')));
  return new Set([`${plain.includes(':') ? '6' : '4'} ${plain}`]);
}

const address = fc.constantFrom(...ADDRESSES);
const claim = fc
  .record({ hostIp: address, first: fc.integer({ min: 1, max: 12 }), length: fc.constantFrom(0, 0, 0, 1, 3), protocol: fc.constantFrom('tcp', 'udp'), service: fc.constantFrom('a', 'b', 'c'), index: fc.nat(3), target: fc.constant(80) })
  .map(({ length, ...rest }): PortClaim => ({ ...rest, last: rest.first + length }));

describe('port claims', () => {
  it('overlap is symmetric and agrees with the enumeration of every address of a machine', () => {
    fc.assert(
      fc.property(address, address, (a, b) => {
        const brute = [...endpoints(a)].some((one) => endpoints(b).has(one));
        expect(addressesOverlap(a, b)).toBe(brute);
        expect(addressesOverlap(b, a)).toBe(brute);
      }),
      { numRuns: 500 },
    );
  });

  it('collisions are exactly the pairs that brute force finds', () => {
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 12 }), (claims) => {
        const brute: string[] = [];
        claims.forEach((a, i) => {
          claims.slice(i + 1).forEach((b, j) => {
            const fixed = a.first === a.last && b.first === b.last;
            const shared = [...endpoints(a.hostIp)].some((one) => endpoints(b.hostIp).has(one));
            if (fixed && shared && a.first === b.first && a.protocol === b.protocol) brute.push(`${i} ${i + 1 + j}`);
            expect(claimsCollide(a, b)).toBe(claimsCollide(b, a));
          });
        });
        const found = collisions(claims).map(([a, b]) => `${claims.indexOf(a)} ${claims.lastIndexOf(b)}`);
        expect(found.length).toBe(brute.length);
        expect(new Set(found)).toEqual(new Set(brute));
      }),
      { numRuns: 500 },
    );
  });

  it('a wildcard listener of IPv6 takes IPv4 unless it was seen not to', () => {
    expect(addressesOverlap('::', '127.0.0.1', { a: true, b: false })).toBe(true);
    expect(addressesOverlap('::', '127.0.0.1', { a: false, b: false })).toBe(false);
  });

  it('reads published ranges and refuses nonsense', () => {
    expect(publishedRange('8000')).toEqual({ first: 8000, last: 8000 });
    expect(publishedRange('8000-8010')).toEqual({ first: 8000, last: 8010 });
    for (const text of [undefined, '', '0', '70000', '8010-8000', 'a', '1-', '99999999']) expect(publishedRange(text)).toBeUndefined();
  });

  it('knows loopback', () => {
    for (const text of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1']) expect(isLoopback(text)).toBe(true);
    for (const text of ['', '0.0.0.0', '::', '192.168.1.5', '128.0.0.1']) expect(isLoopback(text)).toBe(false);
  });

  it('the next free port is free, and the nearest above unless there is none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 50 }), (from, taken) => {
        const set = new Set(taken);
        const free = nextFreePort(from, (port) => set.has(port));
        expect(free).toBeDefined();
        expect(set.has(free ?? 0)).toBe(false);
        if (free !== undefined && free > from) for (let port = from + 1; port < free; port += 1) expect(set.has(port)).toBe(true);
      }),
    );
    expect(nextFreePort(65_535, (port) => port !== 1030)).toBe(1030);
    expect(nextFreePort(80, () => true)).toBeUndefined();
  });

  it('leaves out services on the host network and services without copies', () => {
    const ports = [{ target: 80, published: '80', protocol: 'tcp' }];
    expect(portClaims(model({ a: { ports }, b: { ports, network_mode: 'host' }, c: { ports, scale: 0 }, d: { ports: [{ target: 80, protocol: 'tcp' }] } })).map((one) => one.service)).toEqual(['a']);
  });

  it('writes claims as a compose file does', () => {
    expect(claimText({ hostIp: '', first: 53, last: 53, protocol: 'udp' })).toBe('53/udp');
    expect(claimText({ hostIp: '::1', first: 80, last: 90, protocol: 'tcp' })).toBe('[::1]:80-90');
  });
});

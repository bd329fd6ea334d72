import { describe, expect, it } from 'vitest';
import { loadVirtual } from './virtual-files';

const said = async (services: string, rest = ''): Promise<readonly (readonly [number | undefined, string])[]> =>
  (await loadVirtual({ 'compose.yaml': `services:\n${services}${rest}` })).findings.filter((one) => one.code === 'REFUSED_VALUE').map((one) => [one.where?.line, one.message]);
const image = (name: string): ReturnType<typeof said> => said(`  a: { image: "${name}" }\n`);

describe('values that the engine refuses', () => {
  it('are restart policies that are none', async () => {
    expect(await said('  a:\n    image: x\n    restart: sometimes\n')).toEqual([[4, 'a cannot be restarted "sometimes".']]);
    for (const one of ['"no"', 'always', 'unless-stopped', 'on-failure', 'on-failure:5']) expect(await said(`  a: { image: x, restart: ${one} }\n`)).toEqual([]);
  });

  it.each(['UPPER/Case:1', 'a b', 'x:', 'x:tag:tag', '-x', 'http://x/y', 'x@sha256:12', `x:${'t'.repeat(129)}`])('are names that no image can have: %s', async (name) => {
    expect(await image(name)).toEqual([[2, `${name} is no name of an image.`]]);
  });

  it('are tags that a variable did not give', async () => {
    const [found] = (await loadVirtual({ 'compose.yaml': 'services: {a: {image: "shop:${TAG}"}}\n' })).findings;
    expect([found?.message, found?.why]).toEqual(['shop: is no name of an image.', 'Behind the colon there is no tag: the variable for it may not be set.']);
  });

  it.each(['x', 'x:1', 'a/b/c:latest', 'UPPER/case', 'localhost:5000/a-b__c.d', '[::1]:5000/x', `x@sha256:${'a'.repeat(64)}`, `x:1@sha256:${'a'.repeat(64)}`, `sha256:${'a'.repeat(64)}`, 'a'.repeat(64), 'ghcr.io/Owner-1/x'.toLowerCase()])('are not names that it can: %s', async (name) => {
    expect(await image(name)).toEqual([]);
  });

  it('takes no time for a name without end', async () => {
    const began = performance.now();
    expect(await image(`${'a-'.repeat(100_000)}!`)).toHaveLength(1);
    expect(await image(`${'a-'.repeat(250)}!`)).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('are subnets and addresses that are none, and addresses outside of their network', async () => {
    const networks = 'networks:\n  n:\n    ipam:\n      config:\n        - subnet: 10.20.0.0/24\n        - subnet: 10.0.0/8\n';
    const joined = (address: string): string => `  a:\n    image: x\n    networks:\n      n:\n        ${address}\n`;
    expect(await said(joined('ipv4_address: 999.1.1.1'), networks)).toEqual([[12, 'The subnet 10.0.0/8 of the network n is no range of addresses.'], [6, '999.1.1.1 is no IPv4 address.']]);
    expect((await said(joined('ipv4_address: 10.21.0.4'), networks)).map(([line, text]) => [line, text]).at(-1)).toEqual([6, 'The address 10.21.0.4 is outside of the network n (10.20.0.0/24).']);
    expect((await said(joined('ipv6_address: 10.20.0.4'), networks)).at(-1)).toEqual([6, '10.20.0.4 is no IPv6 address.']);
    expect(await said(joined('ipv4_address: 10.20.0.4'), networks)).toHaveLength(1);
    expect(await said(joined('ipv6_address: fd00::4'), networks)).toHaveLength(1);
    expect(await said(joined('ipv4_address: 10.20.0.4'), 'networks:\n  n: { external: true }\n')).toEqual([]);
  });

  it('are soft limits above the hard ones', async () => {
    expect(await said('  a:\n    image: x\n    ulimits:\n      nofile: { soft: 9, hard: 3 }\n')).toEqual([[5, 'The soft limit 9 of nofile in a is above the hard one, 3.']]);
    expect(await said('  a: { image: x, ulimits: { nofile: { soft: 9, hard: -1 }, nproc: 5, core: { soft: 1, hard: 1 } } }\n')).toEqual([]);
    expect(await said('  a: { image: x, ulimits: { memlock: { soft: -1, hard: -1 } } }\n')).toEqual([]);
  });
});

import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { HostSubnet } from '@shared/domain/checks/facts';
import { routesOf } from '@shared/domain/checks/subnets';

/** Ranges of addresses that this machine reaches: of its interfaces, and where the kernel shows them, of its routes. */
export async function hostSubnets(): Promise<readonly HostSubnet[]> {
  const own = Object.entries(networkInterfaces()).flatMap(([interfaceName, addresses]) =>
    (addresses ?? []).flatMap((address) => (address.internal || address.cidr === null || /^fe80:/i.test(address.address) ? [] : [{ cidr: address.cidr, interfaceName }])),
  );
  const routes = process.platform === 'linux' ? routesOf(await readFile('/proc/net/route', 'latin1').catch(() => '')) : [];
  const seen = new Set<string>();
  return [...own, ...routes].filter(({ cidr }) => !seen.has(cidr) && seen.add(cidr) !== undefined);
}

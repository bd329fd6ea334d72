/** A range of addresses: the first one as a number, how many bits it is long in all and how many are fixed. */
export interface Range {
  readonly base: bigint;
  readonly bits: 32 | 128;
  readonly prefix: number;
}

function ipv4Number(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function ipv6Number(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...before, ...Array.from({ length: tail === undefined ? 0 : missing }, () => '0'), ...after];
  if (all.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return all.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}

/** Reads `10.1.0.0/16` or `fd00::/64`; undefined for anything else. */
export function rangeOf(cidr: string): Range | undefined {
  const match = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(cidr.trim());
  if (match === null) return undefined;
  const text = match[1] ?? '';
  const prefix = Number(match[2]);
  const bits = text.includes(':') ? 128 : 32;
  const address = bits === 128 ? ipv6Number(text) : ipv4Number(text);
  if (address === undefined || prefix > bits) return undefined;
  const free = BigInt(bits - prefix);
  return { base: (address >> free) << free, bits, prefix };
}

/** True for one address of either family. */
export function isAddress(text: string): boolean {
  return rangeOf(`${text}/32`)?.bits === 32 || rangeOf(`${text}/128`)?.bits === 128;
}

/** An address as it is written: IPv6 with its longest run of zeros left out. */
export function addressText(address: bigint, bits: 32 | 128): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((address >> BigInt(112 - 16 * index)) & 65_535n).toString(16)).join(':');
  const [longest] = (groups.match(/(?:^|(?<=:))0(?::0)+(?=:|$)/g) ?? []).sort((a, b) => b.length - a.length);
  if (longest === undefined) return groups;
  const at = groups.search(new RegExp(`(?:^|(?<=:))${longest}(?=:|$)`));
  return `${groups.slice(0, at).replace(/:$/, '')}::${groups.slice(at + longest.length).replace(/^:/, '')}`;
}

/** A range as it is written. */
export function rangeText({ base, bits, prefix }: Range): string {
  return `${addressText(base, bits)}/${String(prefix)}`;
}

/** True when the two ranges have an address in common. What is no range overlaps nothing. */
export function subnetsOverlap(a: string, b: string): boolean {
  const left = rangeOf(a);
  const right = rangeOf(b);
  if (left === undefined || right === undefined || left.bits !== right.bits) return false;
  const free = BigInt(left.bits - Math.min(left.prefix, right.prefix));
  return left.base >> free === right.base >> free;
}

/** True when both write the same range, whatever address of it they name. */
export function isSameSubnet(a: string, b: string): boolean {
  const left = rangeOf(a);
  const right = rangeOf(b);
  return left !== undefined && right !== undefined && left.bits === right.bits && left.prefix === right.prefix && left.base === right.base;
}

/** The ranges of the kernel's table of IPv4 routes (/proc/net/route); the default route is none. */
export function routesOf(table: string): readonly { readonly cidr: string; readonly interfaceName: string }[] {
  return table.split('\n').flatMap((line) => {
    const [interfaceName, destination, , , , , , mask] = line.split(/\s+/);
    if (interfaceName === undefined || !/^[0-9A-F]{8}$/.test(destination ?? '') || !/^[0-9A-F]{8}$/.test(mask ?? '') || /^0+$/.test(mask ?? '')) return [];
    const prefix = [...(mask ?? '')].reduce((sum, digit) => sum + [...Number.parseInt(digit, 16).toString(2)].filter((bit) => bit === '1').length, 0);
    const address = [6, 4, 2, 0].map((at) => Number.parseInt((destination ?? '').slice(at, at + 2), 16)).join('.');
    return [{ cidr: `${address}/${String(prefix)}`, interfaceName }];
  });
}

import type { HostListener } from './facts';

/** A listening socket as the kernel's tables show it, with the inode that leads to its process. */
export interface KernelSocket extends Pick<HostListener, 'protocol' | 'address' | 'port'> {
  readonly inode: string;
}

const TCP_LISTEN = '0A';
/** UDP has no listening state: an unconnected socket is 07. */
const UDP_UNCONNECTED = '07';

function ipv4(hex: string): string {
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');
}

/** Four 32-bit words, each in host (little-endian) byte order, as text with the longest run of zeros shortened. */
function ipv6(hex: string): string {
  const bytes: string[] = [];
  for (let word = 0; word < 32; word += 8) for (const at of [6, 4, 2, 0]) bytes.push(hex.slice(word + at, word + at + 2));
  const groups = Array.from({ length: 8 }, (_, index) => Number.parseInt(`${bytes[index * 2] ?? '00'}${bytes[index * 2 + 1] ?? '00'}`, 16));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const low = [groups[6] ?? 0, groups[7] ?? 0].flatMap((group) => [group >> 8, group & 0xff]);
    return `::ffff:${low.join('.')}`;
  }
  let best = { start: -1, length: 0 };
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return best.length < 2 ? text(groups) : `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}

/** The listening sockets in one of /proc/net/{tcp,tcp6,udp,udp6}. Lines it cannot read are left out. */
export function parseProcNet(text: string, protocol: 'tcp' | 'udp'): readonly KernelSocket[] {
  const wanted = protocol === 'tcp' ? TCP_LISTEN : UDP_UNCONNECTED;
  return text.split('\n').flatMap((line) => {
    const match = /^\s*\d+:\s+([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})\s+\S+\s+([0-9A-F]{2})\s+\S+\s+\S+\s+\S+\s+\d+\s+\d+\s+(\d+)/.exec(line);
    if (match === null || match[3] !== wanted) return [];
    const [, address = '', port = '0', , inode = ''] = match;
    return [{ protocol, address: address.length === 8 ? ipv4(address) : ipv6(address), port: Number.parseInt(port, 16), inode }];
  });
}

import { createSocket } from 'node:dgram';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { HostListener } from '@shared/domain/checks/facts';
import { parseProcNet, type KernelSocket } from '@shared/domain/checks/proc-net';

/** A host port somebody asks about. `address` empty: every address. */
export interface PortQuestion {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

/** What the ports door needs of the machine; tests hand in their own. */
export interface PortsDoor {
  /** Listeners on the asked ports, with their processes as far as they can be read. Never rejects. */
  listeners(questions: readonly PortQuestion[]): Promise<readonly HostListener[]>;
  /** Addresses of this machine's interfaces. */
  addresses(): readonly string[];
}

/** Tries to bind for a moment: 'taken' and 'free' are sure, 'unknown' where this user may not or the address is not here. */
export function probePort(question: PortQuestion): Promise<'free' | 'taken' | 'unknown'> {
  const verdictOf = (error: NodeJS.ErrnoException): 'taken' | 'unknown' => (error.code === 'EADDRINUSE' ? 'taken' : 'unknown');
  return new Promise((resolve) => {
    if (question.protocol === 'udp') {
      const socket = createSocket({ type: question.address.includes(':') ? 'udp6' : 'udp4', reuseAddr: false });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        socket.close();
        resolve(verdictOf(error));
      });
      socket.bind({ port: question.port, exclusive: true, ...(question.address === '' ? {} : { address: question.address }) }, () => socket.close(() => resolve('free')));
      return;
    }
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(verdictOf(error)));
    server.listen({ port: question.port, exclusive: true, ...(question.address === '' ? {} : { host: question.address }) }, () => server.close(() => resolve('free')));
  });
}

/** The ports of this machine: the kernel's tables on Linux, a try-bind elsewhere. */
export function hostPorts(platform: NodeJS.Platform = process.platform): PortsDoor {
  return {
    listeners: (questions) => (platform === 'linux' ? linuxListeners(questions) : probedListeners(questions)),
    addresses: () => Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address)),
  };
}

async function probedListeners(questions: readonly PortQuestion[]): Promise<readonly HostListener[]> {
  const answers = await Promise.all(questions.map(async (question) => ({ question, verdict: await probePort(question) })));
  return answers.flatMap(({ question, verdict }) => (verdict === 'taken' ? [{ protocol: question.protocol, address: question.address === '' ? '0.0.0.0' : question.address, port: question.port }] : []));
}

async function linuxListeners(questions: readonly PortQuestion[]): Promise<readonly HostListener[]> {
  const tables = [
    ['tcp', '/proc/net/tcp'],
    ['tcp', '/proc/net/tcp6'],
    ['udp', '/proc/net/udp'],
    ['udp', '/proc/net/udp6'],
  ] as const;
  const read = await Promise.all(
    tables.map(async ([protocol, path]) => {
      try {
        return parseProcNet(await readFile(path, 'latin1'), protocol);
      } catch {
        return []; // No IPv6 on this machine, or a /proc without tables.
      }
    }),
  );
  const asked = new Set(questions.map((question) => `${question.port}/${question.protocol}`));
  const sockets = read.flat().filter((socket) => asked.has(`${socket.port}/${socket.protocol}`));
  const [owners, wildcards] = await Promise.all([ownersOf(sockets), ipv4Wildcards(sockets)]);
  return sockets.map((socket) => ({
    protocol: socket.protocol,
    address: socket.address,
    port: socket.port,
    ...(socket.address === '::' ? { takesIpv4: wildcards.get(`${socket.port}/${socket.protocol}`) ?? true } : {}),
    ...(owners.get(socket.inode) ?? {}),
  }));
}

/** The kernel does not show whether an IPv6 wildcard takes IPv4 too; binding 0.0.0.0 tells. Left out where it cannot be told. */
async function ipv4Wildcards(sockets: readonly KernelSocket[]): Promise<ReadonlyMap<string, boolean>> {
  const found = new Map<string, boolean>();
  await Promise.all(
    sockets
      .filter((socket) => socket.address === '::')
      .map(async ({ protocol, port }) => {
        const verdict = await probePort({ protocol, port, address: '0.0.0.0' });
        if (verdict !== 'unknown') found.set(`${port}/${protocol}`, verdict === 'taken');
      }),
  );
  return found;
}

/** Which process holds each socket: /proc/<pid>/fd/* link to socket:[inode]. Processes of other users cannot be read without root. */
async function ownersOf(sockets: readonly KernelSocket[]): Promise<ReadonlyMap<string, { readonly pid: number; readonly processName?: string }>> {
  const wanted = new Set(sockets.map((socket) => socket.inode));
  const owners = new Map<string, { pid: number; processName?: string }>();
  if (wanted.size === 0) return owners;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      try {
        const descriptors = await readdir(`/proc/${pid}/fd`);
        const links = await Promise.all(descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')));
        const inodes = links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []).filter((inode) => wanted.has(inode) && !owners.has(inode));
        if (inodes.length === 0) return;
        const processName = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
        for (const inode of inodes) owners.set(inode, { pid: Number(pid), ...(processName === '' ? {} : { processName }) });
      } catch {
        // The process ended meanwhile, or belongs to another user.
      }
    }),
  );
  return owners;
}

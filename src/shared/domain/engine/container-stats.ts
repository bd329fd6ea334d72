import { fieldOf, listOf, numberOf, objectOf, textOf } from './read-json';

/** What `GET /containers/{id}/stats` says of one container. Bytes of network and disks are totals since its start. */
export interface ContainerStats {
  /** When the engine read it, milliseconds since the epoch. */
  readonly atMs: number;
  /** Processor time used since the start, in nanoseconds. */
  readonly cpuTotalNs: number;
  readonly memoryBytes: number;
  /** 0 = none set. */
  readonly memoryLimitBytes: number;
  readonly networkReceivedBytes: number;
  readonly networkSentBytes: number;
  readonly blockReadBytes: number;
  readonly blockWrittenBytes: number;
  readonly processes: number;
}

/**
 * Memory as `docker stats` shows it: without the file cache that the kernel takes back first. The counter is called
 * otherwise under cgroup v1; one that is not below the usage cannot be right and is not taken off.
 */
function memoryOf(memory: unknown): number {
  const usage = numberOf(fieldOf(memory, 'usage'));
  const details = objectOf(fieldOf(memory, 'stats'));
  const cache = numberOf(details['total_inactive_file']) || numberOf(details['inactive_file']);
  return cache < usage ? usage - cache : usage;
}

/** The engine says the machine's memory where a container has no limit. */
function limitOf(memory: unknown, hostMemoryBytes: number): number {
  const limit = numberOf(fieldOf(memory, 'limit'));
  return hostMemoryBytes > 0 && limit >= hostMemoryBytes ? 0 : limit;
}

function sumOf(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => sum + numberOf(value), 0);
}

/** Reads one answer. `readAtMs` stands in where the engine gives no time; null when the container does not run. */
export function statsFromJson(body: unknown, hostMemoryBytes: number, readAtMs: number): ContainerStats | null {
  const cpu = fieldOf(body, 'cpu_stats', 'cpu_usage', 'total_usage');
  const memory = fieldOf(body, 'memory_stats');
  // A container that ended meanwhile is answered with zeros instead of an error.
  if (numberOf(cpu) === 0 && numberOf(fieldOf(memory, 'usage')) === 0) return null;
  const networks = Object.values(objectOf(fieldOf(body, 'networks')));
  const blocks = listOf(fieldOf(body, 'blkio_stats', 'io_service_bytes_recursive'));
  const blockSum = (operation: string): number => sumOf(blocks.filter((one) => textOf(fieldOf(one, 'op')).toLowerCase() === operation).map((one) => fieldOf(one, 'value')));
  const atMs = Date.parse(textOf(fieldOf(body, 'read')));
  return {
    atMs: Number.isFinite(atMs) && atMs > 0 ? atMs : readAtMs,
    cpuTotalNs: numberOf(cpu),
    memoryBytes: memoryOf(memory),
    memoryLimitBytes: limitOf(memory, hostMemoryBytes),
    networkReceivedBytes: sumOf(networks.map((one) => fieldOf(one, 'rx_bytes'))),
    networkSentBytes: sumOf(networks.map((one) => fieldOf(one, 'tx_bytes'))),
    blockReadBytes: blockSum('read'),
    blockWrittenBytes: blockSum('write'),
    processes: numberOf(fieldOf(body, 'pids_stats', 'current')),
  };
}

/** Share of one core between two samples of one container; null when they cannot be compared (started again, or no time between). */
export function cpuShare(before: Pick<ContainerStats, 'atMs' | 'cpuTotalNs'>, after: Pick<ContainerStats, 'atMs' | 'cpuTotalNs'>): number | null {
  const elapsedMs = after.atMs - before.atMs;
  const usedNs = after.cpuTotalNs - before.cpuTotalNs;
  return elapsedMs <= 0 || usedNs < 0 ? null : usedNs / (elapsedMs * 1_000_000);
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuShare, statsFromJson } from '@shared/domain/engine/container-stats';

const HOST = 8_000_000_000;
/** Engine 20.10 under cgroup v1, one busy container with a limit of 64 MiB. */
const V1 = {
  read: '2026-11-21T14:32:21.956680428Z',
  preread: '0001-01-01T00:00:00Z',
  pids_stats: { current: 1 },
  blkio_stats: { io_service_bytes_recursive: [{ major: 8, minor: 0, op: 'Read', value: 100 }, { major: 8, minor: 0, op: 'Write', value: 8_192 }, { major: 8, minor: 0, op: 'Sync', value: 8_292 }, { major: 8, minor: 0, op: 'Total', value: 8_292 }, { major: 9, minor: 0, op: 'Read', value: 11 }] },
  cpu_stats: { cpu_usage: { total_usage: 2_053_438_362, percpu_usage: [11_361_229, 2_042_077_133] }, system_cpu_usage: 35_199_140_000_000, online_cpus: 2 },
  precpu_stats: { cpu_usage: { total_usage: 0 } },
  memory_stats: { usage: 11_403_264, max_usage: 12_763_136, stats: { cache: 10_399_744, inactive_file: 10_371_072, total_inactive_file: 10_371_072 }, limit: 67_108_864 },
  networks: { eth0: { rx_bytes: 646, tx_bytes: 0 }, eth1: { rx_bytes: 4, tx_bytes: 5 } },
};
/** The same of a newer engine under cgroup v2 without a limit. */
const V2 = {
  ...V1,
  blkio_stats: { io_service_bytes_recursive: [{ op: 'read', value: 100 }, { op: 'write', value: 8_192 }] },
  memory_stats: { usage: 11_403_264, stats: { anon: 61_440, file: 10_399_744, inactive_file: 10_371_072 }, limit: HOST },
};

describe('the answer of the engine', () => {
  it('is read under cgroup v1', () => {
    expect(statsFromJson(V1, HOST, 0)).toEqual({
      atMs: Date.parse('2026-11-21T14:32:21.956Z'), cpuTotalNs: 2_053_438_362, memoryBytes: 1_032_192, memoryLimitBytes: 67_108_864,
      networkReceivedBytes: 650, networkSentBytes: 5, blockReadBytes: 111, blockWrittenBytes: 8_192, processes: 1,
    });
  });

  it('is read under cgroup v2; the memory of the machine is no limit', () => {
    expect(statsFromJson(V2, HOST, 0)).toMatchObject({ memoryBytes: 1_032_192, memoryLimitBytes: 0, blockReadBytes: 100, blockWrittenBytes: 8_192 });
  });

  it('takes no cache off that is larger than the usage', () => {
    expect(statsFromJson({ ...V1, memory_stats: { usage: 10, stats: { inactive_file: 20 } } }, HOST, 0)?.memoryBytes).toBe(10);
  });

  it('is null for a container that ended, and never throws', () => {
    expect(statsFromJson({ read: '0001-01-01T00:00:00Z', cpu_stats: { cpu_usage: { total_usage: 0 } }, memory_stats: {} }, HOST, 5)).toBeNull();
    fc.assert(fc.property(fc.jsonValue(), (body) => void statsFromJson(body, HOST, 5)));
    expect(statsFromJson({ cpu_stats: { cpu_usage: { total_usage: 1 } } }, HOST, 5)?.atMs).toBe(5);
  });
});

describe('the share of a core', () => {
  it('is used time over elapsed time', () => {
    expect(cpuShare({ atMs: 1_000, cpuTotalNs: 0 }, { atMs: 3_000, cpuTotalNs: 3_000_000_000 })).toBe(1.5);
  });

  it('is unknown after a new start and without time between', () => {
    expect(cpuShare({ atMs: 1_000, cpuTotalNs: 10 }, { atMs: 3_000, cpuTotalNs: 5 })).toBeNull();
    expect(cpuShare({ atMs: 1_000, cpuTotalNs: 1 }, { atMs: 1_000, cpuTotalNs: 5 })).toBeNull();
  });
});

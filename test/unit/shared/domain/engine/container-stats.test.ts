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

  it('is read in the whole shape of cgroup v2, where nothing is called as under v1 and whole lists are null', () => {
    const none = { io_serviced_recursive: null, io_queue_recursive: null, io_service_time_recursive: null, io_wait_time_recursive: null, io_merged_recursive: null, io_time_recursive: null, sectors_recursive: null };
    const memory = {
      ...{ active_anon: 4_096, active_file: 1_269_760, anon: 33_554_432, anon_thp: 0, file: 5_242_880, file_dirty: 0, file_mapped: 811_008, file_writeback: 0, inactive_anon: 33_550_336, inactive_file: 3_973_120 },
      ...{ kernel_stack: 49_152, pgactivate: 310, pgdeactivate: 0, pgfault: 12_870, pglazyfree: 0, pglazyfreed: 0, pgmajfault: 11, pgrefill: 0, pgscan: 0, pgsteal: 0, shmem: 0, slab: 402_360, slab_reclaimable: 229_000 },
      ...{ slab_unreclaimable: 173_360, sock: 0, thp_collapse_alloc: 0, thp_fault_alloc: 0, unevictable: 0, workingset_activate: 0, workingset_nodereclaim: 0, workingset_refault: 0 },
    };
    const throttling = { periods: 0, throttled_periods: 0, throttled_time: 0 };
    const body = {
      ...{ id: 'c', name: '/shop-api-1', num_procs: 0, storage_stats: {}, read: '2026-11-21T15:00:01.5Z', preread: '2026-11-21T15:00:00.5Z', pids_stats: { current: 7, limit: 18_446_744_073_709_552_000 } },
      blkio_stats: { ...none, io_service_bytes_recursive: [{ major: 259, minor: 0, op: 'read', value: 4_096 }, { major: 259, minor: 0, op: 'write', value: 12_288 }, { major: 253, minor: 0, op: 'read', value: 100 }, { major: 253, minor: 0, op: 'write', value: 0 }] },
      cpu_stats: { cpu_usage: { total_usage: 1_234_567_000, usage_in_kernelmode: 234_567_000, usage_in_usermode: 1_000_000_000 }, system_cpu_usage: 99_000_000_000, online_cpus: 4, throttling_data: throttling },
      precpu_stats: { cpu_usage: { total_usage: 734_567_000, usage_in_kernelmode: 0, usage_in_usermode: 0 }, system_cpu_usage: 95_000_000_000, online_cpus: 4, throttling_data: throttling },
      memory_stats: { usage: 39_321_600, stats: memory, limit: 67_108_864 },
      networks: { eth0: { rx_bytes: 1_406, rx_packets: 17, rx_errors: 0, rx_dropped: 0, tx_bytes: 126, tx_packets: 3, tx_errors: 0, tx_dropped: 0 } },
    };
    expect(statsFromJson(body, HOST, 0)).toEqual({
      atMs: Date.parse('2026-11-21T15:00:01.500Z'), cpuTotalNs: 1_234_567_000, memoryBytes: 39_321_600 - 3_973_120, memoryLimitBytes: 67_108_864,
      networkReceivedBytes: 1_406, networkSentBytes: 126, blockReadBytes: 4_196, blockWrittenBytes: 12_288, processes: 7,
    });
    expect(cpuShare({ atMs: Date.parse(body.preread), cpuTotalNs: body.precpu_stats.cpu_usage.total_usage }, statsFromJson(body, HOST, 0) ?? { atMs: 0, cpuTotalNs: 0 })).toBe(0.5);
    // A container that has done no I/O yet.
    expect(statsFromJson({ ...body, blkio_stats: { ...none, io_service_bytes_recursive: null } }, HOST, 0)).toMatchObject({ blockReadBytes: 0, blockWrittenBytes: 0 });
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

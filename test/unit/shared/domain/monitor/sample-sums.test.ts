import { describe, expect, it } from 'vitest';
import type { ContainerStats } from '@shared/domain/engine/container-stats';
import { projectTotal, serviceUses } from '@shared/domain/monitor/sample-sums';

function stats(more: Partial<ContainerStats> = {}): ContainerStats {
  return { atMs: 2_000, cpuTotalNs: 1_500_000_000, memoryBytes: 10, memoryLimitBytes: 100, networkReceivedBytes: 1, networkSentBytes: 2, blockReadBytes: 3, blockWrittenBytes: 4, processes: 5, ...more };
}
const before = { atMs: 1_000, cpuTotalNs: 1_000_000_000 };

describe('the use of services', () => {
  it('is summed over their containers, services by name', () => {
    const uses = serviceUses([
      { service: 'web', now: stats(), before, restarts: 1 },
      { service: 'api', now: stats(), before: null, restarts: 0 },
      { service: 'web', now: stats({ memoryBytes: 20 }), before, restarts: 2 },
    ]);
    expect(uses.map((one) => one.service)).toEqual(['api', 'web']);
    expect(uses[0]?.cpu).toBeNull();
    expect(uses[1]).toMatchObject({ cpu: 1, memoryBytes: 30, memoryLimitBytes: 200, processes: 10, restarts: 3 });
    expect(projectTotal(uses)).toMatchObject({ cpu: 1, memoryBytes: 40, networkSentBytes: 6 });
  });

  it('has no limit when one of its containers has none', () => {
    expect(serviceUses([{ service: 'a', now: stats(), before, restarts: 0 }, { service: 'a', now: stats({ memoryLimitBytes: 0 }), before, restarts: 0 }])[0]?.memoryLimitBytes).toBe(0);
  });
});

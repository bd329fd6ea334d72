import { describe, expect, it } from 'vitest';
import { bytes, renderCleanUp, renderDisk, renderStats } from '../../../../src/cli/render/usage';

const use = { cpu: 0.5, memoryBytes: 10 * 1024 * 1024, networkReceivedBytes: 1_536, networkSentBytes: 0, blockReadBytes: 0, blockWrittenBytes: 3, processes: 2 };
const at = '2026-01-01T00:00:00.000Z';
const nothing = { count: 0, sizeBytes: 0, reclaimableBytes: 0 };

describe('usage for people', () => {
  it('writes bytes as docker does', () => {
    expect([bytes(0), bytes(1_536), bytes(250 * 1024 * 1024), bytes(3 * 1024 ** 3)]).toEqual(['0 B', '1.5 KiB', '250 MiB', '3.0 GiB']);
  });

  it('shows services with their total', () => {
    const text = renderStats({ projectId: 'p', at, services: [{ service: 'api', at, ...use, memoryLimitBytes: 0, restarts: 1 }, { service: 'web', at, ...use, cpu: null, memoryLimitBytes: 1024 ** 3, restarts: 0 }], total: use });
    expect(text).toContain('50.0 %');
    expect(text).toContain('1.0 GiB');
    expect(text).toContain('TOTAL');
    expect(renderStats({ projectId: 'p', at, services: [], total: use })).toContain('Nothing runs');
  });

  it('shows only what could go, and how', () => {
    const item = { kind: 'image' as const, name: 'shop-api', sizeBytes: 2048, createdAt: at, why: 'x', removable: true };
    const text = renderDisk({ at, images: { ...nothing, count: 31 }, volumes: nothing, buildCache: nothing, containers: nothing, items: [...Array.from({ length: 30 }, (_, index) => ({ ...item, id: `image:${String(index)}` })), { ...item, id: 'image:kept', removable: false }] });
    expect(text).toContain('and 5 more');
    expect(text).not.toContain('image:kept');
    expect(renderDisk({ at, images: nothing, volumes: nothing, buildCache: nothing, containers: nothing, items: [] })).toContain('Nothing can be removed.');
    expect(renderCleanUp({ operationId: 'o', removed: ['image:a'], freedBytes: 1_024, kept: ['image:b: in use.'] }, false)).toContain('Removed 1 item, freed 1.0 KiB.');
    expect(renderCleanUp({ operationId: 'o', removed: [], freedBytes: 0, kept: [] }, true)).toContain('Would remove 0 items');
  });
});

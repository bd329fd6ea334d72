import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerDetail, environmentOf, healthDetail, limitsDetail, networkDetails } from '@shared/domain/services/container-detail';

const BODY = {
  Id: 'c1',
  Name: '/shop-api-1',
  Created: '2026-01-01T00:00:00Z',
  Path: 'node',
  Args: ['main.js', '--port', '80'],
  RestartCount: 3,
  Config: { User: 'node', Env: ['A=1', 'EMPTY=', 'EQUAL=a=b', 'BARE'], Healthcheck: { Test: ['CMD-SHELL', 'curl -f localhost'] } },
  State: {
    Status: 'exited',
    ExitCode: 137,
    OOMKilled: true,
    StartedAt: '2026-01-01T00:00:01Z',
    FinishedAt: '0001-01-01T00:00:00Z',
    Health: {
      Status: 'unhealthy',
      FailingStreak: 2,
      Log: [
        { Start: '2026-01-01T00:00:02.5Z', End: '2026-01-01T00:00:03Z', ExitCode: 0, Output: 'fine\n' },
        { Start: '2026-01-01T00:00:12Z', End: '0001-01-01T00:00:00Z', ExitCode: 7, Output: 'x'.repeat(5_000) },
      ],
    },
  },
  HostConfig: { NanoCpus: 1_500_000_000, Memory: 1_024, MemoryReservation: 0, PidsLimit: -1, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 5 } },
  NetworkSettings: { Networks: { shop_b: { IPAddress: '10.0.0.2', Aliases: null }, shop_a: { IPAddress: '', GlobalIPv6Address: 'fd00::2', Gateway: '10.1.0.1', MacAddress: '02:42', Aliases: ['api'] } } },
};

describe('the whole inspect of a container', () => {
  it('says how it is and how it ended', () => {
    expect(containerDetail(BODY)).toEqual({ id: 'c1', name: 'shop-api-1', state: 'exited', health: 'unhealthy', createdAt: '2026-01-01T00:00:00Z', startedAt: '2026-01-01T00:00:01Z', finishedAt: null, exitCode: 137, restarts: 3, outOfMemory: true, error: '', command: ['node', 'main.js', '--port', '80'], user: 'node', restartPolicy: 'on-failure:5' });
    expect(containerDetail({ ...BODY, State: { Status: 'running', ExitCode: 0 } }).exitCode).toBeNull();
  });

  it('says what the health check found, newest first and bounded', () => {
    const health = healthDetail(BODY);
    expect(health?.check).toEqual(['curl -f localhost']);
    expect(health?.failingStreak).toBe(2);
    expect(health?.probes.map((one) => [one.exitCode, one.tookMs, one.output.length])).toEqual([[7, null, 2_001], [0, 500, 4]]);
    expect(healthDetail({ Config: { Healthcheck: { Test: ['NONE'] } }, State: {} })).toBeNull();
    expect(healthDetail({})).toBeNull();
  });

  it('says what it may use and where it can be reached', () => {
    expect(limitsDetail(BODY)).toEqual({ cpus: 1.5, memoryBytes: 1_024, reservedMemoryBytes: null, processes: null });
    expect(limitsDetail({ HostConfig: { CpuQuota: 50_000 } }).cpus).toBe(0.5);
    expect(networkDetails(BODY)).toEqual([
      { container: 'shop-api-1', name: 'shop_a', ipAddress: '', ipv6Address: 'fd00::2', gateway: '10.1.0.1', macAddress: '02:42', aliases: ['api'] },
      { container: 'shop-api-1', name: 'shop_b', ipAddress: '10.0.0.2', ipv6Address: '', gateway: '', macAddress: '', aliases: [] },
    ]);
    expect([...environmentOf(BODY)]).toEqual([['A', '1'], ['EMPTY', ''], ['EQUAL', 'a=b'], ['BARE', 'BARE']]);
  });

  it('never throws over what an engine may answer', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        containerDetail(body);
        healthDetail(body);
        limitsDetail(body);
        networkDetails(body);
        environmentOf(body);
      }),
    );
  });
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { doctorReport } from '@shared/contract/schemas/engine';
import { machineDoctor } from '@main/diagnostics';
import { createEngine } from '@main/docker/engine';
import type { Engine } from '@main/docker/types';
import { hostInfo } from '@main/platform/host-info';
import { openS3 } from '@main/platform/s3/client';

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function engineAt(uri: string): Engine {
  const engine = createEngine({ env: { DOCKER_HOST: uri } });
  cleanups.push(() => engine.close());
  return engine;
}

const doctor = (uri: string) =>
  machineDoctor({ engine: engineAt(uri), host: hostInfo(), stateDir: tmpdir(), engineIsLocal: () => true, version: '0.0.0', api: () => ({ socket: '', tcp: { enabled: false, url: null, tokenFile: '' } }), imageIsHere: () => Promise.resolve(false), runProgram: () => Promise.resolve({ exitCode: 0, stdout: '5.0.2\n', stderr: '' }) });

async function server(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const http: Server = createServer(answer as never);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

describe('doctor on this machine', () => {
  it('says which engine answers and that Berth can work', async () => {
    const report = await doctor('unix:///var/run/docker.sock').run();
    expect(doctorReport.parse(report)).toEqual(report);
    const byName = new Map(report.checks.map((check) => [check.name, check]));
    expect(byName.get('engine')).toMatchObject({ ok: true });
    expect(byName.get('engine')?.detail).toMatch(/Docker Engine .+ at unix:\/\/\/var\/run\/docker\.sock \(DOCKER_HOST\)/);
    expect(byName.get('engine-version')?.ok).toBe(true);
    expect(byName.get('state-folder')?.ok).toBe(true);
    expect(byName.get('disk')?.detail).toContain('free');
    expect(byName.has('s3')).toBe(false);
  });

  it('an engine that is away comes with the command that starts it', async () => {
    const report = await doctor('unix:///nonexistent/docker.sock').run();
    const engine = report.checks.find((check) => check.name === 'engine');
    expect(engine?.ok).toBe(false);
    expect(engine?.fix).toMatch(/docker/);
  });
});

describe('the door to a bucket store', () => {
  const open = (endpoint: string, deadlineMs = 10_000) => {
    const s3 = openS3({ endpoint, region: 'us-east-1', accessKey: 'a', secretKey: 'b', deadlineMs });
    cleanups.push(() => s3.close());
    return s3;
  };

  it('lists buckets', async () => {
    const endpoint = await server((_, response) => response.end('<ListAllMyBucketsResult><Buckets><Bucket><Name>data</Name></Bucket></Buckets></ListAllMyBucketsResult>'));
    expect(await open(endpoint).bucketNames()).toEqual(['data']);
  });

  it('ends in time when nothing is answered, and says what is wrong otherwise', async () => {
    await expect(open(await server(() => undefined), 400).bucketNames()).rejects.toMatchObject({ code: 'service-unreachable' });
    await expect(open('http://127.0.0.1:1').bucketNames()).rejects.toMatchObject({ code: 'service-unreachable' });
    const refusing = await server((_, response) => {
      response.statusCode = 403;
      response.end();
    });
    await expect(open(refusing).headBucket('data')).rejects.toMatchObject({ code: 'input-invalid' });
    const empty = await server((_, response) => {
      response.statusCode = 404;
      response.end();
    });
    await expect(open(empty).headBucket('data')).rejects.toMatchObject({ code: 'not-found' });
  });
});

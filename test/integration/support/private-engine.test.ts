import { readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tarStream } from '../../../scripts/lib/engine-image.mjs';
import { BUSYBOX_IMAGE, engineCallBody, engineJson, ensureBusybox } from '../../support/images';
import { freePort, privateEngineObstacle, startPrivateEngine, type PrivateEngine } from '../../support/private-engine';

const obstacle = await privateEngineObstacle();

/** The harness of the fault tests must itself be sound: it really fills, kills and cleans up. */
describe.skipIf(obstacle !== null)('a private engine', () => {
  let engine: PrivateEngine;
  let bridgesBefore: readonly string[] = [];
  const bridges = async (): Promise<string[]> => readdir('/sys/class/net');

  beforeAll(async () => {
    bridgesBefore = await bridges();
    engine = await startPrivateEngine({ dataRootSizeMiB: 60 });
    await ensureBusybox({ socketPath: engine.socketPath });
  });
  afterAll(async () => {
    const { socketPath, dataRoot, bridge } = engine;
    await engine.close();
    expect(existsSync(socketPath)).toBe(false);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(dataRoot);
    expect(await bridges()).not.toContain(bridge);
    // The machine's own engine keeps its bridge.
    if (bridgesBefore.includes('docker0')) expect(await bridges()).toContain('docker0');
  });

  const build = async (steps: string): Promise<string> => {
    const dockerfile = `FROM ${BUSYBOX_IMAGE}\n${steps}\n`;
    return engineCallBody('POST', '/build?t=bt-private:1&nocache=1', tarStream([{ path: 'Dockerfile', content: dockerfile }]), engine.socketPath);
  };

  test('publishes a port of a container on its own network', async () => {
    const port = await freePort();
    const { socketPath } = engine;
    const network = await engineJson<{ Id: string }>('POST', '/networks/create', { socketPath, body: { Name: 'own', IPAM: { Config: [{ Subnet: engine.networkSubnet }] } } });
    const { Id } = await engineJson<{ Id: string }>('POST', '/containers/create?name=answers', {
      socketPath,
      body: {
        Image: BUSYBOX_IMAGE,
        Cmd: ['sh', '-c', "trap 'exit 0' TERM; httpd -f -p 80 & wait"],
        ExposedPorts: { '80/tcp': {} },
        HostConfig: { NetworkMode: network.Id, PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] } },
      },
    });
    await engineJson('POST', `/containers/${Id}/start`, { socketPath });
    // Nothing is served in there, but somebody answers.
    await expect.poll(async () => fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(500) }).then((reply) => reply.status, () => 0)).toBe(404);
  });

  test('a full disk fails a build, and the same build works when there is room again', async () => {
    await engine.fillDisk(1_000_000);
    expect(await build('RUN dd if=/dev/zero of=/big bs=1M count=8')).toContain('o space left on device');
    await engine.freeDisk();
    expect(await build('RUN dd if=/dev/zero of=/big bs=1M count=8')).toContain('Successfully tagged');
  });

  test('it comes back after a kill with its images', async () => {
    const before = engine.pid();
    await engine.kill();
    expect(engine.pid()).toBeNull();
    await engine.start();
    expect(engine.pid()).not.toBe(before);
    await engineJson('GET', `/images/${BUSYBOX_IMAGE}/json`, { socketPath: engine.socketPath });
  });
});

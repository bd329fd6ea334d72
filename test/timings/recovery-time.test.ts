import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { realBerth, type Berth, type Running } from '../integration/runtime/host-process';
import { engineJson, ensureBusybox } from '../support/images';
import { privateEngineObstacle, startPrivateEngine, type PrivateEngine } from '../support/private-engine';
import { twentyServices, type TestProject } from '../support/projects';

const LIMIT_MS = 5_000;
const obstacle = await privateEngineObstacle();

describe.skipIf(obstacle !== null)(`how soon twenty services are shown as they are${obstacle === null ? '' : ` (${obstacle})`}`, () => {
  let engine: PrivateEngine;
  let berth: Berth;
  let project: TestProject;
  let host: Running;

  beforeAll(async () => {
    engine = await startPrivateEngine();
    await ensureBusybox({ socketPath: engine.socketPath });
    project = await twentyServices({ socketPath: engine.socketPath });
    // Its default network takes an address range that nobody else has.
    for (const file of ['docker-compose.dev.yml', 'docker-compose.clean.yml']) await project.write(file, `${await project.read(file)}networks:\n  default:\n    ipam: { config: [{ subnet: ${engine.networkSubnet} }] }\n`);
    berth = await realBerth({ DOCKER_HOST: engine.dockerHost });
    host = berth.start(['serve']);
    await host.says('"type":"ready"');
    expect((await berth.json('projects', 'open', project.dir, '--trust')).code).toBe(0);
    expect((await berth.json('modes', 'switch', 'dev', '--project', project.dir, '--yes')).error).toBeUndefined();
    expect((await berth.json('drift', 'policy', 'notify', '--project', project.dir)).code).toBe(0);
  }, 240_000);
  afterAll(async () => {
    host.child.kill('SIGTERM');
    await host.ended;
    await berth.close();
    await project.close();
    await engine.close();
  }, 120_000);

  /** What runs by the engine's own word. */
  async function running(): Promise<number> {
    const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project.name}`], status: ['running'] }));
    return (await engineJson<readonly unknown[]>('GET', `/containers/json?filters=${filters}`, { socketPath: engine.socketPath })).length;
  }
  /** What the host that runs shows, once it agrees with the engine. Resolves with how long that took. */
  async function untilTrue(sinceMs: number): Promise<number> {
    for (;;) {
      const { value } = await berth.json<OutputOf<'services.list'>>('services', 'list', '--project', project.dir);
      const shown = value?.services.filter((one) => one.state === 'running').length ?? -1;
      const tookMs = performance.now() - sinceMs;
      if (shown === (await running()) && value.services.length === 20) return tookMs;
      if (tookMs > 60_000) throw new Error(`${String(shown)} are shown as running.`);
    }
  }

  it('after a kill, from its start', async () => {
    host.child.kill('SIGKILL');
    await host.ended;
    const sinceMs = performance.now();
    host = berth.start(['serve']);
    await host.says('"type":"ready"');
    const readyMs = performance.now() - sinceMs;
    const tookMs = await untilTrue(sinceMs);
    process.stdout.write(`recovery-time: ready ${readyMs.toFixed(0)} ms, twenty services as they are ${tookMs.toFixed(0)} ms after the start\n`);
    expect(await running()).toBe(20);
    expect(tookMs).toBeLessThan(LIMIT_MS);
  });

  it('after the engine was restarted, from when it answers', async () => {
    await engine.restart();
    const tookMs = await untilTrue(performance.now());
    process.stdout.write(`recovery-time: as the engine says ${tookMs.toFixed(0)} ms after it answered again\n`);
    expect(tookMs).toBeLessThan(LIMIT_MS);
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '@main/docker/engine';
import { findEngine } from '@main/docker/find-engine';
import type { EngineEvent } from '@main/docker/types';
import { ensureBusybox } from '../../support/images';
import { startPrivateEngine, type PrivateEngine } from '../../support/private-engine';
import { until } from './harness';

let daemon: PrivateEngine;
let home: string;

beforeAll(async () => {
  daemon = await startPrivateEngine();
  home = await mkdtemp(join(tmpdir(), 'bt-dk-home-'));
});
afterAll(async () => {
  await daemon.close();
  await rm(home, { recursive: true, force: true });
});

describe('an engine that is killed', () => {
  it('is found again within ten seconds of its return, with a gap, and what died meanwhile is seen', async () => {
    const engine = createEngine({ env: { DOCKER_HOST: daemon.dockerHost }, timing: { heartbeatMs: 500 } });
    const image = await ensureBusybox({ socketPath: daemon.socketPath });
    const labels = { 'com.docker.compose.project': 'bt-dk-restart', 'com.docker.compose.project.working_dir': home };
    const mine = engine.as({ projectDir: home, projectName: 'bt-dk-restart', trustedFactKeys: [] });
    const { id } = await mine.createContainer('bt-dk-restart-1', { Image: image, Cmd: ['sleep', '1000'], Labels: labels, HostConfig: { NetworkMode: 'none' } });
    await mine.startContainer(id);
    const waiting = mine.waitContainer(id).then(() => 'ended', (error: { code: string }) => error.code);
    const events: EngineEvent[] = [];
    let poke: () => void = () => undefined;
    engine.onEvent((event) => {
      events.push(event);
      poke();
    });
    const first = until(() => events.find((event) => event.type === 'gap'));
    poke = first.poke;
    first.poke();
    await first.done;

    const gone = until(() => (engine.state().state === 'unreachable' ? true : undefined));
    engine.onStateChanged(gone.poke);
    await daemon.kill();
    await gone.done;
    expect(['engine-unreachable', 'ended']).toContain(await waiting);

    events.length = 0;
    const gap = until(() => events.find((event) => event.type === 'gap'));
    poke = gap.poke;
    await daemon.start();
    const before = performance.now();
    await gap.done;
    expect(performance.now() - before).toBeLessThan(10_000);
    expect((await engine.info()).endpoint.uri).toBe(daemon.dockerHost);
    expect((await engine.observe('bt-dk-restart', [])).containers.map((item) => item.id)).toEqual([id]);
    await mine.removeContainer(id, { force: true, anonymousVolumes: true });
    engine.close();
  });
});

describe('looking for an engine', () => {
  const base = { platform: 'linux', userId: 0 } as const;

  it('takes the current docker context, and names what it tried', async () => {
    await mkdir(join(home, '.docker', 'contexts', 'meta', 'x'), { recursive: true });
    await writeFile(join(home, '.docker', 'config.json'), JSON.stringify({ currentContext: 'private' }));
    await writeFile(join(home, '.docker', 'contexts', 'meta', 'x', 'meta.json'), JSON.stringify({ Name: 'private', Endpoints: { docker: { Host: daemon.dockerHost } } }));
    const found = await findEngine({ ...base, env: {}, homeDir: home });
    expect(found.endpoint).toEqual({ uri: daemon.dockerHost, origin: 'context private' });
    found.transport?.close();
  });

  it('tries nothing else when DOCKER_HOST leads nowhere, and says so', async () => {
    const found = await findEngine({ ...base, env: { DOCKER_HOST: `unix://${home}/none.sock` }, homeDir: home });
    expect(found).toMatchObject({ transport: null, tried: [`DOCKER_HOST (unix://${home}/none.sock): not there`] });
    expect(found.message).toContain('none.sock');
    const ssh = await findEngine({ ...base, env: { DOCKER_HOST: 'ssh://me@host' }, homeDir: home });
    expect(ssh.message).toContain('SSH');
    expect(ssh.hint).toContain('DOCKER_HOST=unix://');
    const lost = createEngine({ ...base, env: { DOCKER_HOST: `unix://${home}/none.sock` }, homeDir: home });
    expect(await lost.connect()).toMatchObject({ state: 'unreachable' });
    await expect(lost.observe('x', [])).rejects.toMatchObject({ code: 'engine-unreachable' });
    lost.close();
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { realBerth, type Berth, type Running } from '../integration/runtime/host-process';
import { startDockerProxy, type DockerProxy } from '../support/docker-proxy';
import { hungMountObstacle } from '../support/hung-mount';
import { BUSYBOX_IMAGE, ensureBusybox, testSocketPath } from '../support/images';
import { freePort, privateEngineObstacle, startPrivateEngine } from '../support/private-engine';
import { emptyProject, type TestProject } from '../support/projects';
import { FAULTS, HANGS, web, type Fault, type Victim } from './fault-table';

const run = promisify(execFile);
const FILE = 'docker-compose.dev.yml';
const noHang = await hungMountObstacle();
const noEngine = await privateEngineObstacle();
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

type Ended = Awaited<Running['ended']>;

/** One sentence with the name of what is wrong, what to do next, the right exit code, and nothing of the inside. */
function expectTold({ code, out, err }: Ended, { exit, says, next }: Pick<Fault, 'exit' | 'says' | 'next'>): void {
  expect({ code, out: out.trim() }, err).toEqual({ code: exit, out: '' });
  expect(err).toMatch(says);
  expect(err).toMatch(next);
  expect(err).toMatch(/^berth: [^\n]*[.)]$/m);
  // The word by itself is a leak; ids of findings have it in them (undefined_network-…).
  expect(err).not.toMatch(/\n\s+at .*[cm]?[jt]s:\d+|\bnode:|Error:|\bundefined\b|\[object|\bE[A-Z]{3,}\b:/);
}

describe('a fault from outside is one sentence and a next step, the app goes on, and without it all is well', () => {
  let berth: Berth;
  let serve: Running;
  let proxy: DockerProxy;
  let victim: Victim;

  beforeAll(async () => {
    await ensureBusybox();
    proxy = await startDockerProxy({ target: testSocketPath() });
    berth = await realBerth({ DOCKER_HOST: proxy.uri });
    victim = { project: await emptyProject('faults', { files: { [FILE]: web() } }), port: await freePort() };
    serve = berth.start(['serve']);
    await serve.says('"type":"ready"');
    expect((await berth.json('projects', 'open', victim.project.dir, '--trust')).code).toBe(0);
    await isWell();
  });
  afterAll(async () => {
    serve.child.kill('SIGTERM');
    await serve.ended;
    await berth.close();
    await proxy.close();
    await victim.project.close();
  });

  const toDev = (project: TestProject = victim.project, env: { readonly [name: string]: string } = {}): Promise<Ended> => berth.start(['modes', 'switch', 'dev', '--project', project.dir, '--yes'], env).ended;

  /** The same command succeeds, and the app that does it never ended. */
  async function isWell(): Promise<void> {
    const { code, err } = await toDev();
    expect(code, err).toBe(0);
    expect(serve.child.exitCode).toBeNull();
  }

  it.each([...FAULTS, ...(noHang === null ? [HANGS] : [])])('$name', async (fault) => {
    if (fault.compose !== undefined) await victim.project.write(FILE, fault.compose(victim));
    const takeAway = await fault.inject?.(victim);
    try {
      expectTold(await toDev(), fault);
    } finally {
      await takeAway?.();
      await victim.project.write(FILE, web());
    }
    await isWell();
  });

  it('a project that is not trusted', async () => {
    const stranger = await emptyProject('stranger', { files: { [FILE]: web('    volumes: ["/etc:/host-etc"]\n') } });
    try {
      expectTold(await toDev(stranger), { exit: 2, says: /is not trusted yet[^]*web can .*\/etc/, next: /then trust it: `berth projects trust/ });
    } finally {
      await stranger.close();
    }
    await isWell();
  });

  it('an engine that is away', async () => {
    await proxy.down();
    expectTold(await toDev(), { exit: 3, says: /Docker/, next: /berth doctor|[Ss]tart/ });
    await proxy.up();
    for (;;) {
      const { value } = await berth.json<OutputOf<'engine.status'>>('engine', 'status');
      if (value.state === 'connected') break;
    }
    await isWell();
  });

  it.skipIf(!isRoot)('a state folder that cannot be written', async () => {
    const home = await mkdtemp(join(tmpdir(), 'bt-ro-'));
    const ask = (): Promise<Ended> => berth.start(['projects', 'list'], { BERTH_HOME: home }).ended;
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'ro,size=1m', 'berth-test', home]);
      expectTold(await ask(), { exit: 1, says: new RegExp(`${home}: it lies on a disk that can only be read`), next: /or set BERTH_HOME to another one/ });
      await run('umount', [home]);
      expect((await ask()).code).toBe(0);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
    await isWell();
  });

  it.skipIf(noEngine !== null)('a full disk of the engine', async () => {
    const engine = await startPrivateEngine({ dataRootSizeMiB: 192 });
    const home = await mkdtemp(join(tmpdir(), 'bt-full-'));
    const env = { DOCKER_HOST: engine.dockerHost, BERTH_HOME: home };
    const project = await emptyProject('full', {
      socketPath: engine.socketPath,
      files: { [FILE]: web('    network_mode: none\n', '', '    build: ./big\n'), 'big/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nRUN dd if=/dev/zero of=/big bs=1M count=48\n` },
    });
    try {
      await ensureBusybox({ socketPath: engine.socketPath });
      expect((await berth.start(['projects', 'open', project.dir, '--trust'], env).ended).code).toBe(0);
      await engine.fillDisk(8 * 1024 * 1024);
      expectTold(await toDev(project, env), { exit: 1, says: /^berth: web: The disk of the Docker engine is full/m, next: /Free some space/ });
      await engine.freeDisk();
      const { code, err } = await toDev(project, env);
      expect(code, err).toBe(0);
    } finally {
      await project.close();
      await engine.close();
      await rm(home, { recursive: true, force: true });
    }
    await isWell();
  });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../integration/modes/kit';
import { smallShop, type SmallShop } from '../integration/modes/small-shop';
import { withSnapshots, type SnapshotWorld } from '../integration/snapshots/restore-kit';
import { privateEngineObstacle, startPrivateEngine, type PrivateEngine } from '../support/private-engine';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const obstacle = await privateEngineObstacle();

describe.skipIf(obstacle !== null)('a disk of the engine that is too small for a restore', () => {
  let engine: PrivateEngine;
  let shop: SmallShop;
  let world: World;
  let snapshots: SnapshotWorld;
  let seesRoom = false;
  let kept: string;

  const docker = async (...args: string[]): Promise<string> => (await run('docker', ['-H', engine.dockerHost, ...args])).stdout;
  const inDb = (command: string): Promise<string> => docker('exec', `${shop.name}-db-1`, 'sh', '-c', command);
  const state = async (): Promise<unknown> => ({
    containers: await docker('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.State}}'),
    volumes: await docker('volume', 'ls', '-q'),
    data: await inDb('cd /var/lib/data && find . -type f | sort | xargs sha256sum && stat -c "%n %a %u %Y" . big'),
    env: await shop.read('.env'),
  });

  beforeAll(async () => {
    engine = await startPrivateEngine({ dataRootSizeMiB: 192 });
    shop = await smallShop({ socketPath: engine.socketPath, dev: { api: { ports: [], network_mode: 'none' }, web: { network_mode: 'none' }, db: { network_mode: 'none' } } });
    await shop.write('.env', 'TOKEN=first\n');
    world = await openWorld({ socketPath: engine.socketPath });
    snapshots = await withSnapshots(world, (deps) => ({
      ...deps,
      volumeProgram: (authorization) => {
        const program = deps.volumeProgram(authorization);
        return { ...program, measure: async (source, signal) => ({ ...(await program.measure(source, signal)), ...(seesRoom ? { freeBytes: Number.MAX_SAFE_INTEGER } : {}) }) };
      },
    }));
    await world.engine.connect();
    await world.projects.open(shop.dir, true);
    expect((await world.switchTo(shop.dir, 'dev')).error).toBeNull();
    await inDb('dd if=/dev/urandom of=/var/lib/data/big bs=1M count=40');
    kept = (await snapshots.snapshot(shop.dir, { compose: ['docker-compose.dev.yml', 'docker-compose.clean.yml'], env: ['.env'], volumes: [`${shop.name}_data`] })).id;
    await inDb('echo second > /var/lib/data/rows');
    await shop.write('.env', 'TOKEN=second\n');
  }, 300_000);
  afterAll(async () => {
    await world.close();
    await shop.close();
    await engine.close();
  }, 120_000);

  it('says so before anything is written', async () => {
    await engine.fillDisk(30 * MIB);
    const before = await state();
    const failed = await snapshots.restore(shop.dir, kept);
    expect(failed.error).toMatchObject({ code: 'blocked', message: expect.stringMatching(/MB are free/) as string });
    expect(await state()).toEqual(before);
  }, 120_000);

  it('changes nothing when it gets full in the middle', async () => {
    seesRoom = true;
    for (const leave of [2, 15, 30]) {
      await engine.freeDisk();
      await engine.fillDisk(leave * MIB);
      const before = await state();
      const failed = await snapshots.restore(shop.dir, kept);
      expect(failed.state).toBe('rolled-back');
      expect(failed.error?.code).toBe('disk-full');
      expect(await state()).toEqual(before);
    }
  }, 240_000);

  it('is restored once there is room', async () => {
    seesRoom = false;
    await engine.freeDisk();
    expect((await snapshots.restore(shop.dir, kept)).error).toBeNull();
    expect(await inDb('ls /var/lib/data')).toBe('big\n');
    expect(await shop.read('.env')).toBe('TOKEN=first\n');
  }, 120_000);
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import { openWorld, type World } from '../integration/modes/kit';
import { smallShop, type SmallShop } from '../integration/modes/small-shop';
import { withSnapshots, type SnapshotWorld } from '../integration/snapshots/restore-kit';
import { privateEngineObstacle, startPrivateEngine, type PrivateEngine } from '../support/private-engine';
import { DEEP } from '../support/random';

const run = promisify(execFile);
const obstacle = await privateEngineObstacle();

/** What happens to the engine itself in the middle of a restore: on an engine of the test's own. */
describe.skipIf(obstacle !== null)('a restore whose engine ends', () => {
  let engine: PrivateEngine;
  let shop: SmallShop;
  let kept: string;
  let home: World;
  let snapshots: SnapshotWorld;
  let world: World | null = null;

  const docker = async (...args: string[]): Promise<string> => (await run('docker', ['-H', engine.dockerHost, ...args])).stdout;
  const inDb = (command: string): Promise<string> => docker('exec', `${shop.name}-db-1`, 'sh', '-c', command);
  const state = async (): Promise<unknown> => ({
    containers: (await docker('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.State}}')).split('\n').sort(),
    volumes: await docker('volume', 'ls', '-q'),
    data: await inDb('cd /var/lib/data && find . -type f | sort | xargs sha256sum && stat -c "%n %a %u %Y" *'),
    env: await shop.read('.env'),
  });

  beforeAll(async () => {
    engine = await startPrivateEngine();
    // Their networks would be another engine's business.
    // The engine itself starts them again, whatever way it ended.
    const alone = { network_mode: 'none', restart: 'always' };
    shop = await smallShop({ socketPath: engine.socketPath, dev: { api: { ports: [], ...alone }, web: alone, db: alone } });
    await shop.write('.env', 'TOKEN=first\n');
    home = await openWorld({ socketPath: engine.socketPath });
    snapshots = await withSnapshots(home);
    await home.engine.connect();
    await home.projects.open(shop.dir, true);
    expect((await home.switchTo(shop.dir, 'dev')).error).toBeNull();
    await inDb('echo first > /var/lib/data/rows');
    kept = (await snapshots.snapshot(shop.dir, { compose: ['docker-compose.dev.yml', 'docker-compose.clean.yml'], env: ['.env'], volumes: [`${shop.name}_data`] })).id;
  }, 180_000);
  beforeEach(async () => {
    await inDb('echo second > /var/lib/data/rows; echo more > /var/lib/data/more');
    await shop.write('.env', 'TOKEN=second\n');
  });
  afterEach(async () => {
    await world?.close();
    world = null;
  });
  afterAll(async () => {
    await home.close();
    await shop.close();
    await engine.close();
  }, 120_000);

  /** Another Berth over the same snapshots, whose restore waits at this place until the engine has ended and begun again. */
  async function restoreAcross(point: string, again: () => Promise<void>): Promise<Awaited<ReturnType<SnapshotWorld['restore']>>> {
    const [effect = ''] = point.split(':');
    const other = await openWorld({ socketPath: engine.socketPath, env: { BERTH_FAIL: `${point}:1:delay=4000` } });
    world = other;
    const { repository } = snapshots;
    await withSnapshots(other, (deps) => ({ ...deps, repositories: { find: async (_projectId, ref) => ({ name: 'local', repository, manifest: await repository.manifest(ref), foreign: false }) } }));
    await other.engine.connect();
    await other.projects.open(shop.dir, true);
    const { id } = await other.operations.enqueue('snapshots.restore', { project: shop.dir, id: kept, force: false });
    await vi.waitFor(async () => expect((await other.operations.steps(id)).map((one) => one.name)).toContain(effect), { timeout: 60_000, interval: 50 });
    await again();
    // What could not be undone while it was away is undone when it is back: so does the product, which hears of that.
    await vi.waitFor(async () => expect(['interrupted', ...FINAL_STATES]).toContain((await other.operations.get(id)).state), { timeout: 60_000, interval: 50 });
    if ((await other.operations.get(id)).state === 'interrupted') await other.operations.recover();
    return other.operations.wait(id, 60_000);
  }

  const cases: readonly (readonly [string, string, () => Promise<void>])[] = [
    ['by kill -9 behind the exchange of volumes', 'volume.exchange:after', () => engine.kill().then(() => engine.start())],
    ['orderly while services start', 'container.start:after-intent', () => engine.restart()],
    ['orderly while a volume is staged', 'volume.stage:after', () => engine.restart()],
  ];
  // The others are for the deep run.
  it.each(DEEP ? cases : cases.slice(0, 1))('%s is as it was before, or as in the snapshot', async (_what, point, again) => {
    const before = await state();
    const ended = await restoreAcross(point, again);
    // A step that had not begun to ask the engine finds the new one, and all of it goes through.
    expect(['rolled-back', 'succeeded'], ended.error?.message).toContain(ended.state);
    if (ended.state === 'rolled-back') {
      expect(ended.error?.code, ended.error?.message).toMatch(/^(engine-|interrupted$)/);
      await vi.waitFor(async () => expect(await state()).toEqual(before), { timeout: 30_000, interval: 250 });
      return;
    }
    await vi.waitFor(async () => expect(await inDb('cat /var/lib/data/rows; ls /var/lib/data')).toBe('first\nrows\n'), { timeout: 30_000, interval: 250 });
    expect(await shop.read('.env')).toBe('TOKEN=first\n');
  }, 120_000);
});

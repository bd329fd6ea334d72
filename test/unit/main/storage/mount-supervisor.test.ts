import { describe, expect, test } from 'vitest';
import type { MountSight } from '@shared/domain/storage/mount-supervision';
import { silentLogger } from '@main/platform/logger';
import { systemClock } from '@main/platform/system-clock';
import { MountSupervisor, type SupervisedWorld } from '@main/storage/mount-supervisor';

const WELL: MountSight = { container: 'running', exitCode: 0, s3: { reachable: true, detail: '' }, points: new Map([['/mnt/s3/data', 'ok']]) };
const nothing = (): Promise<void> => Promise.resolve();

describe('a supervisor', () => {
  test('that is wanted while somebody is still looking stays wanted', async () => {
    const held: ((sight: MountSight) => void)[] = [];
    const world: SupervisedWorld = { obstacle: () => Promise.resolve(null), look: () => new Promise((done) => held.push(done)), start: nothing, cleanUp: nothing, revive: nothing, restart: nothing };
    const supervisor = new MountSupervisor(['/mnt/s3/data'], world, systemClock, silentLogger);
    const looking = supervisor.lookOnce(({ container }) => container !== 'missing');
    await expect.poll(() => held.length).toBe(1);
    supervisor.want();
    const healthy = supervisor.untilHealthy(5_000, new AbortController().signal);
    held[0]?.(WELL);
    await looking;
    await expect.poll(() => held.length).toBe(2);
    held[1]?.(WELL);
    // The first look was begun before it was asked for: the next one counts.
    void expect.poll(() => held.length).toBeGreaterThan(2).then(() => held.slice(2).forEach((done) => done(WELL)), () => undefined);
    await healthy;
    expect(supervisor.wanted).toBe(true);
    await supervisor.release();
  });
});

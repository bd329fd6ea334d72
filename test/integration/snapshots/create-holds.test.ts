import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ComposeService } from '@main/compose';
import type { ManifestPart } from '@shared/domain/snapshots/types';
import type { VolumePlace } from '@main/docker/volume-types';
import { BUSYBOX_IMAGE } from '../../support/images';
import type { TestProject } from '../../support/projects';
import { filesOf, verifyAll } from '../../support/snapshot-repository';
import { parseHere } from '../checks/kit';
import { execIn } from '../modes/small-shop';
import { openWorld, type World } from '../modes/kit';
import { duringRead, fitsTogether, programsOf, snapshotProject, statesOf, withCreate, type CreateWorld } from './create-kit';

const run = promisify(execFile);
const RUNNING = { writer: 'running', one: 'running', two: 'running', fragile: 'exited' };
const SLEEPS = "trap 'exit 0' TERM; sleep 100000 & wait";

let project: TestProject;
let world: World;
let snapshots: CreateWorld;
/** What happens just before a volume is read. */
let during: (source: VolumePlace, signal: AbortSignal) => Promise<void> = () => Promise.resolve();
let pauseCapMs: number | undefined;

beforeAll(async () => {
  // Comes up once, and ends at once when it is started again.
  const fragile = { image: BUSYBOX_IMAGE, command: ['sh', '-c', `[ -e /frail/once ] && exit 3; touch /frail/once; ${SLEEPS}`], volumes: ['frail:/frail'] };
  project = await snapshotProject({ services: { fragile } });
  await project.write('docker-compose.dev.yml', (await project.read('docker-compose.dev.yml')).replace('  cold: {}', '  cold: {}\n  frail: {}'));
  world = await openWorld({ compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  snapshots = await withCreate(world, (deps) => ({ ...duringRead(deps, (source, signal) => during(source, signal)), get pauseCapMs() { return pauseCapMs; } }));
});
beforeEach(() => {
  during = () => Promise.resolve();
  pauseCapMs = undefined;
});
afterEach(async () => {
  expect(await programsOf(project)).toEqual([]);
});
afterAll(async () => {
  await world.close();
  await project.close();
});

const named = (volume: string): string => `${project.name}_${volume}`;
const only = (...volumes: readonly string[]): { readonly only: string[] } => ({ only: volumes.map((volume) => `volume:${named(volume)}`) });

async function dataOf(id: string): Promise<{ readonly part: ManifestPart; readonly log: string; readonly count: string }> {
  const part = (await snapshots.repository.manifest(id)).parts.find((one) => one.name === named('data')) as ManifestPart;
  const files = await filesOf(snapshots.repository, part);
  const text = (name: string): string => Buffer.from(files[name] ?? []).toString('utf8');
  return { part, log: text('log'), count: text('count') };
}

async function stepsOf(operation: string): Promise<readonly string[]> {
  return (await world.operations.steps(operation)).filter((step) => step.phase === 'intent').map((step) => step.name);
}

async function lastOperation(): Promise<string> {
  return (await world.operations.list({ limit: 1 }))[0]?.id ?? '';
}

describe('a volume that is written to all the time', () => {
  it('fits together when it is paused, five times in a row', async () => {
    for (let round = 0; round < 5; round += 1) {
      const made = await snapshots.made(project.dir, only('data'));
      const { part, log, count } = await dataOf(made.id);
      expect(part.consistency).toBe('paused');
      expect(fitsTogether(log, count), `round ${String(round)}`).toBe(true);
    }
    expect(await statesOf(project)).toMatchObject({ writer: 'running' });
  });

  it('is stopped when that was chosen, and started again', async () => {
    const states: unknown[] = [];
    during = async () => void states.push((await statesOf(project))['writer']);
    snapshots.settings.consistency = { data: 'stop' };
    const made = await snapshots.made(project.dir, only('data'));
    snapshots.settings.consistency = {};
    const { part, log, count } = await dataOf(made.id);
    expect(part.consistency).toBe('stopped');
    expect(fitsTogether(log, count)).toBe(true);
    expect(states.at(-1)).toBe('exited');
    expect(await stepsOf(await lastOperation())).toEqual(['snapshot.stop', 'snapshot.start', 'snapshot.finish']);
    expect(await statesOf(project)).toMatchObject({ writer: 'running' });
    expect(made.notes).toEqual([]);
  });

  it('is read as it is when live was chosen, and the snapshot says so', async () => {
    const states: unknown[] = [];
    during = async () => void states.push((await statesOf(project))['writer']);
    const made = await snapshots.made(project.dir, { ...only('data'), consistency: 'live' });
    expect(made.parts[0]?.consistency).toBe('live');
    expect(made.notes.join(' ')).toContain('different moments');
    expect(states).toEqual(['running']);
    expect(await stepsOf(await lastOperation())).toEqual(['snapshot.finish']);
    expect((await verifyAll(snapshots.repository, [made.id])).damaged).toEqual([]);
  });

  it('is let go when reading it takes longer than services may be paused, and the snapshot says so', async () => {
    pauseCapMs = 200;
    during = async () => {
      if ((await statesOf(project))['writer'] !== 'paused') return;
      await expect.poll(async () => (await statesOf(project))['writer'], { timeout: 20_000 }).toBe('running');
    };
    const made = await snapshots.made(project.dir, only('data'));
    expect(made.parts[0]?.consistency).toBe('live');
    expect(made.notes.join(' ')).toContain('longer than the 0.2 s');
    expect(await statesOf(project)).toMatchObject({ writer: 'running' });
  });
});

describe('who is held', () => {
  it('is everybody who writes to the volume at the same time, of other projects too', async () => {
    const stranger = `${project.name}-stranger`;
    await run('docker', ['run', '-d', '--rm', '--name', stranger, '--label', 'com.docker.compose.project=somebody-else', '-v', `${named('shared')}:/s`, BUSYBOX_IMAGE, 'sh', '-c', SLEEPS]);
    const seen: unknown[] = [];
    try {
      during = async () => {
        const { stdout } = await run('docker', ['inspect', '-f', '{{.State.Status}}', stranger]);
        seen.push([await statesOf(project), stdout.trim()]);
      };
      const made = await snapshots.made(project.dir, { ...only('shared'), consistency: 'stop' });
      expect(made.parts[0]?.consistency).toBe('paused');
      expect(seen.at(-1)).toEqual([{ writer: 'running', one: 'exited', two: 'exited', fragile: 'running' }, 'paused']);
      expect((await run('docker', ['inspect', '-f', '{{.State.Status}}', stranger])).stdout.trim()).toBe('running');
      expect(await statesOf(project)).toMatchObject({ writer: 'running', one: 'running', two: 'running' });
    } finally {
      await run('docker', ['rm', '-f', stranger]);
    }
  });

  it('is nobody who was paused before: that stays as it was', async () => {
    await run('docker', ['pause', `${project.name}-two-1`]);
    try {
      expect((await snapshots.made(project.dir, only('shared'))).parts[0]?.consistency).toBe('paused');
      expect(await statesOf(project)).toMatchObject({ one: 'running', two: 'paused' });
    } finally {
      await run('docker', ['unpause', `${project.name}-two-1`]);
    }
  });

  it('is told of when it was started only meanwhile', async () => {
    const late = `${project.name}-late`;
    try {
      let started = false;
      during = async () => {
        if (started || (await statesOf(project))['one'] !== 'paused') return;
        started = true;
        const told = new Promise<void>((resolve) => {
          const listening = world.engine.onEvent((event) => {
            if (event.action !== 'start' || event.attributes['name'] !== late) return;
            listening.dispose();
            resolve();
          });
        });
        await run('docker', ['run', '-d', '--rm', '--name', late, '-v', `${named('shared')}:/s`, BUSYBOX_IMAGE, 'sh', '-c', SLEEPS]);
        await told;
      };
      const made = await snapshots.made(project.dir, only('shared'));
      expect(made.parts[0]?.consistency).toBe('live');
      expect(made.notes.join(' ')).toContain(`${late} was started meanwhile`);
    } finally {
      await run('docker', ['rm', '-f', late]);
    }
  });

  it('is watched after it was started again; one that does not come up is told of in a snapshot that is whole', async () => {
    const made = await snapshots.made(project.dir, { ...only('frail'), consistency: 'stop' });
    expect(made.parts[0]?.consistency).toBe('stopped');
    expect(made.notes.join(' ')).toMatch(/After it was started again: fragile ended with code 3/);
    expect(await statesOf(project)).toEqual(RUNNING);
  });
});

describe('a snapshot that does not come to its end', () => {
  it('leaves nothing listed and everything running when it is cancelled while a volume is held', async () => {
    const before = (await snapshots.repository.list()).manifests.length;
    let held = (): void => undefined;
    const isHeld = new Promise<void>((resolve) => (held = resolve));
    during = async (_source, signal) => {
      if ((await statesOf(project))['writer'] !== 'paused') return;
      held();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
    };
    const id = await snapshots.start(project.dir);
    await isHeld;
    await world.operations.cancel(id);
    const ended = await world.operations.wait(id, 60_000);
    expect(ended.state).toBe('cancelled');
    expect(await statesOf(project)).toEqual(RUNNING);
    expect((await snapshots.repository.list()).manifests).toHaveLength(before);
    expect(await readdir(join(snapshots.repositoryDir, 'locks'))).toEqual([]);
  });

  it('says in one sentence that the disk is full, takes away what it wrote, and leaves everything running', async () => {
    const small = join(world.home, 'small');
    await mkdir(small);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'berth-test', small]);
    const other = await openWorld({ tapped: false, home: join(world.home, 'other'), compose: new ComposeService({ spawn: parseHere, environment: {} }) });
    try {
      const repositoryDir = join(small, 'repository');
      const full = await withCreate(other, undefined, repositoryDir);
      await other.projects.open(project.dir, true);
      const first = await full.made(project.dir, { volumes: false });
      await execIn(project, 'one', 'head -c 8000000 /dev/urandom > /shared/large');
      const ended = await full.create(project.dir);
      expect(ended.state).toBe('rolled-back');
      expect(ended.error).toMatchObject({ code: 'disk-full' });
      expect(ended.error?.message).toMatch(/^[^.]+\.$/);
      expect(await statesOf(project)).toEqual(RUNNING);
      expect((await full.repository.list()).manifests.map((one) => one.manifest.id)).toEqual([first.id]);
      expect((await verifyAll(full.repository)).damaged).toEqual([]);
      const left = (await readdir(repositoryDir, { recursive: true })).filter((name) => name.includes('.tmp-'));
      expect(left).toEqual([]);
      await execIn(project, 'one', 'rm /shared/large');
      expect((await stat(small)).isDirectory()).toBe(true);
      // With room again the next one works, and nothing has to be mended first.
      await run('mount', ['-o', 'remount,size=40m', small]);
      expect((await full.made(project.dir)).parts).toHaveLength(9);
    } finally {
      await other.close();
      await run('umount', [small]);
      await rm(small, { recursive: true, force: true });
    }
  });
});

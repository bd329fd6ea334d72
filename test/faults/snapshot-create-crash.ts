import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { ComposeService } from '@main/compose';
import { parseHere } from '../integration/checks/kit';
import { bundleForNode } from '../integration/modes/bundle';
import { openWorld } from '../integration/modes/kit';
import { programsOf, snapshotProject, statesOf } from '../integration/snapshots/create-kit';
import { folderRepository, verifyAll } from '../support/snapshot-repository';

const run = promisify(execFile);
const RUNNING = { writer: 'running', one: 'running', two: 'running' };

/** A project with volumes that are paused and stopped for a snapshot, and a process that can be killed while it makes one. */
export interface CreateCrashBench {
  /** Every place that making a snapshot passes, in order, as `name:moment:count`. */
  points(): Promise<readonly string[]>;
  /** Kills it there, starts again (killed there too with `again`), and checks that nothing is held and only what is whole is listed. Resolves with how it ended. */
  killAt(point: string, again?: string): Promise<string>;
  /** The places recovery passes after a kill at a point. */
  recoveryPoints(point: string): Promise<readonly string[]>;
  /** Kills it while it reads a volume that it holds. */
  killWhileReading(): Promise<string>;
  close(): Promise<void>;
}

export async function createCrashBench(): Promise<CreateCrashBench> {
  const program = await bundleForNode('test/faults/snapshot-create-process.ts');
  const project = await snapshotProject();
  const homes: string[] = [];
  const newHome = async (): Promise<string> => {
    const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-sc-')));
    homes.push(home);
    return home;
  };
  /** What it printed, or undefined when it was killed. */
  const berth = async (verb: 'create' | 'recover', home: string, env: { readonly [name: string]: string } = {}): Promise<{ readonly state: string; readonly error: unknown } | null | undefined> => {
    try {
      const { stdout } = await run(process.execPath, [program, verb, home, project.dir], { env: { PATH: process.env['PATH'] ?? '', ...env } });
      return JSON.parse(stdout) as { readonly state: string; readonly error: unknown } | null;
    } catch (error) {
      if ((error as { readonly signal?: string }).signal === 'SIGKILL') return undefined;
      throw error;
    }
  };
  const recorded = async (verb: 'create' | 'recover', home: string): Promise<readonly string[]> => {
    const file = join(home, 'points');
    await berth(verb, home, { BERTH_RECORD: file });
    return (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((one) => one !== '');
  };
  /** The next start. */
  const expectWhole = async (home: string, point: string): Promise<string> => {
    const ended = await berth('recover', home);
    const state = ended?.state ?? 'never begun';
    expect(['rolled-back', 'succeeded', 'never begun'], `${point}: ${JSON.stringify(ended)}`).toContain(state);
    expect(await statesOf(project), point).toEqual(RUNNING);
    const repository = await folderRepository(join(home, 'repository'));
    const { manifests, damaged } = await repository.list();
    expect(damaged, point).toEqual([]);
    expect(manifests.length, point).toBe(state === 'succeeded' ? 1 : 0);
    expect((await verifyAll(repository)).damaged, point).toEqual([]);
    await repository.close();
    return state;
  };

  const world = await openWorld({ tapped: false, compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  await world.projects.open(project.dir, true);
  const switched = await world.switchTo(project.dir, 'dev');
  await world.close();
  expect(switched.error).toBeNull();

  const killed = async (point: string, again?: string): Promise<string> => {
    const home = await newHome();
    expect(await berth('create', home, { BERTH_FAIL: `${point}:kill` }), point).toBeUndefined();
    if (again !== undefined) expect(await berth('recover', home, { BERTH_FAIL: `${again}:kill` }), again).toBeUndefined();
    const state = await expectWhole(home, again === undefined ? point : `${point}, then ${again}`);
    await rm(home, { recursive: true, force: true });
    return state;
  };
  return {
    points: async () => recorded('create', await newHome()),
    killAt: killed,
    async recoveryPoints(point) {
      const home = await newHome();
      expect(await berth('create', home, { BERTH_FAIL: `${point}:kill` }), point).toBeUndefined();
      return recorded('recover', home);
    },
    async killWhileReading() {
      const home = await newHome();
      const child = spawn(process.execPath, [program, 'stall', home, project.dir, project.name], { stdio: ['ignore', 'pipe', 'ignore'] });
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      // It says so itself and stays there: however quickly a volume is read, this is in the middle of it.
      const told = await Promise.race([new Promise<string>((resolve) => child.stdout.once('data', (data: Buffer) => resolve(data.toString()))), ended.then(() => 'ended before')]);
      expect(told).toBe('held\n');
      child.kill('SIGKILL');
      await ended;
      expect((await statesOf(project))['writer']).toBe('paused');
      const state = await expectWhole(home, 'reading');
      // The volume program of the killed one ends by itself, and nothing has to be mended first. What never began is younger than what a next one removes: test/integration/snapshots/volume-life.test.ts.
      expect(await berth('create', home)).toMatchObject({ state: 'succeeded' });
      await expect.poll(() => programsOf(project), { timeout: 30_000, interval: 100 }).toEqual([]);
      expect((await readdir(join(home, 'repository'), { recursive: true })).filter((name) => name.includes('.tmp-'))).toEqual([]);
      return state;
    },
    async close() {
      await project.close();
      for (const home of homes) await rm(home, { recursive: true, force: true });
    },
  };
}

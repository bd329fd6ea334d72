import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { bundleForNode } from '../integration/modes/bundle';
import { openWorld } from '../integration/modes/kit';
import { execIn, expectComposeAgrees, HEALTHCHECK, inspectAll, smallShop, stateOf } from '../integration/modes/small-shop';
import { BUSYBOX_IMAGE } from '../support/images';

const run = promisify(execFile);
const ROWS = '/var/lib/data/rows';

type Shop = Awaited<ReturnType<typeof smallShop>>;

/** A project whose switch to prod has every kind of effect, and a process that can be killed in it. */
export interface CrashBench {
  readonly project: Shop;
  /** Every place a switch to prod passes, in order, as `name:moment:count`. */
  readonly points: readonly string[];
  /** Kills a switch to prod there, starts again (killed there too with `again`), and checks that one mode is whole. Returns the mode. */
  killAt(point: string, again?: string): Promise<string>;
  /** The places recovery passes after a kill at a point. */
  recoveryPoints(point: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function crashBench(): Promise<CrashBench> {
  const project = await smallShop({
    dev: { mail: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"] }, api: { restart: 'unless-stopped' }, web: { image: undefined, build: { context: './web', target: 'dev' } } },
    prod: {
      cache: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], volumes: ['scratch:/scratch'], networks: ['back'], healthcheck: { ...HEALTHCHECK, test: ['CMD', 'true'] } },
      web: { image: undefined, build: { context: './web', target: 'prod' } },
    },
  });
  const clean = await project.read('docker-compose.clean.yml');
  await project.write('docker-compose.clean.yml', clean.replace('volumes:\n  data: {}\n', 'volumes:\n  data: {}\n  scratch: {}\nnetworks:\n  back: {}\n'));
  await project.write('web/Dockerfile', `FROM ${BUSYBOX_IMAGE} AS dev\nENV STAGE=dev\nFROM ${BUSYBOX_IMAGE} AS prod\nENV STAGE=prod\n`);
  const program = await bundleForNode('test/faults/switch-process.ts');
  const homes: string[] = [];
  const newHome = async (): Promise<string> => {
    const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-md-crash-')));
    homes.push(home);
    return home;
  };
  const start = (verb: string, home: string, env: { readonly [name: string]: string } = {}): Promise<{ readonly stdout: string; readonly signal: string | null; readonly failed: string }> =>
    run(process.execPath, [program, verb, home, project.dir, verb === 'switch' ? 'prod' : '-'], { env: { ...process.env, ...env } }).then(
      ({ stdout }) => ({ stdout, signal: null, failed: '' }),
      (error: { stdout?: string; stderr?: string; signal?: string; message: string }) => ({ stdout: error.stdout ?? '', signal: error.signal ?? null, failed: error.stderr ?? error.message }),
    );
  const toDev = async (): Promise<void> => {
    const world = await openWorld();
    await world.projects.open(project.dir, true);
    const ended = await world.switchTo(project.dir, 'dev');
    await world.close();
    expect(ended.error).toBeNull();
    // What only prod has must not be there before the next try: its creation is part of what is tested.
    await run('docker', ['volume', 'rm', '-f', `${project.name}_scratch`]);
    await run('docker', ['rmi', '-f', `${project.name}-web:berth-prod`]);
  };
  const record = async (verb: string, home: string): Promise<readonly string[]> => {
    const file = join(home, 'points');
    const ended = await start(verb, home, { BERTH_RECORD: file });
    expect(ended.failed).toBe('');
    return (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((one) => one !== '');
  };

  await toDev();
  await execIn(project, 'db', `echo first > ${ROWS}`);
  const points = await record('switch', await newHome());
  let rows = 1;

  return {
    project,
    points,
    async killAt(point, again) {
      await toDev();
      await execIn(project, 'db', `echo ${point} >> ${ROWS}`);
      rows += 1;
      const before = await stateOf(project);
      const beforeIds = new Set((await inspectAll(project)).map((one) => one.Id));
      const home = await newHome();
      const killed = await start('switch', home, { BERTH_FAIL: `${point}:kill` });
      expect(killed.signal, `${point}: ${killed.failed}`).toBe('SIGKILL');
      if (again !== undefined) expect((await start('recover', home, { BERTH_FAIL: `${again}:kill` })).signal, again).toBe('SIGKILL');
      const recovered = await start('recover', home);
      expect(recovered.failed, point).toBe('');
      const outcomes = JSON.parse(recovered.stdout) as readonly { state: string; error: { message: string } | null }[];
      for (const one of outcomes) expect(['rolled-back', 'succeeded'], `${point}: ${one.error?.message ?? ''}`).toContain(one.state);

      const world = await openWorld();
      try {
        await world.projects.open(project.dir, true);
        const mode = await world.modes.activeMode(await world.projects.resolve(project.dir));
        // What recovery says it did is what is there. What runs beside the commit passes its places now before it, now after it.
        for (const one of outcomes) expect(mode, point).toBe(one.state === 'succeeded' ? 'prod' : 'dev');
        const now = await inspectAll(project);
        expect(now.every((one) => one.State.Status === 'running'), point).toBe(true);
        expect(now.filter((one) => /^\/[0-9a-f]{12}_/.test(one.Name)), point).toEqual([]);
        if (mode === 'dev') expect(await stateOf(project), point).toEqual(before);
        else {
          expect(mode, point).toBe('prod');
          expect((await world.modes.plan(project.dir, 'prod')).changes.every((one) => one.action === 'keep'), point).toBe(true);
          expect(now.filter((one) => beforeIds.has(one.Id)).map((one) => one.Config.Labels['com.docker.compose.service']), point).toEqual(['db']);
        }
        await expectComposeAgrees(project, mode === 'dev' ? 'docker-compose.dev.yml' : 'docker-compose.clean.yml');
        expect((await execIn(project, 'db', `cat ${ROWS}`)).trim().split('\n'), point).toHaveLength(rows);
        return mode ?? '';
      } finally {
        await world.close();
      }
    },
    async recoveryPoints(point) {
      await toDev();
      const home = await newHome();
      await start('switch', home, { BERTH_FAIL: `${point}:kill` });
      return record('recover', home);
    },
    async close() {
      await project.close();
      for (const home of homes) await rm(home, { recursive: true, force: true });
    },
  };
}

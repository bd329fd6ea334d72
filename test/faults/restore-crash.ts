import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import type { Manifest } from '@shared/domain/snapshots/types';
import { bundleForNode } from '../integration/modes/bundle';
import { openWorld } from '../integration/modes/kit';
import { execIn, expectComposeAgrees, inspectAll, stateOf } from '../integration/modes/small-shop';
import { withSnapshots } from '../integration/snapshots/restore-kit';
import { BUSYBOX_IMAGE, ensureBusybox } from '../support/images';
import { emptyProject, type TestProject } from '../support/projects';
import { lookAtVolume } from '../support/volumes';

const run = promisify(execFile);
const FILES = ['docker-compose.dev.yml', 'docker-compose.clean.yml', '.env'];

/** A project whose restore has every kind of effect, and a process that can be killed in it. */
export interface RestoreBench {
  /** Every place a restore passes, in order, as `name:moment:count`. */
  readonly points: readonly string[];
  /** Kills a restore there, starts again (killed there too with `again`), and checks that all is as before or all as in the snapshot. */
  killAt(point: string, again?: string): Promise<'old' | 'new'>;
  /** Kills a restore so long after the volume program was first started for it to write or to exchange, whatever it does just then, and checks the same. */
  killDuring(command: 'write' | 'exchange', afterMs: number): Promise<'old' | 'new'>;
  /** The places recovery passes after a kill at a point. */
  recoveryPoints(point: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function restoreBench(): Promise<RestoreBench> {
  await ensureBusybox();
  const project = await emptyProject('rk');
  const volumes = [`${project.name}_data`, `${project.name}_cache`];
  const idle = { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '2s' };
  const compose = (services: object): string => stringify({ services, volumes: { data: {}, cache: {} } });
  const kept = {
    'docker-compose.dev.yml': compose({ db: { ...idle, volumes: ['data:/data'], restart: 'unless-stopped' }, cache: { ...idle, volumes: ['cache:/cache'] }, app: { ...idle, build: './app', image: undefined, depends_on: ['db'] } }),
    'docker-compose.clean.yml': compose({ db: { ...idle, volumes: ['data:/data'], restart: 'unless-stopped' }, app: { ...idle, build: './app', image: undefined, environment: { APP_MODE: 'prod' }, depends_on: ['db'] } }),
    '.env': 'TOKEN=first-value\n',
  };
  await project.write('app/Dockerfile', `FROM ${BUSYBOX_IMAGE}\nENV MADE=first\n`);
  for (const [path, text] of Object.entries(kept)) await project.write(path, text);
  const program = await bundleForNode('test/faults/restore-process.ts');
  const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-rk-home-')));
  const start = (verb: string, snapshot: string, env: { readonly [name: string]: string } = {}): Promise<{ readonly stdout: string; readonly signal: string | null; readonly failed: string }> =>
    run(process.execPath, [program, verb, home, project.dir, snapshot], { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 }).then(
      ({ stdout }) => ({ stdout, signal: null, failed: '' }),
      (error: { stdout?: string; stderr?: string; signal?: string; message: string }) => ({ stdout: error.stdout ?? '', signal: error.signal ?? null, failed: error.stderr ?? error.message }),
    );

  const manifest = await firstState(project, home, volumes);
  const then = await Promise.all(volumes.map((name) => lookAtVolume(name)));
  const lost = (): Promise<void> => breakAll(project, home);
  const old = async (): Promise<unknown> => ({ state: await stateOf(project), data: await lookAtVolume(volumes[0] ?? ''), files: await Promise.all(FILES.map((path) => project.read(path))), tags: await tagsOf(project), staged: await stagedOf(project), volumes: await namesOf(project) });

  await lost();
  const record = async (verb: string): Promise<readonly string[]> => {
    const file = join(home, `points-${verb}`);
    await rm(file, { force: true });
    const ended = await start(verb, manifest.id, { BERTH_RECORD: file });
    expect(ended.failed).toBe('');
    return (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((one) => one !== '');
  };
  const points = await record('restore');
  await expectNew('recording');

  async function expectNew(point: string): Promise<void> {
    expect(await Promise.all(FILES.map((path) => project.read(path))), point).toEqual(FILES.map((path) => kept[path as keyof typeof kept]));
    expect((await inspectAll(project)).map((one) => `${one.Config.Labels['com.docker.compose.service'] ?? ''} ${one.State.Status} ${one.HostConfig.RestartPolicy.Name || 'no'}`).sort(), point).toEqual(['app running no', 'cache running no', 'db running unless-stopped']);
    await expectComposeAgrees(project, 'docker-compose.dev.yml');
    expect(await Promise.all(volumes.map((name) => lookAtVolume(name))), point).toEqual(then);
    expect(await stagedOf(project), point).toHaveLength(1);
  }

  return {
    points,
    async killAt(point, again) {
      if ((await stagedOf(project)).length > 0) await lost();
      const before = await old();
      const killed = await start('restore', manifest.id, { BERTH_FAIL: `${point}:kill` });
      expect(killed.signal, `${point}: ${killed.failed} ${killed.stdout.slice(0, 600)}`).toBe('SIGKILL');
      if (again !== undefined) expect((await start('recover', manifest.id, { BERTH_FAIL: `${again}:kill` })).signal, again).toBe('SIGKILL');
      return afterKill(point, before);
    },
    async killDuring(command, afterMs) {
      if ((await stagedOf(project)).length > 0) await lost();
      const before = await old();
      const killed = await start('restore', manifest.id, { BERTH_KILL_DURING: `${command}:${String(afterMs)}` });
      expect(killed.signal, `${command}: ${killed.failed} ${killed.stdout.slice(0, 600)}`).toBe('SIGKILL');
      return afterKill(`${String(afterMs)} ms into ${command}`, before);
    },
    async recoveryPoints(point) {
      if ((await stagedOf(project)).length > 0) await lost();
      await start('restore', manifest.id, { BERTH_FAIL: `${point}:kill` });
      return record('recover');
    },
    async close() {
      const ids = (await run('docker', ['ps', '-aq', '--filter', `label=com.docker.compose.project=${project.name}`])).stdout.split('\n').filter((one) => one !== '');
      if (ids.length > 0) await run('docker', ['rm', '-f', ...ids]);
      for (const name of await stagedOf(project)) await run('docker', ['volume', 'rm', '-f', name]);
      await project.close();
      await rm(home, { recursive: true, force: true });
    },
  };

  async function afterKill(point: string, before: unknown): Promise<'old' | 'new'> {
    const recovered = await start('recover', manifest.id);
    expect(recovered.failed, point).toBe('');
    const outcomes = JSON.parse(recovered.stdout) as readonly { kind: string; state: string; error: { message: string } | null }[];
    for (const one of outcomes) expect(['rolled-back', 'succeeded'], `${point}: ${one.error?.message ?? ''}`).toContain(one.state);
    if (outcomes.some((one) => one.state === 'succeeded') || (outcomes.length === 0 && (await stagedOf(project)).length > 0)) {
      await expectNew(point);
      return 'new';
    }
    expect(await old(), point).toEqual(before);
    return 'old';
  }
}

/** Dev with rows, kept as a snapshot. */
async function firstState(project: TestProject, home: string, volumes: readonly string[]): Promise<Manifest> {
  const world = await openWorld({ home });
  const snapshots = await withSnapshots(world);
  try {
    await world.projects.open(project.dir, true);
    expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
    await execIn(project, 'db', 'echo first > /data/rows; ln /data/rows /data/linked; truncate -s 2M /data/holes; mkdir -m 1770 /data/deep; chown 70:71 /data/deep');
    await execIn(project, 'cache', 'echo cached > /cache/one');
    return await snapshots.snapshot(project.dir, { compose: FILES.slice(0, 2), env: ['.env'], volumes });
  } finally {
    await world.close();
  }
}

/** Another mode, other rows, other files, an image that was built anew, and a volume that is gone. */
async function breakAll(project: TestProject, home: string): Promise<void> {
  const world = await openWorld({ home });
  try {
    await world.projects.open(project.dir, true);
    expect((await world.switchTo(project.dir, 'prod')).error).toBeNull();
  } finally {
    await world.close();
  }
  await execIn(project, 'db', 'rm -rf /data/*; echo second > /data/other');
  await run('docker', ['volume', 'rm', '-f', `${project.name}_cache`]);
  for (const name of await stagedOf(project)) await run('docker', ['volume', 'rm', '-f', name]);
  await run('docker', ['tag', BUSYBOX_IMAGE, `${project.name}-app:berth-dev`]);
  await project.write('docker-compose.dev.yml', 'services: [this is no compose file\n');
  await project.write('.env', 'TOKEN=second-value\n');
}

async function stagedOf(project: TestProject): Promise<readonly string[]> {
  return lines((await run('docker', ['volume', 'ls', '-q', '--filter', `label=dev.berth.project=${project.name}`])).stdout);
}

async function namesOf(project: TestProject): Promise<readonly string[]> {
  return [...lines((await run('docker', ['volume', 'ls', '-q', '--filter', `name=${project.name}`])).stdout)].sort();
}

async function tagsOf(project: TestProject): Promise<readonly string[]> {
  return [...lines((await run('docker', ['images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}', `${project.name}-*`])).stdout)].sort();
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((one) => one !== '');
}

import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { ComposeService } from '@main/compose';
import { parseHere } from '../integration/checks/kit';
import { bundleForNode } from '../integration/modes/bundle';
import { openWorld } from '../integration/modes/kit';
import { statesOf, withCreate } from '../integration/snapshots/create-kit';
import { withSnapshots } from '../integration/snapshots/restore-kit';
import { BUSYBOX_IMAGE, ensureBusybox } from '../support/images';
import { emptyProject } from '../support/projects';

const run = promisify(execFile);
/** So many that putting them back takes a while: there is something to be in the middle of. */
const FILES = 400;

/** A restore of a folder outside of the project, in a process that can be killed in it. */
export interface FolderBench {
  /** Every place such a restore passes, in order, as `name:moment:count`. */
  readonly points: readonly string[];
  /** Kills it there, starts again, and checks that the folder is as before or as in the snapshot, and nothing is left over. */
  killAt(point: string): Promise<'old' | 'new'>;
  /** Kills it so long after the merge was begun, whatever the volume program does just then; with `again`, the recovery as long after it began to take back. */
  killDuring(afterMs: number, again?: number): Promise<'old' | 'new'>;
  close(): Promise<void>;
}

export async function folderBench(): Promise<FolderBench> {
  await ensureBusybox();
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'bt-fk-efs-')));
  const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-fk-home-')));
  const project = await emptyProject('fk');
  const grants = [`bind:${folder}`];
  await project.write('docker-compose.yml', stringify({ services: { app: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], volumes: [`${folder}:/mnt/efs`], stop_grace_period: '2s' } } }));
  const program = await bundleForNode('test/faults/restore-process.ts');
  const start = (verb: string, snapshot: string, env: { readonly [name: string]: string } = {}): Promise<{ readonly stdout: string; readonly signal: string | null; readonly failed: string }> =>
    run(process.execPath, [program, verb, home, project.dir, snapshot], { env: { ...process.env, BERTH_GRANTS: grants.join(','), BERTH_ONLY: `bind:${folder}`, ...env }, maxBuffer: 64 * 1024 * 1024 }).then(
      ({ stdout }) => ({ stdout, signal: null, failed: '' }),
      (error: { stdout?: string; stderr?: string; signal?: string; message: string }) => ({ stdout: error.stdout ?? '', signal: error.signal ?? null, failed: error.stderr ?? error.message }),
    );
  const write = async (text: string): Promise<void> => {
    for (let index = 0; index < FILES; index += 1) await writeFile(join(folder, `d${String(index % 8)}`, `f${String(index)}`), `${text} ${String(index)}\n`);
  };
  const lost = async (): Promise<void> => {
    await rm(join(folder, 'd8'), { recursive: true, force: true });
    await write('two');
    await writeFile(join(folder, 'later'), 'stays\n');
    for (const name of await asideOf(project.name)) await run('docker', ['volume', 'rm', '-f', name]);
  };

  for (let index = 0; index <= 8; index += 1) await mkdir(join(folder, `d${String(index)}`));
  await write('one');
  await writeFile(join(folder, 'd8', 'gone'), 'comes back\n');
  const kept = await firstSnapshot(project.dir, home, grants);
  const then = await look(folder);
  await lost();
  const file = join(home, 'points');
  expect((await start('restore', kept, { BERTH_RECORD: file })).failed).toBe('');
  expect((await look(folder)).filter((one) => !one.startsWith('later '))).toEqual(then);
  const points = (await readFile(file, 'utf8')).split('\n').filter((one) => one !== '');

  /** Folders that a merge passes through get new times; everything else is what it was. */
  async function afterKill(point: string, before: readonly string[]): Promise<'old' | 'new'> {
    const recovered = await start('recover', kept);
    expect(recovered.failed, point).toBe('');
    for (const one of JSON.parse(recovered.stdout) as readonly { state: string; error: { message: string } | null }[]) expect(['rolled-back', 'succeeded'], `${point}: ${one.error?.message ?? ''}`).toContain(one.state);
    expect(await statesOf(project), point).toEqual({ app: 'running' });
    const now = await look(folder);
    if (JSON.stringify(now) === JSON.stringify(before)) {
      expect(await asideOf(project.name), point).toEqual([]);
      return 'old';
    }
    expect(now.filter((one) => !one.startsWith('later ')), point).toEqual(then);
    expect(now.length, point).toBe(then.length + 1);
    return 'new';
  }

  return {
    points,
    async killAt(point) {
      await lost();
      const before = await look(folder);
      const killed = await start('restore', kept, { BERTH_FAIL: `${point}:kill` });
      expect(killed.signal, `${point}: ${killed.failed} ${killed.stdout.slice(0, 600)}`).toBe('SIGKILL');
      return afterKill(point, before);
    },
    async killDuring(afterMs, again) {
      await lost();
      const before = await look(folder);
      const killed = await start('restore', kept, { BERTH_KILL_DURING: `merge:${String(afterMs)}` });
      // Later than it takes is behind it: then it is a restore that ended.
      if (killed.signal === null) expect(killed.failed).toBe('');
      if (again !== undefined) await start('recover', kept, { BERTH_KILL_DURING: `take-back:${String(again)}` });
      return afterKill(`${String(afterMs)} ms into merge${again === undefined ? '' : `, ${String(again)} ms into take-back`}`, before);
    },
    async close() {
      await run('docker', ['rm', '-f', `${project.name}-app-1`]).catch(() => undefined);
      for (const name of await asideOf(project.name)) await run('docker', ['volume', 'rm', '-f', name]);
      await project.close();
      for (const path of [folder, home]) await rm(path, { recursive: true, force: true });
    },
  };
}

/** The folder as it is, with the project running. */
async function firstSnapshot(dir: string, home: string, grants: readonly string[]): Promise<string> {
  const world = await openWorld({ home, grants, compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  try {
    const create = await withCreate(world, (deps) => deps, join(world.home, 'snapshots'));
    await withSnapshots(world);
    await world.projects.open(dir, true);
    expect((await world.switchTo(dir, 'default')).error).toBeNull();
    return (await create.made(dir)).id;
  } finally {
    await world.close();
  }
}

/** Every file with its mode, owner and contents, and every folder. */
async function look(dir: string, path = ''): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of (await readdir(join(dir, path))).sort()) {
    const below = path === '' ? name : `${path}/${name}`;
    const seen = await lstat(join(dir, below));
    const words = `${below} ${String(seen.mode & 0o7777)} ${String(seen.uid)}:${String(seen.gid)}`;
    if (seen.isDirectory()) found.push(words, ...(await look(dir, below)));
    else found.push(`${words} ${await readFile(join(dir, below), 'utf8')}`);
  }
  return found;
}

async function asideOf(projectName: string): Promise<readonly string[]> {
  const { stdout } = await run('docker', ['volume', 'ls', '-q', '--filter', `label=dev.berth.project=${projectName}`]);
  return stdout.split('\n').filter((one) => one !== '');
}

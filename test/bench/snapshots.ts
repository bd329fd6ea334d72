import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findImage, importImage, IMAGE_PATH, busyboxEntries, libraryEntries } from '../../scripts/lib/engine-image.mjs';
import { VOLUME_PROGRAM_DIR } from '../../scripts/lib/volume-program.mjs';
import { bundle } from '../support/bundle';
import { engineJson, engineRequest, testSocketPath } from '../support/images';
import { measured } from '../support/measured-process';
import { seededRandom } from '../support/random';
import type { SnapshotTask } from '../support/snapshot-main';

/**
 * How long a snapshot of a volume takes, and bringing it back up to the exchange, against `tar | zstd` and plain untar through a helper container, and
 * against restic and borg where they are installed. Ours is a process of its own with the volume program, counted from the end of its start; rounds interleaved, each begins with another one.
 * Half of the data is text and half noise. Options: --rounds <n> (3), --mb <n> (1000), --files <n> (10000), --seed <n> (7), --only many|one, --alone (without restic and borg).
 */

const ROUNDS = Number(option('--rounds') ?? 3);
const MB = 1_000_000;
const BYTES = Number(option('--mb') ?? 1_000) * MB;
const FILES = Number(option('--files') ?? 10_000);
const SEED = Number(option('--seed') ?? 7);
const ONLY = option('--only');
const ALONE = process.argv.includes('--alone');
const SETTLED_MS = 3_000;
const PEAK_LIMIT_BYTES = 300 * MB;
const IMAGE = 'berth-test/tar-zstd:1';

const run = promisify(execFile);

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
}

const load = (): string => `load ${loadavg().map((one) => one.toFixed(1)).join(' ')}`;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** One measurement of one of them. */
interface Result {
  readonly ms: number;
  readonly peakBytes?: number;
  readonly storedBytes?: number;
  readonly exchangeMs?: number;
  /** The same, and on the disk then, as Berth's restore is. */
  readonly syncedMs?: number;
  readonly cpuSeconds?: number;
  /** What the time went into. */
  readonly phases?: string;
}

type Step = 'first' | 'second' | 'restore';
const STEPS = ['first', 'second', 'restore'] as const;

/** Somebody who keeps a volume and brings it back. A repository of its own for each round. */
interface Peer {
  readonly name: string;
  run(step: Step, stage: Stage): Promise<Result>;
}

interface Stage {
  readonly home: string;
  readonly project: string;
  readonly volume: string;
  /** Where its contents are on this machine. */
  readonly data: string;
  readonly createdAt: string;
  readonly entry: string;
  volumeNamed(name: string): Promise<string>;
}

/** Text that can be made about four times smaller, and noise that cannot. */
function content(next: () => number, bytes: number, isText: boolean): Buffer {
  if (!isText) {
    const seed = createHash('sha256').update(String(next())).digest();
    const noise = Buffer.alloc(bytes);
    for (let at = 0, count = 0; at < bytes; at += 32, count += 1) createHash('sha256').update(seed).update(String(count)).digest().copy(noise, at);
    return noise;
  }
  const lines: string[] = [];
  for (let length = 0; length < bytes; ) {
    const line = `${String(Math.floor(next() * 1e9)).padStart(9, '0')} GET /orders/${String(Math.floor(next() * 1e5))} 200 "a line of a log as services write them" ${next().toString(36)}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, bytes);
}

async function fill(folder: string, scene: 'many' | 'one'): Promise<void> {
  const next = seededRandom(SEED);
  if (scene === 'one') {
    const handle = await open(join(folder, 'data'), 'w');
    for (let at = 0; at < BYTES; at += 4 * MB) await handle.write(content(next, Math.min(4 * MB, BYTES - at), (at / MB) % 8 === 0));
    await handle.sync();
    return handle.close();
  }
  const each = Math.floor(BYTES / FILES);
  for (let index = 0; index < FILES; index += 1) {
    const dir = join(folder, `dir-${String(Math.floor(index / 100))}`);
    if (index % 100 === 0) await mkdir(dir);
    await writeFile(join(dir, `file-${String(index)}`), content(next, each, index % 2 === 0));
  }
}

/** Younger files are read again by the next snapshot, since their time may not tell a later change. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
}

async function helperImage(): Promise<void> {
  if ((await findImage(testSocketPath(), IMAGE)) !== null) return;
  const programs = ['/usr/bin/tar', '/usr/bin/zstd'];
  const entries = [...(await busyboxEntries()).filter(({ path }) => !programs.includes(`/${path}`) && path !== 'bin/tar'), ...programs.map((path) => ({ path: path.slice(1), fromFile: path, mode: 0o755 })), ...(await libraryEntries(programs))];
  await importImage({ socketPath: testSocketPath(), repository: 'berth-test/tar-zstd', tag: '1', entries, changes: [IMAGE_PATH, 'CMD ["sh"]', 'LABEL dev.berth.test=1'] });
}

/** Runs a script in a helper container, from its creation until it is removed, as `docker run --rm` does. */
async function inHelper(script: string, mounts: readonly object[]): Promise<number> {
  const began = performance.now();
  const { Id: id } = await engineJson<{ Id: string }>('POST', '/containers/create', { body: { Image: IMAGE, Cmd: ['sh', '-c', script], HostConfig: { NetworkMode: 'none', Mounts: mounts } } });
  try {
    await engineJson('POST', `/containers/${id}/start`);
    const { StatusCode: code } = await engineJson<{ StatusCode: number }>('POST', `/containers/${id}/wait`);
    if (code !== 0) throw new Error(`The helper ended with ${String(code)}: ${(await engineRequest('GET', `/containers/${id}/logs?stdout=1&stderr=1`)).text.slice(-500)}`);
  } finally {
    await engineRequest('DELETE', `/containers/${id}?force=1&v=1`);
  }
  return performance.now() - began;
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}

const berth: Peer = {
  name: 'Berth',
  async run(step, stage) {
    const home = join(stage.home, 'berth');
    const into = step === 'restore' ? await stage.volumeNamed('berth-staged') : '';
    const task: SnapshotTask = { action: step === 'restore' ? 'restore' : 'create', socketPath: testSocketPath(), home, programDir: VOLUME_PROGRAM_DIR, project: { name: stage.project, dir: stage.home }, volume: stage.volume, createdAt: stage.createdAt, into };
    const file = join(stage.home, 'task.json');
    await writeFile(file, JSON.stringify(task));
    const one = await measured(process.execPath, [stage.entry, file], {});
    const answer = JSON.parse(one.stdout) as { readonly storedBytes?: number; readonly exchangeMs?: number; readonly startMs: number; readonly phases: { readonly [name: string]: number } };
    const phases = Object.entries({ start: answer.startMs, ...answer.phases }).map(([phase, ms]) => `${phase} ${(ms / 1000).toFixed(2)}`).join(', ');
    // Berth runs already, as the process does that makes the helper container: the start of Node is not counted, and printed.
    return { ms: one.ms - answer.startMs - (answer.exchangeMs ?? 0), peakBytes: one.peakBytes, cpuSeconds: one.cpuSeconds, phases, ...(answer.storedBytes === undefined ? {} : { storedBytes: answer.storedBytes }), ...(answer.exchangeMs === undefined ? {} : { exchangeMs: answer.exchangeMs }) };
  },
};

const tarZstd: Peer = {
  name: 'tar | zstd',
  async run(step, stage) {
    const out = join(stage.home, 'tar');
    await mkdir(out, { recursive: true });
    const place = { Type: 'bind', Source: out, Target: '/out' };
    if (step !== 'restore') {
      const ms = await inHelper('set -o pipefail; tar -cf - -C /v . | zstd -q -f -o /out/data.tar.zst', [{ Type: 'volume', Source: stage.volume, Target: '/v', ReadOnly: true }, place]);
      return { ms, storedBytes: await folderBytes(out) };
    }
    await run('sh', ['-c', `zstd -q -d -f -o '${join(out, 'data.tar')}' '${join(out, 'data.tar.zst')}'`]);
    const untar = async (more: string): Promise<number> => inHelper(`tar -xf /out/data.tar -C /v${more}`, [{ Type: 'volume', Source: await stage.volumeNamed('untar'), Target: '/v' }, place]);
    const ms = await untar('');
    const syncedMs = await untar(' && { sync -f /v 2>/dev/null || sync; }');
    await rm(join(out, 'data.tar'));
    return { ms, syncedMs };
  },
};

async function timed(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Result> {
  const { ms, peakBytes, cpuSeconds } = await measured(program, args, env);
  return { ms, peakBytes, cpuSeconds };
}

const restic: Peer = {
  name: 'restic',
  async run(step, stage) {
    const repository = join(stage.home, 'restic');
    const env = { RESTIC_PASSWORD: 'bench', HOME: stage.home };
    if (step === 'first') await run('restic', ['-q', '-r', repository, 'init', '--repository-version', '2'], { env: { ...process.env, ...env } });
    const before = step === 'first' ? 0 : await folderBytes(repository);
    const one = await timed('restic', step === 'restore' ? ['-q', '-r', repository, 'restore', 'latest', '--target', join(stage.home, 'restic-out')] : ['-q', '-r', repository, 'backup', stage.data], env);
    return step === 'restore' ? one : { ...one, storedBytes: (await folderBytes(repository)) - before };
  },
};

const borg: Peer = {
  name: 'borg',
  async run(step, stage) {
    const repository = join(stage.home, 'borg');
    const env = { BORG_PASSPHRASE: 'bench', HOME: stage.home, BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes' };
    if (step === 'first') await run('borg', ['init', '-e', 'repokey', repository], { env: { ...process.env, ...env } });
    const before = step === 'first' ? 0 : await folderBytes(repository);
    if (step !== 'restore') {
      const one = await timed('borg', ['create', '--compression', 'zstd', `${repository}::${step}`, stage.data], env);
      return { ...one, storedBytes: (await folderBytes(repository)) - before };
    }
    const out = join(stage.home, 'borg-out');
    await mkdir(out);
    return timed('sh', ['-c', `cd '${out}' && borg extract '${repository}::second'`], env);
  },
};

async function peers(): Promise<readonly Peer[]> {
  const found: Peer[] = [berth, tarZstd];
  if (ALONE) return found;
  for (const [peer, program] of [[restic, 'restic'], [borg, 'borg']] as const) {
    const version = await run(program, ['--version']).catch(() => run(program, ['version'])).catch(() => null);
    if (version === null) console.log(`${program} is not installed (apt-get install ${program === 'borg' ? 'borgbackup' : program}): it takes no part.`);
    else {
      console.log(version.stdout.trim());
      found.push(peer);
    }
  }
  return found;
}

/** The volumes of one scene; removed afterwards by their names. */
class Volumes {
  readonly names: string[] = [];

  constructor(private readonly project: string) {}

  async make(name: string): Promise<{ readonly name: string; readonly data: string; readonly createdAt: string }> {
    const full = `${this.project}-${name}-${String(this.names.length)}`;
    this.names.push(full);
    const { Mountpoint: data, CreatedAt: createdAt } = await engineJson<{ Mountpoint: string; CreatedAt: string }>('POST', '/volumes/create', { body: { Name: full, Labels: { 'com.docker.compose.project': this.project } } });
    return { name: full, data, createdAt };
  }

  async remove(): Promise<void> {
    for (const name of this.names) await engineRequest('DELETE', `/volumes/${name}?force=1`);
  }
}

async function scene(name: 'many' | 'one', everybody: readonly Peer[], entry: string): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'bt-bench-snapshots-'));
  const project = `bt-bench-snap-${String(process.pid)}-${name}`;
  const volumes = new Volumes(project);
  try {
    const source = await volumes.make('data');
    await fill(source.data, name);
    await settled();
    const results = new Map<string, Result[]>();
    console.log(`\n${name === 'many' ? `${String(FILES)} files` : 'one file'}, ${(BYTES / MB).toFixed(0)} MB, half text, half noise, seed ${String(SEED)}; ${load()}`);
    for (let round = 0; round < ROUNDS; round += 1) {
      const folder = join(home, `round-${String(round)}`);
      await mkdir(folder);
      const stage: Stage = { home: folder, project, volume: source.name, data: source.data, createdAt: source.createdAt, entry, volumeNamed: async (one) => (await volumes.make(one)).name };
      for (const [turn, step] of STEPS.entries()) {
        for (let index = 0; index < everybody.length; index += 1) {
          const peer = everybody[(index + round + turn) % everybody.length];
          if (peer === undefined) continue;
          const result = await peer.run(step, stage);
          console.log(`    ${step} ${peer.name}: ${(result.ms / 1000).toFixed(2)} s${result.peakBytes === undefined ? '' : `, peak ${(result.peakBytes / MB).toFixed(0)} MB`}${result.storedBytes === undefined ? '' : `, ${(result.storedBytes / MB).toFixed(1)} MB stored`}${result.exchangeMs === undefined ? '' : `, exchange ${result.exchangeMs.toFixed(0)} ms`}${result.syncedMs === undefined ? '' : `, synced ${(result.syncedMs / 1000).toFixed(2)} s`}${result.cpuSeconds === undefined ? '' : `, CPU ${result.cpuSeconds.toFixed(1)} s`}${result.phases === undefined ? '' : ` (${result.phases})`}; ${load()}`);
          results.set(`${step} ${peer.name}`, [...(results.get(`${step} ${peer.name}`) ?? []), result]);
        }
      }
      await rm(folder, { recursive: true, force: true });
    }
    return judge(everybody, results);
  } finally {
    await volumes.remove();
    await rm(home, { recursive: true, force: true });
  }
}

function judge(everybody: readonly Peer[], results: ReadonlyMap<string, readonly Result[]>): boolean {
  const of = (step: Step, peer: string, field: 'ms' | 'peakBytes' | 'storedBytes' | 'exchangeMs' | 'syncedMs'): number => median((results.get(`${step} ${peer}`) ?? []).map((one) => one[field] ?? Number.NaN));
  console.log(`\nmedians of ${String(ROUNDS)}              first s   MB   second s   MB   restore s`);
  for (const { name } of everybody) console.log(`  ${name.padEnd(24)}${(of('first', name, 'ms') / 1000).toFixed(2).padStart(9)}${(of('first', name, 'storedBytes') / MB).toFixed(0).padStart(6)}${(of('second', name, 'ms') / 1000).toFixed(2).padStart(10)}${(of('second', name, 'storedBytes') / MB).toFixed(2).padStart(8)}${(of('restore', name, 'ms') / 1000).toFixed(2).padStart(10)}`);
  console.log(`  downtime of the volume, the exchange alone: ${of('restore', 'Berth', 'exchangeMs').toFixed(0)} ms\n`);
  console.log(`  restore up to the exchange, of untar that is synced as ours is: ${(of('restore', 'Berth', 'ms') / of('restore', 'tar | zstd', 'syncedMs')).toFixed(3)}\n`);
  const peak = Math.max(...STEPS.flatMap((step) => (results.get(`${step} Berth`) ?? []).map((one) => one.peakBytes ?? 0)));
  return [
    judged('first snapshot, of tar | zstd', of('first', 'Berth', 'ms') / of('first', 'tar | zstd', 'ms'), 1.2),
    judged('second of unchanged data, of tar | zstd', of('second', 'Berth', 'ms') / of('second', 'tar | zstd', 'ms'), 0.15),
    judged('bytes the second adds, of the first', of('second', 'Berth', 'storedBytes') / of('first', 'Berth', 'storedBytes'), 0.01),
    judged('restore up to the exchange, of plain untar', of('restore', 'Berth', 'ms') / of('restore', 'tar | zstd', 'ms'), 2),
    judged('peak memory of Berth in MB', peak / MB, PEAK_LIMIT_BYTES / MB),
  ].every((one) => one);
}

function judged(what: string, value: number, limit: number): boolean {
  console.log(`  ${value <= limit ? 'reached' : 'MISSED '}: ${what} ${value.toFixed(3)} (at most ${String(limit)})`);
  return value <= limit;
}

// What waits for a first answer of the engine keeps no process alive by itself.
const alive = setInterval(() => undefined, 1_000);
await helperImage();
const { dir } = await bundle({ 'snapshot-main': 'test/support/snapshot-main.ts' });
const everybody = await peers();
const verdicts: boolean[] = [];
for (const name of ['many', 'one'] as const) if (ONLY === undefined || ONLY === name) verdicts.push(await scene(name, everybody, join(dir, 'snapshot-main.cjs')));
clearInterval(alive);
process.exitCode = verdicts.every((one) => one) ? 0 : 1;

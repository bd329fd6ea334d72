import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openS3 } from '@main/platform/s3/client';
import { replaceStateFile } from '@main/platform/sync/state-file';
import { folderIdentity, Walk } from '@main/platform/sync/walk';
import type { SyncEngineOptions, SyncReport } from '@main/workspaces/engine-types';
import { rootFilter } from '@shared/domain/workspaces/filter';
import type { SyncedFile } from '@shared/domain/workspaces/sync-model';
import { between } from '../integration/workspaces/quick-s3-kit';
import { bundle } from '../support/bundle';
import { measured, type Measured } from '../support/measured-process';
import { storageStage, type StorageStage } from '../support/storage';
import { oursAt, sourceTree, syncPeers, type Peer } from '../support/sync-peers';

/**
 * How long it takes to bring 10,000 files to a real MinIO, to find that nothing changed, and to bring one change, against rclone and mc. Every
 * run is a process of its own from its start to its end, ours too (the engine in plain node, in the main thread); rounds interleaved, each
 * begins with another one. Nobody is measured while requests are counted: that is a round of its own, through a proxy.
 * Options: --rounds <n> (5), --files <n> (10000), --seed <n> (7), --only compare|rescan. `rescan` looks through a folder (in memory
 * where there is /dev/shm) with a state written by the engine's own writer, as if everything had been sent: no store takes part.
 */

const ROUNDS = Number(option('--rounds') ?? 5);
const FILES = Number(option('--files') ?? 10_000);
const SEED = Number(option('--seed') ?? 7);
const ONLY = option('--only');
/** Requests are counted on a tree of its own. */
const COUNTED_FILES = 1_000;
const MB = 1_000_000;
const SCENES = ['cold', 'nothing changed', 'one change'] as const;
const RESCAN_LIMIT_MS = 20_000;
const RESCAN_LIMIT_BYTES = 400 * MB;
const GROWTH_LIMIT_BYTES = 150 * MB;

type Scene = (typeof SCENES)[number];
type Results = Map<string, Measured[]>;

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
}

const load = (): string => `load ${loadavg().map((one) => one.toFixed(1)).join(' ')}`;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Those that fill a bucket take part everywhere; the others look at one that is full. */
function takesPart(peer: Peer, scene: Scene): boolean {
  return scene === 'nothing changed' || peer.fills === peer.name;
}

async function changeOne(root: string, round: number): Promise<void> {
  await writeFile(join(root, 'project-3', 'src', 'part-0', 'file-3.ts'), `export const round = ${String(round).padStart(6, '0')};\n`);
}

interface Bench {
  readonly stage: StorageStage;
  readonly root: string;
  readonly peers: readonly Peer[];
}

/** One scene after the other; in each, everybody on a bucket of the same content. */
async function round({ stage, root, peers }: Bench, name: string, first: number, act: (peer: Peer, scene: Scene, bucket: string) => Promise<void>): Promise<void> {
  const door = openS3({ endpoint: stage.endpoint, region: 'us-east-1', accessKey: stage.accessKey, secretKey: stage.secretKey, deadlineMs: 30_000 });
  const bucketOf = (peer: Peer): string => `${name}-${peer.fills.replaceAll(/[^a-z]+/g, '-')}`;
  for (const peer of peers) if (peer.fills === peer.name) await door.createBucket(bucketOf(peer));
  door.close();
  for (const [turn, scene] of SCENES.entries()) {
    if (scene === 'one change') await changeOne(root, Date.now() % 1_000_000);
    const taking = peers.filter((peer) => takesPart(peer, scene));
    for (let index = 0; index < taking.length; index += 1) {
      const peer = taking[(index + first + turn) % taking.length];
      if (peer !== undefined) await act(peer, scene, bucketOf(peer));
    }
  }
}

function tell(scene: Scene, peers: readonly Peer[], results: Results, requests: ReadonlyMap<string, string>): void {
  const ours = median((results.get(`berth ${scene}`) ?? []).map(({ ms }) => ms));
  console.log(`\n${scene} (${String(ROUNDS)} rounds, medians)${' '.repeat(18 - scene.length)}  seconds  berth/it  CPU s  peak MB  requests for ${String(COUNTED_FILES)} files`);
  for (const peer of peers.filter((one) => takesPart(one, scene))) {
    const runs = results.get(`${peer.name} ${scene}`) ?? [];
    const ms = median(runs.map((one) => one.ms));
    const columns = [(ms / 1000).toFixed(3).padStart(9), (ours / ms).toFixed(2).padStart(10), median(runs.map((one) => one.cpuSeconds)).toFixed(2).padStart(7), (median(runs.map((one) => one.peakBytes)) / MB).toFixed(0).padStart(9)];
    console.log(`  ${peer.name.padEnd(38)}${columns.join('')}  ${requests.get(`${peer.name} ${scene}`) ?? ''}   [${runs.map((one) => (one.ms / 1000).toFixed(2)).join(', ')}]`);
  }
}

function judged(what: string, value: number, limit: number): boolean {
  console.log(`  ${value <= limit ? 'reached' : 'MISSED '}: ${what} ${value.toFixed(3)} (at most ${String(limit)})`);
  return value <= limit;
}

function judge(results: Results): boolean {
  const of = (name: string, scene: Scene): number => {
    const runs = results.get(`${name} ${scene}`);
    return runs === undefined ? Number.POSITIVE_INFINITY : median(runs.map(({ ms }) => ms));
  };
  const cold = Math.min(of('rclone', 'cold'), of('rclone tuned', 'cold'), of('mc mirror', 'cold'));
  const full = Math.min(of('rclone', 'nothing changed'), of('rclone tuned', 'nothing changed'), of('rclone --checksum --fast-list', 'nothing changed'));
  const growth = median((results.get('berth cold') ?? []).map(growthOf));
  console.log('');
  return [
    judged('cold, of the best peer', of('berth', 'cold') / cold, 0.8),
    judged('nothing changed, of the best peer that looks at everything', of('berth', 'nothing changed') / full, 0.25),
    judged('nothing changed, of rclone --size-only', of('berth', 'nothing changed') / of('rclone --size-only', 'nothing changed'), 1),
    judged('one change, of rclone', of('berth', 'one change') / of('rclone', 'one change'), 0.1),
    judged('cold, growth of memory in MB', growth / MB, GROWTH_LIMIT_BYTES / MB),
  ].every((one) => one);
}

function growthOf({ stdout }: Measured): number {
  const { baseBytes, peakBytes } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { readonly baseBytes: number; readonly peakBytes: number };
  return peakBytes - baseBytes;
}

async function compare(entry: string): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'bt-bench-sync-'));
  const root = join(home, 'workspaces');
  const bytes = await sourceTree(root, FILES, SEED);
  const stage = await storageStage('bench-sync');
  try {
    const peers = await syncPeers(stage, { home, root, entry }, (line) => console.log(line));
    const bench = { stage, root, peers };
    console.log(`${String(FILES)} files, ${(bytes / MB).toFixed(1)} MB, seed ${String(SEED)}; ${load()}`);
    const few = join(home, 'few');
    await sourceTree(few, COUNTED_FILES, SEED);
    const requests = await counted({ stage, root: few, peers: await syncPeers(stage, { home, root: few, entry }, () => undefined) });
    const results: Results = new Map();
    for (let index = 0; index < ROUNDS; index += 1) {
      await round(bench, `r${String(index)}`, index, async (peer, scene, bucket) => {
        const name = `${peer.name} ${scene}`;
        const one = await peer.run(bucket, stage.endpoint);
        console.log(`    ${name}: ${(one.ms / 1000).toFixed(2)} s, CPU ${one.cpuSeconds.toFixed(2)} s, peak ${(one.peakBytes / MB).toFixed(0)} MB; ${load()}`);
        results.set(name, [...(results.get(name) ?? []), one]);
      });
      console.log(`  round ${String(index + 1)} done; ${load()}`);
    }
    // What was quick is also right: the other tool finds no difference.
    await stage.rclone('check', root, `t:r${String(ROUNDS - 1)}-berth`, '--checksum', '--exclude', '.berth/**');
    for (const scene of SCENES) tell(scene, peers, results, requests);
    return judge(results);
  } finally {
    await stage.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** How often each asks the store, in words. */
async function counted(bench: Bench): Promise<ReadonlyMap<string, string>> {
  const requests = new Map<string, string>();
  const proxy = await between(bench.stage, () => 'pass');
  try {
    await round(bench, 'count', 0, async (peer, scene, bucket) => {
      proxy.seen.splice(0);
      await peer.run(bucket, proxy.endpoint);
      const by = new Map<string, number>();
      for (const one of proxy.seen) by.set(one.split(' ')[0] ?? '', (by.get(one.split(' ')[0] ?? '') ?? 0) + 1);
      requests.set(`${peer.name} ${scene}`, [...by].sort(([one], [other]) => one.localeCompare(other)).map(([method, count]) => `${String(count)} ${method}`).join(' ') || '0');
    });
  } finally {
    await proxy.stop();
  }
  return requests;
}

/** Empty files, a hundred to a folder: what did not change is not read. */
function emptyTree(root: string, files: number): void {
  for (let index = 0; index < files; index += 1) {
    const folder = join(root, `project-${String(Math.floor(index / 10_000))}`, `part-${String(Math.floor(index / 100) % 100)}`);
    if (index % 100 === 0) mkdirSync(folder, { recursive: true });
    closeSync(openSync(join(folder, `file-${String(index)}.ts`), 'w'));
  }
}

/** The state as a run leaves it that has sent everything. */
function sentState({ root, stateDir, destination }: SyncEngineOptions): void {
  const identity = folderIdentity(root);
  if (identity === null) throw new Error('There is no tree.');
  const walk = new Walk({ root, prefixBytes: 0, only: null, filter: (files) => rootFilter(files), gitignore: true, dockerignore: true, onSkip: () => undefined });
  const md5 = createHash('md5').digest('hex');
  function* records(): Generator<SyncedFile> {
    for (let one = walk.next(); one.done !== true; one = walk.next()) if (one.value.kind === 'file') yield { ...one.value.file, md5, etag: md5, racy: false };
  }
  mkdirSync(stateDir, { recursive: true });
  replaceStateFile(stateDir, { ...destination, root, dev: String(identity.dev), ino: String(identity.ino), generation: '0'.repeat(16), listedAtMs: Date.now(), dirty: false }, records());
}

async function rescan(entry: string): Promise<boolean> {
  const memory = '/dev/shm';
  const home = await mkdtemp(join(existsSync(memory) ? memory : tmpdir(), 'bt-bench-rescan-'));
  try {
    const root = join(home, 'workspaces');
    emptyTree(root, FILES);
    // Nobody listens there: a look that finds nothing changed asks nothing.
    const nowhere = { endpoint: 'http://127.0.0.1:1', accessKey: 'none', secretKey: 'none' };
    const options = oursAt(nowhere, { home, root, bucket: 'rescan', endpoint: nowhere.endpoint });
    sentState(options);
    console.log(`\n${String(FILES)} empty files in ${home}; ${load()}`);
    const file = join(home, 'options.json');
    await writeFile(file, JSON.stringify(options));
    const runs: Measured[] = [];
    for (let index = 0; index < ROUNDS; index += 1) runs.push(await measured(process.execPath, [entry, file], {}));
    const { report } = JSON.parse((runs[0]?.stdout ?? '').replace(/^go\n/, '')) as { readonly report: SyncReport };
    const unchanged = report.workspaces.reduce((sum, one) => sum + one.unchanged, 0);
    const [ms, peak] = [median(runs.map((one) => one.ms)), Math.max(...runs.map((one) => one.peakBytes))];
    console.log(`rescan of ${String(unchanged)} files, nothing changed: ${(ms / 1000).toFixed(2)} s, CPU ${median(runs.map((one) => one.cpuSeconds)).toFixed(1)} s, peak ${(peak / MB).toFixed(0)} MB   [${runs.map((one) => (one.ms / 1000).toFixed(2)).join(', ')}]; ${load()}`);
    return [unchanged === FILES, judged('seconds of a rescan', ms / 1000, RESCAN_LIMIT_MS / 1000), judged('its peak in MB', peak / MB, RESCAN_LIMIT_BYTES / MB)].every((one) => one);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

// What waits for a first answer of the server keeps no process alive by itself.
const alive = setInterval(() => undefined, 1_000);
const { dir } = await bundle({ 'sync-main': 'test/support/sync-main.ts' });
const entry = join(dir, 'sync-main.cjs');
const results: boolean[] = [];
if (ONLY !== 'rescan') results.push(await compare(entry));
if (ONLY !== 'compare') results.push(await rescan(entry));
clearInterval(alive);
process.exitCode = results.every((one) => one) ? 0 : 1;

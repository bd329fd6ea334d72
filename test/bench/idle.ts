import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@main/platform/store';
import type { OutputOf } from '@shared/contract/contract';
import { workKind } from '@shared/domain/metrics/alert-rules';
import type { StoredSample } from '@main/platform/types';
import { stringify } from 'yaml';
import { BUSYBOX_IMAGE, ensureBusybox } from '../support/images';
import { emptyProject, type TestProject } from '../support/projects';

/**
 * What Berth costs while nothing happens: twenty small services of an open, trusted project run, `berth serve` watches
 * them with everything on, nobody asks anything. Processor time and memory of the main process, and what 24 hours of
 * samples take on the disk. Options: --seconds <n> (60), --only cost|samples.
 */

const SECONDS = Number(option('--seconds') ?? 60);
const ONLY = option('--only');
const SERVICES = 20;
const CPU_LIMIT = 0.01;
const RSS_LIMIT_MB = 200;
const SAMPLES_LIMIT_MB = 50;
const SAMPLES_A_DAY = 2_880;
/** The first looks, parsing and warming up are over by then. */
const SETTLE_MS = 20_000;
/** Clock ticks a second in /proc: fixed in the kernel's interface. */
const TICKS = 100;
const ROOT = process.env['BERTH_ROOT'] ?? process.cwd();
const MB = 1_000_000;

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function berth(home: string, args: readonly string[]): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, DOCKER_HOST: process.env['DOCKER_HOST'] ?? '', BERTH_HOME: home, NO_COLOR: '1' };
  return spawn(process.execPath, [join(ROOT, 'bin', 'berth'), ...args], { cwd: home, env, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Runs a command to its end and gives what it said; an exit code other than 0 fails the bench. */
async function command(home: string, args: readonly string[]): Promise<string> {
  const child = berth(home, args);
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`berth ${args.join(' ')} ended with ${String(code)}`);
  return said;
}

/** Resolves when the host holds the state and says so. Until then another command could take the state from it. */
function ready(serve: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    serve.stdout?.on('data', (chunk: Buffer) => {
      if (said.length < 65_536) said += chunk.toString();
      if (said.includes('"type":"ready"')) resolve();
    });
    serve.once('close', (code) => reject(new Error(`berth serve ended with ${String(code)} before it was ready`)));
  });
}

/** Background work by name: how often it was done, and its longest time. */
async function longestWork(home: string): Promise<string> {
  const { value } = JSON.parse(await command(home, ['runtime', 'metrics', '--json'])) as { readonly value: OutputOf<'runtime.metrics'> };
  const background = value.durations.filter((one) => ['pass', 'task'].includes(workKind(one.name))).sort((a, b) => b.maxMs - a.maxMs);
  return background.map((one) => `${one.name} ${String(one.count)} times, at most ${one.maxMs.toFixed(0)} ms`).join('; ');
}

/** Seconds of processor time of a process, its threads included. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${String(pid)}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

async function rssMb(pid: number): Promise<number> {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${String(pid)}/status`, 'utf8'));
  return (Number(line?.[1]) * 1024) / MB;
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${String(pid)}/task`);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${String(pid)}/task/${task}/children`, 'utf8').catch(() => '')));
  return lists.join(' ').split(/\s+/).filter((one) => one !== '').map(Number);
}

async function twentyTiny(): Promise<TestProject> {
  const service = { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"] };
  const services = Object.fromEntries(Array.from({ length: SERVICES }, (_, index) => [`tiny-${String(index + 1).padStart(2, '0')}`, { ...service, environment: { INDEX: String(index) } }]));
  return emptyProject('idle', { files: { 'docker-compose.dev.yml': stringify({ services }), 'docker-compose.clean.yml': stringify({ services }) } });
}

async function benchCost(): Promise<boolean> {
  await ensureBusybox();
  const project = await twentyTiny();
  const home = await mkdtemp(join(tmpdir(), 'bt-idle-'));
  let serve: ChildProcess | null = null;
  try {
    await command(home, ['projects', 'open', project.dir]);
    await command(home, ['projects', 'trust', project.dir, '--yes']);
    serve = berth(home, ['serve']);
    await ready(serve);
    const ended = new Promise<void>((resolve) => serve?.once('close', () => resolve()));
    const pid = serve.pid ?? 0;
    await command(home, ['modes', 'switch', 'dev', '--project', project.dir, '--yes']);
    await pause(SETTLE_MS);
    const began = performance.now();
    const before = await cpuSeconds(pid);
    const sizes: number[] = [];
    for (const until = began + SECONDS * 1000; performance.now() < until; ) {
      await pause(Math.min(5_000, until - performance.now()));
      sizes.push(await rssMb(pid));
    }
    const share = (await cpuSeconds(pid)) - before;
    const elapsed = (performance.now() - began) / 1000;
    const rss = Math.max(...sizes);
    const helpers = await Promise.all((await childrenOf(pid)).map((child) => rssMb(child).catch(() => 0)));
    const longest = await longestWork(home);
    const good = share / elapsed < CPU_LIMIT && rss < RSS_LIMIT_MB;
    console.log(`\n${String(SERVICES)} running services, nobody looks, ${elapsed.toFixed(0)} s`);
    console.log(`  CPU of the main process      ${((share / elapsed) * 100).toFixed(2)} % of a core (target under ${String(CPU_LIMIT * 100)} %)`);
    console.log(`  memory of the main process   ${rss.toFixed(0)} MB (target under ${String(RSS_LIMIT_MB)} MB)`);
    console.log(`  its helper processes         ${String(helpers.length)}, ${helpers.reduce((sum, one) => sum + one, 0).toFixed(0)} MB`);
    console.log(`  background work              ${longest}`);
    console.log(`  ${good ? 'reached' : 'MISSED'}`);
    serve.kill('SIGTERM');
    await ended;
    serve = null;
    return good;
  } finally {
    serve?.kill('SIGKILL');
    await project.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** A day of samples, as the sampler writes them: one batch every 30 seconds. */
async function benchSamples(): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'bt-idle-'));
  const store = await openStore({ home });
  const fromMs = Date.now() - SAMPLES_A_DAY * 30_000;
  const sizeMb = async (): Promise<number> => {
    const files = await readdir(home, { recursive: true, withFileTypes: true });
    const sizes = await Promise.all(files.filter((file) => file.isFile()).map(async (file) => (await stat(join(file.parentPath, file.name))).size));
    return sizes.reduce((sum, one) => sum + one, 0) / MB;
  };
  try {
    const empty = await sizeMb();
    const began = performance.now();
    for (let tick = 0; tick < SAMPLES_A_DAY; tick += 1) {
      const rows = Array.from({ length: SERVICES }, (_, index): StoredSample => ({
        projectId: 'p_idle', service: `service-${String(index + 1)}`, atMs: fromMs + tick * 30_000, cpu: Math.random(), memoryBytes: Math.round(Math.random() * 2e9), memoryLimitBytes: 2 ** 31,
        networkReceivedBytes: Math.round(Math.random() * 1e12), networkSentBytes: Math.round(Math.random() * 1e12), blockReadBytes: Math.round(Math.random() * 1e12), blockWrittenBytes: Math.round(Math.random() * 1e12),
        processes: 12, restarts: index,
      }));
      await store.appendSamples(rows);
    }
    const wroteMs = performance.now() - began;
    const asked = performance.now();
    const read = await store.samples({ projectId: 'p_idle', fromMs, toMs: Date.now() });
    const readMs = performance.now() - asked;
    const size = await sizeMb();
    console.log(`\n24 hours of samples of ${String(SERVICES)} services: ${String(read.length)} rows`);
    console.log(`  on the disk                  ${(size - empty).toFixed(1)} MB (target under ${String(SAMPLES_LIMIT_MB)} MB)`);
    console.log(`  written in                   ${(wroteMs / SAMPLES_A_DAY).toFixed(1)} ms a sample of all services; read back in ${readMs.toFixed(0)} ms`);
    const good = size - empty < SAMPLES_LIMIT_MB && read.length === SAMPLES_A_DAY * SERVICES;
    console.log(`  ${good ? 'reached' : 'MISSED'}`);
    return good;
  } finally {
    await store.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

const results: boolean[] = [];
if (ONLY === undefined || ONLY === 'samples') results.push(await benchSamples());
if (ONLY === undefined || ONLY === 'cost') results.push(await benchCost());
process.exitCode = results.every((one) => one) ? 0 : 1;

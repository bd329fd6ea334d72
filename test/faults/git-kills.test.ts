import { spawn } from 'node:child_process';
import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../support/bundle';
import { GitFolder } from '../support/git-folder';
import { DEEP, sample } from '../support/random';

const folder = new GitFolder();
/** Each takes some seconds: every point in the long run, otherwise a seeded few. */
const ROUNDS = DEEP ? 25 : 2;
const POINTS = 3;
const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1_000_000);
let program: string;
let count = 0;
const seed = join(folder.path, 'seed');

beforeAll(async () => {
  program = join((await bundle({ git: 'test/support/git-main.ts' })).dir, 'git.cjs');
  folder.remote('seed/remote.git', ['seed/ours', 'seed/theirs'], Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`d${String(index % 7)}/${String(index)}.yaml`, `a: ${String(index)}\n`])));
  folder.git('seed/theirs', 'rm', '-q', 'd0/0.yaml', 'd1/1.yaml');
  folder.commit('seed/theirs', 'remote', Object.fromEntries(Array.from({ length: 60 }, (_, index) => [index < 30 ? `d${String((index + 2) % 7)}/${String(index + 2)}.yaml` : `new/${String(index)}.yaml`, `b: ${String(index)}\n`])));
  folder.git('seed/theirs', 'push', '-q');
  folder.commit('seed/ours', 'local', { 'ours.yaml': 'mine\n' });
  folder.git('seed/ours', 'branch', 'other', 'HEAD~1');
  folder.write('seed/ours/loose.yaml', 'not committed\n');
});
afterAll(() => rmSync(folder.path, { recursive: true, force: true }));

interface Ended {
  readonly out: string;
  readonly ms: number;
}

function berth(args: readonly string[], env: { readonly [name: string]: string }, killAfterMs: number | null = null): Promise<Ended> {
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(process.execPath, [program, ...args], { env: { ...folder.env, ...env, BERTH_OUT: process.env['BERTH_OUT'] }, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    const timer = killAfterMs === null ? null : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('close', () => {
      if (timer !== null) clearTimeout(timer);
      resolve({ out, ms: performance.now() - began });
    });
  });
}

/** A copy of the repositories whose clone knows the copied remote. */
function fresh(): { readonly name: string; readonly dir: string; readonly home: string } {
  count += 1;
  const name = `w${String(count)}`;
  cpSync(seed, join(folder.path, name), { recursive: true });
  folder.git(`${name}/ours`, 'remote', 'set-url', 'origin', join(folder.path, name, 'remote.git'));
  folder.git(`${name}/ours`, 'status');
  return { name, dir: join(folder.path, name, 'ours'), home: join(folder.path, name, 'state') };
}

function files(dir: string, at = ''): readonly string[] {
  return readdirSync(join(dir, at))
    .filter((name) => at !== '' || name !== '.git')
    .flatMap((name) => {
      const path = at === '' ? name : `${at}/${name}`;
      return lstatSync(join(dir, path)).isDirectory() ? files(dir, path) : [`${path} ${String(lstatSync(join(dir, path)).mode & 0o777)} ${readFileSync(join(dir, path), 'utf8')}`];
    })
    .sort();
}

/** Branch, what HEAD is, what the index says of each file, and every file with its bytes; commits by their trees, since a merge has its own time. */
function whole(name: string): string {
  const ours = `${name}/ours`;
  return JSON.stringify([folder.git(ours, 'symbolic-ref', 'HEAD'), folder.git(ours, 'rev-parse', 'HEAD^{tree}'), folder.git(ours, 'log', '-1', '--format=%s %P'), folder.git(ours, 'ls-files', '-s'), files(join(folder.path, ours)), folder.git(ours, 'status', '--porcelain')]);
}

it.each([
  ['gitops.sync', (dir: string) => ({ dir, remote: join(dir, '../remote.git') })],
  ['gitops.switch-branch', (dir: string) => ({ dir, name: 'other' })],
  ['gitops.commit', (dir: string) => ({ dir, files: ['loose.yaml'], message: 'loose' })],
] as const)('%s that is killed leaves everything as it was, or done', { timeout: 600_000 }, async (kind, input) => {
  const undisturbed = fresh();
  const before = whole(undisturbed.name);
  const record = join(folder.path, `${kind}.points`);
  const first = await berth(['run', undisturbed.home, kind, JSON.stringify(input(undisturbed.dir))], { BERTH_RECORD: record });
  expect(first.out).toContain('"state":"succeeded"');
  const after = whole(undisturbed.name);
  expect(after).not.toBe(before);
  const points = readFileSync(record, 'utf8').split('\n').filter((point) => /^git\.(keep|apply|push)/.test(point));
  expect(points.length).toBeGreaterThanOrEqual(8);
  const kills: readonly { readonly env: { readonly [name: string]: string }; readonly afterMs: number | null; readonly words: string }[] = [
    ...(DEEP ? points : sample(points, POINTS, SEED)).map((point) => ({ env: { BERTH_FAIL: `${point}:kill` }, afterMs: null, words: point })),
    // And at moments that no point has: git may be in the middle of writing files.
    ...Array.from({ length: ROUNDS }, (_, index) => ({ env: {}, afterMs: Math.round((first.ms * (index + 1)) / (ROUNDS + 1)), words: `after ${String(index)}` })),
  ];
  let ended = { before: 0, after: 0 };
  for (const { env, afterMs, words } of kills) {
    const world = fresh();
    await berth(['run', world.home, kind, JSON.stringify(input(world.dir))], env, afterMs);
    await berth(['recover', world.home], {});
    const now = whole(world.name);
    expect([before, after], words).toContain(now);
    ended = now === before ? { ...ended, before: ended.before + 1 } : { ...ended, after: ended.after + 1 };
    expect(existsSync(join(world.dir, '.git/index.lock')), words).toBe(false);
    expect(readdirSync(join(world.dir, '.git')).filter((name) => name.includes('berth')), words).toEqual([]);
    folder.git(`${world.name}/ours`, 'fsck', '--connectivity-only');
    rmSync(join(folder.path, world.name), { recursive: true, force: true });
  }
  process.stdout.write(`${kind}, seed ${String(SEED)}: ${String(kills.length)} kills, ${String(ended.before)} as before, ${String(ended.after)} done\n`);
});

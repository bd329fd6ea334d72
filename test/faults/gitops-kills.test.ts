import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleForNode } from '../integration/modes/bundle';
import { exactState, type ExactFile } from '../support/exact-tree';
import { DEEP, seededRandom } from '../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const FILES = 200;
const KILLS = DEEP ? 100 : 4;

interface Ended {
  readonly operations: readonly { readonly id: string; readonly kind: string; readonly state: string; readonly error: string | null }[];
  readonly workedMs: number;
}

let base: string;
let dir: string;
let home: string;
let program: string;
const env = { PATH: process.env['PATH'] ?? '', BERTH_OUT: process.env['BERTH_OUT'] ?? resolve('out/main'), BERTH_RESOURCES: resolve('resources'), DOCKER_HOST: 'unix:///nowhere.sock' };

/** Null: it was killed, so many milliseconds after it had begun. */
function berth(args: readonly string[], killAfterMs: number | null): Promise<Ended | null> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, errors, beganAt] = ['', '', 0];
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
      if (beganAt > 0 || !errors.includes('begins')) return;
      beganAt = performance.now();
      if (killAfterMs !== null) timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal === 'SIGKILL') done(null);
      else if (code !== 0) failed(new Error(`${args.join(' ')}: ${errors}`));
      else done({ operations: JSON.parse(out) as Ended['operations'], workedMs: performance.now() - beganAt });
    });
  });
}

/** So many files with a copy each; the copies lose. */
async function makeTree(folder: string): Promise<void> {
  for (let index = 0; index < FILES; index += 1) {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c${String(index)}\ndata:\n  value: "${String(index)}"\n${index % 3 === 0 ? '# an end without a line end' : ''}`;
    for (const place of ['production', 'examples']) {
      await mkdir(join(folder, place, `team-${String(index % 7)}`), { recursive: true });
      await writeFile(join(folder, place, `team-${String(index % 7)}`, `c${String(index)}.yaml`), text, { mode: index % 2 === 0 ? 0o644 : 0o600 });
    }
  }
}

/** A fresh copy of the tree; its files keep their times. */
async function freshTree(): Promise<ReadonlyMap<string, ExactFile>> {
  await rm(dir, { recursive: true, force: true });
  await cp(join(base, 'original'), dir, { recursive: true, preserveTimestamps: true });
  return exactState(dir);
}

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'bt-gk-')));
  dir = join(base, 'tree');
  home = join(base, 'home');
  await mkdir(home);
  await makeTree(join(base, 'original'));
  program = await bundleForNode('test/faults/gitops-process.ts');
}, 240_000);
afterAll(async () => {
  await rm(base, { recursive: true, force: true });
});

describe(`a resolution of ${String(FILES)} files that is killed (seed ${String(SEED)})`, () => {
  it(`${String(KILLS)} times at a random moment: afterwards the tree is all before or all after`, async () => {
    const random = seededRandom(SEED);
    const before = await freshTree();
    const whole = await berth(['resolve', home, dir], null);
    expect(whole?.operations[0]?.state).toBe('succeeded');
    const paths = [...(await exactState(dir)).keys()].sort();
    expect([...(await exactState(dir))].filter(([path, file]) => file.sha256 !== before.get(path)?.sha256).length).toBe(FILES);
    const counts = { before: 0, after: 0, killed: 0, ended: 0 };
    const recoveries = new Map<string, number>();
    // One that ends before its moment comes is no kill: there is another.
    for (let kill = 0; counts.killed < KILLS; kill += 1) {
      const start = await freshTree();
      const ended = await berth(['resolve', home, dir], random() * (whole?.workedMs ?? 1_000));
      counts[ended === null ? 'killed' : 'ended'] += 1;
      const recovered = await berth(['again', home], null);
      const state = recovered?.operations[0]?.state ?? 'none';
      recoveries.set(state, (recoveries.get(state) ?? 0) + 1);
      const now = await exactState(dir);
      const changed = [...now].filter(([path, file]) => JSON.stringify(file) !== JSON.stringify(start.get(path))).length;
      expect([0, FILES], `kill ${String(kill)}: ${JSON.stringify(recovered?.operations[0])}`).toContain(changed);
      expect([...now.keys()].sort(), `kill ${String(kill)}`).toEqual(paths);
      counts[changed === 0 ? 'before' : 'after'] += 1;
    }
    process.stdout.write(`kills ${String(counts.killed)}, ended before their moment ${String(counts.ended)}; tree all before ${String(counts.before)}, all after ${String(counts.after)}, in between 0; operations afterwards ${JSON.stringify(Object.fromEntries(recoveries))}\n`);
  }, 3_600_000);

  it('is taken back exactly, also when that is killed', async () => {
    const random = seededRandom(SEED + 1);
    for (let kill = 0; kill < Math.max(2, KILLS / 10); kill += 1) {
      const start = await freshTree();
      const done = await berth(['resolve', home, dir], null);
      const id = done?.operations[0]?.id ?? '';
      const after = await exactState(dir);
      await berth(['back', home, dir, id], kill === 0 ? null : random() * (done?.workedMs ?? 1_000));
      await berth(['again', home], null);
      const now = await exactState(dir);
      const isBefore = JSON.stringify([...now].sort()) === JSON.stringify([...start].sort());
      if (kill === 0) expect(isBefore).toBe(true);
      else expect(isBefore || JSON.stringify([...now].sort()) === JSON.stringify([...after].sort()), `kill ${String(kill)}`).toBe(true);
    }
  }, 3_600_000);
});

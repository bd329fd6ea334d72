import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, type Bundle } from '../support/bundle';
import { DEEP, seededRandom } from '../support/random';

const ROUNDS = DEEP ? 50 : 3;
const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1_000_000);
const FOLDER = resolve('docs/reliability');
const EFFECTS = ['one', 'two', 'three'];

interface Ended {
  readonly ended: readonly { readonly number: number; readonly state: string; readonly code: string | null; readonly diary: readonly string[] }[];
  readonly files: readonly string[];
  readonly temporary: readonly string[];
}

let built: Bundle;
let root: string;

beforeAll(async () => {
  built = await bundle({ 'toy-queue': resolve('test/support/toy-queue.ts'), 'store-worker': resolve('src/main/workers/store-worker.ts') });
  root = await mkdtemp(join(tmpdir(), 'berth-queue-kill-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Runs the program; with `killAfterMs` it is killed so long after it has opened its store. */
function run(command: string, base: string, killAfterMs?: number): Promise<{ readonly signal: NodeJS.Signals | null; readonly answer: string; readonly tookMs: number }> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(built.dir, 'toy-queue.cjs'), command, join(base, 'home'), join(base, 'world')], {
      env: { PATH: process.env['PATH'] ?? '', BERTH_OUT: built.dir },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    let startedMs = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (startedMs > 0 || !text.startsWith('started\n')) return;
      startedMs = performance.now();
      if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.on('error', fail);
    child.on('close', (_code, signal) => done({ signal, answer: text.replace('started\n', ''), tookMs: performance.now() - startedMs }));
  });
}

function expectAccounted(answer: string, hint: string): { readonly rolledBack: number } {
  const { ended, files, temporary } = JSON.parse(answer) as Ended;
  expect(ended.map((one) => one.number).sort((a, b) => a - b), hint).toEqual(Array.from({ length: 20 }, (_unused, n) => n));
  expect(temporary, hint).toEqual([]);
  for (const one of ended) {
    const what = `${hint}, operation ${one.number}: ${one.diary.join(', ')}`;
    const own = files.filter((name) => name.startsWith(`${one.number}-`));
    const did = one.diary.filter((line) => line.startsWith('did '));
    expect(new Set(did).size, `${what}: nothing runs twice`).toBe(did.length);
    if (one.state === 'succeeded') {
      expect([one.code, one.diary], what).toEqual([null, [...EFFECTS, 'last'].map((name) => `did ${name}`)]);
      expect(own, what).toEqual([...EFFECTS, 'last'].map((name) => `${one.number}-${name}`).sort());
    } else {
      expect([one.state, one.code], what).toEqual(['rolled-back', 'interrupted']);
      for (const line of did) expect(one.diary, what).toContain(line.replace('did', 'undid'));
      expect(did, what).not.toContain('did last');
      expect(own, what).toEqual([]);
    }
  }
  return { rolledBack: ended.filter((one) => one.state === 'rolled-back').length };
}

it(`accounts for all of 20 queued operations after kill -9 at any moment, ${ROUNDS} times`, { timeout: 900_000 }, async () => {
  const random = seededRandom(SEED);
  process.stdout.write(`queue-kills: BERTH_SEED=${SEED}\n`);
  const whole = join(root, 'whole');
  await run('fill', whole);
  const undisturbed = await run('run', whole);
  expect(expectAccounted(undisturbed.answer, 'undisturbed')).toEqual({ rolledBack: 0 });

  let killed = 0;
  let rolledBack = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const base = join(root, String(round));
    await run('fill', base);
    // The last part of the undisturbed run is closing and cleaning up.
    const firstMs = random() * 0.8 * undisturbed.tookMs;
    // Every third round the restart is killed too.
    const secondMs = round % 3 === 0 ? random() * undisturbed.tookMs : null;
    const hint = `seed ${SEED}, round ${round}, killed after ${firstMs.toFixed(1)} ms${secondMs === null ? '' : ` and ${secondMs.toFixed(1)} ms`}`;
    if ((await run('run', base, firstMs)).signal === 'SIGKILL') killed += 1;
    if (secondMs !== null) await run('recover', base, secondMs);
    const last = await run('recover', base);
    expect(last.signal, hint).toBeNull();
    rolledBack += expectAccounted(last.answer, hint).rolledBack;
    // The store opens clean, and there is nothing left to bring to an end.
    expect((await run('recover', base)).answer, hint).toBe(last.answer);
    await rm(base, { recursive: true, force: true });
  }
  process.stdout.write(`queue-kills: ${ROUNDS} rounds, ${killed} killed under way, ${rolledBack} operations rolled back, undisturbed run ${undisturbed.tookMs.toFixed(0)} ms\n`);
  expect(killed).toBeGreaterThan(0);
  // Only the whole enumeration is a record; a sample proves nothing new.
  if (!DEEP) return;
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, 'queue-kills.md'), `# A queue killed at any moment\n\nDate ${new Date().toISOString().slice(0, 10)}, seed ${String(SEED)}. \`npm run test:deep -- faults/queue-kills\` kills a process with 20 queued operations with SIGKILL, in every third round its restart too.\nAfter each: every operation is accounted for, none ran twice, what was undone left nothing behind, the store opens clean.\n\n| rounds | killed under way | operations rolled back | undisturbed run | failures |\n|---|---|---|---|---|\n| ${String(ROUNDS)} | ${String(killed)} | ${String(rolledBack)} | ${undisturbed.tookMs.toFixed(0)} ms | 0 |\n`);
});

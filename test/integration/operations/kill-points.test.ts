import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, type Bundle } from '../../support/bundle';
import { DEEP } from '../../support/random';

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly states: readonly string[];
  readonly codes: readonly (string | null)[];
  readonly files: readonly string[];
}

let built: Bundle;
let root: string;
let worlds = 0;

beforeAll(async () => {
  built = await bundle({ toy: resolve('test/support/toy-operation.ts'), 'store-worker': resolve('src/main/workers/store-worker.ts') });
  root = await mkdtemp(join(tmpdir(), 'berth-kill-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface World {
  readonly home: string;
  readonly world: string;
  readonly record: string;
}

async function newWorld(): Promise<World> {
  worlds += 1;
  const base = join(root, String(worlds));
  const world = join(base, 'world');
  await mkdir(world, { recursive: true });
  await writeFile(join(world, 'old'), 'x');
  return { home: join(base, 'home'), world, record: join(base, 'record') };
}

function start(command: string, at: World, env: { readonly [name: string]: string } = {}): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(built.dir, 'toy.cjs'), command, at.home, at.world], { env: { PATH: process.env['PATH'] ?? '', BERTH_OUT: built.dir, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('error', fail);
    child.on('close', (_code, signal) => {
      const parsed = (text === '' ? {} : JSON.parse(text)) as Partial<Ended> & { readonly failed?: string };
      if (parsed.failed !== undefined) fail(new Error(parsed.failed));
      else done({ signal, states: parsed.states ?? [], codes: parsed.codes ?? [], files: parsed.files ?? [] });
    });
  });
}

async function pointsOf(at: World): Promise<readonly string[]> {
  const text = await readFile(at.record, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

/** Whole on one side, and the operation knows on which. */
function expectWhole(ended: Ended, hint: string): void {
  expect(ended.signal, hint).toBeNull();
  const [state] = ended.states;
  if (state === undefined) expect(ended.files, hint).toEqual(['old']);
  else if (state === 'succeeded') expect(ended.files, hint).toEqual(['new1', 'new2', 'new3']);
  else {
    expect(['rolled-back', 'failed'], hint).toContain(state);
    expect(ended.files, hint).toEqual(['old']);
  }
}

/** At most `limit` at a time: the machine has few cores, and each is a process. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
    }),
  );
}

describe('kill -9 at every point of an operation', () => {
  it('leaves the world whole after the next start, also when that one is killed too', { timeout: 300_000 }, async () => {
    const recorded = await newWorld();
    expect(await start('run', recorded, { BERTH_RECORD: recorded.record })).toMatchObject({ states: ['succeeded'], files: ['new1', 'new2', 'new3'] });
    const points = await pointsOf(recorded);
    expect(points).toContain('file.create:after:3');
    expect(points).toContain('commit:after-result:1');
    expect(points).toContain('operation.enqueue:before:1');
    expect(points.length).toBeGreaterThanOrEqual(26);

    const states = new Map<string, string>();
    await each(points, async (point) => {
      const first = await newWorld();
      expect((await start('run', first, { BERTH_FAIL: `${point}:kill` })).signal, point).toBe('SIGKILL');
      const ended = await start('recover', first, { BERTH_RECORD: first.record });
      expectWhole(ended, point);
      states.set(point, ended.states[0] ?? 'none');
      const again = await start('recover', first);
      expect(again.states, point).toEqual(ended.states);
      expect(again.files, point).toEqual(ended.files);

      const inRecovery = await pointsOf(first);
      // Every second kill in the deep run; here another place for each first one.
      const second = inRecovery[points.indexOf(point) % Math.max(1, inRecovery.length)];
      for (const one of DEEP ? inRecovery : second === undefined ? [] : [second]) {
        const at = await newWorld();
        await start('run', at, { BERTH_FAIL: `${point}:kill` });
        expect((await start('recover', at, { BERTH_FAIL: `${one}:kill` })).signal, `${point} then ${one}`).toBe('SIGKILL');
        expectWhole(await start('recover', at), `${point} then ${one}`);
      }
    });
    // The journal decides, not luck: before the commit it is undone, after it finished.
    expect(states.get('operation.enqueue:before:1')).toBe('none');
    expect(states.get('operation.enqueue:after-result:1')).toBe('succeeded');
    expect(states.get('operation.start:after-result:1')).toBe('rolled-back');
    expect(states.get('commit:before:1')).toBe('rolled-back');
    expect(states.get('commit:after-result:1')).toBe('succeeded');
    expect(states.get('operation.end:before:1')).toBe('succeeded');
  });

  it('undoes or finishes after an exception at every point', { timeout: 300_000 }, async () => {
    const recorded = await newWorld();
    await start('run', recorded, { BERTH_RECORD: recorded.record });
    await each(await pointsOf(recorded), async (point) => {
      if (point.startsWith('operation.enqueue')) return;
      const at = await newWorld();
      expectWhole(await start('run', at, { BERTH_FAIL: `${point}:throw` }), point);
    });
  });
});

describe('the lease', () => {
  it('belongs to one process, is named to the second, and is free after kill -9', async () => {
    const at = await newWorld();
    const holder = spawn(process.execPath, [join(built.dir, 'toy.cjs'), 'hold', at.home, at.world], { env: { PATH: process.env['PATH'] ?? '', BERTH_OUT: built.dir }, stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((done) => holder.stdout.once('data', done));
    await expect(start('run', at)).rejects.toThrow(`Another Berth (process ${holder.pid ?? 0}) is using ${at.home}.`);
    const gone = new Promise((done) => holder.once('exit', done));
    holder.kill('SIGKILL');
    await gone;
    expect(await start('run', at)).toMatchObject({ states: ['succeeded'] });
  });
});

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { bundle, type Bundle } from './bundle';

/** How many operations the program queues. */
export const COUNT = 1_000;

export interface Ended {
  readonly ended: readonly { readonly number: number; readonly state: string; readonly code: string | null }[];
  readonly diaries: readonly (readonly number[])[];
  readonly tookMs: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly rssGrowthMb: number;
}

/** Where `test/support/many-operations.ts` runs, built, with a folder of its own for the tests of one file. */
export interface ManyOperations {
  readonly root: () => string;
  /** Null when it was killed, so long after it had opened its store. */
  readonly run: (base: string, killAfterMs?: number) => Promise<Ended | null>;
}

export function manyOperations(): ManyOperations {
  let built: Bundle;
  let root = '';
  beforeAll(async () => {
    built = await bundle({ 'many-operations': resolve('test/support/many-operations.ts'), 'store-worker': resolve('src/main/workers/store-worker.ts') });
    root = await mkdtemp(join(tmpdir(), 'berth-many-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  return { root: () => root, run: (base, killAfterMs) => runIn(built.dir, base, killAfterMs) };
}

function runIn(dir: string, base: string, killAfterMs: number | undefined): Promise<Ended | null> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(dir, 'many-operations.cjs'), join(base, 'home'), join(base, 'world'), String(COUNT)], { env: { PATH: process.env['PATH'] ?? '', BERTH_OUT: dir }, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let armed = false;
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (killAfterMs === undefined || armed || !text.startsWith('started\n')) return;
      armed = true;
      setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.on('error', fail);
    child.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') return done(null);
      const answer = JSON.parse(text.replace('started\n', '')) as Ended & { readonly failed?: string };
      if (answer.failed === undefined) done(answer);
      else fail(new Error(answer.failed));
    });
  });
}

/** All are there, each ended, and those of one project were begun in the order they were queued in. */
export function expectOrder({ ended, diaries }: Ended): void {
  expect(ended.map((one) => one.number).sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_unused, number) => number));
  for (const diary of diaries) expect(diary).toEqual([...new Set(diary)].sort((a, b) => a - b));
}

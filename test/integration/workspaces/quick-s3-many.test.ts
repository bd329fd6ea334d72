import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openS3 } from '@main/platform/s3/client';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import type { QuickS3 } from '@main/platform/s3/sync-types';
import { inParallel } from '@shared/kernel/in-parallel';
import { ensureTool } from '../../../scripts/lib/storage-tools.mjs';
import { DEEP, seededRandom } from '../../support/random';
import { storageStage, type StorageStage } from '../../support/storage';
import { listed, md5, MTIME_NS, optionsOf } from './quick-s3-kit';

const run = promisify(execFile);
const FILES = 10_000;
const ROUNDS = DEEP ? 5 : 1;
let stage: StorageStage;
let folder: string;
let keys: readonly string[];
let sums: ReadonlyMap<string, string>;

beforeAll(async () => {
  stage = await storageStage('qs3m');
  folder = await mkdtemp(join(tmpdir(), 'bt-qs3m-'));
  const next = seededRandom(11);
  const made = new Map<string, string>();
  for (let index = 0; index < FILES; index += 1) {
    const key = `w${String(index % 7)}/src/d${String(index % 97)}/file-${String(index)}.ts`;
    const bytes = randomBytes(300 + Math.floor(next() * 7_700));
    if (index < 7 * 97) mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), bytes);
    made.set(key, md5(bytes));
  }
  keys = [...made.keys()];
  sums = made;
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await stage?.close();
}, 360_000);

async function freshBucket(name: string): Promise<void> {
  const door = openS3(optionsOf(stage));
  await door.createBucket(name);
  door.close();
}

/** Every key with the sum of its file, and nothing else. */
async function isComplete(bucket: string): Promise<void> {
  const s3 = openQuickS3(optionsOf(stage));
  const found = await listed(s3, '', bucket);
  await s3.close();
  expect(found).toHaveLength(FILES);
  expect(found.filter(({ key, etag }) => sums.get(key) !== etag)).toEqual([]);
}

interface Figures {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function measured(work: () => Promise<unknown>): Promise<Figures> {
  const from = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - from) / 1_000, cpuSeconds: (user + system) / 1_000_000 };
}

async function byPut(s3: QuickS3, bucket: string): Promise<void> {
  await inParallel(keys, 48, async (key) => {
    const body = readFileSync(join(folder, key));
    const { kind } = await s3.put({ bucket, key, body, md5: md5(body), mtimeNs: MTIME_NS, condition: { kind: 'create' } });
    if (kind !== 'sent') throw new Error(key);
  });
}

async function byTar(s3: QuickS3, bucket: string): Promise<void> {
  const batches = Array.from({ length: FILES / 200 }, (_, index) => keys.slice(index * 200, (index + 1) * 200));
  await inParallel(batches, 4, async (batch) => {
    const files = batch.map((key) => {
      const body = readFileSync(join(folder, key));
      // Its sum is what the look afterwards compares.
      md5(body);
      return { key, body, mtimeNs: MTIME_NS };
    });
    await s3.putBatch({ bucket, prefix: '', files });
  });
}

async function byRclone(bucket: string): Promise<void> {
  const tuned = ['--transfers', '16', '--checkers', '16', '--s3-no-head', '--s3-no-check-bucket', '--fast-list'];
  await run(await ensureTool('rclone'), ['copy', folder, `t:${bucket}`, ...tuned], { env: { PATH: process.env['PATH'], RCLONE_CONFIG: '', ...stage.remote('t', stage.endpoint) } });
}

describe('ten thousand small files', () => {
  test('arrive one by one and in tars, beside what a tuned rclone takes', { timeout: 600_000 }, async () => {
    const lines: string[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const s3 = openQuickS3(optionsOf(stage, { deadlineMs: 60_000 }));
      for (const [name, work] of [['put', byPut], ['tar', byTar]] as const) {
        const bucket = `${name}-${String(round)}`;
        await freshBucket(bucket);
        const { seconds, cpuSeconds } = await measured(() => work(s3, bucket));
        lines.push(`round ${String(round)} ${name}: ${seconds.toFixed(1)} s, ${Math.round(FILES / seconds)} files/s, ${cpuSeconds.toFixed(2)} s CPU`);
        await isComplete(bucket);
      }
      await s3.close();
      const bucket = `rclone-${String(round)}`;
      await freshBucket(bucket);
      const { seconds } = await measured(() => byRclone(bucket));
      lines.push(`round ${String(round)} rclone copy, tuned: ${seconds.toFixed(1)} s, ${Math.round(FILES / seconds)} files/s`);
      await isComplete(bucket);
    }
    process.stdout.write(`${lines.join('\n')}\n`);
  });
});

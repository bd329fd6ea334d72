import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { join } from 'node:path';
import { createEventStream, createOperations } from '@main/operations/index';
import type { OperationKind } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { openStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';

/**
 * A program with a long queue: `node many-operations.cjs <state folder> <world> <count>`. The first start queues `count`
 * operations of ten projects, each start works on what is left. Each operation writes its number into the diary of its
 * project as its one effect. At the end it prints how all of them ended, and what they cost this process.
 */
const [home = '', world = '', count = '0'] = process.argv.slice(2);
const PROJECTS = 10;
const MB = 1_000_000;

const diaryOf = (project: number): string => join(world, `diary-${String(project)}`);

const toy: OperationKind = {
  kind: 'toy.write',
  needsEngine: false,
  key: (input) => `project:${String(input['project'])}`,
  title: (input) => `Write ${String(input['number'])}`,
  projectId: () => null,
  async run(context, input) {
    await context.effect('diary.write', {}, async () => (await appendFile(diaryOf(Number(input['project'])), `${String(input['number'])}\n`), null));
    await context.commit();
    return null;
  },
  rollback: () => Promise.resolve(),
  finish: () => Promise.resolve(null),
};

async function main(): Promise<void> {
  await mkdir(world, { recursive: true });
  const store = await openStore({ home });
  const operations = await createOperations({ store, events: createEventStream(systemClock), clock: systemClock, failpoints: createFailpoints({}), logger: silentLogger, redact: (text) => text, limits: () => ({ keepCount: 10_000, keepDays: 30, keepFailedDays: 90 }) });
  operations.register(toy);
  const rssBefore = process.memoryUsage().rss;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const beganMs = performance.now();
  process.stdout.write('started\n');
  await operations.recover();
  const known = (await store.listOperations({ limit: 10_000 })).length;
  const numbers = Array.from({ length: Math.max(0, Number(count) - known) }, (_unused, index) => known + index);
  if (known === 0) await Promise.all(numbers.map((number) => operations.enqueue('toy.write', { number, project: number % PROJECTS })));
  else for (const number of numbers) await operations.enqueue('toy.write', { number, project: number % PROJECTS });
  let rssMost = process.memoryUsage().rss;
  const watching = setInterval(() => (rssMost = Math.max(rssMost, process.memoryUsage().rss)), 100);
  await operations.whenIdle();
  clearInterval(watching);
  delay.disable();
  const all = await store.listOperations({ limit: 10_000 });
  const diaries = await Promise.all(Array.from({ length: PROJECTS }, async (_unused, project) => (await readFile(diaryOf(project), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '').map(Number)));
  await store.close();
  const ended = all.map((one) => ({ number: (one.input as { number: number }).number, state: one.state, code: one.error?.code ?? null }));
  process.stdout.write(`${JSON.stringify({ ended, diaries, tookMs: performance.now() - beganMs, loopP99Ms: delay.percentile(99) / 1e6, loopMaxMs: delay.max / 1e6, rssGrowthMb: (rssMost - rssBefore) / MB })}\n`);
}

main().catch((error: unknown) => {
  process.stdout.write(`${JSON.stringify({ failed: error instanceof Error ? error.message : String(error) })}\n`);
  process.exitCode = 1;
});

import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEventStream, createOperations } from '@main/operations/index';
import type { OperationKind } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { operationFolders } from '@main/platform/operation-folders';
import { openStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import type { JsonObject } from '@shared/kernel/json';

/**
 * A program that the queue's kill tests kill: 20 operations over 3 keys. Each effect appends a line to the diary of
 * its operation and makes a file; rollback appends what it took back and removes the files.
 * `node toy-queue.cjs fill|run|recover <state folder> <world>`: fill queues the 20 and stops, run works until it is
 * killed or done, recover says at the end what became of all of them.
 */
const [command = '', home = '', world = ''] = process.argv.slice(2);
const EFFECTS = ['one', 'two', 'three'];

function toy(temporary: ReturnType<typeof operationFolders>): OperationKind {
  return {
    kind: 'toy.append',
    needsEngine: false,
    key: (input) => `key-${String(input['key'])}`,
    title: (input) => `Append ${String(input['number'])}`,
    projectId: () => null,
    async run(context, input) {
      await temporary.make(context.operationId);
      for (const name of EFFECTS) await context.effect('line.append', { name }, () => append(input, name));
      await context.commit();
      await context.effect('line.append', { name: 'last' }, () => append(input, 'last'));
      return 'appended';
    },
    async rollback(context, input) {
      for (const record of [...context.records].reverse()) {
        if (record.name !== 'line.append' || record.undone) continue;
        await context.effect('line.undo', { undoes: record.seq }, () => undo(input, String(record.intent['name'])));
      }
    },
    async finish(context, input) {
      // Looks first: it may have been appended before the crash.
      if (!(await diaryOf(input)).includes('did last')) await context.effect('line.append', { name: 'last' }, () => append(input, 'last'));
      return 'appended';
    },
  };
}

async function append(input: JsonObject, name: string): Promise<null> {
  await writeFile(join(world, `${String(input['number'])}-${name}`), 'x');
  await note(input, `did ${name}`);
  return null;
}

async function undo(input: JsonObject, name: string): Promise<null> {
  await rm(join(world, `${String(input['number'])}-${name}`), { force: true });
  await note(input, `undid ${name}`);
  return null;
}

function note(input: JsonObject, line: string): Promise<void> {
  return appendFile(join(world, `diary-${String(input['number'])}`), `${line}\n`);
}

async function diaryOf(input: JsonObject): Promise<readonly string[]> {
  const text = await readFile(join(world, `diary-${String(input['number'])}`), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

async function main(): Promise<void> {
  await mkdir(world, { recursive: true });
  const store = await openStore({ home });
  const folders = operationFolders(home);
  const operations = await createOperations({ store, folders, events: createEventStream(systemClock), clock: systemClock, failpoints: createFailpoints({}), logger: silentLogger, redact: (text) => text });
  operations.register(toy(folders));
  if (command === 'fill') {
    operations.pause();
    for (let number = 0; number < 20; number += 1) await operations.enqueue('toy.append', { number, key: number % 3 });
    await store.close();
    process.stdout.write(`${JSON.stringify({ filled: 20 })}\n`);
    return;
  }
  process.stdout.write('started\n');
  await operations.recover();
  await operations.whenIdle();
  await operations.cleanup({ keepCount: 200, keepDays: 30, keepFailedDays: 90 });
  const all = await operations.list({ limit: 100 });
  const ended = await Promise.all(
    all.map(async (one) => {
      const input = one.input as JsonObject;
      return { number: input['number'], state: one.state, code: one.error?.code ?? null, diary: await diaryOf(input) };
    }),
  );
  const files = (await readdir(world)).filter((name) => !name.startsWith('diary-')).sort();
  const temporary = await folders.list();
  await store.close();
  process.stdout.write(`${JSON.stringify({ ended, files, temporary })}\n`);
}

main().catch((error: unknown) => {
  process.stdout.write(`${JSON.stringify({ failed: error instanceof Error ? error.message : String(error) })}\n`);
  process.exitCode = 1;
});

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEventStream, createOperations } from '@main/operations/index';
import type { OperationKind } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { openStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';

/**
 * A program that the kill tests kill: an operation that replaces the file `old` in a folder by `new1`, `new2` and
 * `new3`, as a switch replaces containers. `node toy.cjs run|recover <state folder> <world>` prints what it ended as.
 */
const [command = '', home = '', world = ''] = process.argv.slice(2);

const toy: OperationKind = {
  kind: 'toy.replace',
  key: () => 'world',
  title: () => 'Replace old by new',
  projectId: () => null,
  async run(context) {
    await context.note('toy.planned', { files: 3 });
    await context.effect('file.create', { name: 'new1' }, () => create('new1'));
    await Promise.all(['new2', 'new3'].map((name) => context.effect('file.create', { name }, () => create(name))));
    await context.commit();
    await context.effect('file.remove', { name: 'old' }, () => remove('old'));
    return 'replaced';
  },
  async rollback(context) {
    for (const record of context.records) {
      if (record.name !== 'file.create') continue;
      await context.effect('file.undo', { undoes: record.seq }, () => remove(String(record.intent['name'])));
    }
  },
  async finish(context) {
    await context.effect('file.remove', { name: 'old' }, () => remove('old'));
    return 'replaced';
  },
};

async function create(name: string): Promise<null> {
  await writeFile(join(world, name), 'x', { flag: 'wx' });
  return null;
}

async function remove(name: string): Promise<null> {
  await rm(join(world, name), { force: true });
  return null;
}

async function main(): Promise<void> {
  await mkdir(world, { recursive: true });
  const store = await openStore({ home });
  const operations = await createOperations({ store, events: createEventStream(systemClock), clock: systemClock, failpoints: createFailpoints(process.env), logger: silentLogger, redact: (text) => text });
  operations.register(toy);
  if (command === 'hold') {
    process.stdout.write('held\n');
    // Stands for a Berth that runs: only a signal ends it.
    setInterval(() => undefined, 60_000);
    return;
  }
  if (command === 'run') {
    await operations.recover();
    await operations.enqueue('toy.replace', {});
  } else await operations.recover();
  await operations.whenIdle();
  const all = await operations.list({ limit: 100 });
  const files = (await readdir(world)).sort();
  await store.close();
  process.stdout.write(`${JSON.stringify({ states: all.map((one) => one.state), codes: all.map((one) => one.error?.code ?? null), files })}\n`);
}

main().catch((error: unknown) => {
  process.stdout.write(`${JSON.stringify({ failed: error instanceof Error ? error.message : String(error), code: (error as { code?: string }).code })}\n`);
  process.exitCode = 1;
});

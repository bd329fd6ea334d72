import { join } from 'node:path';
import { createEventStream, createOperations, createStructuralGuard, undoOperation } from '@main/operations/index';
import type { OperationKind } from '@main/operations/types';
import { hostBackupFolder } from '@main/platform/backup-folder';
import { createFailpoints } from '@main/platform/failpoints';
import { readBeneath, replaceBeneath } from '@main/platform/files';
import { silentLogger } from '@main/platform/logger';
import { lockProject } from '@main/platform/project-lock';
import { openStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';

/**
 * A program that the kill tests kill: an operation with a plan writes `new` into `a.txt` of a folder, and is undone
 * again. `node structural.cjs run|undo|recover <state folder> <project folder>` prints what the operations ended as.
 */
const [command = '', home = '', dir = ''] = process.argv.slice(2);

const change: OperationKind = {
  kind: 'toy.change',
  needsEngine: false,
  key: () => 'toy',
  title: () => 'Write new into a.txt',
  projectId: () => null,
  plan: () => Promise.resolve({ change: 'toy', rootDir: dir, steps: ['Write'], files: [{ path: 'a.txt', change: 'change' }], optionalFiles: [], unchangedFiles: [], risks: [], rollback: [] }),
  async run(context) {
    await context.effect('toy.write', {}, async () => (await replaceBeneath(dir, 'a.txt', new TextEncoder().encode('new')), null));
    await context.commit();
    return null;
  },
  async rollback(context) {
    if (!context.records.some((record) => record.name === 'toy.write')) return;
    await context.effect('toy.unwrite', {}, async () => {
      if (new TextDecoder().decode(await readBeneath(dir, 'a.txt')) === 'new') await replaceBeneath(dir, 'a.txt', new TextEncoder().encode('old'));
      return null;
    });
  },
  finish: () => Promise.resolve(null),
};

async function main(): Promise<void> {
  const store = await openStore({ home });
  const events = createEventStream(systemClock);
  const backups = { store, folder: hostBackupFolder(), clock: systemClock, logger: silentLogger };
  const operations = await createOperations({ structural: createStructuralGuard(backups), store, events, clock: systemClock, failpoints: createFailpoints(process.env), logger: silentLogger, redact: (text) => text });
  operations.register(change);
  operations.register(undoOperation({ ...backups, lock: lockProject, kindOf: (name) => operations.kindOf(name), changed: () => undefined, follow: () => Promise.reject(new Error('no containers here')) }));
  await operations.recover();
  if (command === 'run') await operations.enqueue('toy.change', {});
  if (command === 'undo') {
    const done = (await operations.list({ limit: 100 })).find((one) => one.undoable && one.kind === 'toy.change');
    if (done !== undefined) await operations.enqueue('operations.undo', { id: done.id });
  }
  await operations.whenIdle();
  const all = await operations.list({ limit: 100 });
  const text = new TextDecoder().decode(await readBeneath(dir, 'a.txt'));
  await store.close();
  process.stdout.write(`${JSON.stringify({ folder: join(dir, '.berth'), operations: all.map((one) => ({ kind: one.kind, state: one.state, undoable: one.undoable })), text })}\n`);
}

main().catch((error: unknown) => {
  process.stdout.write(`${JSON.stringify({ failed: error instanceof Error ? error.message : String(error) })}\n`);
  process.exitCode = 1;
});

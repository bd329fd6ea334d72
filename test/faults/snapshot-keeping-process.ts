import { randomBytes } from 'node:crypto';
import type { JsonObject } from '@shared/kernel/json';
import { ComposeService } from '@main/compose';
import { silentLogger } from '@main/platform/logger';
import type { SnapshotRepository } from '@main/platform/snapshots/types';
import { createSnapshots, exportOperation, importOperation } from '@main/snapshots';
import { parseHere } from '../integration/checks/kit';
import { openWorld } from '../integration/modes/kit';
import { folderRepository, INSTALL_KEYS, manifestOf, noise, storePart } from '../support/snapshot-repository';

/**
 * A Berth of its own, to be killed while it prunes, exports or imports: `<verb> <home> <dir> [<file or volume>]`. `begin` makes three snapshots, keeps the newest of them only, and puts a volume aside;
 * `recover` does what the next start does. Failpoints come from the environment. Prints one JSON document.
 */
const [verb = '', home = '', dir = '', what = ''] = process.argv.slice(2);
const DAY_MS = 24 * 3_600_000;
const never = (): never => {
  throw new Error('Nobody asks for this.');
};
const world = await openWorld({ home, env: process.env, tapped: false, compose: new ComposeService({ spawn: parseHere, environment: {} }) });
const opened = (repository: SnapshotRepository): { readonly repository: SnapshotRepository; close(): Promise<void> } => ({ repository, close: () => repository.close() });
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const snapshots = createSnapshots({
  store: world.store,
  projects: world.projects,
  engine: world.engine,
  operations: world.operations,
  buckets: { ensureOwnBucket: () => Promise.resolve() },
  volumeSizes: () => Promise.resolve(null),
  scheduler: () => ({ list: () => Promise.resolve([]), set: never, remove: () => Promise.resolve() }),
  stateDir: home,
  sealer: () => Promise.resolve(INSTALL_KEYS.install ?? never()),
  openFolder: async (folder) => opened(await folderRepository(folder)),
  openBucket: never,
  s3: never,
  learned: () => undefined,
  // As if a day had passed.
  graceMs: -60_000,
  clock,
  publish: () => undefined,
  log: silentLogger,
});
const { repositories, notes } = snapshots;
for (const kind of [...snapshots.operations, exportOperation({ projects: world.projects, repositories }), importOperation({ projects: world.projects, repositories, notes, clock, randomBytes: (length) => randomBytes(length) })]) world.operations.register(kind);
await world.engine.connect();

async function begin(): Promise<JsonObject> {
  const { id } = await world.projects.open(dir, true);
  const repository = await repositories.open(id, 'local');
  const ids: string[] = [];
  for (const age of [3, 2, 0]) {
    const writer = await repository.begin(new AbortController().signal);
    const part = await storePart(writer, { name: 'shop_data', files: { 'shared.bin': noise(40_000, 'shared'), 'own.bin': noise(60_000, String(age)) } });
    const manifest = manifestOf([part], { createdAt: new Date(Date.now() - age * DAY_MS).toISOString(), project: { id, name: 'shop', dir } });
    await notes.made(id, 'local', manifest.id, await writer.finish(manifest));
    ids.push(manifest.id);
  }
  const { 'snapshots.configure': configure } = snapshots.handlers({ planCreate: never, planRestore: never, compare: never });
  await configure({ project: id, keepLast: 1, keepHourly: 0, keepDaily: 0, keepWeekly: 0, keepReplacedHours: 0 }, {} as never);
  await notes.replaced(id, { volume: what, of: 'shop_data', snapshotId: null });
  return { ids };
}

async function act(): Promise<unknown> {
  if (verb === 'begin') return begin();
  if (verb === 'recover') {
    const recovered = await world.operations.recover();
    await world.operations.whenIdle();
    return recovered.map(({ kind, state }) => ({ kind, state }));
  }
  const input = verb === 'prune' ? {} : verb === 'export' ? { id: 'last-good', file: what } : { file: what };
  const { id } = await world.operations.enqueue(`snapshots.${verb}`, { project: dir, ...input });
  const { state, error } = await world.operations.wait(id, 60_000);
  return { state, error };
}

process.stdout.write(JSON.stringify(await act()));
await snapshots.watch.stop();
await world.close();

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { createFolderTurns as original, FolderTurns } from '@main/operations/folder-turns';
import { DEEP, seededRandom } from '../../support/random';
import { endedOperations, manifests, runToItsEnd, syncedFolder, type SyncedFolder, type ToldOperation } from '../../support/synced-folders';
import { waitUntil } from '../../support/storage';
import type { StorageWorld } from '../storage/storage-kit';

/** How long whoever changes a folder keeps everybody else from it. */
const held = vi.hoisted(() => [] as { readonly dir: string; readonly waitedMs: number; readonly heldMs: number }[]);
vi.mock('@main/operations/folder-turns', async (importOriginal) => {
  const { createFolderTurns } = await importOriginal<{ readonly createFolderTurns: typeof original }>();
  return {
    createFolderTurns: (): FolderTurns => {
      const turns = createFolderTurns();
      return {
        async take(dir, signal) {
          const asked = performance.now();
          const turn = await turns.take(dir, signal);
          const since = performance.now();
          return { dispose: () => (held.push({ dir, waitedMs: since - asked, heldMs: performance.now() - since }), turn.dispose()) };
        },
      };
    },
  };
});

const MINUTES = DEEP ? 30 : 0.7;
const EVERY_SECONDS = 10;
const HELD_MAX_MS = 1_000;
const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const RECORD = resolve('docs/reliability/gitops-sync.md');
const NAMES = ['api', 'jobs'] as const;
const COPIES = 60;
const ALONE = 40;

let world: StorageWorld;
let resolved: SyncedFolder;
let plain: SyncedFolder;
let seen: ReturnType<typeof endedOperations>;

beforeAll(async () => {
  // Loaded anew: files before this one have it as it is.
  vi.resetModules();
  const { storageWorld } = await import('../storage/storage-kit');
  world = await storageWorld('gs');
  seen = endedOperations(world);
  resolved = await syncedFolder(world, null, manifests(COPIES, ALONE));
  plain = await syncedFolder(world, 'gs-plain', manifests(COPIES, ALONE));
  await world.call('gitops.configure', { project: plain.id, enabled: false });
}, 240_000);
afterAll(async () => {
  await plain?.close();
  await world?.close();
});

const syncsOf = (folder: SyncedFolder): readonly ToldOperation[] => seen.ended.filter((one) => one.kind === 'workspaces.sync' && one.projectId === folder.id && one.origin === 'schedule');
const nameOf = (operation: ToldOperation): string => String((operation.input as { readonly name?: string }).name);

/** Until every workspace of both was sent once more by its schedule, from now on. */
async function sentByItself(): Promise<void> {
  const now = new Date().toISOString();
  const isSent = (folder: SyncedFolder): boolean => NAMES.every((name) => syncsOf(folder).some((one) => nameOf(one) === name && (one.startedAt ?? '') > now));
  await waitUntil(() => Promise.resolve(isSent(resolved) && isSent(plain)), EVERY_SECONDS * 4_000, 'every workspace is sent by its schedule');
}

/** Duplicates are resolved whenever a sync of theirs begins, and taken back when the next one does. Ends with what was there before. */
function processDuplicates(): { stop(): Promise<void> } {
  let done: string | null = null;
  let turn: Promise<void> | null = null;
  const met = new Set<string>();
  const act = async (): Promise<void> => {
    const ended = await (done === null ? runToItsEnd(world, 'gitops.resolve', { dir: resolved.project.dir }) : runToItsEnd(world, 'gitops.rollback', { id: done }));
    if (ended.state === 'succeeded') done = ended.kind === 'gitops.resolve' ? ended.id : null;
  };
  const forget = seen.onChanged((operation) => {
    if (operation.kind !== 'workspaces.sync' || operation.projectId !== resolved.id || turn !== null || met.has(operation.id)) return;
    met.add(operation.id);
    turn = act().finally(() => (turn = null));
  });
  return {
    async stop() {
      forget();
      await turn;
      if (done !== null) await act();
    },
  };
}

/** The same work of somebody in both folders: files that are saved, added and removed. */
async function edit(round: number, random: () => number): Promise<void> {
  const path = `jobs/${random() < 0.5 ? 'apps' : 'more'}/a${String(Math.floor(random() * ALONE))}.yaml`;
  const text = random() < 0.2 ? null : `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edited-${path.replaceAll(/\W/g, '-')}\ndata:\n  round: "${String(round)}"\n`;
  await Promise.all([resolved.write(path, text), plain.write(path, text)]);
}

const gapsOf = (folder: SyncedFolder): readonly number[] =>
  NAMES.flatMap((name) => {
    const times = syncsOf(folder).filter((one) => nameOf(one) === name).map((one) => Date.parse(one.createdAt)).sort((one, other) => one - other);
    return times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1_000);
  });
const tookOf = (operations: readonly ToldOperation[]): readonly number[] => operations.map((one) => Date.parse(one.finishedAt ?? '') - Date.parse(one.startedAt ?? '')).sort((one, other) => one - other);
const at = (sorted: readonly number[], share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);

it(`a sync every ${String(EVERY_SECONDS)} s for ${String(MINUTES)} minutes is not disturbed by resolutions of the same files (seed ${String(SEED)})`, async () => {
  // What is sent for the first time may take longer than the others.
  for (const folder of [resolved, plain]) expect((await runToItsEnd(world, 'workspaces.sync', { project: folder.id })).state).toBe('succeeded');
  for (const folder of [resolved, plain]) await world.call('workspaces.configure', { project: folder.id, trigger: 'interval', everySeconds: EVERY_SECONDS });
  const random = seededRandom(SEED);
  const work = processDuplicates();
  const endsAt = Date.now() + MINUTES * 60_000;
  let edits = 0;
  await waitUntil(async () => {
    // One edit about every two seconds: the look comes twenty times a second.
    if (random() < 0.025) await edit((edits += 1), random);
    return Date.now() >= endsAt;
  }, MINUTES * 60_000 + 60_000, 'the time is over');
  await work.stop();
  await sentByItself();
  const [ofResolved, ofPlain] = [syncsOf(resolved), syncsOf(plain)];
  const resolutions = seen.ended.filter((one) => one.kind === 'gitops.resolve' || one.kind === 'gitops.rollback');
  const atOnce = resolutions.filter((one) => ofResolved.some((sync) => (sync.startedAt ?? '') < (one.finishedAt ?? '') && (one.startedAt ?? '') < (sync.finishedAt ?? '')));
  const turns = held.filter((one) => one.dir === resolved.project.dir);
  const figures = [ofResolved, ofPlain].map((all) => ({ runs: all.length, failed: all.filter((one) => one.state !== 'succeeded').length, took: tookOf(all) }));
  const longest = (folder: SyncedFolder): number => Math.max(...gapsOf(folder));
  const rows = [
    ['Runs of the schedules', ...figures.map((one) => String(one.runs))],
    ['of them failed', ...figures.map((one) => String(one.failed))],
    ['Longest time from one to the next, seconds', ...[resolved, plain].map((one) => longest(one).toFixed(1))],
    ['A run: median, 95 %, longest', ...figures.map(({ took }) => `${String(at(took, 0.5))}, ${String(at(took, 0.95))}, ${String(took.at(-1) ?? 0)} ms`)],
    ['Resolutions and ways back, of them while a run was under way', `${String(resolutions.length)}, ${String(atOnce.length)}`, '0'],
    ['Longest time a resolution kept the folder for itself', `${String(Math.round(Math.max(...turns.map((one) => one.heldMs))))} ms`, '–'],
  ];
  process.stdout.write(`${rows.map((row) => row.join(' | ')).join('\n')}\n`);
  expect(ofResolved.filter((one) => one.state !== 'succeeded').map((one) => [one.state, one.error])).toEqual([]);
  expect(ofPlain.filter((one) => one.state !== 'succeeded').map((one) => [one.state, one.error])).toEqual([]);
  // Beside all the other tests of a run the machine itself may leave one out: of both projects alike.
  expect(ofPlain.length - ofResolved.length).toBeLessThanOrEqual(NAMES.length);
  if (DEEP) for (const folder of [resolved, plain]) expect(longest(folder), 'one that was left out would be two intervals').toBeLessThan(EVERY_SECONDS * 2);
  expect(resolutions.filter((one) => one.state !== 'succeeded').map((one) => [one.kind, one.state, one.error])).toEqual([]);
  expect(atOnce.length).toBeGreaterThan(0);
  if (DEEP) expect(Math.max(...turns.map((one) => one.heldMs))).toBeLessThan(HELD_MAX_MS);
  const trees = [await resolved.here(), await resolved.there(), await plain.here(), await plain.there()];
  expect(trees[0]?.size).toBeGreaterThan(COPIES * 2);
  for (const tree of trees) expect([...tree]).toEqual([...(trees[0] ?? [])]);
  if (DEEP) await record(rows, edits);
}, MINUTES * 60_000 + 300_000);

async function record(rows: readonly (readonly string[])[], edits: number): Promise<void> {
  const lines = [
    '# Workspaces are sent while duplicates are resolved',
    '',
    `Date ${new Date().toISOString().slice(0, 10)}, seed ${String(SEED)}, ${String(MINUTES)} minutes: two projects with the same ${String(COPIES * 2 + ALONE)} manifests, both workspaces of each sent every ${String(EVERY_SECONDS)} s by their schedule to a real MinIO, the same ${String(edits)} edits in both.`,
    'In one of them the duplicates are resolved whenever a run begins, and taken back when the next one does. `npm run test:deep -- gitops-sync` does it again.',
    '',
    '| | with resolutions | without |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '| Afterwards: files and objects of both by their hashes | the same | the same |',
    '',
    `Load of the machine at the end (${String(cpus().length)} cores), other work beside it: ${loadavg().map((one) => one.toFixed(0)).join(', ')}.`,
    '',
  ];
  await mkdir(dirname(RECORD), { recursive: true });
  await writeFile(RECORD, lines.join('\n'));
}

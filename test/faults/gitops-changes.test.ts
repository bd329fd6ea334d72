import { chmod, mkdir, mkdtemp, realpath, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commentOut } from '@shared/domain/gitops/plan/comment-out';
import { bytesOf } from '@shared/domain/gitops/plan/lines';
import { backupPath, inverseOf, originalPath, type TreeChange, type TreeEntry } from '@shared/domain/gitops/plan/tree-change';
import { sha256Of } from '@main/platform/backup-folder';
import { hostTreeChanger, type StagedSource } from '@main/platform/tree-change';
import { exactState, type ExactFile } from '../support/exact-tree';
import { DEEP, seededRandom } from '../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const OPERATIONS = DEEP ? 10_000 : 800;
const FAULTS = ['none', 'none', 'edited-in-place', 'replaced', 'removed', 'target-taken', 'staged-lost', 'ended-between'] as const;
const LINE_ENDS = ['\n', '\r\n', '\r', '\u2028'];

let dir: string;
let outcomes: Record<string, number>;
const changer = hostTreeChanger();
const random = seededRandom(SEED);
const upTo = (most: number): number => Math.floor(random() * most);
const oneOf = <T>(items: readonly T[]): T => items[upTo(items.length)] as T;

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'bt-gc-')));
  outcomes = {};
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function makeTree(count: number): Promise<readonly string[]> {
  await rm(dir, { recursive: true, force: true });
  const paths = Array.from({ length: count }, (_, index) => `${oneOf(['a', 'a/b', 'c/d/e', 'f'])}/file ${String(index)}.yaml`);
  for (const path of paths) {
    await mkdir(join(dir, dirname(path)), { recursive: true });
    const bytes = random() < 0.2 ? Uint8Array.from({ length: upTo(400) }, () => upTo(256)) : bytesOf(`${random() < 0.2 ? '\uFEFF' : ''}kind: ConfigMap${oneOf(LINE_ENDS)}name: x${String(random())}${oneOf([...LINE_ENDS, ''])}`);
    await writeFile(join(dir, path), bytes);
    await chmod(join(dir, path), oneOf([0o644, 0o600, 0o755, 0o640]));
    await utimes(join(dir, path), 1_700_000_000 + random() * 1_000, 1_700_000_000 + random() * 1_000);
  }
  return paths;
}

async function randomChange(paths: readonly string[], operationId: string): Promise<{ readonly change: TreeChange; readonly sources: ReadonlyMap<string, StagedSource> }> {
  const entries: TreeEntry[] = [];
  const sources = new Map<string, StagedSource>();
  const add = (path: string, before: TreeEntry['before'], bytes: Uint8Array, mode: number): void => {
    sources.set(path, { kind: 'bytes', bytes });
    entries.push({ path, before, after: { kind: 'staged', sha256: sha256Of(bytes), mode } });
  };
  for (const path of paths) {
    const { state, bytes } = await changer.look(dir, path);
    if (state.kind !== 'file' || bytes === null) throw new Error(`${path} is not there.`);
    const action = oneOf(['comment', 'comment', 'archive', 'move', 'delete'] as const);
    if (action === 'comment') add(path, state, commentOut(bytes, { reason: 'test', keptFile: 'k', operationId, at: 't' }), state.mode);
    else entries.push({ path, before: state, after: { kind: 'missing' } });
    if (action === 'archive' || action === 'move') {
      const target = `${action === 'archive' ? '.archive' : 'retired/x'}/${path}`;
      entries.push({ path: target, before: { kind: 'missing' }, after: { kind: 'moved', from: path, sha256: state.sha256, mode: state.mode } });
      if (action === 'archive') add(`${target}.berth.json`, { kind: 'missing' }, bytesOf('{}\n'), 0o644);
    }
  }
  const folders = [...new Set(entries.filter((one) => one.before.kind === 'missing').flatMap((one) => one.path.split('/').slice(0, -1).map((_, index, parts) => parts.slice(0, index + 1).join('/'))))];
  return { change: { operationId, rootDir: dir, stamp: '20260102T030405.678Z', entries, newFolders: folders.sort((left, right) => left.split('/').length - right.split('/').length) }, sources };
}

/** What somebody else does to one of the paths while it is being changed. Resolves with what has to be there afterwards, beside what was before. */
async function disturb(fault: (typeof FAULTS)[number], change: TreeChange): Promise<ReadonlyMap<string, string | null>> {
  const entry = oneOf(change.entries.filter((one) => one.before.kind === 'file'));
  const theirs = `theirs: ${String(random())}\n`;
  if (fault === 'edited-in-place') await writeFile(join(dir, entry.path), theirs);
  if (fault === 'replaced') {
    await writeFile(join(dir, `${entry.path}.new`), theirs);
    await rename(join(dir, `${entry.path}.new`), join(dir, entry.path));
  }
  if (fault === 'edited-in-place' || fault === 'replaced') return new Map([[entry.path, sha256Of(bytesOf(theirs))]]);
  if (fault === 'removed') await rm(join(dir, entry.path));
  const target = change.entries.find((one) => one.after.kind === 'moved')?.path;
  if (fault === 'target-taken' && target !== undefined) {
    await mkdir(join(dir, dirname(target)), { recursive: true });
    await writeFile(join(dir, target), theirs);
    return new Map([[target, sha256Of(bytesOf(theirs))]]);
  }
  if (fault === 'staged-lost') await rm(join(dir, `.berth/backups/${change.operationId}/.next`), { recursive: true, force: true });
  return new Map();
}

async function lose(before: ReadonlyMap<string, ExactFile>, theirs: ReadonlyMap<string, string | null>, what: string): Promise<void> {
  const now = await exactState(dir);
  for (const [path, sha256] of theirs) expect(now.get(path)?.sha256, `${what}: ${path} of somebody else`).toBe(sha256);
  for (const [path, file] of before) {
    if (theirs.has(path)) continue;
    expect(now.get(path), `${what}: ${path}`).toEqual(file);
  }
  for (const path of now.keys()) expect(before.has(path) || theirs.has(path), `${what}: ${path} is left over`).toBe(true);
}

/** Changes of random trees, disturbed in every way that does not need another kernel: each ends as a whole or is back to the byte, the mode and the nanosecond. */
it(`${String(OPERATIONS)} random file operations with faults lose no byte (seed ${String(SEED)})`, async () => {
  let done = 0;
  let clean = 0;
  for (let round = 0; done < OPERATIONS; round += 1) {
    const paths = await makeTree(10 + upTo(20));
    const before = await exactState(dir);
    const { change, sources } = await randomChange(paths, `op_${String(round)}`);
    const fault = oneOf(FAULTS);
    let theirs: ReadonlyMap<string, string | null> = new Map();
    let failed = false;
    try {
      await changer.stage(change, sources);
      theirs = await disturb(fault, change);
      const half = change.entries.filter((entry, index) => entry.after.kind !== 'moved' && index % 2 === 0 && !change.entries.some((one) => one.after.kind === 'moved' && one.after.from === entry.path));
      await changer.apply(change, half);
      if (fault === 'ended-between') throw new Error('ended between two portions');
      await changer.apply(change, change.entries.filter((entry) => !half.includes(entry)));
    } catch {
      failed = true;
      const foreign = await changer.revert(change);
      for (const path of foreign) expect(theirs.has(path), `${path} was ours`).toBe(true);
      // Twice is as good as once: a crash in the middle of it repeats it.
      await changer.revert(change);
      if (foreign.length === 0) await changer.tidy(change, 'all');
      // What somebody removed is put back: its bytes are not lost.
      await lose(before, theirs, `round ${String(round)}, ${fault}`);
    }
    if (!failed) await takeBack(change, before, theirs, round);
    outcomes[`${fault} ${failed ? 'rolled back' : 'done'}`] = (outcomes[`${fault} ${failed ? 'rolled back' : 'done'}`] ?? 0) + paths.length;
    done += paths.length;
    clean += paths.length;
  }
  process.stdout.write(`file operations ${String(done)}, ended clean ${String(clean)} (${((100 * clean) / done).toFixed(2)} %), bytes lost 0; by fault: ${JSON.stringify(outcomes)}\n`);
  expect(clean / done).toBeGreaterThanOrEqual(0.999);
}, 1_800_000);

async function takeBack(change: TreeChange, before: ReadonlyMap<string, ExactFile>, theirs: ReadonlyMap<string, string | null>, round: number): Promise<void> {
  const now = new Map(await Promise.all(change.entries.map(async (entry) => [entry.path, (await changer.look(dir, entry.path)).state] as const)));
  const undo = inverseOf(change, now, `undo_${String(round)}`, '20260102T030405.679Z');
  const sources = new Map(change.entries.flatMap(({ path, before: was }) => (was.kind === 'missing' ? [] : [[path, { kind: 'file', relPath: originalPath(change, path), state: was, spare: backupPath(change, path) } as const] as const])));
  await changer.stage(undo, sources);
  await changer.apply(undo, undo.entries);
  await changer.removeFolders(change);
  await lose(before, theirs, `round ${String(round)}, taken back`);
}

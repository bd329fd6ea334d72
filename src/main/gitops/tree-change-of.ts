import { bytesOf } from '@shared/domain/gitops/plan/lines';
import { stampOf, type TreeChange, type TreeEntry } from '@shared/domain/gitops/plan/tree-change';
import { AppError } from '@shared/kernel/app-error';
import { sha256Of } from '@main/platform/backup-folder';
import type { StagedSource, TreeChanger } from '@main/platform/tree-change';
import type { ReadyChange } from './resolution-plan';
import type { WantedFile } from './written-files';

/** A change of the tree with the bytes it needs, and its entries in the portions they are made in. */
export interface PreparedChange {
  readonly change: TreeChange;
  readonly sources: ReadonlyMap<string, StagedSource>;
  readonly portions: readonly (readonly TreeEntry[])[];
  /** Where each moved or archived file went. */
  readonly targets: ReadonlyMap<string, string>;
}

const PORTION = 25;
const FILE_MODE = 0o644;
const MOST_SUFFIXES = 10_000;

/** What a resolution does to each path, what is rendered anew because of it included. A file that is archived gets a note beside it: where it was, whose, why. */
export async function treeChangeOf(changer: TreeChanger, rootDir: string, changes: readonly ReadyChange[], rendered: readonly WantedFile[], about: { readonly operationId: string; readonly at: string }): Promise<PreparedChange> {
  const sources = new Map<string, StagedSource>();
  const targets = new Map<string, string>();
  const sets: (readonly TreeEntry[])[] = [];
  for (const ready of changes) sets.push(await entriesOf(changer, rootDir, ready, about, sources, targets));
  for (const file of rendered) sets.push([await renderedEntry(changer, rootDir, file, sources)]);
  const entries = sets.flat();
  const seen = new Set<string>();
  const twice = entries.find(({ path }) => seen.size === seen.add(path).size);
  if (twice !== undefined) throw new AppError('plan-stale', `${twice.path} would be written twice.`, { hint: 'Resolve the groups one after the other.' });
  const change: TreeChange = { operationId: about.operationId, rootDir, stamp: stampOf(about.at), entries, newFolders: await newFolders(changer, rootDir, entries) };
  const portions = Array.from({ length: Math.ceil(sets.length / PORTION) }, (_, index) => sets.slice(index * PORTION, (index + 1) * PORTION).flat());
  return { change, sources, portions, targets };
}

async function entriesOf(changer: TreeChanger, rootDir: string, { change, state, bytes }: ReadyChange, about: { readonly operationId: string; readonly at: string }, sources: Map<string, StagedSource>, targets: Map<string, string>): Promise<readonly TreeEntry[]> {
  const { path } = change;
  if (bytes !== null) {
    const sha256 = sha256Of(bytes);
    if (sha256 === state.sha256) return [];
    sources.set(path, { kind: 'bytes', bytes });
    return [{ path, before: state, after: { kind: 'staged', sha256, mode: state.mode } }];
  }
  const gone: TreeEntry = { path, before: state, after: { kind: 'missing' } };
  if (change.change !== 'move' && change.change !== 'archive') return [gone];
  const target = await freeTarget(changer, rootDir, change.target, change.change === 'archive', new Set(targets.values()));
  targets.set(path, target);
  const moved: TreeEntry = { path: target, before: { kind: 'missing' }, after: { kind: 'moved', from: path, sha256: state.sha256, mode: state.mode } };
  if (change.change === 'move') return [gone, moved];
  const { sha256, mode, mtimeNs, uid, gid } = state;
  const note = bytesOf(`${JSON.stringify({ origin: path, mode: mode.toString(8), mtimeNs, uid, gid, sha256, reason: change.reason, operation: about.operationId, archivedAt: about.at }, null, 2)}\n`);
  sources.set(`${target}.berth.json`, { kind: 'bytes', bytes: note });
  return [gone, moved, { path: `${target}.berth.json`, before: { kind: 'missing' }, after: { kind: 'staged', sha256: sha256Of(note), mode: FILE_MODE } }];
}

async function renderedEntry(changer: TreeChanger, rootDir: string, { path, bytes, before: seen }: WantedFile, sources: Map<string, StagedSource>): Promise<TreeEntry> {
  const { state } = await changer.look(rootDir, path);
  const expected = seen.state.kind === 'file' ? seen.state.sha256 : null;
  if ((state.kind === 'file' ? state.sha256 : null) !== expected) throw new AppError('plan-stale', `${path} was changed meanwhile.`, { hint: 'Run it again.', where: { file: path } });
  sources.set(path, { kind: 'bytes', bytes });
  return { path, before: state, after: { kind: 'staged', sha256: sha256Of(bytes), mode: state.kind === 'file' ? state.mode : FILE_MODE } };
}

/** What is in the archive stays there: the next one gets a number. */
async function freeTarget(changer: TreeChanger, rootDir: string, wanted: string, mayBeNumbered: boolean, given: ReadonlySet<string>): Promise<string> {
  const isFree = async (path: string): Promise<boolean> => !given.has(path) && !(await changer.exists(rootDir, path)) && !(await changer.exists(rootDir, `${path}.berth.json`));
  if (await isFree(wanted)) return wanted;
  for (let number = 1; mayBeNumbered && number < MOST_SUFFIXES; number += 1) if (await isFree(`${wanted}.${String(number)}`)) return `${wanted}.${String(number)}`;
  throw new AppError('plan-stale', `${wanted} is there already, so nothing was moved to it.`, { hint: 'Move it away, or choose another action.', where: { file: wanted } });
}

async function newFolders(changer: TreeChanger, rootDir: string, entries: readonly TreeEntry[]): Promise<readonly string[]> {
  const folders = new Set<string>();
  for (const { path, before } of entries) {
    if (before.kind === 'file') continue;
    const parts = path.split('/').slice(0, -1);
    for (let length = 1; length <= parts.length; length += 1) folders.add(parts.slice(0, length).join('/'));
  }
  const missing: string[] = [];
  for (const folder of [...folders].sort((left, right) => left.split('/').length - right.split('/').length || (left < right ? -1 : 1))) if (!(await changer.exists(rootDir, folder))) missing.push(folder);
  return missing;
}

import { isAlive } from '@shared/domain/modes/active-mode';
import { isInside } from '@shared/domain/engine/host-path';
import { compareTrees, pathWords } from '@shared/domain/snapshots/compare-trees';
import { stagedLabels, stagedName } from '@shared/domain/snapshots/restore-volumes';
import type { BindFacts, ManifestPart, TreeEntry } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { EffectRecord } from '@main/operations/types';
import type { SnapshotReader } from '@main/platform/snapshots/types';
import { entriesNow } from './restore-tree';
import type { FolderStep, RestoreDependencies, RestoreLook, RestoreTarget } from './restore-types';
import { checkSpace, fillVolume, removeOne, type VolumeRecovery, type VolumeWork } from './restore-volumes';

/** So many paths are named in a preview. */
const NAMED = 3;

/** A folder whose files wait in a volume, with the volume that gets what they replace. */
export interface StagedFolder {
  readonly step: FolderStep;
  readonly staged: string;
  readonly aside: string;
}

/** Whether a part is a folder outside of the project: those beneath it are files like any other of the project. */
export function isOutside(part: Pick<ManifestPart, 'kind' | 'name'>): boolean {
  return part.kind === 'bind' && part.name.startsWith('/');
}

/** Looks at folders outside of the project that were named: which files of the snapshot are others or gone there. What is there besides is not looked for, it stays. */
export async function foldersOf(deps: Pick<RestoreDependencies, 'volumeProgram'>, reader: SnapshotReader, target: RestoreTarget, parts: readonly ManifestPart[], observed: RestoreLook['observed'], signal: AbortSignal): Promise<readonly FolderStep[]> {
  const steps: FolderStep[] = [];
  for (const part of parts.filter(isOutside)) {
    const { source } = part.facts as BindFacts;
    const users = [...observed.containers, ...observed.foreign].filter((one) => isAlive(one) && one.mounts.some((mount) => mount.type === 'bind' && (isInside(mount.source, source) || isInside(source, mount.source))));
    const own = users.filter((one) => one.project === target.name);
    const others = users.filter((one) => one.project !== target.name && one.labels['dev.berth.project'] !== target.name).map((one) => one.name);
    steps.push({ part, source, mayChange: mayChange(source, target), users: own, others, ...(await whatDiffers(deps, reader, target, part, source, signal)) });
  }
  return steps;
}

/** As the engine's door judges it: somebody agreed that a service writes there. */
function mayChange(source: string, { authorization }: RestoreTarget): boolean {
  return (authorization.trustedFactKeys ?? []).some((key) => {
    const folder = /^bind-outside:[^:]*:(.+):rw$/.exec(key)?.[1];
    return folder !== undefined && isInside(source, folder);
  });
}

async function whatDiffers(deps: Pick<RestoreDependencies, 'volumeProgram'>, reader: SnapshotReader, target: RestoreTarget, part: ManifestPart, source: string, signal: AbortSignal): Promise<Pick<FolderStep, 'action' | 'detail'>> {
  const different: string[] = [];
  const gone: string[] = [];
  // Folders that are there stay as they are, and of several names of one file each is a file of its own.
  const left = new Set<string>(['']);
  const kept = async function* (): AsyncGenerator<TreeEntry, void, undefined> {
    for await (const entry of reader.entries(part)) {
      if (entry.type === 'dir' || entry.type === 'link') left.add(pathWords(entry.path));
      yield entry;
    }
  };
  for await (const one of compareTrees(kept(), entriesNow(deps.volumeProgram(target.authorization), reader, part, { bind: source, paths: null }, signal))) {
    if (one.change === 'removed') gone.push(one.path);
    else if (one.change === 'changed' && !left.has(one.path)) different.push(one.path);
  }
  if (different.length + gone.length === 0) return { action: 'same', detail: 'Every file of it is as it was.' };
  const named = [...different, ...gone].slice(0, NAMED).join(', ');
  const more = different.length + gone.length - NAMED;
  return { action: 'replace', detail: `${counted(different.length, 'file is another one', 'files are others')} and ${counted(gone.length, 'is gone', 'are gone')}: ${named}${more > 0 ? ` and ${String(more)} more` : ''}. What is there besides stays; what is replaced is kept aside.` };
}

function counted(count: number, one: string, many: string): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

/** Fills a volume with the files of each folder, compares it with the snapshot, and makes the one that gets what they replace. Nothing that is used changes. */
export async function stageFolders(work: VolumeWork, reader: SnapshotReader, steps: readonly FolderStep[]): Promise<readonly StagedFolder[]> {
  const all: StagedFolder[] = [];
  for (const [index, step] of steps.entries()) {
    const base = `${work.target.name}_folder${String(index + 1)}`;
    const [staged, aside] = [stagedName(base, work.context.operationId), stagedName(base, work.context.operationId, 'a')];
    await work.context.effect('folder.stage', { folder: step.source, staged, aside }, async () => {
      for (const name of [staged, aside]) await work.engine.createVolume(name, { Driver: 'local', Labels: stagedLabels(work.target.name, step.source, work.snapshotId, new Date(work.clock.now()).toISOString()) });
      // What is replaced is kept there too.
      await checkSpace(work, staged, step.part.sizeBytes * 2);
      await fillVolume(work, reader, step.part, staged, (bytes) => work.context.progress({ message: `Staging ${step.source}, ${String(Math.floor(bytes / 1_000_000))} MB` }));
      return null;
    });
    all.push({ step, staged, aside });
  }
  return all;
}

/** Puts the staged files into their folders, each by one step of the file system. What they replace is in the other volume before the first of them. */
export async function mergeFolders(work: VolumeWork, staged: readonly StagedFolder[]): Promise<void> {
  for (const { step, staged: from, aside } of staged) {
    await work.context.effect('folder.merge', { folder: step.source, staged: from, aside }, async () => {
      await work.program.merge(from, aside, step.source, (bytes) => work.context.progress({ message: `Putting ${step.source} back, ${String(Math.floor(bytes / 1_000_000))} MB` }));
      return null;
    });
  }
}

/** Puts back what a merge replaced, takes away what it made, and removes the volumes of both. */
export async function undoFolders(work: VolumeRecovery): Promise<void> {
  const there = new Set((await work.engine.listVolumes()).map((one) => one.name));
  const merges = work.records.filter((one) => one.name === 'folder.merge' && !one.undone);
  await stopUsers(work, merges.map((one) => String(one.intent['folder'])));
  for (const { intent, seq } of [...merges].reverse()) {
    const [folder, aside] = [String(intent['folder']), String(intent['aside'])];
    if (!there.has(aside)) throw new AppError('needs-attention', `The volume that has what was replaced in ${folder} is gone, so it cannot be put back.`, { hint: 'Restore the snapshot once more, or another one, to have the folder as a whole.' });
    await work.context.effect('folder.take-back', { folder, aside, undoes: seq }, async () => (await work.program.takeBack(aside, folder), null));
  }
  for (const name of volumesMade(work.records)) if (there.has(name)) await removeOne(work, name);
}

/** Containers that came up with the new files must not write while the old ones come back. */
async function stopUsers(work: VolumeRecovery, folders: readonly string[]): Promise<void> {
  if (folders.length === 0) return;
  const { containers } = await work.engine.observe(work.target.name, []);
  const users = containers.filter((one) => isAlive(one) && one.mounts.some((mount) => mount.type === 'bind' && folders.some((folder) => isInside(mount.source, folder) || isInside(folder, mount.source))));
  await Promise.all(users.map((one) => work.context.effect('container.stop', { id: one.id, service: one.service }, async () => (await work.engine.stopContainer(one.id, one.stopTimeoutSeconds ?? 10), null))));
}

function volumesMade(records: readonly EffectRecord[]): readonly string[] {
  return records.flatMap(({ name, intent }) => (name === 'folder.stage' ? [String(intent['staged']), String(intent['aside'])] : []));
}

/** After the commit: the files wait nowhere any more. */
export async function removeStagedFolders(work: VolumeRecovery): Promise<void> {
  const there = new Set((await work.engine.listVolumes()).map((one) => one.name));
  for (const { name, intent } of work.records) if (name === 'folder.stage' && there.has(String(intent['staged']))) await removeOne(work, String(intent['staged']));
}

/** Volumes that hold what was replaced in folders, with which folder it was. */
export function foldersPutAside(records: readonly EffectRecord[]): readonly { readonly volume: string; readonly of: string }[] {
  return records.flatMap(({ name, intent }) => (name === 'folder.merge' ? [{ volume: String(intent['aside']), of: String(intent['folder']) }] : []));
}

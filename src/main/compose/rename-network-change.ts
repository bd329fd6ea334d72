import type { LoadedCompose } from '@shared/domain/compose/model';
import { firstDifference } from '@shared/domain/edits/model-difference';
import { networkRename, renamedModel, renameNetwork, type NetworkRename } from '@shared/domain/edits/rename-network';
import { nodeAt } from '@shared/domain/yaml/yaml-places';
import { AppError } from '@shared/kernel/app-error';
import { textOf } from '@shared/domain/operations/operation-input';
import type { FilesChange, FilesDependencies } from './files-operation';
import type { ProjectFiles } from './project-files';

/** `compose.rename-network`: a network gets another name in every file that names it; the next switch moves the services and removes the old one. */
export const renameNetworkChange: FilesChange = {
  kind: 'compose.rename-network',
  change: 'network',
  prepare(input) {
    const [network, to] = [textOf(input, 'network'), textOf(input, 'to')];
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(to)) throw new AppError('input-invalid', `"${to}" is no name for a network: it takes letters, digits, dot, dash and underscore.`);
    if (network === to) throw new AppError('input-invalid', `The network is already called ${to}.`);
    return { network, to };
  },
  title: (input) => `Rename the network ${textOf(input, 'network')} to ${textOf(input, 'to')}`,
  async workOut(_deps: FilesDependencies, files, input) {
    const [network, to] = [textOf(input, 'network'), textOf(input, 'to')];
    const renames = new Map<string, NetworkRename>();
    for (const { name, compose } of files.loaded) {
      const written = await writtenNames(files, compose);
      const rename = networkRename(compose.model, network, to, (key) => written.get(key));
      if (rename === undefined) continue;
      if ('refused' in rename) throw new AppError('fix-failed', rename.refused);
      renames.set(name, rename);
    }
    if (renames.size === 0) throw new AppError('not-found', `${files.project.name} has no network called ${network}.`, { hint: `Its networks are ${[...new Set(files.loaded.flatMap(({ compose }) => Object.keys(compose.model.networks)))].join(', ')}.` });
    for (const rename of new Set([...renames.values()].map((one) => JSON.stringify(one)))) await editAll(files, JSON.parse(rename) as NetworkRename);
    return {
      steps: [`Write ${to} wherever a file names the network ${network}`],
      risks: ['The next switch makes the containers on this network anew, on the new one; the old one is removed then.', ...stays(renames, network)],
      remakes: false,
      differs(mode, after) {
        const before = files.loaded.find((one) => one.name === mode)?.compose.model;
        const rename = renames.get(mode);
        if (before === undefined) return null;
        const place = firstDifference(rename === undefined ? before : renamedModel(before, rename, (key) => `${before.name}_${key}`), after.model);
        return place === undefined ? null : `In ${mode}, ${place.join('.')} would not be what it should be.`;
      },
    };
  },
};

/** A key that was renamed beside a `name:` that stays changes nothing on the engine. */
function stays(renames: ReadonlyMap<string, NetworkRename>, network: string): readonly string[] {
  return [...renames.values()].every((one) => one.toName === undefined || one.toName !== network) ? [] : [`The network keeps its name ${network} on the engine.`];
}

/** The names that files write for networks, by key. */
async function writtenNames(files: ProjectFiles, compose: LoadedCompose): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const [key, { name }] of Object.entries(compose.model.networks)) {
    const where = compose.locate(['networks', key, 'name']);
    const text = where === undefined || files.pathOf(where.file) === null ? undefined : await files.text(where.file);
    if (text !== undefined && hasName(text, key)) names.set(key, name);
  }
  return names;
}

function hasName(text: string, key: string): boolean {
  try {
    return nodeAt(text, ['networks', key, 'name']) !== undefined;
  } catch {
    // A file that cannot be changed is refused when it is to be changed.
    return false;
  }
}

async function editAll(files: ProjectFiles, rename: NetworkRename): Promise<void> {
  const naming = await namingFiles(files, rename);
  for (const file of files.composeFiles) await files.edit(file, 'Renaming the network', (text) => renameNetwork(text, rename, !naming.has(file)));
}

/** Where the default network gets its name: in the files that define it, and of a mode in which none does in the first. */
async function namingFiles(files: ProjectFiles, { key }: NetworkRename): Promise<ReadonlySet<string>> {
  const naming = new Set<string>();
  for (const { compose } of files.loaded) {
    const defining: string[] = [];
    for (const file of compose.files) if (files.pathOf(file) !== null && hasNetwork((await files.text(file)) ?? '', key)) defining.push(file);
    for (const file of defining.length > 0 ? defining : compose.files.slice(0, 1)) naming.add(file);
  }
  return naming;
}

function hasNetwork(text: string, key: string): boolean {
  try {
    return nodeAt(text, ['networks', key]) !== undefined;
  } catch {
    return false;
  }
}

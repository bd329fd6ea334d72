import { firstDifference } from '@shared/domain/edits/model-difference';
import { resubnet, resubnetOf, resubnettedModel, type Resubnet } from '@shared/domain/edits/resubnet';
import { rangeOf, rangeText } from '@shared/domain/checks/subnets';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { FilesChange, FilesDependencies } from './files-operation';
import type { ProjectFiles } from './project-files';

/** `compose.resubnet`: a network gets another range of addresses in every mode, and every address that is written in it moves along; the next switch makes it and the services on it anew. */
export const resubnetChange: FilesChange = {
  kind: 'compose.resubnet',
  change: 'network',
  prepare(input) {
    const range = rangeOf(textOf(input, 'to'));
    if (range === undefined) throw new AppError('input-invalid', `"${textOf(input, 'to')}" is no range of addresses.`, { hint: 'Write one like 10.20.0.0/16.' });
    return { network: textOf(input, 'network'), to: rangeText(range) };
  },
  title: (input) => `Give the network ${textOf(input, 'network')} the range ${textOf(input, 'to')}`,
  async workOut(_deps: FilesDependencies, files, input) {
    const [network, to] = [textOf(input, 'network'), textOf(input, 'to')];
    const moves = movesOf(files, network, to);
    for (const { name, compose } of files.loaded) {
      const move = moves.get(name);
      if (move === undefined) continue;
      for (const file of files.composeFiles.filter((one) => compose.inputFiles.includes(one))) await files.edit(file, 'Writing the new range', (text) => resubnet(text, move));
    }
    return {
      steps: [`Write ${to} for ${[...new Set([...moves.values()].map((one) => one.from))].join(', ')} wherever a file says it of the network ${network}, and move the addresses in it along`],
      risks: ['The next switch makes this network, and the containers on it, anew.', 'Addresses of it that stand elsewhere, in an environment or outside of the project, stay as they are.'],
      remakes: false,
      differs(mode, after) {
        const before = files.loaded.find((one) => one.name === mode)?.compose.model;
        if (before === undefined) return null;
        const move = moves.get(mode);
        const place = firstDifference(move === undefined ? before : resubnettedModel(before, move), after.model);
        return place === undefined ? null : `In ${mode}, ${place.join('.')} would not be what it should be: a variable or another file decides it.`;
      },
    };
  },
};

/** What moves, by mode. Rejects where no mode has such a network, or one of them cannot have the range. */
function movesOf(files: ProjectFiles, network: string, to: string): ReadonlyMap<string, Resubnet> {
  const moves = new Map<string, Resubnet>();
  let isKnown = false;
  let open: string | undefined;
  for (const { name, compose } of files.loaded) {
    const move = resubnetOf(compose.model, network, to);
    if (move === undefined) continue;
    if ('refused' in move) {
      if (!move.isOpen) throw new AppError('fix-failed', move.refused);
      open = move.refused;
      continue;
    }
    isKnown = true;
    if (move.from !== to) moves.set(name, move);
  }
  if (!isKnown && open !== undefined) throw new AppError('fix-failed', open);
  if (!isKnown) throw new AppError('not-found', `${files.project.name} has no network called ${network}.`, { hint: `Its networks are ${[...new Set(files.loaded.flatMap(({ compose }) => Object.keys(compose.model.networks)))].join(', ')}.` });
  if (moves.size === 0) throw new AppError('input-invalid', `The network ${network} has the range ${to} already.`);
  return moves;
}

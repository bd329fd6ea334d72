import { isWithin } from '@shared/domain/checks/host-path';
import { isSameSubnet } from '@shared/domain/checks/subnets';
import { resubnet, type Resubnet } from '@shared/domain/edits/resubnet';
import { AppError } from '@shared/kernel/app-error';
import type { LoadedMode } from '@main/projects/types';
import type { ChosenFix } from './fix-choice';
import type { FixTexts } from './fix-texts';

/** Networks that get another range get it in every mode in which they have the old one. Rejects with `fix-failed` where a person must do it. */
export async function moveSubnetsWith(texts: FixTexts, modes: readonly LoadedMode[], chosen: readonly ChosenFix[]): Promise<void> {
  const moves = new Map(chosen.flatMap(({ fix: { action, title } }) => (action.kind === 'set-subnet' ? [[`${action.network} ${action.from}`, { move: action, title }] as const] : [])));
  for (const { move, title } of moves.values()) {
    const files = new Set(modes.filter((one) => hasRange(one, move)).flatMap(({ compose }) => compose.inputFiles.filter((file) => /\.ya?ml$/i.test(file) && isWithin(texts.projectDir, file))));
    let isWritten = false;
    for (const file of files) {
      const text = await texts.open(file);
      const outcome = resubnet(text.after, move);
      if (outcome.kind === 'by-hand') throw new AppError('fix-failed', `"${title}" must be done by hand: ${outcome.reason}`, { where: { file } });
      isWritten ||= outcome.text !== text.after;
      text.after = outcome.text;
    }
    if (!isWritten) throw new AppError('fix-failed', `"${title}" must be done by hand: the range ${move.from} is not written in a file of the project.`);
  }
}

function hasRange({ compose: { model } }: LoadedMode, { network, from }: Resubnet): boolean {
  return (model.networks[network]?.ipam.config ?? []).some(({ subnet }) => subnet !== undefined && isSameSubnet(subnet, from));
}

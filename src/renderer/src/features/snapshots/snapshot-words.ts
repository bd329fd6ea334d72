import type { SnapshotPartKind } from '@shared/domain/snapshots/types';
import { changedParts, partWords as plainPartWords, reasonWords as plainReasonWords, type PlannedStep } from '@shared/domain/snapshots/words';
import { snapshotsWords as words } from '../../locales/en/snapshots';

/** Why a snapshot was made, in a few words. */
export function reasonWords(reason: string): string {
  return (words.reasons as { readonly [reason: string]: string })[reason] ?? plainReasonWords(reason);
}

/** A part as people call it: a volume, folder or bucket by its own name. */
export function partWords(part: { readonly kind: SnapshotPartKind; readonly name: string }): string {
  return (words.parts as { readonly [part: string]: string })[`${part.kind} ${part.name}`] ?? plainPartWords(part);
}

/** How the contents of a part were read. */
export const CONSISTENCY_WORDS = words.read;

/** What a restore would do, in one sentence. */
export function restoreWords(steps: readonly PlannedStep[], services: readonly string[]): string {
  const { volumes, others } = changedParts(steps);
  if (volumes + others === 0) return words.restores.nothing;
  const parts = [volumes === 0 ? [] : [words.restores.volumes(volumes)], others === 0 ? [] : [words.restores.others(others, volumes === 0)]].flat();
  return words.restores.sentence(parts.join(` ${words.restores.and} `), volumes + others, listed(services), services.length);
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} ${words.restores.and} ${names.at(-1) ?? ''}`;
}

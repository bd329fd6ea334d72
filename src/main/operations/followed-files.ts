import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileAction, FileOutcome, StandingFile } from '@shared/domain/files/file-actions';
import { filesTakenIn, followFile, kustomizationsAbove } from '@shared/domain/gitops/links/follow-files';
import { isKustomization } from '@shared/domain/gitops/manifest/classify';
import { folderOf } from '@shared/domain/gitops/scan/paths';
import { AppError } from '@shared/kernel/app-error';

/** Each is worked out by itself, and a person reads all of them. */
const MOST_FOLLOWED = 100;

/** What files that refer to others become when those go or move, and what is referred to in vain then. */
export interface Following {
  readonly actions: readonly FileAction[];
  readonly risks: readonly string[];
}

/** Kustomizations follow the files that they take in; `look` is as things stand before. */
export async function followingActions(actions: readonly FileAction[], outcomes: readonly FileOutcome[], look: (path: string) => Promise<StandingFile>): Promise<Following> {
  const byPath = new Map(outcomes.map((one) => [one.path, one]));
  const moved = new Map(actions.flatMap((one) => (one.action === 'move' && byPath.get(one.to)?.after.kind === 'file' ? [[one.path, one.to] as const] : [])));
  const gone = new Map(outcomes.flatMap(({ path, before, after }) => (before.kind === 'file' && after.kind === 'missing' ? [[path, moved.get(path) ?? null] as const] : [])));
  const made: FileAction[] = [];
  const risks = [...gone].flatMap(([path, to]) => (isKustomization(path) && !(to !== null && isKustomization(to) && folderOf(to) === folderOf(path)) ? [`${path} says what kustomize builds of its folder: whatever takes that folder in finds nothing there.`] : []));
  let left = MOST_FOLLOWED;
  for (const path of new Set([...gone.keys()].flatMap(kustomizationsAbove))) {
    const standing = await standingAt(path, byPath, look);
    if (standing === null) continue;
    let { bytes } = standing;
    const steps: string[] = [];
    for (const from of [...filesTakenIn(path, bytes)].filter((one) => gone.has(one))) {
      left -= 1;
      if (left < 0) break;
      // Nobody waits for more than one of them.
      await nextTurn();
      const followed = followFile(path, bytes, from, gone.get(from) ?? null);
      if (followed.kind === 'left') risks.push(followed.risk);
      else {
        bytes = followed.bytes;
        steps.push(followed.step);
      }
    }
    if (steps.length > 0) made.push({ action: 'replace', path, bytes, base: standing.sha256, steps });
  }
  if (left < 0) risks.push(`More than ${String(MOST_FOLLOWED)} of these files are taken in by kustomizations; those beyond are not followed.`);
  return { actions: made, risks };
}

/** As it is once everything else is done; null where there is no such file. */
async function standingAt(path: string, outcomes: ReadonlyMap<string, FileOutcome>, look: (path: string) => Promise<StandingFile>): Promise<{ readonly bytes: Uint8Array; readonly sha256: string } | null> {
  const changed = outcomes.get(path);
  const { state, bytes } = changed === undefined ? await lookedAt(path, look) : { state: changed.after, bytes: changed.bytes };
  return state.kind === 'file' && bytes !== null ? { bytes, sha256: state.sha256 } : null;
}

async function lookedAt(path: string, look: (path: string) => Promise<StandingFile>): Promise<Pick<StandingFile, 'state' | 'bytes'>> {
  try {
    return await look(path);
  } catch (error) {
    // Behind a link, or no file: it is not read.
    if (error instanceof AppError) return { state: { kind: 'missing' }, bytes: null };
    throw error;
  }
}

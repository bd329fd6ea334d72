import { isAbsolute, relative, sep } from 'node:path';
import type { FixAction } from '@shared/domain/checks/facts';
import { AppError } from '@shared/kernel/app-error';
import type { ReplacedFile } from '@main/operations/replaced-files';
import type { LoadedMode } from '@main/projects/types';
import type { ChosenFix } from './fix-choice';
import { isFound, makeFound, type FoundEdit } from './fix-found';
import { applyPlaced, isPlaced, placed, type PlacedEdit } from './fix-placed';
import { movePointersWith } from './fix-pointers';
import { onePortEach } from './fix-ports';
import { moveSubnetsWith } from './fix-subnets';
import { FixTexts } from './fix-texts';

/** Everything the chosen fixes would do, nothing of it done. */
export interface FixPlan {
  readonly chosen: readonly ChosenFix[];
  readonly files: readonly ReplacedFile[];
  /** In order; paths relative to the project folder. */
  readonly acts: readonly PlannedAct[];
  /** Services whose containers are made anew, at the end. */
  readonly recreate: readonly string[];
}

export type PlannedAct =
  | { readonly kind: 'create-file' | 'create-folder' | 'replace-folder-by-file'; readonly path: string }
  | { readonly kind: 'set-permissions'; readonly path: string; readonly mode: number; readonly isReadable: boolean }
  | { readonly kind: 'create-network' | 'create-volume'; readonly name: string; readonly loaded: LoadedMode };

/** Works out what the fixes would change, over every mode they were chosen in. Reads files, writes nothing. Rejects with `fix-failed` where one must be done by hand. */
export async function planFixes(modes: readonly LoadedMode[], projectDir: string, chosen: readonly ChosenFix[], readText: (path: string) => Promise<string>): Promise<FixPlan> {
  const texts = new FixTexts(projectDir, readText);
  const acts = new Map<string, PlannedAct>();
  const recreate = new Set<string>();
  const edits = new Map<string, PlacedEdit>();
  const found: FoundEdit[] = [];
  const same = onePortEach(modes, chosen);
  for (const { fix, code, loaded } of same) {
    for (const action of fix.action.kind === 'together' ? fix.action.actions : [fix.action]) {
      const act = actOf(projectDir, action, code, loaded);
      if (act !== undefined) acts.set('path' in act && act.kind !== 'set-permissions' ? act.path : `${act.kind} ${'path' in act ? act.path : act.name}`, act);
      else if (isPlaced(action)) {
        const edit = placed(loaded.compose, action, fix.title);
        edits.set(`${edit.file}:${String(edit.line)}:${String(edit.column)}:${action.kind}`, edit);
      } else if (isFound(action)) found.push({ action, title: fix.title, compose: loaded.compose });
      else if (action.kind === 'recreate-service') recreate.add(action.service);
      else if (action.kind === 'open') throw new AppError('fix-failed', `"${fix.title}" is for a person to decide: in the dialog of the window, or with \`${action.command}\`.`);
      // What is left, a range of addresses, is written in several places of several files: once the others have found theirs.
    }
  }
  // From the end of the file to its start, so that no edit moves the place of the next.
  for (const edit of [...edits.values()].sort((a, b) => a.file.localeCompare(b.file) || b.line - a.line || b.column - a.column)) await applyPlaced(texts, edit);
  for (const path of await makeFound(texts, found)) acts.set(path, { kind: 'create-file', path: beneath(projectDir, path) });
  await movePointersWith(texts, modes, same);
  await moveSubnetsWith(texts, modes, same);
  return { chosen: same, files: texts.changed().map(({ path, ...text }) => ({ path: beneath(projectDir, path), ...text })), acts: [...acts.values()], recreate: [...recreate] };
}

/** What is done beside the texts of files; undefined for what is written in them. */
function actOf(projectDir: string, action: FixAction, code: string, loaded: LoadedMode): PlannedAct | undefined {
  switch (action.kind) {
    case 'create-file':
    case 'create-folder':
    case 'replace-folder-by-file':
      return { kind: action.kind, path: beneath(projectDir, action.path) };
    case 'set-permissions':
      return { kind: action.kind, path: beneath(projectDir, action.path), mode: action.mode, isReadable: code !== 'BIND_SOURCE_UNREADABLE' };
    case 'create-network':
    case 'create-volume':
      return { kind: action.kind, name: action.name, loaded };
    default:
      return undefined;
  }
}

function beneath(projectDir: string, path: string): string {
  const rel = relative(projectDir, path);
  if (rel === '' || isAbsolute(rel) || rel === '..' || rel.startsWith(`..${sep}`)) throw new AppError('fix-failed', `${path} lies outside the project folder; Berth does not change it.`, { where: { file: path } });
  return rel;
}

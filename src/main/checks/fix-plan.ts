import { isAbsolute, relative, resolve, sep } from 'node:path';
import { editCompose, editEnv, type FileEdit } from '@shared/domain/checks/compose-edit';
import type { CheckFix, CheckResult, FixAction } from '@shared/domain/checks/facts';
import { isWithin, shownPath } from '@shared/domain/checks/host-path';
import { unifiedDiff, type FileChange } from '@shared/domain/checks/unified-diff';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { AppError } from '@shared/kernel/app-error';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';

/** A fix that was chosen, with the finding it belongs to. */
export interface ChosenFix {
  readonly findingId: string;
  readonly fix: CheckFix;
}

/** One text file that changes; `path` is relative to the project folder. */
export interface PlannedFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Everything the chosen fixes would do, nothing of it done. */
export interface FixPlan {
  readonly chosen: readonly ChosenFix[];
  readonly files: readonly PlannedFile[];
  /** In order; paths relative to the project folder. */
  readonly acts: readonly PlannedAct[];
  readonly diff: string;
}

export type PlannedAct =
  | { readonly kind: 'create-file' | 'create-folder' | 'replace-folder-by-file'; readonly path: string }
  | { readonly kind: 'create-network' | 'create-volume'; readonly name: string };

/** Fixes that are applied when none is named: of errors only, and none that makes up data. */
const BY_ITSELF: readonly FixAction['kind'][] = ['create-file', 'create-folder', 'replace-folder-by-file', 'set-host-port', 'set-source', 'set-read-only', 'create-network'];

/** The fixes that `ids` name: fix ids, or finding ids (their first fix); without any, the first safe fix of each error. */
export function chooseFixes(results: readonly CheckResult[], ids: readonly string[]): readonly ChosenFix[] {
  const chosen: ChosenFix[] = [];
  if (ids.length === 0) {
    for (const { finding, fixes } of results) {
      const first = fixes[0];
      if (finding.severity === 'error' && first !== undefined && BY_ITSELF.includes(first.action.kind) && finding.code !== 'BIND_SOURCE_LEAVES_PROJECT') chosen.push({ findingId: finding.id, fix: first });
    }
  }
  for (const id of ids) {
    const result = results.find(({ finding, fixes }) => finding.id === id || fixes.some((fix) => fix.id === id));
    const fix = result?.fixes.find((one) => one.id === id) ?? result?.fixes[0];
    if (result === undefined) throw new AppError('not-found', `No finding or fix has the id ${id} now.`, { hint: 'Run the checks again: what it names may have been fixed already.' });
    if (fix === undefined) throw new AppError('fix-failed', `Berth has no fix for this finding: ${result.finding.message}`, { hint: result.finding.why, where: result.finding.where });
    chosen.push({ findingId: result.finding.id, fix });
  }
  // Two findings may ask for one change (a port that is both taken and doubled): it is made once.
  const seen = new Set<string>();
  return chosen.filter(({ fix }) => {
    const { action } = fix;
    const key = 'service' in action ? `${action.kind}:${action.service}:${action.index}` : 'path' in action ? `path:${action.path}` : `${action.kind}:${action.name}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** Works out what the fixes would change. Reads files, writes nothing. Rejects with `fix-failed` where one must be done by hand. */
export async function planFixes(compose: LoadedCompose, projectDir: string, chosen: readonly ChosenFix[], readText: (path: string) => Promise<string>): Promise<FixPlan> {
  const texts = new Map<string, { readonly before: string; after: string }>();
  const open = async (path: string): Promise<{ readonly before: string; after: string }> => {
    beneath(projectDir, path);
    let text = texts.get(path);
    if (text === undefined) {
      const before = await readText(path);
      texts.set(path, (text = { before, after: before }));
    }
    return text;
  };
  const acts: PlannedAct[] = [];
  const edits: { readonly file: string; readonly line: number; readonly column: number; readonly edit: FileEdit; readonly title: string }[] = [];
  for (const { fix } of chosen) {
    const { action } = fix;
    switch (action.kind) {
      case 'create-file':
      case 'create-folder':
      case 'replace-folder-by-file':
        acts.push({ kind: action.kind, path: beneath(projectDir, action.path) });
        break;
      case 'create-network':
      case 'create-volume':
        acts.push({ kind: action.kind, name: action.name });
        break;
      default: {
        const section = action.kind === 'set-host-port' || action.kind === 'set-host-ip' ? 'ports' : 'volumes';
        const where = compose.locate(['services', action.service, section, String(action.index)]);
        if (where?.line === undefined) throw new AppError('fix-failed', `Berth cannot tell where this is written: ${fix.title}.`, { where });
        edits.push({ file: resolve(compose.projectDir, where.file), line: where.line, column: where.column ?? 1, edit: action, title: fix.title });
      }
    }
  }
  // From the end of the file to its start, so that no edit moves the place of the next.
  edits.sort((a, b) => a.file.localeCompare(b.file) || b.line - a.line || b.column - a.column);
  for (const { file, line, column, edit, title } of edits) {
    const text = await open(file);
    const outcome = editCompose(text.after, { line, column }, edit, (path) => shownPath(compose.projectDir, path));
    if (outcome.kind === 'edited') text.after = outcome.text;
    else if (outcome.kind === 'variable' && edit.kind === 'set-host-port') await editVariable(outcome.name, edit, title, { file, line });
    else throw new AppError('fix-failed', `"${title}" must be done by hand: ${outcome.kind === 'by-hand' ? outcome.reason : `the variable ${outcome.name} decides it.`}`, { where: { file, line } });
  }
  const files = [...texts].filter(([, text]) => text.before !== text.after).map(([path, text]) => ({ path: beneath(projectDir, path), ...text }));
  return { chosen, files, acts, diff: diffOf(files, acts) };

  async function editVariable(name: string, edit: Extract<FileEdit, { kind: 'set-host-port' }>, title: string, where: { file: string; line: number }): Promise<void> {
    const candidates = compose.envFiles.length > 0 ? compose.envFiles : [resolve(compose.projectDir, '.env')];
    for (const candidate of [...candidates].reverse()) {
      const path = resolve(compose.projectDir, candidate);
      if (!isWithin(projectDir, path)) continue;
      const text = await open(path).catch(() => undefined);
      const after = text === undefined ? undefined : editEnv(text.after, name, String(edit.from), String(edit.to));
      if (text === undefined || after === undefined) continue;
      text.after = after;
      return;
    }
    throw new AppError('fix-failed', `"${title}" must be done by hand: the variable ${name} decides the port.`, { hint: `Set ${name}=${edit.to} where it comes from.`, where });
  }
}

/** What the fixes would do to files, for the plan document; null when they change none. */
export function structuralPlan(projectDir: string, inputFiles: readonly string[], plan: FixPlan): StructuralPlan | null {
  const slashed = (path: string): string => path.split(sep).join('/');
  const files: StructuralPlan['files'][number][] = plan.files.map((file) => ({ path: slashed(file.path), change: 'change', diff: unifiedDiff([{ ...file, path: slashed(file.path) }]) }));
  const made: string[] = [];
  for (const act of plan.acts) {
    if ('path' in act) files.push({ path: slashed(act.path), change: act.kind === 'replace-folder-by-file' ? 'change' : 'create' });
    else made.push(`${act.kind === 'create-network' ? 'The network' : 'The volume'} ${act.name}`);
  }
  if (files.length === 0) return null;
  const changed = new Set(plan.files.map((file) => file.path));
  return {
    change: 'fix',
    rootDir: projectDir,
    steps: [...plan.chosen.map(({ fix }) => fix.title), 'Run the checks again; put everything back when one of the findings is still there'],
    files,
    optionalFiles: [],
    unchangedFiles: inputFiles.filter((file) => isWithin(projectDir, file) && !changed.has(relative(projectDir, file))).map((file) => slashed(relative(projectDir, file))),
    risks: ['Containers that run keep what they were made with until the next switch.', ...made.map((what) => `${what} is created, and stays when the files are taken back.`)],
    rollback: ['If a step fails, every file gets its old bytes back and what was created is removed.', 'Afterwards `berth operations undo` puts the files back from the backup.'],
  };
}

function beneath(projectDir: string, path: string): string {
  const rel = relative(projectDir, path);
  if (rel === '' || isAbsolute(rel) || rel === '..' || rel.startsWith(`..${sep}`)) throw new AppError('fix-failed', `${path} lies outside the project folder; Berth does not change it.`, { where: { file: path } });
  return rel;
}

/** What is created is said in lines before the diff; `patch` skips them. */
function diffOf(files: readonly PlannedFile[], acts: readonly PlannedAct[]): string {
  const shown = (path: string): string => path.split(sep).join('/');
  const words = acts.map((act) => {
    switch (act.kind) {
      case 'create-file':
        return `create the empty file ${shown(act.path)}\n`;
      case 'create-folder':
        return `create the folder ${shown(act.path)}\n`;
      case 'replace-folder-by-file':
        return `replace the empty folder ${shown(act.path)} by an empty file\n`;
      case 'create-network':
        return `create the network ${act.name}\n`;
      case 'create-volume':
        return `create the volume ${act.name}\n`;
    }
  });
  const changes: FileChange[] = files.map((file) => ({ path: shown(file.path), before: file.before, after: file.after }));
  return words.join('') + unifiedDiff(changes);
}

import { resolve } from 'node:path';
import type { FixAction } from '@shared/domain/checks/facts';
import { dropVariable, editLines, type LineEdit } from '@shared/domain/checks/line-edits';
import { isWithin } from '@shared/domain/checks/host-path';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { editForFix } from '@shared/domain/edits/compose-fixes';
import { AppError } from '@shared/kernel/app-error';
import type { FixTexts } from './fix-texts';

const IN_COMPOSE = ['rename-reference', 'drop-reference', 'declare', 'set-healthcheck', 'join-network', 'set-build', 'mount-volume', 'use-external', 'use-own'] as const;
const IN_TEXTS = ['edit-lines', 'set-variable', 'drop-variable'] as const;

type InCompose = Extract<FixAction, { readonly kind: (typeof IN_COMPOSE)[number] }>;
type InTexts = Extract<FixAction, { readonly kind: (typeof IN_TEXTS)[number] }>;
type FoundAction = InCompose | InTexts;

/** A change that is found by what it names, not by a line and a column of a compose file. */
export interface FoundEdit {
  readonly action: FoundAction;
  readonly title: string;
  readonly compose: LoadedCompose;
}

/** Whether an action is found by what it names. */
export function isFound(action: FixAction): action is FoundAction {
  return ([...IN_COMPOSE, ...IN_TEXTS] as readonly string[]).includes(action.kind);
}

/** Makes the changes in the texts, each once where several modes ask for it. Answers with the files that are to be made. Rejects with `fix-failed` where a person must do one. */
export async function makeFound(texts: FixTexts, edits: readonly FoundEdit[]): Promise<readonly string[]> {
  const made: string[] = [];
  await makeLineEdits(texts, edits);
  const byAction = new Map<string, { readonly edit: FoundEdit; readonly files: Set<string> }>();
  for (const edit of edits) {
    const known = byAction.get(JSON.stringify(edit.action)) ?? { edit, files: new Set() };
    byAction.set(JSON.stringify(edit.action), known);
    for (const file of filesOf(texts, edit)) known.files.add(file);
  }
  for (const { edit, files } of byAction.values()) {
    const { action } = edit;
    if (action.kind === 'edit-lines') continue;
    if (action.kind === 'set-variable' || action.kind === 'drop-variable') made.push(...(await makeVariableEdit(texts, edit, action)));
    else await makeComposeEdit(texts, edit, action, files);
  }
  return made;
}

/** The compose files an edit may be written in. */
function filesOf(texts: FixTexts, { action, compose }: FoundEdit): readonly string[] {
  if (action.file !== undefined) return [resolve(compose.projectDir, action.file)];
  return compose.inputFiles.filter((file) => /\.ya?ml$/i.test(file) && isWithin(texts.projectDir, file));
}

async function makeComposeEdit(texts: FixTexts, edit: FoundEdit, action: InCompose, files: ReadonlySet<string>): Promise<void> {
  let isWritten = false;
  for (const file of files) {
    const text = await texts.open(file);
    const outcome = editForFix(text.after, action);
    if (outcome.kind === 'by-hand') throw byHand(edit, file, outcome.reason);
    isWritten ||= outcome.text !== text.after;
    text.after = outcome.text;
  }
  if (!isWritten && action.kind !== 'declare') throw byHand(edit, edit.compose.files[0] ?? texts.projectDir, 'it is not written in a file of the project as Berth could change it.');
}

/** All changes of one file at once: their lines are those of the file as it is. */
async function makeLineEdits(texts: FixTexts, edits: readonly FoundEdit[]): Promise<void> {
  const byFile = new Map<string, { readonly edit: FoundEdit; readonly lines: LineEdit[] }>();
  for (const edit of edits) {
    if (edit.action.kind !== 'edit-lines') continue;
    const known = byFile.get(edit.action.file) ?? { edit, lines: [] };
    byFile.set(edit.action.file, known);
    known.lines.push(...edit.action.edits);
  }
  for (const [file, { edit, lines }] of byFile) {
    const text = await texts.open(file);
    const after = editLines(text.after, lines);
    if (after === undefined) throw byHand(edit, file, 'the file was changed meanwhile, or another fix changes the same line.');
    text.after = after;
  }
}

/** A variable goes to the end of its env file, which is made when it is missing. */
async function makeVariableEdit(texts: FixTexts, edit: FoundEdit, action: Extract<InTexts, { readonly kind: 'set-variable' | 'drop-variable' }>): Promise<readonly string[]> {
  const file = resolve(edit.compose.projectDir, action.file);
  if (action.kind === 'drop-variable') {
    const text = await texts.open(file);
    const after = dropVariable(text.after, action.name);
    if (after === undefined) throw byHand(edit, file, `${action.name} is not written there.`);
    text.after = after;
    return [];
  }
  const { text, isNew } = await texts.openOrNew(file);
  const last = text.after.split('\n').length - (text.after.endsWith('\n') ? 1 : 0);
  text.after = editLines(text.after, [{ kind: 'add', line: last + 1, text: `${action.name}=${action.value}` }]) ?? text.after;
  return isNew ? [file] : [];
}

function byHand({ title }: FoundEdit, file: string, reason: string): AppError {
  return new AppError('fix-failed', `"${title}" must be done by hand: ${reason}`, { where: { file } });
}

import { resolve } from 'node:path';
import { editCompose, editEnv, type FileEdit } from '@shared/domain/checks/compose-edit';
import type { FixAction } from '@shared/domain/checks/facts';
import { isWithin, shownPath } from '@shared/domain/checks/host-path';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { editForFix } from '@shared/domain/edits/compose-fixes';
import { editYaml, type YamlEdit } from '@shared/domain/yaml/edit-yaml';
import { pathAt } from '@shared/domain/yaml/yaml-places';
import { AppError, type Where } from '@shared/kernel/app-error';
import type { FixTexts } from './fix-texts';

const PLACED = ['set-host-port', 'set-port-range', 'set-host-ip', 'set-source', 'set-target', 'move-mount', 'set-read-only', 'remove-mount', 'set-depends-on', 'remove-entry', 'rename-key'] as const;

/** Actions whose place is known by line and column. */
type PlacedAction = Extract<FixAction, { readonly kind: (typeof PLACED)[number] }>;

/** Whether the place of an action is known by line and column. */
export function isPlaced(action: FixAction): action is PlacedAction {
  return (PLACED as readonly string[]).includes(action.kind);
}

/** One change of a compose file, made once where several modes share the file. */
export interface PlacedEdit {
  readonly file: string;
  readonly where: Where;
  readonly line: number;
  readonly column: number;
  readonly action: PlacedAction;
  readonly title: string;
  readonly compose: LoadedCompose;
}

/** Finds where an action is written. Rejects with `fix-failed` where that cannot be told. */
export function placed(compose: LoadedCompose, action: PlacedAction, title: string): PlacedEdit {
  const where = placeOf(compose, action);
  if (where?.line === undefined) throw new AppError('fix-failed', `Berth cannot tell where this is written: ${title}.`, { where });
  return { file: resolve(compose.projectDir, where.file), where, line: where.line, column: where.column ?? 1, action, title, compose };
}

function placeOf(compose: LoadedCompose, action: PlacedAction): Where | undefined {
  switch (action.kind) {
    case 'set-depends-on':
      return compose.locate(['services', action.service, 'depends_on', action.dependency]);
    case 'remove-entry':
    case 'rename-key':
      return { file: action.file, line: action.line, column: action.column };
    case 'set-host-port':
    case 'set-port-range':
    case 'set-host-ip':
      return compose.locate(['services', action.service, 'ports', String(action.index)]);
    default:
      return compose.locate(['services', action.service, 'volumes', String(action.index)]);
  }
}

/** Makes the change where it is written, in the texts. Rejects with `fix-failed` where a person must do it. */
export async function applyPlaced(texts: FixTexts, edit: PlacedEdit): Promise<void> {
  const { action, compose, file, line, column } = edit;
  const text = await texts.open(file);
  if (action.kind === 'set-depends-on' || action.kind === 'remove-mount' || action.kind === 'remove-entry' || action.kind === 'rename-key') {
    const isNamed = action.kind === 'remove-entry' || action.kind === 'rename-key';
    const outcome = isNamed ? editForFix(text.after, action) : editYaml(text.after, yamlEdits(text.after, action, line, column));
    if (outcome.kind === 'by-hand') throw byHand(edit, outcome.reason);
    text.after = outcome.text;
    return;
  }
  const outcome = editCompose(text.after, { line, column }, action satisfies FileEdit, (path) => shownPath(compose.projectDir, path), (name) => (compose.variables.values[name] ?? []).length > 0);
  if (outcome.kind === 'edited') text.after = outcome.text;
  else if (outcome.kind === 'variable' && action.kind === 'set-host-port') await editVariable(texts, edit, outcome.name, action);
  else throw byHand(edit, outcome.kind === 'by-hand' ? outcome.reason : `the variable ${outcome.name} decides it.`);
}

/** A mount goes with the list that holds nothing else; the names of a short `depends_on` become a mapping first. */
function yamlEdits(text: string, action: Extract<PlacedAction, { kind: 'set-depends-on' | 'remove-mount' }>, line: number, column: number): readonly YamlEdit[] {
  const path = pathAt(text, line, column);
  if (action.kind === 'remove-mount') return [{ kind: 'remove', path: path ?? ['services', action.service, 'volumes', action.index], upTo: 3 }];
  const list = ['services', action.service, 'depends_on'];
  const isList = typeof path?.at(-1) === 'number';
  return [...(isList ? [{ kind: 'key', path: list, value: { condition: 'service_started' } } as const] : []), { kind: 'set', path: [...list, action.dependency, 'condition'], value: action.condition }, ...(action.required === undefined ? [] : [{ kind: 'set', path: [...list, action.dependency, 'required'], value: action.required } as const])];
}

/** The variable decides the port: it is changed in the env file that sets it. */
async function editVariable(texts: FixTexts, edit: PlacedEdit, name: string, action: Extract<PlacedAction, { kind: 'set-host-port' }>): Promise<void> {
  const { compose, title, where } = edit;
  const candidates = compose.envFiles.length > 0 ? compose.envFiles : [resolve(compose.projectDir, '.env')];
  for (const candidate of [...candidates].reverse()) {
    const path = resolve(compose.projectDir, candidate);
    if (!isWithin(texts.projectDir, path)) continue;
    const text = await texts.open(path).catch(() => undefined);
    // Another mode's finding of the same port may have changed it already.
    const after = text === undefined ? undefined : (editEnv(text.after, name, String(action.from), String(action.to)) ?? editEnv(text.after, name, String(action.to), String(action.to)));
    if (text === undefined || after === undefined) continue;
    text.after = after;
    return;
  }
  throw new AppError('fix-failed', `"${title}" must be done by hand: the variable ${name} decides the port.`, { hint: `Set ${name}=${action.to} where it comes from.`, where });
}

function byHand({ title, where }: PlacedEdit, reason: string): AppError {
  return new AppError('fix-failed', `"${title}" must be done by hand: ${reason}`, { where });
}

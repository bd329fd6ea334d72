import { isAbsolute, relative, resolve, sep } from 'node:path';
import { editCompose, editEnv, type FileEdit } from '@shared/domain/checks/compose-edit';
import type { FixAction } from '@shared/domain/checks/facts';
import { isWithin, shownPath } from '@shared/domain/checks/host-path';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { editYaml, type YamlEdit } from '@shared/domain/yaml/edit-yaml';
import { pathAt } from '@shared/domain/yaml/yaml-places';
import type { Where } from '@shared/kernel/app-error';
import { AppError } from '@shared/kernel/app-error';
import type { ReplacedFile } from '@main/operations/replaced-files';
import type { LoadedMode } from '@main/projects/types';
import type { ChosenFix } from './fix-choice';
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

type ComposeAction = Exclude<FixAction, { readonly kind: PlannedAct['kind'] | 'recreate-service' | 'set-subnet' }>;

/** One change of a compose file, made once where several modes share the file. */
interface PlacedEdit {
  readonly file: string;
  readonly where: Where;
  readonly line: number;
  readonly column: number;
  readonly action: ComposeAction;
  readonly title: string;
  readonly compose: LoadedCompose;
}

/** Works out what the fixes would change, over every mode they were chosen in. Reads files, writes nothing. Rejects with `fix-failed` where one must be done by hand. */
export async function planFixes(modes: readonly LoadedMode[], projectDir: string, chosen: readonly ChosenFix[], readText: (path: string) => Promise<string>): Promise<FixPlan> {
  const texts = new FixTexts(projectDir, readText);
  const acts = new Map<string, PlannedAct>();
  const recreate = new Set<string>();
  const edits = new Map<string, PlacedEdit>();
  const same = onePortEach(modes, chosen);
  for (const one of same) {
    const { action, title } = one.fix;
    switch (action.kind) {
      case 'create-file':
      case 'create-folder':
      case 'replace-folder-by-file':
        acts.set(action.path, { kind: action.kind, path: beneath(projectDir, action.path) });
        break;
      case 'set-permissions':
        acts.set(`mode ${action.path}`, { kind: action.kind, path: beneath(projectDir, action.path), mode: action.mode, isReadable: one.code !== 'BIND_SOURCE_UNREADABLE' });
        break;
      case 'create-network':
      case 'create-volume':
        acts.set(`${action.kind} ${action.name}`, { kind: action.kind, name: action.name, loaded: one.loaded });
        break;
      case 'recreate-service':
        recreate.add(action.service);
        break;
      case 'set-subnet':
        // Written in several places of several files: once the others have found theirs.
        break;
      default: {
        const edit = placed(one.loaded.compose, action, title);
        edits.set(`${edit.file}:${String(edit.line)}:${String(edit.column)}:${action.kind}`, edit);
      }
    }
  }
  // From the end of the file to its start, so that no edit moves the place of the next.
  for (const edit of [...edits.values()].sort((a, b) => a.file.localeCompare(b.file) || b.line - a.line || b.column - a.column)) await apply(texts, edit);
  await movePointersWith(texts, modes, same);
  await moveSubnetsWith(texts, modes, same);
  return { chosen: same, files: texts.changed().map(({ path, ...text }) => ({ path: beneath(projectDir, path), ...text })), acts: [...acts.values()], recreate: [...recreate] };
}

function placed(compose: LoadedCompose, action: ComposeAction, title: string): PlacedEdit {
  const path = action.kind === 'set-depends-on' ? ['services', action.service, 'depends_on', action.dependency] : ['services', action.service, action.kind === 'set-host-port' || action.kind === 'set-host-ip' ? 'ports' : 'volumes', String(action.index)];
  const where = compose.locate(path);
  if (where?.line === undefined) throw new AppError('fix-failed', `Berth cannot tell where this is written: ${title}.`, { where });
  return { file: resolve(compose.projectDir, where.file), where, line: where.line, column: where.column ?? 1, action, title, compose };
}

async function apply(texts: FixTexts, edit: PlacedEdit): Promise<void> {
  const { action, compose, file, line, column } = edit;
  const text = await texts.open(file);
  if (action.kind === 'set-depends-on' || action.kind === 'remove-mount') {
    const outcome = editYaml(text.after, yamlEdits(text.after, action, line, column));
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
function yamlEdits(text: string, action: Extract<ComposeAction, { kind: 'set-depends-on' | 'remove-mount' }>, line: number, column: number): readonly YamlEdit[] {
  const path = pathAt(text, line, column);
  if (action.kind === 'remove-mount') return [{ kind: 'remove', path: path ?? ['services', action.service, 'volumes', action.index], upTo: 3 }];
  const list = ['services', action.service, 'depends_on'];
  const isList = typeof path?.at(-1) === 'number';
  return [...(isList ? [{ kind: 'key', path: list, value: { condition: 'service_started' } } as const] : []), { kind: 'set', path: [...list, action.dependency, 'condition'], value: action.condition }];
}

/** The variable decides the port: it is changed in the env file that sets it. */
async function editVariable(texts: FixTexts, edit: PlacedEdit, name: string, action: Extract<ComposeAction, { kind: 'set-host-port' }>): Promise<void> {
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

function beneath(projectDir: string, path: string): string {
  const rel = relative(projectDir, path);
  if (rel === '' || isAbsolute(rel) || rel === '..' || rel.startsWith(`..${sep}`)) throw new AppError('fix-failed', `${path} lies outside the project folder; Berth does not change it.`, { where: { file: path } });
  return rel;
}

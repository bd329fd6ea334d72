import { relative, sep } from 'node:path';
import { newFileText } from '@shared/domain/files/new-file-text';
import { ARCHIVE, type FileAction } from '@shared/domain/files/file-actions';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { fileActionsOperation, type FileActionDependencies, type FileActionKind } from '@main/operations/file-actions-operation';
import type { OperationKind } from '@main/operations/types';
import type { Projects } from '@main/projects/types';

/** What these operations need besides. */
export interface LifecycleDependencies extends FileActionDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
}

/** Creating, renaming, copying, archiving, bringing back and deleting one file of a project. */
export function lifecycleOperations(deps: LifecycleDependencies): readonly OperationKind[] {
  const of = (verb: string, word: string, actionOf: (input: JsonObject, file: string, dir: string) => FileAction): FileActionKind => ({
    kind: `files.${verb}`,
    change: verb,
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `${word} ${textOf(input, 'file')}`,
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const file = inFolder(project.dir, textOf(input, 'file'));
      return { rootDir: project.dir, actions: [actionOf(input, file, project.dir)], stored: { project: project.id, file } };
    },
  });
  const to = (input: JsonObject, dir: string): string => inFolder(dir, textOf(input, 'to'));
  const reason = (input: JsonObject): string => (typeof input['reason'] === 'string' ? input['reason'] : 'archived by hand');
  return [
    of('create', 'Create', (input, path) => ({ action: 'create', path, bytes: new TextEncoder().encode(typeof input['text'] === 'string' ? input['text'] : newFileText(typeof input['template'] === 'string' ? input['template'] : 'empty', path)) })),
    of('rename', 'Rename', (input, path, dir) => ({ action: 'move', path, to: to(input, dir) })),
    of('duplicate', 'Copy', (input, path, dir) => ({ action: 'duplicate', path, to: to(input, dir) })),
    of('archive', 'Archive', (input, path) => ({ action: 'archive', path, reason: reason(input) })),
    of('restore', 'Bring back', (input, path, dir) => ({ action: 'restore', path, ...(typeof input['to'] === 'string' ? { to: to(input, dir) } : {}) })),
    of('delete', 'Delete', (_input, path) => ({ action: 'delete', path })),
  ].map((kind) => fileActionsOperation(deps, kind));
}

/** The path as it is written in the project, whether it was given whole or not. */
function inFolder(dir: string, file: string): string {
  const path = (file.startsWith(dir + sep) ? relative(dir, file) : file).split(sep).join('/').replace(/^\.\//, '');
  // What was archived a second time has a number behind its name.
  if (!/\.(ya?ml|json)$/i.test(path.startsWith(`${ARCHIVE}/`) ? path.replace(/\.\d+$/, '') : path)) throw new AppError('input-invalid', `${file} is no YAML or JSON file.`, { hint: 'Only files that end with .yaml, .yml or .json are managed here.' });
  return path;
}

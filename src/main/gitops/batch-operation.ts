import type { FileAction } from '@shared/domain/files/file-actions';
import type { JsonObject } from '@shared/kernel/json';
import { fileActionsOperation, type FileActionDependencies } from '@main/operations/file-actions-operation';
import type { OperationKind } from '@main/operations/types';
import { commitFiles } from './git-branches';
import { placeOf, putGitBack, workOf } from './git-operation';
import type { GitDependencies } from './git-types';

/** The operation `gitops.batch`: several actions on files of a folder as one, and one commit of them when that is wished. */
export function batchOperation(deps: GitDependencies & FileActionDependencies, realFolder: (path: string) => Promise<string>): OperationKind {
  return fileActionsOperation(deps, {
    kind: 'gitops.batch',
    change: 'batch',
    key: (input) => `gitops:${String(input['dir'])}`,
    title: (input) => `Change ${String((input['actions'] as readonly unknown[] | undefined)?.length ?? 0)} files in ${String(input['dir'])}`,
    async prepare(input) {
      const { dir, projectId } = await placeOf(deps, input);
      const commit = typeof input['commit'] === 'string' ? input['commit'] : null;
      const rootDir = commit === null ? await realFolder(dir) : (await deps.git.open(dir)).place.root;
      return { rootDir, actions: (input['actions'] as unknown as readonly JsonObject[]).map(actionOf), stored: { ...(projectId === null ? {} : { project: projectId }), ...(commit === null ? {} : { commit }) } };
    },
    async conclude(context, input, outcomes) {
      if (typeof input['commit'] !== 'string') return { commit: null };
      const repository = await deps.git.open(String(input['dir']));
      const { commit } = await commitFiles(deps, workOf(deps, context, repository), outcomes.map(({ path }) => path), input['commit']);
      return { commit: String(commit) };
    },
    putBack: (context, input) => putGitBack(deps, context, String(input['dir'])),
  });
}

function actionOf(given: JsonObject): FileAction {
  const { text, ...rest } = given;
  return (typeof text === 'string' ? { ...rest, bytes: new TextEncoder().encode(text) } : rest) as unknown as FileAction;
}

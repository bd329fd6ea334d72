import type { FileAction, FileOutcome } from '@shared/domain/files/file-actions';
import type { Disposable } from '@shared/kernel/disposable';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { actionsFromJson, applyOutcomes, KeptBytes, outcomesOf, planOfOutcomes, putOutcomesBack, type FileActionDoors } from './file-actions';
import { followingActions } from './followed-files';
import type { FolderTurns } from './folder-turns';
import type { OperationContext, OperationKind } from './types';

const RESULT = 'files.result';
/** Texts of operations that were asked for and have not ended. */
const MOST_TEXTS = 2_000;
/** Of a plan that a person reads. */
const MOST_STEPS = 500;

/** What such operations work with. */
export interface FileActionDependencies extends FileActionDoors {
  readonly turns: FolderTurns;
  /** Takes the folder's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (dir: string) => Promise<Disposable>;
}

/** One kind of operation on files of a folder. */
export interface FileActionKind {
  readonly kind: string;
  /** For the name of the backup. */
  readonly change: string;
  title(input: JsonObject): string;
  key(input: JsonObject): string;
  /** The folder by its real path, the actions in their order, and what is stored beside them. */
  prepare(input: JsonObject): Promise<{ readonly rootDir: string; readonly actions: readonly FileAction[]; readonly stored: JsonObject }>;
  /** Last step before the commit, once all files are as they should be. */
  conclude?(context: OperationContext, input: JsonObject, outcomes: readonly FileOutcome[]): Promise<JsonObject>;
  /** What `conclude` has done is taken back; files are put back after it. */
  putBack?: OperationKind['rollback'];
}

/** Makes an operation of it: worked out as a whole first, backed up once, applied, looked at again; all of it or nothing, and to be undone. */
export function fileActionsOperation(deps: FileActionDependencies, one: FileActionKind): OperationKind {
  const kept = new KeptBytes(MOST_TEXTS);
  const outcomes = (input: JsonObject, operationId: string): Promise<readonly FileOutcome[]> => outcomesOf(deps, String(input['dir']), actionsFromJson((input['actions'] ?? []) as unknown as readonly JsonObject[], kept), operationId);
  return {
    kind: one.kind,
    needsEngine: false,
    async prepare(input) {
      // Tried again: what is stored is what was prepared.
      if (input['prepared'] === true) return input;
      const { rootDir, actions, stored } = await one.prepare(input);
      const outcomes = await outcomesOf(deps, rootDir, actions, 'not-yet');
      const following = await followingActions(actions, outcomes, (path) => deps.folder.look(rootDir, path));
      const all = [...actions, ...following.actions];
      return { ...stored, prepared: true, dir: rootDir, risks: [...following.risks], actions: all.map((action) => ('bytes' in action ? { ...action, bytes: kept.keep(action.bytes) } : { ...action })) as unknown as Json };
    },
    key: (input) => one.key(input),
    title: (input) => one.title(input),
    projectId: (input) => (typeof input['project'] === 'string' ? input['project'] : null),
    plan: async (input) => planOfOutcomes(one.change, String(input['dir']), { steps: stepsOf((input['actions'] ?? []) as unknown as readonly JsonObject[]), risks: (input['risks'] ?? []) as unknown as readonly string[] }, await outcomes(input, 'not-yet')),
    async run(context, input) {
      const rootDir = String(input['dir']);
      const turn = await deps.turns.take(rootDir, context.signal);
      let done: readonly FileOutcome[];
      try {
        const lock = await deps.lock(rootDir);
        try {
          done = await outcomes(input, context.operationId);
          await applyOutcomes(deps, context, rootDir, done);
        } finally {
          lock.dispose();
        }
      } finally {
        turn.dispose();
      }
      const result = { operationId: context.operationId, dir: rootDir, files: done.map(({ path, before, after }) => ({ path, change: before.kind === 'missing' ? 'created' : after.kind === 'missing' ? 'removed' : 'changed' })), ...(await one.conclude?.(context, input, done)) };
      await context.note(RESULT, result);
      await context.commit();
      return result;
    },
    async rollback(context, input) {
      await one.putBack?.(context, input);
      const turn = await deps.turns.take(String(input['dir']));
      try {
        await putOutcomesBack(deps, context);
      } finally {
        turn.dispose();
      }
    },
    finish: (context) => Promise.resolve(context.records.find(({ name }) => name === RESULT)?.intent ?? {}),
  };
}

function stepsOf(actions: readonly JsonObject[]): readonly string[] {
  const shown = actions.slice(0, MOST_STEPS).flatMap(({ action, path, to, steps }) => (Array.isArray(steps) ? steps.map(String) : [`${words(String(action))} ${String(path)}${typeof to === 'string' ? ` to ${to}` : ''}`]));
  return actions.length > MOST_STEPS ? [...shown, `and ${String(actions.length - MOST_STEPS)} more`] : shown;
}

function words(action: string): string {
  switch (action) {
    case 'create':
      return 'Create';
    case 'replace':
      return 'Write the new text into';
    case 'comment':
      return 'Comment out';
    case 'move':
      return 'Move';
    case 'duplicate':
      return 'Copy';
    case 'archive':
      return 'Archive';
    case 'restore':
      return 'Bring back';
    case 'delete':
      return 'Delete';
    default:
      throw new AppError('input-invalid', `There is no action ${action}.`);
  }
}

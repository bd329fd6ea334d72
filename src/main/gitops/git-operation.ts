import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { EffectRecord, OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { changeFromJson, changeToJson, type GitRepository, type TreeChange } from '@main/platform/git';
import type { GitDependencies, GitWork } from './git-types';

const APPLY = 'git.apply';
const RESULT = 'git.result';

/** One operation with git; what all of them share is here. */
export interface GitOperation {
  readonly kind: string;
  title(input: JsonObject): string;
  /** Looks at the input before it is queued. */
  check?(input: JsonObject, repository: GitRepository): void | Promise<void>;
  /** What it would do, by what is known without asking anybody else; null for nothing. */
  describe?(repository: GitRepository, input: JsonObject): Promise<StructuralPlan | null>;
  run(work: GitWork, input: JsonObject): Promise<JsonObject>;
}

/** Makes a kind of it: journaled steps, put back in reverse when one fails or Berth is killed. */
export function gitOperation(deps: GitDependencies, definition: GitOperation): OperationKind {
  const { kind, run } = definition;
  return {
    kind,
    needsEngine: false,
    async prepare(input) {
      const { dir, projectId } = await placeOf(deps, input);
      const repository = await deps.git.open(dir);
      await definition.check?.(input, repository);
      const { project: _named, ...rest } = input;
      return { ...rest, dir: repository.place.root, ...(projectId === null ? {} : { project: projectId }) };
    },
    // In one line with resolutions of the same folder.
    key: (input) => `gitops:${String(input['dir'])}`,
    title: (input) => definition.title(input),
    projectId: (input) => (typeof input['project'] === 'string' ? input['project'] : null),
    describe: async (input) => (await definition.describe?.(await deps.git.open(String(input['dir'])), input)) ?? null,
    async run(context, input) {
      const repository = await deps.git.open(String(input['dir']));
      const work = workOf(deps, context, repository);
      const result = { operationId: context.operationId, dir: repository.place.root, ...(await run(work, input)) };
      await context.note(RESULT, result);
      await context.commit();
      await settleGit(deps, context.records());
      return result;
    },
    rollback: (context, input) => putGitBack(deps, context, String(input['dir'])),
    async finish(context) {
      await settleGit(deps, context.records);
      return context.records.findLast(({ name }) => name === RESULT)?.intent ?? {};
    },
  };
}

/** The folder an input names: by itself, or as that of a project. A project must be trusted: what it holds is sent and merged. */
export async function placeOf(deps: Pick<GitDependencies, 'projects'>, input: JsonObject): Promise<{ readonly dir: string; readonly projectId: string | null }> {
  const { dir, project: reference } = input;
  if (typeof reference === 'string') {
    const project = await deps.projects.resolve(reference);
    return { dir: typeof dir === 'string' ? dir : project.dir, projectId: project.id };
  }
  if (typeof dir !== 'string') throw new AppError('input-invalid', 'No folder was given.', { hint: 'Name a folder that is under git, or a project.' });
  const project = (await deps.projects.list()).find((one) => dir === one.dir || dir.startsWith(`${one.dir}/`));
  return { dir, projectId: project?.id ?? null };
}

/** One operation at its repository; its steps are taken back by `putGitBack`. */
export function workOf(deps: GitDependencies, context: OperationContext, repository: GitRepository): GitWork {
  return {
    repository,
    context,
    signal: context.signal,
    state: () => deps.workTrees.state(repository),
    async apply(change, message) {
      const kept = `${context.operationId}-${String(context.records().filter(({ name }) => name === APPLY).length + 1)}`;
      const { root } = repository.place;
      // Only while files change, so that a sync of the same folder never waits for a server.
      const turn = await deps.turns.take(root, context.signal);
      try {
        await context.effect('git.keep', { root, kept }, async () => {
          await deps.workTrees.keep(repository, kept);
          return null;
        });
        await context.effect(APPLY, { root, kept, ...changeToJson(change) }, async () => {
          await deps.workTrees.apply(repository, kept, change, message);
          return null;
        });
      } finally {
        turn.dispose();
      }
    },
  };
}

/** Takes back, newest first, what an operation has done with git. */
export async function putGitBack(deps: GitDependencies, context: RecoveryContext, dir: string): Promise<void> {
  const applied = context.records.filter((record) => record.name === APPLY && !record.undone);
  if (applied.length === 0) return;
  const repository = await deps.git.open(dir);
  for (const record of applied.toReversed()) {
    const change: TreeChange = changeFromJson(record.intent);
    const turn = await deps.turns.take(repository.place.root);
    try {
      await context.effect('git.putBack', { undoes: record.seq }, async () => {
        const left = await deps.workTrees.putBack(repository, String(record.intent['kept']), change);
        if (left.length > 0) context.log(`Changed meanwhile and left as it is: ${left.slice(0, 20).join(', ')}`);
        return null;
      });
    } finally {
      turn.dispose();
    }
  }
  await settleGit(deps, applied);
}

/** What was kept for putting back goes. */
async function settleGit(deps: Pick<GitDependencies, 'workTrees'>, records: readonly EffectRecord[]): Promise<void> {
  for (const { name, intent } of records) if (name === APPLY && typeof intent['kept'] === 'string') await deps.workTrees.forget(intent['kept']).catch(() => undefined);
}

import { verifyResolution } from '@shared/domain/gitops/plan/verify-resolution';
import type { GroupPlan } from '@shared/domain/gitops/plan/types';
import { changeFolder } from '@shared/domain/gitops/plan/tree-change';
import { isTemplateText } from '@shared/domain/gitops/templates/template-files';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { resolvedGroups } from './changes-store';
import { placed, shownPlace, withinOf } from './place';
import { choicesOf, structuralPlan } from './resolve-input';
import { lookedPlan, readyPlan, type PlanRequest, type ReadyPlan } from './resolution-plan';
import { changeInTurn, type ResolveDependencies } from './resolve-dependencies';
import type { ResolutionGit } from './types';
import { resolvedPatch, tellStates } from './tell-states';
import { treeChangeOf, type PreparedChange } from './tree-change-of';
import type { WantedFile } from './written-files';

const BACKUP = 'gitops.backup';
const APPLY = 'gitops.apply';

/**
 * The operation `gitops.resolve`, and `gitops.resolve-group` for one group as the user decided. Backups of every file that changes are on disk before the first of
 * them does; afterwards the folder is scanned again, and what is not as it should be takes everything back.
 */
export function resolveOperation(deps: ResolveDependencies, kind: 'gitops.resolve' | 'gitops.resolve-group'): OperationKind {
  return {
    kind,
    needsEngine: false,
    async prepare(input) {
      await mustBeYaml(deps, input);
      return placed(deps, input);
    },
    key: (input) => `gitops:${textOf(input, 'dir')}`,
    title: (input) => (kind === 'gitops.resolve' ? `Resolve duplicates in ${shownPlace(input)}` : `Resolve ${textOf(input, 'group')} in ${shownPlace(input)}`),
    projectId: (input) => (typeof input['project'] === 'string' ? input['project'] : null),
    describe: async (input): Promise<StructuralPlan | null> => described(deps, requestOf(input, '<operation>', deps.now().toISOString())),
    undoneBy: { kind: 'gitops.rollback', isPossible: async (id) => (await deps.changes.get(id))?.state === 'done' },
    run: (context, input) => run(deps, context, input),
    rollback: (context, input) => putBack(deps, context, textOf(input, 'dir')),
    async finish(context, input) {
      await settle(deps, context.operationId);
      await deps.git?.settle(context);
      return resultOf(context, input, context.records.find((record) => record.name === 'gitops.result')?.intent ?? {});
    },
  };
}

async function described(deps: ResolveDependencies, request: PlanRequest): Promise<StructuralPlan | null> {
  const ready = await lookedPlan(deps, request, new AbortController().signal);
  return structuralPlan(request.dir, ready, await renderedBy(deps, request.dir, ready));
}

/** What templates make once the files of a plan are as it wants them: written together with them, or not at all. */
function renderedBy(deps: ResolveDependencies, dir: string, { changes }: ReadyPlan): Promise<readonly WantedFile[]> {
  return deps.renderedAfter(dir, new Map(changes.map(({ change, bytes }) => [change.path, bytes])));
}

function requestOf(input: JsonObject, operationId: string, at: string): PlanRequest {
  const choices = choicesOf(input);
  const groups = choices.length > 0 ? choices.map((one) => one.groupId) : textsOf(input, 'group');
  return { dir: textOf(input, 'dir'), within: withinOf(input), projectId: typeof input['project'] === 'string' ? input['project'] : null, only: groups.length === 0 ? null : groups, likely: input['likely'] === true, choices, operationId, at };
}

async function run(deps: ResolveDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const began = deps.now();
  const request = requestOf(input, context.operationId, began.toISOString());
  const lock = await deps.lock(request.dir);
  try {
    const ready = await readyPlan(deps, request, context.signal, () => deps.scans.scan(request, context.signal, ({ files, of, message }) => context.progress({ step: files, of: of ?? files, message })));
    mustBePlanned(input, ready);
    const rendered = await renderedBy(deps, request.dir, ready);
    const prepared = await treeChangeOf(deps.changer, request.dir, ready.changes, rendered, { operationId: context.operationId, at: request.at });
    const git = await startBranch(deps, context, input, request.dir);
    await apply(deps, context, request, ready, prepared);
    await lookAgain(deps, context, request, ready, prepared, rendered);
    const commit = await commitAndPush(context, input, git, prepared, request.dir);
    const result = shown(ready, prepared, rendered, { durationMs: deps.now().getTime() - began.getTime(), branch: git === null ? null : branchOf(input), commit });
    await context.note('gitops.result', result);
    await context.commit();
    await settle(deps, context.operationId);
    await git?.settle({ records: context.records() });
    const byId = new Map(ready.plan.groups.map((group) => [group.groupId, group]));
    await tellStates(deps, request.projectId, resolvedGroups(ready.plan), (id) => resolvedPatch(byId.get(id) as GroupPlan));
    return resultOf(context, input, result);
  } finally {
    lock.dispose();
  }
}

/** A merged text is read before anything else: what is no YAML would only be found missing afterwards. */
async function mustBeYaml(deps: ResolveDependencies, { keep, text }: JsonObject): Promise<void> {
  if (typeof keep !== 'string' || typeof text !== 'string' || isTemplateText(text)) return;
  const problem = await deps.yamlProblem(keep, text);
  if (problem === null) return;
  const { message, line } = problem;
  throw new AppError('input-invalid', `The merged text for ${keep} is no YAML${line === null ? '' : `, line ${String(line)}`}: ${message}`, { hint: 'Nothing was changed. Correct the text, then resolve the group again.', where: { file: keep, ...(line === null ? {} : { line }) } });
}

/** What somebody decided about one group is done as given or not at all. */
function mustBePlanned(input: JsonObject, { plan }: ReadyPlan): void {
  if (choicesOf(input).length === 0) return;
  const refused = plan.groups.find((group) => group.status !== 'planned');
  if (refused === undefined) return;
  throw new AppError(refused.review === 'outside-git' ? 'policy-refused' : 'input-invalid', refused.reason, { hint: 'Choose another file to keep, or another action.' });
}

async function apply(deps: ResolveDependencies, context: OperationContext, request: PlanRequest, ready: ReadyPlan, { change, sources, portions }: PreparedChange): Promise<void> {
  if (change.entries.length === 0) return;
  const total = change.entries.length;
  context.progress({ step: 0, of: total, message: 'Writing backups' });
  await context.effect(BACKUP, { root: request.dir, folder: changeFolder(context.operationId), files: total }, async () => {
    await deps.changes.put(context.operationId, { change, groups: resolvedGroups(ready.plan), state: 'begun', madeAt: request.at, projectId: request.projectId });
    // From here on putting back says how it ended; what fails before has touched nothing.
    await tellStates(deps, request.projectId, resolvedGroups(ready.plan), () => ({ resolution_status: 'in_progress' }));
    await deps.changer.stage(change, sources);
    return null;
  });
  let done = 0;
  for (const portion of portions) {
    await context.effect(APPLY, { root: request.dir, paths: portion.map((entry) => entry.path) }, () => changeInTurn(deps, request.dir, context.signal, () => deps.changer.apply(change, portion)));
    done += portion.length;
    context.progress({ step: done, of: total, message: `Changed ${String(done)} of ${String(total)} files` });
  }
}

async function lookAgain(deps: ResolveDependencies, context: OperationContext, request: PlanRequest, ready: ReadyPlan, { change }: PreparedChange, rendered: readonly WantedFile[]): Promise<void> {
  if (change.entries.length === 0) return;
  context.progress({ message: 'Checking what is left' });
  // What is kept is looked at too: it may have gone while the others were changed.
  const kept = ready.plan.groups.flatMap((group) => (group.status === 'planned' && group.kept !== null ? [group.kept.path] : []));
  const after = await deps.scans.rebuild(request.dir, [...new Set([...change.entries.map((entry) => entry.path), ...kept])], context.signal);
  const problems = verifyResolution(ready.tree, after, ready.plan, new Set(rendered.map((file) => file.path)));
  if (problems.length === 0) return;
  for (const problem of problems.slice(0, 20)) context.log(problem);
  throw new AppError('fix-failed', `After the resolution something would be missing: ${problems[0] ?? ''}`, { hint: 'Everything was put back. Resolve the groups one by one to find the one that does it.', details: { problems: problems.slice(0, 50) } });
}

/** Resolves with the door to git where it is needed. */
async function startBranch(deps: ResolveDependencies, context: OperationContext, input: JsonObject, dir: string): Promise<ResolutionGit | null> {
  const branch = branchOf(input);
  if (branch === null && input['commit'] !== true && input['push'] !== true) return null;
  const git = deps.git;
  if (git === null || (await git.facts(dir, context.signal)) === null) throw new AppError('not-supported', `${dir} is in no git repository, so there is no branch to put it on.`, { hint: 'Resolve it without --branch, --commit and --push.' });
  if (branch !== null) await git.startBranch(context, dir, branch);
  return git;
}

/** On a branch of its own, a resolution is committed there. */
async function commitAndPush(context: OperationContext, input: JsonObject, git: ResolutionGit | null, { change }: PreparedChange, dir: string): Promise<string | null> {
  if (git === null || change.entries.length === 0) return null;
  const paths = change.entries.map((entry) => entry.path);
  const id = await git.commit(context, dir, paths, `Resolve duplicates (${String(paths.length)} files)`);
  if (input['push'] === true) await git.push(context, dir, id);
  return id;
}

function branchOf(input: JsonObject): string | null {
  return typeof input['branch'] === 'string' ? input['branch'] : null;
}

/** Files first, then branch and index: decided by looking, so that it may be repeated. */
async function putBack(deps: ResolveDependencies, context: RecoveryContext, dir: string): Promise<void> {
  const kept = await deps.changes.get(context.operationId);
  if (kept !== null) {
    await context.effect('gitops.put-back', { root: dir }, async () => {
      const foreign = await deps.changer.revert(kept.change);
      for (const path of foreign) context.log(`${path} was changed meanwhile by somebody else and is left as it is. Its backup is in ${changeFolder(context.operationId)}.`);
      if (foreign.length === 0) await deps.changer.tidy(kept.change, 'all');
      await tellStates(deps, kept.projectId, kept.groups, () => ({ resolution_status: 'failed' }));
      await deps.changes.remove(context.operationId);
      return null;
    });
  }
  await deps.git?.putBack(context, dir);
}

/** Past the commit: what is not needed any more goes, and the backups of old resolutions with it. */
async function settle(deps: ResolveDependencies, operationId: string): Promise<void> {
  const kept = await deps.changes.get(operationId);
  if (kept === null) return;
  await deps.changer.tidy(kept.change, 'staged');
  await deps.changes.settle(operationId, 'done');
  for (const old of await deps.changes.tooOld(kept.change.rootDir)) {
    await deps.changer.tidy(old.change, 'all');
    await deps.changes.remove(old.change.operationId);
  }
}

function shown({ plan }: ReadyPlan, { change, targets }: PreparedChange, rendered: readonly WantedFile[], more: { readonly durationMs: number; readonly branch: string | null; readonly commit: string | null }): JsonObject {
  return {
    ...more,
    resolved: plan.counts.planned,
    manual: plan.groups.filter((group) => group.status === 'manual_review').map((group) => ({ group: group.groupId, reason: group.reason })),
    files: [...plan.changes.map((one) => ({ file: one.path, action: one.change, target: targets.get(one.path) ?? null })), ...rendered.map(({ path }) => ({ file: path, action: 'render', target: null }))],
    changed: change.entries.length,
  };
}

function resultOf(context: { readonly operationId: string }, input: JsonObject, result: JsonObject): Json {
  const changed = typeof result['changed'] === 'number' ? result['changed'] : 0;
  return { operationId: context.operationId, dir: textOf(input, 'dir'), backups: changed === 0 ? null : changeFolder(context.operationId), resolved: 0, manual: [], files: [], changed, durationMs: 0, branch: null, commit: null, ...result };
}

import { planSteps } from '@shared/domain/gitops/plan/plan-resolution';
import { isGroupId } from '@shared/domain/gitops/scan/group-documents';
import { groupsWithin } from '@shared/domain/gitops/scan/within';
import { renderChange } from '@shared/domain/gitops/plan/render-change';
import type { FileChange, GroupChoice, ResolutionPlan } from '@shared/domain/gitops/plan/types';
import type { FileState } from '@shared/domain/gitops/plan/tree-change';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import { inTurns } from '@main/platform/in-turns';
import type { TreeChanger } from '@main/platform/tree-change';
import type { RulesStore } from './rules-store';
import { noSuchGroup } from './duplicates';
import type { ResolutionGit, ScanResult, ScanService } from './types';

const AT_ONCE = 16;
/** A refused file may make another group the one that takes its place; each round refuses at least one more. */
const MOST_ROUNDS = 1_000;

/** What planning works with. */
export interface PlanDependencies {
  readonly scans: ScanService;
  readonly rules: RulesStore;
  readonly changer: Pick<TreeChanger, 'look'>;
  readonly git: ResolutionGit | null;
}

/** What is to be planned. */
export interface PlanRequest {
  readonly dir: string;
  /** Only groups that lie beneath this folder of it; '' for all. Those that are named are taken wherever they lie. */
  readonly within: string;
  readonly projectId: string | null;
  /** Null: every group. */
  readonly only: readonly string[] | null;
  readonly likely: boolean;
  readonly choices: readonly GroupChoice[];
  /** What the headers of files that are commented out say. */
  readonly operationId: string;
  readonly at: string;
}

/** A change with the state its file has now, and the bytes it will have: null where it goes. */
export interface ReadyChange {
  readonly change: FileChange;
  readonly state: Extract<FileState, { readonly kind: 'file' }>;
  readonly bytes: Uint8Array | null;
}

/** A plan with all that is needed to do it. */
export interface ReadyPlan {
  readonly tree: ScanResult;
  readonly plan: ResolutionPlan;
  readonly changes: readonly ReadyChange[];
}

/** Scans, plans, and works every change out on the bytes that are there. `scanned`: the scan it is planned on. Rejects with `not-found` for what is no group's id, and with `plan-stale` where a group is gone or a file is not the scanned one any more. */
export async function readyPlan(deps: PlanDependencies, request: PlanRequest, signal: AbortSignal, scanned: () => Promise<ScanResult>): Promise<ReadyPlan> {
  const { dir, projectId } = request;
  const tree = await scanned();
  const { hierarchy, policies } = await deps.rules.of(projectId);
  const git = (await deps.git?.facts(dir, signal)) ?? null;
  const only = request.only !== null ? new Set(request.only) : request.within === '' ? null : new Set(groupsWithin(tree.groups, request.within).filter((group) => group.certainty !== 'info').map((group) => group.id));
  const missing = request.only?.find((id) => !tree.groups.some((group) => group.id === id));
  if (missing !== undefined) throw isGroupId(missing) ? new AppError('plan-stale', `There is no group ${missing} any more.`, { hint: 'Its files were changed. Scan the folder again.' }) : noSuchGroup(missing);
  const blocked = new Map<string, string>();
  const ready = new Map<FileChange['path'], ReadyChange & { readonly key: string }>();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const plan = await inTurns(planSteps(tree, { rules: hierarchy, policies, git, likely: request.likely, only, choices: request.choices, blocked }), signal);
    const refused = blocked.size;
    const changes = await inParallel(plan.changes, AT_ONCE, async (change) => {
      signal.throwIfAborted();
      const key = JSON.stringify(change);
      const known = ready.get(change.path);
      if (known?.key === key) return known;
      const made = await readyChange(deps, request, change, blocked);
      if (made !== null) ready.set(change.path, { ...made, key });
      return made;
    });
    if (blocked.size === refused) return { tree, plan, changes: changes.filter((one) => one !== null) };
  }
  throw new AppError('plan-stale', 'The plan does not come to rest.', { hint: 'Resolve single groups.' });
}

/** The plan for a question: nothing of it is kept. */
export function lookedPlan(deps: PlanDependencies, request: PlanRequest, signal: AbortSignal): Promise<ReadyPlan> {
  return readyPlan(deps, request, signal, () => deps.scans.look(request, signal));
}

async function readyChange(deps: PlanDependencies, request: PlanRequest, change: FileChange, blocked: Map<string, string>): Promise<ReadyChange | null> {
  const { state, bytes } = await deps.changer.look(request.dir, change.path);
  if (state.kind !== 'file' || bytes === null || state.sha256 !== change.contentHash) throw new AppError('plan-stale', `${change.path} was changed since the scan.`, { hint: 'Scan the folder again.', where: { file: change.path } });
  const made = renderChange(change, bytes, request.operationId, request.at);
  if (made.kind !== 'refused') return { change, state, bytes: made.kind === 'gone' ? null : made.bytes };
  // A kustomization that cannot be mended hinders the files it refers to.
  const hindered = change.change === 'references' ? change.edits.map((edit) => edit.from) : [change.path];
  for (const path of hindered) if (!blocked.has(path)) blocked.set(path, made.reason);
  return null;
}

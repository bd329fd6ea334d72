import { startChoice } from '@shared/domain/projects/start-choice';
import { isStalePlan, MOST_PLANS } from '@shared/domain/modes/stale-plan';
import { call, start, toAppError } from './client';
import type { ModePlan, Operation } from './model';
import { goTo, setUi, useStore } from './store';

/** Runs something a person clicked; what goes wrong is said in the notice line. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  setUi({ notice: null });
  try {
    await work();
  } catch (error) {
    setUi({ notice: toAppError(error) });
  }
}

/** A click on a mode: the plan is made; where nothing must be asked it runs at once, otherwise the sheet opens with it. */
export async function switchTo(projectId: string, mode: string): Promise<void> {
  if (useStore.getState().ui.preparing !== null) return;
  setUi({ preparing: mode, notice: null });
  try {
    await planAndRun(projectId, mode, MOST_PLANS);
  } catch (error) {
    setUi({ sheet: { projectId, mode, plan: null, error: toAppError(error) } });
  } finally {
    setUi({ preparing: null });
  }
}

async function planAndRun(projectId: string, mode: string, plansLeft: number): Promise<void> {
  const plan = await call('modes.plan', { project: projectId, mode });
  if (plan.mustAsk) return openSheet(plan);
  try {
    await run(plan);
  } catch (error) {
    if (!isStalePlan(error) || plansLeft === 1) throw error;
    await planAndRun(projectId, mode, plansLeft - 1);
  }
}

/** Opens the sheet with a fresh plan, whether it must ask or not. */
export async function showPlan(projectId: string, mode: string): Promise<void> {
  setUi((ui) => ({ sheet: { projectId, mode, plan: ui.sheet?.mode === mode && ui.sheet.projectId === projectId ? ui.sheet.plan : null, error: null } }));
  try {
    const plan = await call('modes.plan', { project: projectId, mode });
    setUi((ui) => (ui.sheet?.projectId === projectId && ui.sheet.mode === mode ? { sheet: { projectId, mode, plan, error: null } } : {}));
  } catch (error) {
    setUi((ui) => (ui.sheet?.projectId === projectId && ui.sheet.mode === mode ? { sheet: { projectId, mode, plan: null, error: toAppError(error) } } : {}));
  }
}

function openSheet(plan: ModePlan): void {
  setUi({ sheet: { projectId: plan.projectId, mode: plan.mode, plan, error: null } });
}

/** The primary button of the sheet. Trust is given for what was shown; the plan is made again if that changed it. */
export async function confirmPlan(plan: ModePlan): Promise<void> {
  try {
    if (!plan.trusted) {
      await call('projects.trust', { id: plan.projectId });
      const fresh = await call('modes.plan', { project: plan.projectId, mode: plan.mode });
      if (fresh.findings.some((finding) => finding.severity === 'error') || !fresh.trusted) return openSheet(fresh);
      await run(fresh);
    } else await run(plan);
    setUi({ sheet: null });
  } catch (error) {
    const failure = toAppError(error);
    if (failure.code === 'plan-stale') await showPlan(plan.projectId, plan.mode);
    else setUi({ sheet: { projectId: plan.projectId, mode: plan.mode, plan, error: failure } });
  }
}

async function run(plan: ModePlan): Promise<void> {
  const { operationId } = await start('modes.switch', { project: plan.projectId, mode: plan.mode, planId: plan.id });
  setUi((ui) => ({ plans: { ...ui.plans, [operationId]: plan } }));
  goTo('project');
}

/** Start: stopped containers are started; where there is none, the project comes up in its first mode. */
export async function startProject(projectId: string): Promise<void> {
  const { model } = useStore.getState();
  const project = model.projects?.find((one) => one.id === projectId);
  if (project === undefined) return;
  const choice = startChoice(project, model.services[projectId]?.services ?? []);
  if (choice.kind === 'switch') return switchTo(projectId, choice.mode);
  if (choice.kind === 'start') await attempt(() => start('services.start', { project: projectId }));
}

export function stopProject(projectId: string): Promise<void> {
  return attempt(() => start('services.stop', { project: projectId }));
}

export function cancel(operation: Operation): Promise<void> {
  return attempt(() => call('operations.cancel', { id: operation.id }));
}

export function retry(operation: Operation): Promise<void> {
  // A switch is planned again: what stood in its way may have changed, and a plan is run only once.
  const input = operation.input as { readonly mode?: unknown } | null;
  if (operation.kind === 'modes.switch' && operation.projectId !== null && typeof input?.mode === 'string') return switchTo(operation.projectId, input.mode);
  return attempt(() => call('operations.retry', { id: operation.id }));
}

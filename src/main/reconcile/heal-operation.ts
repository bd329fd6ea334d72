import type { ObservedContainer } from '@shared/domain/engine/observed';
import { isAlive } from '@shared/domain/modes/active-mode';
import { hooksOfContainer, type HookMoment } from '@shared/domain/modes/hooks';
import { parseDependsOnLabel } from '@shared/domain/modes/dependency-order';
import { failsItsCheck, STABLE_MS } from '@shared/domain/modes/health-gate';
import { followersOf, joinedContainers, joinedInAnyMode } from '@shared/domain/modes/lost-namespaces';
import { planHeal, type HealPlan } from '@shared/domain/reconcile/plan-heal';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { checkingAhead } from '@main/docker/check-ahead';
import { eachInOrder } from '@main/docker/each-in-order';
import { containerNews } from '@main/docker/container-news';
import { runHooks } from '@main/docker/run-hooks';
import type { Engine } from '@main/docker/types';
import type { OperationContext, OperationKind } from '@main/operations/types';
import type { ReconcileDependencies } from './dependencies';
import type { Look, Looker } from './look';

const READY_MS = 120_000;
const LOOK_MS = 500;
const DEFAULT_GRACE_SECONDS = 10;

export interface HealParts {
  readonly deps: ReconcileDependencies;
  readonly looker: Looker;
  /** Ids of the drifts that stand now. */
  readonly known: (projectId: string) => Promise<readonly string[]>;
}

/** The operation `drift.heal`. */
export function healOperation(parts: HealParts): OperationKind {
  const { deps } = parts;
  return {
    kind: 'drift.heal',
    async prepare(input) {
      const project = await deps.projects.resolve(String(input['project']));
      if (!project.trusted) throw new AppError('trust-required', `${project.name} is not trusted yet, so nothing of it is run or changed.`, { hint: 'Look at what it asks for, then trust it: `berth projects trust .`' });
      const asked = idsOf(input);
      const known = asked.length === 0 ? [] : await parts.known(project.id);
      const unknown = asked.find((one) => !known.includes(one));
      if (unknown !== undefined) throw new AppError('not-found', `There is no drift "${unknown}" in ${project.name} now.`, { hint: 'See `berth drift list`.' });
      return { project: project.id, name: project.name, drifts: asked };
    },
    key: (input) => `project:${String(input['project'])}`,
    title: (input) => `Heal ${typeof input['name'] === 'string' ? input['name'] : 'the project'}`,
    projectId: (input) => String(input['project']),
    run: (context, input) => heal(parts, context, String(input['project']), idsOf(input)),
    async rollback(context, input) {
      // Containers that were only started or restarted are left as they are: before it they did not serve either.
      if (deps.remaker.began(context.records)) await deps.remaker.rollBack(context, String(input['project']));
    },
    async finish(context, input) {
      const mode = context.records.findLast((one) => one.name === 'heal.planned')?.intent['mode'];
      if (deps.remaker.began(context.records) && typeof mode === 'string') await deps.remaker.finish(context, { projectId: String(input['project']), mode });
      return { operationId: context.operationId, healed: [...idsOf(input)], left: [] };
    },
  };
}

async function heal(parts: HealParts, context: OperationContext, projectId: string, asked: readonly string[]): Promise<Json> {
  const { deps, looker } = parts;
  context.progress({ step: 0, of: 3, message: 'Looking again' });
  const before = await looker.look(projectId);
  const chosen = before.drifts.filter((one) => asked.length === 0 || asked.includes(one.id));
  const wanted = asked.length === 0 ? chosen.map((one) => one.id) : asked;
  if (chosen.length === 0 || before.desired.mode === null) {
    await context.commit();
    return { operationId: context.operationId, healed: [...wanted], left: [] };
  }
  const plan = planHeal(chosen);
  await context.note('heal.planned', { mode: before.desired.mode, drifts: chosen.map((one) => one.id), plan: plan as unknown as Json });
  context.progress({ step: 1, message: 'Healing', services: Object.fromEntries(chosen.filter((one) => one.service !== '').map((one) => [one.service, 'waiting'])) });
  const authorization = await deps.projects.authorization(projectId);
  const engine = deps.engine.as(authorization);
  if (plan.remake === null) await lightly(deps, engine, context, before, plan);
  else {
    await stopAll(engine, context, before, plan.stop);
    await deps.remaker.remake(context, { projectId, mode: before.desired.mode, ...plan.remake, counts: before.desired.counts });
  }
  context.progress({ step: 2, message: 'Looking whether it holds' });
  return report(parts, context, projectId, wanted, chosen.map((one) => ({ id: one.id, service: one.service, field: one.field })));
}

async function report(parts: HealParts, context: OperationContext, projectId: string, wanted: readonly string[], chosen: readonly { readonly id: string; readonly service: string; readonly field: string }[]): Promise<Json> {
  const after = new Set((await parts.looker.look(projectId)).drifts.map((one) => one.id));
  const left = wanted.filter((one) => after.has(one));
  for (const one of chosen.filter((drift) => !after.has(drift.id))) {
    const what = one.service === '' ? 'The mode' : `${one.service}: ${one.field}`;
    parts.deps.eventLog.add({ type: 'drift.healed', severity: 'info', projectId, service: one.service === '' ? null : one.service, correlationId: context.operationId, message: `${what} is as wanted again.`, data: { drift: one.id, field: one.field } });
  }
  context.progress({ step: 3, message: 'Done' });
  return { operationId: context.operationId, healed: wanted.filter((one) => !after.has(one)), left };
}

/** Stops, starts and restarts what is there, in the order of the dependencies, until it runs. */
async function lightly(deps: ReconcileDependencies, engine: Engine, context: OperationContext, look: Look, plan: HealPlan): Promise<void> {
  const lock = await deps.lock(look.project.dir);
  try {
    await stopAll(engine, context, look, plan.stop);
    const loaded = await deps.projects.loadModes(look.project.id);
    const mended = look.observed.containers.filter((one) => plan.start.includes(one.id) || plan.restart.includes(one.id));
    // What shares a namespace with one of them has none any more once that begins anew.
    const followers = followersOf(look.observed.containers, mended, (one) => joinedContainers(look.observed.containers, loaded, one.service));
    const concerned = [...mended, ...followers];
    const dependencies = (service: string): readonly string[] => concerned.filter((one) => one.service === service).flatMap((one) => [...parseDependsOnLabel(one.labels['com.docker.compose.depends_on']).map((dependency) => dependency.service), ...joinedInAnyMode(loaded, one.service)]);
    const hooks = (one: ObservedContainer, moment: HookMoment): Promise<void> => runHooks({ engine, signal: context.signal, effect: context.effect.bind(context), log: (text, of) => context.log(text, of) }, one, hooksOfContainer(loaded, one, moment), moment);
    await eachInOrder(concerned, dependencies, async (one) => {
      context.progress({ services: { [one.service]: 'starting' } });
      await startOne(engine, context, one, plan.restart.includes(one.id) || followers.includes(one), hooks);
      context.progress({ services: { [one.service]: 'done' } });
    });
    await context.commit();
  } finally {
    lock.dispose();
  }
}

async function startOne(engine: Engine, context: OperationContext, one: ObservedContainer, restart: boolean, hooks: (one: ObservedContainer, moment: HookMoment) => Promise<void>): Promise<void> {
  const graceSeconds = one.stopTimeoutSeconds ?? DEFAULT_GRACE_SECONDS;
  if (restart && one.state === 'running') await hooks(one, 'pre_stop');
  if (restart) await context.effect('container.restart', { id: one.id, service: one.service, graceSeconds }, async () => (await engine.restartContainer(one.id, graceSeconds), null));
  else await context.effect('container.start', { id: one.id, service: one.service }, async () => (await engine.startContainer(one.id), null));
  await hooks(one, 'post_start');
  await checkingAhead(engine, [one.id], () => untilUp(engine, context.signal, one), context.signal);
}

async function stopAll(engine: Engine, context: OperationContext, look: Look, ids: readonly string[]): Promise<void> {
  await Promise.all(
    look.observed.containers
      .filter((one) => ids.includes(one.id))
      .map((one) => {
        const graceSeconds = one.stopTimeoutSeconds ?? DEFAULT_GRACE_SECONDS;
        return context.effect('container.stop', { id: one.id, service: one.service, graceSeconds }, async () => (await engine.stopContainer(one.id, graceSeconds), null));
      }),
  );
}

/** Healthy, or up for a moment where there is no health check; a job that ended well is fine too. */
async function untilUp(engine: Engine, signal: AbortSignal, container: ObservedContainer): Promise<void> {
  const began = performance.now();
  for (;;) {
    if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    const now = await engine.inspectContainer(container.id);
    const waited = performance.now() - began;
    if (now.state === 'exited' && now.exitCode === 0 && !now.hasHealthcheck) return;
    if (!isAlive(now)) throw new AppError('start-failed', `${container.service} ended again with code ${String(now.exitCode)}.`, { service: container.service, hint: 'Its logs may say why.' });
    if (now.hasHealthcheck && now.health === 'healthy') return;
    if (now.hasHealthcheck && failsItsCheck(now) && waited > STABLE_MS) throw new AppError('unhealthy', `${container.service} runs again, but its health check fails.`, { service: container.service, hint: 'Its logs may say why.' });
    if (!now.hasHealthcheck && waited >= STABLE_MS) return;
    if (waited > READY_MS) throw new AppError('unhealthy', `${container.service} does not get healthy.`, { service: container.service });
    await containerNews(engine, container.id, LOOK_MS, signal);
  }
}

function idsOf(input: JsonObject): readonly string[] {
  return Array.isArray(input['drifts']) ? input['drifts'].map(String) : [];
}

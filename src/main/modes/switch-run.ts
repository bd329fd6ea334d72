import { isAlive } from '@shared/domain/modes/active-mode';
import { decideSwitch, type ContainerStep } from '@shared/domain/modes/decide-switch';
import { hasErrors } from '@shared/domain/findings/finding';
import { waysOut } from '@shared/domain/findings/ways-out';
import { planSwitch } from '@shared/domain/modes/plan-switch';
import type { CameUp } from '@shared/domain/modes/staying-up';
import type { Rebuild, SwitchScope } from '@shared/domain/modes/switch-input';
import { AppError, errorData } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import type { OperationContext } from '@main/operations/types';
import { ContainerWatch } from './container-watch';
import { fallenFailure } from './service-failure';
import { firstFallen } from './settled';
import { cleanUp, type SwitchedService } from './switch-cleanup';
import { cutOver } from './switch-cutover';
import type { SwitchWarning } from './switch-ports';
import { createObjects, prepareImages } from './switch-prepare';
import { CUTOVER_NOTE, MEASURED_NOTE, RECORD_NOTE, recordJson, recordOf } from './switch-record';
import type { SwitchRun } from './switch-stage';
import type { ModesService, Planned } from './service';
import type { ModesDependencies } from './types';

/** Refuses what may not be switched to: missing trust, a plan that is no longer this one, findings of severity error. */
export function refuse(planned: Planned, planId: string | undefined): void {
  const { plan } = planned;
  if (!plan.trusted) {
    throw new AppError('trust-required', `${plan.projectName} is not trusted yet, so nothing of it is built, run or mounted.`, {
      hint: 'Look at what it asks for, then trust it: `berth projects trust .`.',
      details: { trustQuestions: plan.trustQuestions },
    });
  }
  if (planId !== undefined && planId !== plan.id) {
    throw new AppError('plan-stale', 'The plan is out of date: the files or the containers changed since it was shown.', { hint: 'Look at the new plan, then switch.', details: { planId: plan.id } });
  }
  const errors = plan.findings.filter((one) => one.severity === 'error');
  if (hasErrors(plan.findings)) {
    const first = errors[0];
    throw new AppError('blocked', errors.length === 1 && first !== undefined ? first.message : `${String(errors.length)} problems stand in the way of ${plan.mode}.`, {
      hint: `See \`berth checks run\`; ${waysOut(errors)}.`,
      where: first?.where,
      details: { findings: plan.findings as unknown as Json },
    });
  }
}

/** The whole switch: prepare, cut over, verify, commit, clean up. Throws before the commit: then the caller rolls back. */
export async function runSwitch(deps: ModesDependencies, service: ModesService, context: OperationContext, input: { readonly project: string; readonly mode: string; readonly planId: string | undefined; readonly scope?: SwitchScope | undefined; readonly rebuild?: Rebuild | undefined }): Promise<Json> {
  const beganAt = deps.clock.monotonic();
  context.progress({ step: 0, of: 5, message: 'Comparing' });
  const first = await service.prepare(input.project, input.mode, input.scope, input.rebuild);
  refuse(first, input.planId);
  if (first.decision.steps.some((step) => step.action !== 'keep')) await context.beforeChange?.();
  const lock = await deps.lock(first.target.project.dir);
  const watch = new ContainerWatch(deps.engine);
  const loss = { happened: false, gapAfterCut: false };
  const subscriptions = [
    deps.engine.onStateChanged((state) => {
      if (state.state !== 'connected') loss.happened = true;
    }),
    deps.engine.onEvent((event) => {
      if (event.type === 'gap' && context.records().some((one) => one.name === CUTOVER_NOTE)) loss.gapAfterCut = true;
    }),
  ];
  try {
    const run: SwitchRun = {
      deps: { ...deps, engine: deps.engine.as(first.target.authorization) },
      context,
      planned: first,
      watch,
      beganAt,
      status: (name, word) => context.progress({ services: { [name]: word } }),
      say: (message) => context.progress({ message }),
      detail: (name, doing, text) => context.progress({ message: `${doing} ${name}, ${text}`, details: { [name]: text } }),
    };
    context.progress({ services: Object.fromEntries(first.decision.steps.map((one) => [one.service, one.action === 'keep' ? 'done' : 'waiting'])) });
    return await switchLocked(run);
  } catch (error) {
    // An engine that was restarted quickly shows as a broken event stream and as kept containers that ended with it.
    throw engineLost(error, first, loss.happened || (loss.gapAfterCut && error instanceof AppError && error.code === 'switch-failed'));
  } finally {
    for (const one of subscriptions) one.dispose();
    watch.dispose();
    lock.dispose();
  }
}

async function switchLocked(opening: SwitchRun): Promise<Json> {
  const { deps, context } = opening;
  context.progress({ step: 1, message: 'Preparing images' });
  const images = await prepareImages(opening);
  const planned = withImages(opening.planned, images.ids, images.observed);
  const run: SwitchRun = { ...opening, planned };
  for (const step of planned.decision.steps) if (step.action === 'keep') run.status(step.service, 'done');
  const record = recordOf(planned);
  await context.note(RECORD_NOTE, recordJson(record));

  if (planned.decision.steps.every((one) => one.action === 'keep') && record.removedNetworks.length === 0) {
    await moveTags(run, record.tags);
    await context.commit();
    return result(run, 'succeeded', opening.deps.clock.monotonic() - opening.beganAt, keptServices(planned.decision.steps, new Map()));
  }

  context.progress({ step: 2, message: 'Creating containers; the old ones still serve' });
  const created = await createObjects(run);
  await checkUnchanged(run);
  const reactions = await readReactions(run);

  context.progress({ step: 3, message: 'Switching over' });
  await context.note(CUTOVER_NOTE, {});
  await Promise.all(
    record.before
      .filter((one) => one.leaving && one.running && one.restartPolicy.name !== '' && one.restartPolicy.name !== 'no')
      .map((one) => context.effect('restart-policy.set', { id: one.id, name: 'no' }, async () => (await deps.engine.setRestartPolicy(one.id, { name: 'no', maximumRetryCount: 0 }), null))),
  );
  await moveTags(run, record.tags);
  const outcome = await cutOver(run, { created, reactions, replacedNetworks: record.replacedNetworks });

  await lastLook(run, outcome.cameUp).catch(async (error: unknown) => {
    // What goes back must not meet stops that are still under way.
    await outcome.drained;
    throw error;
  });

  const services = keptServices(planned.decision.steps, new Map([...outcome.services].map(([name, one]) => [name, one])));
  const healthyMs = Math.round(outcome.healthyAt - run.beganAt);
  await context.note(MEASURED_NOTE, { healthyMs, services: services as unknown as Json, warnings: outcome.warnings as unknown as Json });
  await context.commit();
  context.progress({ step: 4, message: 'Cleaning up' });
  await outcome.drained;
  await cleanUp({ engine: deps.engine, log: deps.log, transaction: context.operationId, effect: (name, intent, act) => context.effect(name, intent, act) }, record);
  context.progress({ step: 5, message: 'Done', services: Object.fromEntries(services.map((one) => [one.name, 'done'])) });
  return result(run, 'succeeded', healthyMs, services, outcome.warnings);
}

/** The decision again, now that every image has its id: a build that gave the same image leaves its containers alone. */
function withImages(planned: Planned, ids: { readonly [service: string]: string }, observed: Planned['input']['observed']): Planned {
  const input = { ...planned.input, observed, resolvedImages: ids };
  const decision = decideSwitch(input);
  const plan = planSwitch(input, decision, { findings: planned.plan.findings, untrustedFacts: planned.target.untrustedFacts, trusted: planned.target.project.trusted });
  return { ...planned, input, decision, plan };
}

/** Somebody else may have changed containers while images were built: then nothing is cut over. */
async function checkUnchanged(run: SwitchRun): Promise<void> {
  const { planned, deps, context } = run;
  const now = await deps.engine.observe(planned.input.compose.model.name, []);
  const mine = now.containers.filter((one) => one.labels['dev.berth.tx'] !== context.operationId && !one.oneOff);
  const seen = new Map(planned.input.observed.containers.filter((one) => !one.oneOff).map((one) => [one.id, one.state]));
  const changed = mine.find((one) => seen.get(one.id) === undefined) ?? mine.find((one) => seen.get(one.id) !== one.state && planned.decision.stopping.includes(one.id));
  const removed = context.records().flatMap((one) => (one.name === 'container.remove' ? [one.intent['id']] : []));
  const gone = [...seen.keys()].find((id) => !mine.some((one) => one.id === id) && !removed.includes(id));
  if (changed === undefined && gone === undefined) return;
  throw new AppError('plan-stale', `Somebody else changed the containers of ${planned.plan.projectName} while the switch was being prepared.`, { hint: 'Nothing was stopped. Switch again.' });
}

/** The mode is only whole when what came up is still up, and what was left alone still runs: the engine may have been restarted meanwhile. */
async function lastLook(run: SwitchRun, cameUp: readonly CameUp[]): Promise<void> {
  const { planned, deps } = run;
  const now = await deps.engine.observe(planned.input.compose.model.name, []);
  const changed = firstFallen(cameUp, now.containers);
  if (changed !== null) throw await fallenFailure(deps, changed);
  const fallen = planned.decision.steps.find((one) => one.action === 'keep' && one.old !== undefined && isAlive(one.old) && !now.containers.some((other) => other.id === one.old?.id && isAlive(other)));
  if (fallen !== undefined) throw new AppError('switch-failed', `${fallen.service} stopped while ${planned.plan.projectName} was switched to ${planned.plan.mode}.`, { service: fallen.service, hint: 'Its logs may say why; then switch again.' });
}

/** D1, read before the cut so that it costs no downtime: which old containers surely cannot react to their stop signal. */
async function readReactions(run: SwitchRun): Promise<ReadonlyMap<string, { readonly cannotReact: boolean; readonly reason: string }>> {
  const leaving = run.planned.decision.steps.filter((one) => one.old !== undefined && run.planned.decision.stopping.includes(one.old.id) && one.old.state === 'running');
  const read = await Promise.all(
    leaving.map(async (step) => {
      const old = step.old as NonNullable<ContainerStep['old']>;
      const hooked = Object.values(run.planned.input.loaded).some((one) => (one.model.services[step.service]?.pre_stop ?? []).length > 0);
      if (hooked) return [old.id, { cannotReact: false, reason: 'a hook is to run before it stops' }] as const;
      const reaction = await run.deps.engine.stopReaction(old).catch((error: unknown) => ({ cannotReact: false, reason: `It could not be read: ${errorData(error).message}` }));
      return [old.id, reaction] as const;
    }),
  );
  return new Map(read);
}

async function moveTags(run: SwitchRun, tags: readonly { readonly reference: string; readonly from: string | null; readonly to: string }[]): Promise<void> {
  await Promise.all(
    tags.map((tag) => run.context.effect('image.retag', { reference: tag.reference, from: tag.from, to: tag.to }, async () => (await run.deps.engine.tagImage(tag.to, tag.reference), null))),
  );
}

function keptServices(steps: readonly ContainerStep[], touched: ReadonlyMap<string, { readonly downtimeMs: number; readonly containerId: string }>): readonly SwitchedService[] {
  const services = new Map<string, SwitchedService>();
  for (const step of steps) {
    const known = services.get(step.service);
    const one = touched.get(step.service);
    const candidate: SwitchedService = { name: step.service, action: step.action, downtimeMs: one?.downtimeMs ?? 0, containerId: one?.containerId ?? step.old?.id ?? '' };
    if (known === undefined || (known.action === 'keep' && step.action !== 'keep')) services.set(step.service, candidate);
  }
  return [...services.values()];
}

function result(run: SwitchRun, state: string, healthyMs: number, services: readonly SwitchedService[], warnings: readonly SwitchWarning[] = []): Json {
  return {
    operationId: run.context.operationId,
    state,
    from: run.planned.decision.from,
    to: run.planned.input.mode,
    durationMs: Math.round(run.deps.clock.monotonic() - run.beganAt),
    healthyMs: Math.round(healthyMs),
    services: services as unknown as Json,
    warnings: warnings as unknown as Json,
  };
}

/** An engine that went away in the middle is its own failure: the old mode comes back with it. */
function engineLost(error: unknown, planned: Planned, lost: boolean): unknown {
  if (!(error instanceof AppError) || error.code === 'cancelled') return error;
  if (!lost && error.code !== 'engine-unreachable' && error.code !== 'engine-timeout') return error;
  return new AppError('engine-lost', `Docker went away while ${planned.plan.projectName} was switched to ${planned.plan.mode}.`, { hint: 'Switch again once Docker runs.', details: { cause: error.message }, cause: error });
}

import type { ObservedContainer, ObservedProject } from '@shared/domain/engine/observed';
import { isAlive } from '@shared/domain/modes/active-mode';
import { dependencyOrder, parseDependsOnLabel } from '@shared/domain/modes/dependency-order';
import { judge } from '@shared/domain/modes/health-gate';
import { hooksOfContainer, type ServiceHook } from '@shared/domain/modes/hooks';
import { BERTH_LABEL } from '@shared/domain/modes/naming';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import { checkingAhead } from '@main/docker/check-ahead';
import { runHooks } from '@main/docker/run-hooks';
import type { Engine } from '@main/docker/types';
import type { EffectRecord, RecoveryContext } from '@main/operations/types';
import { nextNews } from '@main/platform/next-news';
import { ContainerWatch } from './container-watch';
import { withWayOut } from './left-behind';
import type { Hands } from './switch-cleanup';
import { hasCutOver, readRecord, type RecordedContainer, type SwitchRecord } from './switch-record';
import type { ModesDependencies } from './types';

const ENGINE_WAIT_MS = 60_000;
const OLD_READY_MS = 120_000;
const START_TRIES = 3;
const RETRY_MS = 1000;

/**
 * Brings the old mode back, deciding by what the engine has: what this switch made goes, what it stopped comes back.
 * Idempotent, so that a crash in the middle repeats it from its start. Throws when the old mode cannot be made whole.
 */
export async function rollBack(all: ModesDependencies, context: RecoveryContext, projectId: string): Promise<void> {
  const record = readRecord(context.records);
  const built = retaggedByRebuild(context.records);
  // Before the record there are only images under tags of their own: they stay, for the next try, unless they took the names of others.
  if (record === null && built.length === 0) return;
  await engineBack(all.engine);
  const deps = { ...all, engine: all.engine.as(await all.projects.authorization(projectId)) };
  if (record !== null) {
    await bringBack(deps, context, record, projectId).catch(async (error: unknown) => {
      throw await withWayOut(deps.engine, context.operationId, record, error);
    });
  }
  await restoreNames(deps.engine, context, built);
}

/** The names that builds of a rebuild took, with the images that had them before. */
function retaggedByRebuild(records: readonly EffectRecord[]): readonly { readonly reference: string; readonly from: string | null }[] {
  const builds = records.filter((one) => one.name === 'image.build');
  return builds.flatMap(({ intent }) => Object.entries((intent['previous'] ?? {}) as { readonly [reference: string]: string | null }).map(([reference, from]) => ({ reference, from })));
}

async function restoreNames(engine: Engine, context: RecoveryContext, names: readonly { readonly reference: string; readonly from: string | null }[]): Promise<void> {
  for (const { reference, from } of names) {
    const now = (await engine.inspectImage(reference))?.id ?? null;
    if (now === from) continue;
    if (from === null) await context.effect('image.untag', { reference }, async () => (await engine.removeImage(reference).catch(goneIsFine), null));
    // Somebody may have removed the old image meanwhile: then the name stays with the new one.
    else await context.effect('image.retag', { reference, to: from }, async () => (await engine.tagImage(from, reference).catch(goneIsFine), null));
  }
}

async function bringBack(deps: ModesDependencies, context: RecoveryContext, record: SwitchRecord, projectId: string): Promise<void> {
  const lock = await deps.lock(record.projectDir);
  const hands: Hands = { engine: deps.engine, log: deps.log, transaction: context.operationId, effect: (name, intent, act) => context.effect(name, intent, act) };
  const watch = new ContainerWatch(deps.engine);
  try {
    context.progress({ message: `Bringing ${record.from ?? 'the old state'} back` });
    const observed = await deps.engine.observe(record.project, record.tags.map((one) => one.reference));
    if (hasCutOver(context.records)) {
      await Promise.all([stopNew(hands, observed), endStopsUnderWay(hands, record, context.records)]);
      await restoreTags(hands, record, observed);
      await restoreNetworks(hands, record, observed);
      await restorePolicies(hands, record, observed);
      // The old mode comes back also where its files cannot be read any more.
      const loaded = await deps.projects.loadModes(projectId).catch(() => ({}));
      await startOld(deps, hands, watch, record, (container) => ({ run: hooksOfContainer(loaded, container, 'post_start'), log: (text) => context.log(text, container.service) }));
      await pauseAgain(hands, record);
    }
    await removeMade(hands, record);
    await verifyWhole(deps.engine, record);
  } finally {
    watch.dispose();
    lock.dispose();
  }
}

/** Waits for the engine to answer again, at most a minute; then its own error is passed on. */
export async function engineBack(engine: Engine, timeoutMs: number = ENGINE_WAIT_MS): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const state = engine.state().state === 'connected' ? await answers(engine) : await engine.connect().then((one) => one.state === 'connected');
    if (state) return;
    if (Date.now() >= until) throw new AppError('engine-unreachable', 'Docker did not come back within a minute.', { hint: 'Start Docker; Berth then brings the old mode back by itself.' });
    await nextNews((news) => engine.onStateChanged(news), RETRY_MS);
  }
}

async function answers(engine: Engine): Promise<boolean> {
  try {
    await engine.listVolumes();
    return true;
  } catch (error) {
    if (error instanceof AppError && (error.code === 'engine-unreachable' || error.code === 'engine-timeout' || error.code === 'engine-lost')) return false;
    throw error;
  }
}

function madeHere(hands: Hands, observed: ObservedProject): readonly ObservedContainer[] {
  return observed.containers.filter((one) => one.labels[BERTH_LABEL.transaction] === hands.transaction);
}

/** New containers get a second; those that write a volume with a name get what their file says. */
async function stopNew(hands: Hands, observed: ObservedProject): Promise<void> {
  await Promise.all(
    madeHere(hands, observed)
      .filter(isAlive)
      .map((one) => {
        const writesData = one.mounts.some((mount) => mount.type === 'volume' && !mount.readOnly && !/^[0-9a-f]{64}$/.test(mount.source));
        const graceSeconds = writesData ? (one.stopTimeoutSeconds ?? 10) : 1;
        return hands.effect('container.stop', { id: one.id, graceSeconds }, async () => (await hands.engine.stopContainer(one.id, graceSeconds), null));
      }),
  );
}

/**
 * A crash leaves the engine with the stops it was asked for: what still runs then would end a moment after it was found
 * to run. A stop whose result is not in the journal is carried to its end first, so that the start that follows holds.
 */
async function endStopsUnderWay(hands: Hands, record: SwitchRecord, records: readonly EffectRecord[]): Promise<void> {
  const unfinished = new Set(records.filter((one) => (one.name === 'container.stop' || one.name === 'container.kill') && one.result === undefined).map((one) => one.intent['id']));
  await Promise.all(
    record.before
      .filter((one) => one.running && unfinished.has(one.id))
      .map((one) =>
        hands.effect('container.stop', { id: one.id, graceSeconds: one.graceSeconds }, async () => {
          await hands.engine.stopContainer(one.id, one.graceSeconds).catch(goneIsFine);
          return null;
        }),
      ),
  );
}

function goneIsFine(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
}

async function restoreTags(hands: Hands, record: SwitchRecord, observed: ObservedProject): Promise<void> {
  for (const tag of record.tags) {
    const now = observed.images[tag.reference]?.id ?? null;
    if (now !== tag.to || now === tag.from) continue;
    const { from } = tag;
    if (from === null) await hands.effect('image.untag', { reference: tag.reference }, async () => (await hands.engine.removeImage(tag.reference), null));
    else await hands.effect('image.retag', { reference: tag.reference, to: from }, async () => (await hands.engine.tagImage(from, tag.reference), null));
  }
}

async function restoreNetworks(hands: Hands, record: SwitchRecord, observed: ObservedProject): Promise<void> {
  for (const former of record.replacedNetworks) {
    const now = observed.networks.find((one) => one.name === former.name);
    if (now?.id === former.id) continue;
    if (now !== undefined) {
      for (const container of now.containerIds) await hands.effect('network.disconnect', { network: now.name, container }, async () => (await hands.engine.disconnectNetwork(now.id, container, true), null));
      await hands.effect('network.remove', { name: now.name, id: now.id }, async () => (await hands.engine.removeNetwork(now.id), null));
    }
    await hands.effect('network.create', { name: former.name }, async () => ({ id: await hands.engine.createNetwork(former.name, former.payload) }));
  }
}

async function restorePolicies(hands: Hands, record: SwitchRecord, observed: ObservedProject): Promise<void> {
  await Promise.all(
    record.before
      .filter((one) => one.leaving)
      .map(async (one) => {
        const now = observed.containers.find((other) => other.id === one.id);
        if (now === undefined || (now.restartPolicy.name || 'no') === (one.restartPolicy.name || 'no')) return;
        await hands.effect('restart-policy.set', { id: one.id, name: one.restartPolicy.name }, async () => (await hands.engine.setRestartPolicy(one.id, one.restartPolicy), null));
      }),
  );
}

/** The commands that the file runs after the start of a container, and where they are heard. */
interface HooksAfterStart {
  readonly run: readonly ServiceHook[];
  readonly log: (text: string) => void;
}

/** Starts what ran before and does not run now, in the order of its own dependencies, each one waited for. */
async function startOld(deps: ModesDependencies, hands: Hands, watch: ContainerWatch, record: SwitchRecord, hooksOf: (container: ObservedContainer) => HooksAfterStart): Promise<void> {
  const now = await hands.engine.observe(record.project, []);
  const alive = new Set(now.containers.filter(isAlive).map((one) => one.id));
  const there = new Set(now.containers.map((one) => one.id));
  const hooks = new Map(now.containers.map((one) => [one.id, hooksOf(one)]));
  const wanted = record.before.filter((one) => one.running && there.has(one.id) && !alive.has(one.id));
  const byService = new Map<string, RecordedContainer[]>();
  for (const one of wanted) byService.set(one.service, [...(byService.get(one.service) ?? []), one]);
  const parents = (service: string): readonly string[] => (byService.get(service) ?? []).flatMap((one) => parseDependsOnLabel(one.dependsOn).map((dependency) => dependency.service));
  const ready = new Map<string, Promise<void>>();
  for (const service of dependencyOrder([...byService.keys()], parents)) {
    ready.set(
      service,
      (async () => {
        await Promise.all(parents(service).map((parent) => (parent === service ? undefined : ready.get(parent))));
        await Promise.all((byService.get(service) ?? []).map((one) => startOne(deps, hands, watch, one, hooks.get(one.id))));
      })(),
    );
  }
  const results = await Promise.allSettled(ready.values());
  const failed = results.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** What somebody had paused, and what of it went on or was started again. */
async function pauseAgain({ engine, effect }: Hands, record: SwitchRecord): Promise<void> {
  const paused = record.before.filter((one) => one.paused);
  if (paused.length === 0) return;
  const now = await engine.observe(record.project, []);
  const held = paused.filter((one) => now.containers.some((other) => other.id === one.id && other.state === 'running'));
  await Promise.all(held.map((one) => effect('container.pause', { id: one.id, service: one.service }, async () => (await engine.pauseContainer(one.id), null))));
}

/** Something may have taken its port in between: tried again, then its owner is named. */
async function startOne(deps: ModesDependencies, hands: Hands, watch: ContainerWatch, one: RecordedContainer, hooks: HooksAfterStart | undefined): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await hands.effect('container.start', { id: one.id, service: one.service }, async () => (await hands.engine.startContainer(one.id), null));
      break;
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'engine-unreachable') throw error;
      if (attempt >= START_TRIES) throw await oldFailure(deps, one, error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  if (hooks !== undefined) await runHooks({ engine: hands.engine, effect: hands.effect.bind(hands), log: hooks.log }, one, hooks.run, 'post_start');
  if (!one.hasHealthcheck || !one.healthy) return;
  const end = await checkingAhead(hands.engine, [one.id], () => watch.until(one.id, (container) => judge('healthy', { ...container, restartCount: 0 }, 0), OLD_READY_MS));
  if (end.kind === 'bad') throw new AppError('needs-attention', `${one.service} runs again but does not get healthy: ${end.reason}.`, { service: one.service, hint: 'Its logs say more.' });
}

async function oldFailure(deps: ModesDependencies, one: RecordedContainer, error: AppError): Promise<AppError> {
  const port = typeof error.details?.['port'] === 'number' ? error.details['port'] : undefined;
  const owner = error.code === 'port-taken' && port !== undefined ? await deps.portOwner(port).catch(() => undefined) : undefined;
  const reason = owner === undefined ? error.message : `port ${String(port)} is in use by ${owner}.`;
  return new AppError('needs-attention', `${one.service} could not be started again: ${reason}`, { service: one.service, hint: 'Free what it needs.', details: error.details, cause: error });
}

/** Everything that carries this switch's label: containers, then networks nothing uses, then volumes it created. */
async function removeMade(hands: Hands, record: SwitchRecord): Promise<void> {
  const { engine, transaction } = hands;
  const observed = await engine.observe(record.project, []);
  await inParallel(madeHere(hands, observed), 4, async (one) => {
    await hands.effect('container.remove', { id: one.id, name: one.name }, async () => (await engine.removeContainer(one.id, { force: true, anonymousVolumes: true }), null));
  });
  for (const network of await engine.listNetworks()) {
    if (network.labels[BERTH_LABEL.transaction] !== transaction || network.containerIds.length > 0) continue;
    await hands.effect('network.remove', { id: network.id, name: network.name }, async () => (await engine.removeNetwork(network.id), null));
  }
  for (const volume of await engine.listVolumes()) {
    if (volume.labels[BERTH_LABEL.transaction] !== transaction) continue;
    await hands.effect('volume.remove', { name: volume.name }, async () => (await engine.removeVolume(volume.name), null));
  }
}

/** Success is judged by looking again. */
async function verifyWhole(engine: Engine, record: SwitchRecord): Promise<void> {
  const now = await engine.observe(record.project, []);
  const missing = record.before.filter((one) => one.running && !now.containers.some((other) => other.id === one.id && isAlive(other)));
  if (missing.length === 0) return;
  const names = [...new Set(missing.map((one) => one.service))].join(', ');
  throw new AppError('needs-attention', `The old mode is not whole: ${names} ${missing.length === 1 ? 'does' : 'do'} not run.`, { hint: 'Their logs may say why.' });
}

import { isAlive } from '@shared/domain/modes/active-mode';
import { dependencyOrder, parseDependsOnLabel } from '@shared/domain/modes/dependency-order';
import { judge, type Expectation } from '@shared/domain/modes/health-gate';
import { canonicalImage, modeImage } from '@shared/domain/modes/naming';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { ImageFact } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { checkingAhead } from '@main/docker/check-ahead';
import { containerNews } from '@main/docker/container-news';
import { stopGrace } from '@main/docker/stop-grace';
import type { Engine } from '@main/docker/types';
import type { EffectRecord, OperationContext, RecoveryContext } from '@main/operations/types';
import type { RestoreLook } from './restore-types';

const STOPPING_NOTE = 'restore.stopping';
/** How long a container gets to be well again. */
const READY_MS = 180_000;
const LOOK_AGAIN_MS = 1_000;

/** A container that is stopped for a while. */
export interface HeldContainer {
  readonly id: string;
  readonly service: string;
  readonly graceSeconds: number;
  readonly dependsOn: string;
  readonly expectation: Expectation;
  readonly restartPolicy: { readonly name: string; readonly maximumRetryCount: number };
}

type Effect = OperationContext['effect'];

/** Fetches images that are gone where they can be had exactly, and lets the names lead to those of the snapshot. Resolves with the id each service is to run from. */
export async function bringImages(context: OperationContext, engine: Engine, compose: LoadedCompose, mode: string, images: RestoreLook['images']): Promise<{ readonly [service: string]: string }> {
  const ids: { [service: string]: string } = {};
  for (const { fact, source } of images) {
    const definition = compose.model.services[fact.service];
    if (definition === undefined) continue;
    if (source === 'digest') await fetchExactly(context, engine, fact);
    if ((await engine.inspectImage(fact.id)) === null) continue;
    const reference = definition.build === undefined ? canonicalImage(compose.model.name, fact.service, definition) : modeImage(compose.model.name, fact.service, mode);
    // A name with a digest leads to one image for ever, and cannot be given to another.
    if (reference.includes('@')) continue;
    const from = (await engine.inspectImage(reference))?.id ?? null;
    if (from !== fact.id) await context.effect('image.keep', { reference, from, to: fact.id }, async () => (await engine.tagImage(fact.id, reference), null));
    ids[fact.service] = fact.id;
  }
  return ids;
}

async function fetchExactly(context: OperationContext, engine: Engine, fact: ImageFact): Promise<void> {
  for (const digest of fact.digests) {
    try {
      await context.effect('image.pull', { reference: digest }, async () => (await engine.pull(digest, fact.platform === '' ? undefined : fact.platform, (line) => context.log(line, fact.service), context.signal), null));
      return;
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'cancelled') throw error;
      context.log(`${digest} could not be fetched: ${error.message}`, fact.service);
    }
  }
}

/** Lets names lead where they led before, where they still lead to what the restore gave them. A name that led nowhere stays. */
export async function putTagsBack(context: RecoveryContext, engine: Engine): Promise<void> {
  for (const record of [...context.records].reverse()) {
    const { reference, from, to } = record.intent;
    if (record.name !== 'image.keep' || record.undone || typeof reference !== 'string' || typeof from !== 'string') continue;
    if ((await engine.inspectImage(reference))?.id !== to) continue;
    await context.effect('image.retag', { reference, to: from, undoes: record.seq }, async () => (await engine.tagImage(from, reference), null));
  }
}

/** Notes what is going to be stopped, then stops it gracefully. Nothing starts it again by itself meanwhile. */
export async function holdContainers(context: OperationContext, engine: Engine, containers: readonly ObservedContainer[], nowIso: string): Promise<readonly HeldContainer[]> {
  if (containers.length === 0) return [];
  const held = await Promise.all(containers.map(async (one) => heldContainer(one, (await stopGrace(engine, one, {})).graceSeconds)));
  await context.note(STOPPING_NOTE, { at: nowIso, containers: held as unknown as Json });
  await Promise.all(held.filter((one) => restarts(one)).map((one) => context.effect('restart-policy.set', { id: one.id, name: 'no' }, async () => (await engine.setRestartPolicy(one.id, { name: 'no', maximumRetryCount: 0 }), null))));
  await Promise.all(held.map((one) => context.effect('container.stop', { id: one.id, service: one.service, graceSeconds: one.graceSeconds }, async () => (await engine.stopContainer(one.id, one.graceSeconds), null))));
  return held;
}

function heldContainer(one: ObservedContainer, graceSeconds: number): HeldContainer {
  const expectation: Expectation = one.hasHealthcheck && one.health === 'healthy' ? 'healthy' : 'running';
  return { id: one.id, service: one.service, graceSeconds, dependsOn: one.labels['com.docker.compose.depends_on'] ?? '', expectation, restartPolicy: one.restartPolicy };
}

function restarts(one: Pick<HeldContainer, 'restartPolicy'>): boolean {
  return one.restartPolicy.name !== '' && one.restartPolicy.name !== 'no';
}

/** What was noted before the first stop; null when it did not get that far. */
export function heldBefore(records: readonly EffectRecord[]): { readonly at: string; readonly containers: readonly HeldContainer[] } | null {
  const note = records.find((one) => one.name === STOPPING_NOTE);
  return note === undefined ? null : (note.intent as unknown as { readonly at: string; readonly containers: readonly HeldContainer[] });
}

/** Gives held containers the policy back by which the engine starts them again. */
export async function restorePolicies(effect: Effect, engine: Engine, held: readonly HeldContainer[]): Promise<void> {
  const there = await present(engine, held);
  await Promise.all(held.filter((one) => restarts(one) && there.has(one.id)).map((one) => effect('restart-policy.set', { id: one.id, name: one.restartPolicy.name }, async () => (await engine.setRestartPolicy(one.id, one.restartPolicy), null))));
}

async function present(engine: Engine, held: readonly HeldContainer[]): Promise<ReadonlyMap<string, ObservedContainer>> {
  const found = await Promise.all(
    held.map((one) =>
      engine.inspectContainer(one.id).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not-found') return null;
        throw error;
      }),
    ),
  );
  return new Map(found.filter((one) => one !== null).map((one) => [one.id, one]));
}

/** Starts held containers that are still there, each after what it depends on, and waits until they are well. Rejects with `unhealthy`. */
export async function startHeld(effect: Effect, engine: Engine, held: readonly HeldContainer[], signal: AbortSignal): Promise<void> {
  const there = await present(engine, held);
  const open = held.filter((one) => there.has(one.id));
  const parents = (service: string): readonly string[] => open.filter((one) => one.service === service).flatMap((one) => parseDependsOnLabel(one.dependsOn).map((dependency) => dependency.service));
  for (const service of dependencyOrder([...new Set(open.map((one) => one.service))], parents)) {
    await Promise.all(
      open
        .filter((one) => one.service === service)
        .map(async (one) => {
          const now = there.get(one.id);
          if (now === undefined || !isAlive(now)) await effect('container.start', { id: one.id, service: one.service }, async () => (await engine.startContainer(one.id), null));
          await checkingAhead(engine, one.expectation === 'healthy' ? [one.id] : [], () => untilWell(engine, one, signal), signal);
        }),
    );
  }
}

async function untilWell(engine: Engine, one: HeldContainer, signal: AbortSignal): Promise<void> {
  const beganAt = Date.now();
  for (;;) {
    const now = await engine.inspectContainer(one.id);
    const verdict = judge(one.expectation, { ...now, restartCount: 0 }, Date.now() - beganAt);
    if (verdict.kind === 'good') return;
    if (verdict.kind === 'bad') throw new AppError('unhealthy', `${one.service} does not come up: ${verdict.reason}.`, { service: one.service, hint: 'Its logs say more.' });
    if (Date.now() - beganAt > READY_MS) throw new AppError('unhealthy', `${one.service} did not get healthy within ${String(READY_MS / 1_000)} s.`, { service: one.service, hint: 'Its logs say more.' });
    if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    await containerNews(engine, one.id, LOOK_AGAIN_MS, signal);
  }
}

/** A stop without a result may still be under way in the engine: it is carried to its end, or it would end what is started now. */
export async function endStopsUnderWay(context: RecoveryContext, engine: Engine): Promise<void> {
  const open = context.records.filter((one) => one.name === 'container.stop' && one.result === undefined);
  const held = heldBefore(context.records)?.containers ?? [];
  for (const { intent } of open) {
    const one = held.find((other) => other.id === intent['id']);
    if (one === undefined || !(await present(engine, [one])).has(one.id)) continue;
    await context.effect('container.stop', { id: one.id } satisfies JsonObject, async () => (await engine.stopContainer(one.id, one.graceSeconds), null));
  }
}

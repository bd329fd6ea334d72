import { imageName, type CleanPlan } from '@shared/domain/projects/clean';
import { isAnonymousVolume } from '@shared/domain/modes/naming';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';

const REMOVALS_AT_ONCE = 4;

/** What removing works with: it only goes forwards, also after a crash. */
export interface RemovalWork {
  readonly engine: Engine;
  effect<R extends Json>(name: string, intent: JsonObject, act: () => Promise<R>): Promise<R>;
  log(text: string): void;
}

/** Removes exactly what the plan names; what is gone already is fine. Resolves with sentences on what somebody came to use meanwhile. */
export async function removeAll(work: RemovalWork, plan: CleanPlan): Promise<readonly string[]> {
  const { engine, effect } = work;
  const kept: string[] = [];
  await inParallel([...plan.containers], REMOVALS_AT_ONCE, (one) => effect('container.remove', { ...one }, async () => (await engine.removeContainer(one.id, { force: true, anonymousVolumes: true }).catch(goneIsFine), null)).then(() => undefined));
  for (const one of plan.networks) kept.push(...(await tolerating(work, 'network.remove', { ...one }, `The network ${one.name}`, () => engine.removeNetwork(one.id))));
  const images = engine.cleanUp({ imageIds: plan.images.map((one) => one.id), buildCacheIds: [] });
  let open = [...plan.images];
  for (let before = -1; open.length > 0 && open.length !== before; ) {
    before = open.length;
    const refused: { readonly image: (typeof open)[number]; readonly said: readonly string[] }[] = [];
    // One that others are built on goes after them; rounds find that order by themselves.
    for (const image of open) {
      const said = await tolerating(work, 'image.remove', { id: image.id, names: [...image.names] }, `The image ${imageName(image)}`, () => images.removeImage(image.id, image.names));
      if (said.length > 0) refused.push({ image, said });
    }
    open = refused.map((one) => one.image);
    if (open.length === before) kept.push(...refused.flatMap((one) => one.said));
  }
  kept.push(...(await removeVolumes(work, plan)));
  for (const line of kept) work.log(line);
  return kept;
}

async function removeVolumes(work: RemovalWork, plan: CleanPlan): Promise<readonly string[]> {
  const { engine } = work;
  const all = [...plan.volumes, ...plan.nameless];
  // The engine takes those without a name along with the container it made them for, not with a later one that took them over.
  const left = new Set(all.some(isAnonymousVolume) ? (await engine.listVolumes()).map((one) => one.name) : []);
  const nameless = all.filter((name) => isAnonymousVolume(name) && left.has(name));
  const cleaner = engine.cleanUp({ imageIds: [], buildCacheIds: [], volumeNames: nameless });
  const kept: string[] = [];
  for (const name of [...plan.volumes.filter((one) => !isAnonymousVolume(one)), ...nameless]) {
    kept.push(...(await tolerating(work, 'volume.remove', { name }, `The volume ${name}`, () => (isAnonymousVolume(name) ? cleaner : engine).removeVolume(name))));
  }
  return kept;
}

/** Somebody else came to use it since it was looked at: that is theirs, and the rest still goes. */
async function tolerating(work: RemovalWork, name: string, intent: JsonObject, what: string, act: () => Promise<void>): Promise<readonly string[]> {
  return work.effect(name, intent, async () => {
    try {
      await act().catch(goneIsFine);
      return [];
    } catch (error) {
      if (!(error instanceof AppError) || (error.code !== 'engine-refused' && error.code !== 'policy-refused')) throw error;
      return [`${what} stays: ${error.message}`];
    }
  });
}

function goneIsFine(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
}

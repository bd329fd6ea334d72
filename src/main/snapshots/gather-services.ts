import { isAlive } from '@shared/domain/modes/active-mode';
import { canonicalImage } from '@shared/domain/modes/naming';
import { summariseServices } from '@shared/domain/services/summary';
import { containerDocument } from '@shared/domain/snapshots/container-document';
import type { ContainersFacts, ImageFact, ImagesFacts, Manifest } from '@shared/domain/snapshots/types';
import { inParallel } from '@shared/kernel/in-parallel';
import type { JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { SeenProject } from './gather-types';

const LOOKS_AT_ONCE = 8;

/** The settings of every container of the project, by file name. Hold values of environment variables. */
export async function containerDocuments(engine: Pick<Engine, 'inspectRaw'>, seen: SeenProject): Promise<{ readonly [path: string]: JsonObject }> {
  const own = seen.containers.filter((one) => !one.oneOff);
  const documents = await inParallel(own, LOOKS_AT_ONCE, async (one) => [`${one.name}.json`, containerDocument(await engine.inspectRaw(one.id), seen.images[one.imageRef] ?? null)] as const);
  return Object.fromEntries(documents);
}

/** What is said of the containers beside their settings. */
export function containerFacts(seen: SeenProject): ContainersFacts {
  return { containers: seen.containers.filter((one) => !one.oneOff).map(({ service, name, number, imageId, state, health }) => ({ service, name, number, imageId, state, health })) };
}

/** The image of every service: of what runs, else of what its file names, as far as the engine has it. */
export async function imageFacts(engine: Pick<Engine, 'inspectImage'>, seen: SeenProject): Promise<ImagesFacts> {
  const rows = new Map<string, ImageFact>();
  const compose = composeOf(seen);
  for (const service of Object.keys(compose?.model.services ?? {})) {
    const definition = compose?.model.services[service];
    const reference = definition === undefined || compose === null ? '' : canonicalImage(compose.model.name, service, definition);
    const image = seen.images[reference];
    if (image !== null && image !== undefined) rows.set(service, { service, reference, id: image.id, digests: image.digests ?? [], platform: `${image.os}/${image.architecture}` });
  }
  const own = seen.containers.filter((one) => !one.oneOff);
  const images = new Map(await inParallel([...new Set(own.map((one) => one.imageId))], LOOKS_AT_ONCE, async (id) => [id, await engine.inspectImage(id)] as const));
  for (const one of own.sort((a, b) => Number(isAlive(a)) - Number(isAlive(b)))) {
    const image = images.get(one.imageId) ?? null;
    rows.set(one.service, { service: one.service, reference: one.imageRef, id: one.imageId, digests: image?.digests ?? [], platform: image === null ? '' : `${image.os}/${image.architecture}` });
  }
  return { images: [...rows.values()].sort((a, b) => (a.service < b.service ? -1 : 1)) };
}

/** How the services are as a whole. */
export function healthOf(seen: SeenProject): Manifest['health'] {
  const { project, mode, containers } = seen;
  const { health } = summariseServices({ dir: project.dir, modes: project.modes, active: mode, compose: composeOf(seen), known: {}, containers });
  if (health === 'stopped' || health === 'empty') return 'stopped';
  // Files that cannot be read do not say which services belong to the mode: what runs is well, but nobody knows whether it is all of them.
  if (mode !== null && seen.loaded[mode] === undefined) return 'unhealthy';
  return health === 'healthy' ? 'healthy' : 'unhealthy';
}

function composeOf(seen: SeenProject): SeenProject['loaded'][string] | null {
  const byMode = seen.mode === null ? undefined : seen.loaded[seen.mode];
  return byMode ?? Object.values(seen.loaded)[0] ?? null;
}

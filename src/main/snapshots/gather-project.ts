import { isOfFolder } from '@shared/domain/modes/active-mode';
import { canonicalImage } from '@shared/domain/modes/naming';
import { databaseOf, type DatabaseFamily } from '@shared/domain/snapshots/databases';
import { isTicked, projectBinds, type ProjectBind } from '@shared/domain/snapshots/bind-choice';
import { planHolds, type PlaceUse } from '@shared/domain/snapshots/consistency';
import { projectFiles } from '@shared/domain/snapshots/file-choice';
import { deviceOf, writersOf, type ReadPlace, type Writer } from '@shared/domain/snapshots/places';
import { restoreScope } from '@shared/domain/snapshots/restore-scope';
import type { ComposeFacts, ManifestPart } from '@shared/domain/snapshots/types';
import { namelessData, projectVolumes } from '@shared/domain/snapshots/volume-choice';
import { AppError } from '@shared/kernel/app-error';
import type { CreateDependencies, CreateRequest, GatherPlan, PlannedPart, SeenProject } from './gather-types';
import type { SnapshotSettings } from './types';

/** Looks at everything a snapshot can hold, without changing anything. */
export async function seeProject(deps: Pick<CreateDependencies, 'projects' | 'engine' | 'activeMode'>, reference: string): Promise<SeenProject> {
  const project = await deps.projects.resolve(reference);
  const [loaded, authorization, mode] = await Promise.all([deps.projects.loadModes(project.id), deps.projects.authorization(project.id), deps.activeMode(project)]);
  const models = Object.values(loaded).map((one) => one.model);
  const references = new Set(models.flatMap((model) => Object.keys(model.services).flatMap((name) => {
    const service = model.services[name];
    return service === undefined ? [] : [canonicalImage(model.name, name, service)];
  })));
  const observed = await deps.engine.observe(project.name, [...references]);
  const containers = observed.containers.filter((one) => isOfFolder(project.dir, one));
  const images = { ...observed.images };
  // What runs may be of an image that no file names any more.
  for (const one of containers) if (images[one.imageRef] === undefined) images[one.imageRef] = await deps.engine.inspectImage(one.imageId);
  const devices = new Map(observed.volumes.map((one) => [one.name, deviceOf(one)]));
  return {
    project,
    authorization,
    loaded,
    containers,
    everyContainer: [...observed.containers, ...observed.foreign],
    images,
    mode,
    files: projectFiles(project.dir, project.modes, Object.values(loaded)),
    volumes: projectVolumes({ project: project.name, models, volumes: observed.volumes, containers, environmentOf: (image) => images[image]?.environment ?? [] }),
    binds: projectBinds(project.dir, models, containers),
    deviceOf: (volume) => devices.get(volume) ?? null,
  };
}

/** Decides what is in a snapshot, and what is held for it. Rejects with `not-found` for something that was asked for and is not there. */
export function planGathering(seen: SeenProject, request: CreateRequest, settings: Pick<SnapshotSettings, 'consistency'>): GatherPlan {
  const all = allParts(seen, request);
  const parts = request.only === null ? all : onlyThese(all, request.only);
  const notes: string[] = [];
  for (const file of seen.files.outside) notes.push(`${file} is not beneath the project folder: it is not in the snapshot.`);
  if (request.volumes) notes.push(...namelessData(seen.containers));
  for (const volume of seen.volumes) if (volume.external && isChosen(parts, 'volume', volume.name)) notes.push(`${volume.name} is not the project's own: others may use it too.`);
  const uses = parts.filter((part) => part.chosen && (part.kind === 'volume' || part.kind === 'bind')).map((part) => useOf(seen, part, request, settings));
  return { parts, notes, holds: planHolds(uses, (writer) => familyOf(seen, writer)) };
}

/** Something by this name that is not there is an error, not a snapshot without it. */
function onlyThese(all: readonly PlannedPart[], only: readonly string[]): readonly PlannedPart[] {
  const scope = restoreScope({ parts: all.map(asManifestPart) }, only);
  if (scope.unknown.length > 0) {
    throw new AppError('not-found', `There is nothing called ${scope.unknown.join(', ')} to keep.`, { hint: `There ${all.length === 1 ? 'is' : 'are'} ${all.map((part) => `${part.kind}:${part.name}`).join(', ')}.` });
  }
  return all.map((part) => ({ ...part, chosen: scope.parts.some((one) => one.kind === part.kind && one.name === part.name) }));
}

function asManifestPart({ kind, name, facts }: PlannedPart): ManifestPart {
  return { kind, name, facts, tree: [], sha256: '', files: 0, sizeBytes: 0, secret: false, consistency: 'none', skipped: [] };
}

function isChosen(parts: readonly PlannedPart[], kind: PlannedPart['kind'], name: string): boolean {
  return parts.some((part) => part.chosen && part.kind === kind && part.name === name);
}

function allParts(seen: SeenProject, request: CreateRequest): readonly PlannedPart[] {
  const services = [...new Set(seen.containers.map((one) => one.service))].sort();
  const rows = services.map((service) => ({ service }));
  const manual = request.reason === 'manual';
  const unknownBind = request.binds.find((word) => !seen.binds.some((bind) => isTicked(bind, [word], seen.project.dir)));
  if (unknownBind !== undefined) throw new AppError('not-found', `No service has ${unknownBind} mounted.`, { hint: seen.binds.length === 0 ? 'This project mounts no folders.' : `There ${seen.binds.length === 1 ? 'is' : 'are'} ${seen.binds.map((one) => one.name).join(', ')}.` });
  const bindPart = (bind: ProjectBind): PlannedPart => ({ kind: 'bind', name: bind.name, chosen: request.volumes && ((manual && bind.always) || isTicked(bind, request.binds, seen.project.dir)), services: bind.facts.services, facts: bind.facts });
  return [
    { kind: 'files', name: 'compose', chosen: true, services: [], facts: composeFacts(seen) },
    { kind: 'files', name: 'env', chosen: true, services: [], facts: {} },
    { kind: 'settings', name: 'project', chosen: true, services: [], facts: {} },
    { kind: 'containers', name: 'containers', chosen: true, services, facts: { containers: rows } },
    { kind: 'images', name: 'images', chosen: true, services, facts: { images: rows } },
    ...seen.volumes.map((volume): PlannedPart => ({ kind: 'volume', name: volume.name, chosen: request.volumes, services: Object.keys(volume.facts.services).sort(), facts: volume.facts })),
    ...seen.binds.map(bindPart),
    ...request.buckets.map((bucket): PlannedPart => ({ kind: 'bucket', name: bucket, chosen: true, services: [], facts: {} })),
  ];
}

function composeFacts({ project }: SeenProject): ComposeFacts {
  return { modes: project.modes.map(({ name, files, envFiles, profiles }) => ({ name, files, envFiles, profiles })) };
}

/** Where a part is read. */
export function placeOf(seen: SeenProject, part: PlannedPart): ReadPlace {
  if (part.kind === 'volume') return { kind: 'volume', name: part.name, device: seen.deviceOf(part.name) };
  return { kind: 'bind', name: String(part.facts['source']), device: null };
}

function useOf(seen: SeenProject, part: PlannedPart, request: CreateRequest, settings: Pick<SnapshotSettings, 'consistency'>): PlaceUse {
  const place = placeOf(seen, part);
  const own = new Set(seen.containers.map((one) => one.id));
  const writers = writersOf(place, seen.everyContainer, (one) => own.has(one.id), seen.deviceOf);
  const byName = Object.hasOwn(settings.consistency, part.name) ? settings.consistency[part.name] : undefined;
  const key = part.facts['key'];
  const byKey = typeof key === 'string' && Object.hasOwn(settings.consistency, key) ? settings.consistency[key] : undefined;
  return { place, writers, wish: request.consistency ?? byName ?? byKey ?? 'auto' };
}

function familyOf(seen: SeenProject, writer: Writer): DatabaseFamily | null {
  return databaseOf(writer.imageRef, seen.images[writer.imageRef]?.environment ?? [])?.family ?? null;
}

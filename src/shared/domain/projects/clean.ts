import type { EngineDisk, ImageUse } from '../engine/disk-use';
import type { ComposeModel } from '../compose/model';
import type { ObservedContainer, ObservedNetwork } from '../engine/observed';
import { COMPOSE_LABELS } from '../engine/read-container';
import { compareText, isOfFolder } from '../modes/active-mode';
import { canonicalImage, isAnonymousVolume, modeImage } from '../modes/naming';

/** What cleaning a project is worked out from. */
export interface CleanInput {
  readonly project: string;
  readonly dir: string;
  /** Containers that carry the project's name, of whatever folder. */
  readonly containers: readonly ObservedContainer[];
  readonly networks: readonly ObservedNetwork[];
  readonly disk: EngineDisk;
  /** Every mode that loads. */
  readonly models: { readonly [mode: string]: ComposeModel };
  /** Volumes go too. */
  readonly volumes: boolean;
}

/** One image that goes, with all of its names. */
export interface CleanImage {
  readonly id: string;
  readonly names: readonly string[];
}

/** Exactly what goes; everything else stays. */
export interface CleanPlan {
  readonly containers: readonly { readonly id: string; readonly name: string }[];
  readonly networks: readonly { readonly id: string; readonly name: string }[];
  readonly images: readonly CleanImage[];
  /** Archived, then removed: empty unless they were asked for. */
  readonly volumes: readonly string[];
  /** Those without a name that go with their containers and are in no snapshot, as in a switch: empty when volumes were asked for. */
  readonly nameless: readonly string[];
  /** At least so much is freed. */
  readonly freedBytes: number;
  /** Sentences on what looks like the project's and stays all the same, and on data that goes and is in no snapshot. */
  readonly kept: readonly string[];
}

/** A container of another folder under the same project name: then nothing tells whose network, image or volume is whose. */
export function foreignFolder(input: Pick<CleanInput, 'dir' | 'containers'>): string | null {
  return input.containers.find((one) => !isOfFolder(input.dir, one))?.workingDir ?? null;
}

/** Works out what belongs to this project alone, by its labels; whatever anybody else uses stays. */
export function planClean(input: CleanInput): CleanPlan {
  const own = input.containers.filter((one) => isOfFolder(input.dir, one)).sort((a, b) => compareText(a.name, b.name));
  const ids = new Set(own.map((one) => one.id));
  const kept: string[] = [];
  const networks = input.networks.filter((one) => isOwnNetwork(input, one, ids, kept));
  const images = input.disk.images.filter((one) => isOwnImage(input, one, ids, kept));
  const going = volumesOf(input, own, kept);
  const named = going.filter((name) => !isAnonymousVolume(name));
  const nameless = going.filter(isAnonymousVolume);
  const volumes = input.volumes ? named : [];
  if (nameless.length > 0) kept.push(`${nameless.length === 1 ? 'One volume without a name goes with its container and is' : `${String(nameless.length)} volumes without a name go with their containers and are`} in no snapshot: no new container would use ${nameless.length === 1 ? 'it' : 'them'}.`);
  const bytes = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  return {
    containers: own.map(({ id, name }) => ({ id, name })),
    networks: networks.map(({ id, name }) => ({ id, name })).sort((a, b) => compareText(a.name, b.name)),
    images: images.map(({ id, tags }) => ({ id, names: [...tags].sort(compareText) })).sort((a, b) => compareText(imageName(a), imageName(b))),
    volumes,
    nameless,
    freedBytes: bytes(images.map((one) => one.ownBytes)) + bytes(input.disk.volumes.filter((one) => going.includes(one.name)).map((one) => one.sizeBytes)) + bytes(input.disk.containers.filter((one) => ids.has(one.id)).map((one) => one.writtenBytes)),
    kept,
  };
}

/** How an image is called in words. */
export function imageName(image: CleanImage): string {
  return image.names[0] ?? image.id.slice(7, 19);
}

function isOwnNetwork(input: CleanInput, network: ObservedNetwork, own: ReadonlySet<string>, kept: string[]): boolean {
  if (network.labels[COMPOSE_LABELS.project] !== input.project) return false;
  if (Object.values(input.models).some((model) => Object.values(model.networks).some((one) => one.name === network.name && one.external === true))) return false;
  if (network.containerIds.every((id) => own.has(id))) return true;
  kept.push(`The network ${network.name} stays: containers of somebody else are in it.`);
  return false;
}

/** Labels are inherited by images built on top of it, so every name must be the project's as well. */
function isOwnImage(input: CleanInput, image: ImageUse, own: ReadonlySet<string>, kept: string[]): boolean {
  const labelled = image.labels[COMPOSE_LABELS.project];
  const named = image.tags.filter((tag) => builtNames(input, image.labels[COMPOSE_LABELS.service]).has(withTag(tag)));
  // Built without labels, by an old compose: its name has to say it.
  if (labelled === undefined ? named.length === 0 : labelled !== input.project) return false;
  if (image.digests.length > 0) return false;
  const called = image.tags[0] ?? image.id.slice(7, 19);
  if (named.length < image.tags.length) {
    if (named.length > 0) kept.push(`The image ${named.join(', ')} stays: it is also called ${image.tags.filter((tag) => !named.includes(tag)).join(', ')}, which is no name of this project.`);
    return false;
  }
  const users = input.disk.containers.filter((one) => one.imageId === image.id);
  if (users.some((one) => !own.has(one.id))) {
    kept.push(`The image ${called} stays: a container of somebody else uses it.`);
    return false;
  }
  return !input.disk.images.some((one) => one.parentId === image.id && one.labels[COMPOSE_LABELS.project] !== input.project);
}

/** Names that builds of this project give, with a tag each. `service`: of a service that no mode declares any more, by its label. */
function builtNames(input: CleanInput, service: string | undefined): ReadonlySet<string> {
  const modes = Object.keys(input.models);
  const names = new Set<string>();
  const add = (name: string): void => void names.add(withTag(name));
  for (const model of Object.values(input.models)) {
    for (const [key, definition] of Object.entries(model.services)) {
      if (definition.build === undefined) continue;
      add(canonicalImage(input.project, key, definition));
      for (const mode of modes) add(modeImage(input.project, key, mode));
      for (const tag of definition.build.tags ?? []) add(tag);
    }
  }
  if (service !== undefined) {
    add(`${input.project}-${service}`);
    for (const mode of modes) add(modeImage(input.project, service, mode));
  }
  return names;
}

function withTag(name: string): string {
  return /:[^/]+$/.test(name) ? name : `${name}:latest`;
}

/** Those without a name that only these containers have go in any case; the others when they were asked for. */
function volumesOf(input: CleanInput, own: readonly ObservedContainer[], kept: string[]): readonly string[] {
  const external = new Set(Object.values(input.models).flatMap((model) => Object.values(model.volumes).flatMap((one) => (one.external === true ? [one.name] : []))));
  const mounted = (name: string): number => own.filter((one) => one.mounts.some((mount) => mount.type === 'volume' && mount.source === name)).length;
  const names: string[] = [];
  for (const { name, labels, containers } of [...input.disk.volumes].sort((a, b) => compareText(a.name, b.name))) {
    const goes = isAnonymousVolume(name) ? mounted(name) > 0 : input.volumes && labels[COMPOSE_LABELS.project] === input.project && !external.has(name);
    if (!goes) continue;
    if (containers > mounted(name)) kept.push(`The volume ${name} stays: a container of somebody else uses it.`);
    else names.push(name);
  }
  return names;
}

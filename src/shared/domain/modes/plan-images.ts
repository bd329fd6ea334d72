import type { ComposeService } from '../compose/model';
import type { ObservedContainer, ObservedImage } from '../engine/observed';
import { modeOfContainer } from './active-mode';
import { BERTH_LABEL, canonicalImage, modeImage } from './naming';
import { isPullDue } from './pull-policy';
import type { SwitchInput } from './switch-input';

/** Where the image of a service of the target mode comes from. */
export interface ImageStep {
  readonly service: string;
  /** none: it is there; tag: it is there under another name; build and pull: it must be made or fetched first. */
  readonly kind: 'none' | 'tag' | 'build' | 'pull';
  /** What new containers are created from: the mode's own tag for a built service, the file's reference otherwise. */
  readonly reference: string;
  /** What docker compose resolves for the service: moved to the new image at the cutover. */
  readonly canonical: string;
  readonly built: boolean;
  /** Value of the label dev.berth.build; empty when unknown. */
  readonly fingerprint: string;
  /** The image's id when it is known before anything is built or pulled. */
  readonly id: string | null;
  /** What `canonical` points at now; null when the engine does not know it. */
  readonly canonicalId: string | null;
  /** Paths the image declares as volumes, when the image is known. */
  readonly volumes: readonly string[];
  /** Ports the image exposes, when it is known. */
  readonly hasHealthcheck: boolean;
}

/** Decides for one service of the target mode which image it runs from. */
export function planImage(input: SwitchInput, service: string, definition: ComposeService): ImageStep {
  const { model } = input.compose;
  const canonical = canonicalImage(model.name, service, definition);
  const built = definition.build !== undefined;
  const reference = built ? modeImage(model.name, service, input.mode) : canonical;
  const image = (name: string): ObservedImage | null => input.observed.images[name] ?? null;
  const fingerprint = built ? (input.buildFingerprints[service] ?? '') : '';
  const base = { service, reference, canonical, built, fingerprint, canonicalId: image(canonical)?.id ?? null };
  const found = (kind: ImageStep['kind'], one: ObservedImage | null): ImageStep => ({ ...base, kind, id: one?.id ?? null, volumes: one?.volumes ?? [], hasHealthcheck: one?.hasHealthcheck ?? false });

  const resolved = input.resolvedImages?.[service];
  if (resolved !== undefined) {
    const known = Object.values(input.observed.images).find((one) => one?.id === resolved) ?? null;
    return { ...base, kind: 'none', id: resolved, volumes: known?.volumes ?? [], hasHealthcheck: known?.hasHealthcheck ?? false };
  }
  if (!built) {
    const present = image(reference);
    return found(isPullDue(definition.pull_policy, present, input.nowMs ?? 0) ? 'pull' : 'none', present);
  }
  if (input.rebuild?.services.has(service) === true) return { ...base, kind: 'build', id: null, volumes: [], hasHealthcheck: false };
  // What is to be built each time is built whenever its container is made; that is no reason to make it.
  const eachTime = definition.pull_policy === 'build';
  const adopted = adoptable(input, service, image(canonical), fingerprint);
  if (adopted !== null) return found('tag', adopted);
  const own = image(reference);
  if (own !== null && fingerprint !== '' && builtFrom(input, own) === fingerprint && (!eachTime || runsFrom(input, service, own))) return found('none', own);
  if (fingerprint !== '' && !eachTime) {
    const others = [...input.modes.map((mode) => modeImage(model.name, service, mode.name)), canonical];
    const equal = others.map(image).find((one) => one !== null && builtFrom(input, one) === fingerprint);
    if (equal !== undefined) return found('tag', equal);
  }
  return { ...base, kind: 'build', id: null, volumes: [], hasHealthcheck: false };
}

/** The fingerprint of what an image was built from, where it is known. */
function builtFrom(input: SwitchInput, image: ObservedImage): string | undefined {
  return image.labels[BERTH_LABEL.build] ?? input.knownBuilds?.[image.id];
}

/**
 * What docker compose built carries no fingerprint. Where this mode's container runs from exactly that image, it
 * counts as up to date when it is first seen, so that opening a project made by compose replaces nothing, also where Berth built
 * before; from then on it counts as built from what was there at that time.
 */
function adoptable(input: SwitchInput, service: string, canonical: ObservedImage | null, fingerprint: string): ObservedImage | null {
  if (canonical === null || canonical.labels[BERTH_LABEL.build] !== undefined) return null;
  const known = input.knownBuilds?.[canonical.id];
  return (known === undefined || fingerprint === '' || known === fingerprint) && runsFrom(input, service, canonical) ? canonical : null;
}

/** Images of docker compose's that run now, and what is there to build them from: what they count as built from when they are first seen. */
export function runningBuildsOfOthers(input: SwitchInput): { readonly [imageId: string]: string } {
  const builds: { [imageId: string]: string } = {};
  for (const [service, definition] of Object.entries(input.compose.model.services)) {
    const fingerprint = input.buildFingerprints[service] ?? '';
    if (definition.build === undefined || fingerprint === '') continue;
    const canonical = input.observed.images[canonicalImage(input.compose.model.name, service, definition)] ?? null;
    if (canonical !== null && adoptable(input, service, canonical, '') !== null) builds[canonical.id] = fingerprint;
  }
  return builds;
}

/** True where a container of this service and mode was made from the image. */
function runsFrom(input: SwitchInput, service: string, image: ObservedImage): boolean {
  return input.observed.containers.some((one) => one.service === service && !one.oneOff && imageIdOf(one) === image.id && modeOfContainer(input.modes, input.compose.projectDir, one) === input.mode);
}

/** The image id a container was made from, as docker compose compares it. */
export function imageIdOf(container: ObservedContainer): string {
  return container.labels['com.docker.compose.image'] ?? container.imageId;
}

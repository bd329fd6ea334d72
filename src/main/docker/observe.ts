import { containerStateFromList, type ContainerStateRow } from '@shared/domain/engine/container-state';
import type { ObservedContainer, ObservedImage, ObservedNetwork, ObservedProject, ObservedVolume } from '@shared/domain/engine/observed';
import { COMPOSE_LABELS, containerFromInspect, containerFromList } from '@shared/domain/engine/read-container';
import { imageFromInspect, networkFromList, volumeFromList, withNetworkIds } from '@shared/domain/engine/read-objects';
import { fieldOf, listOf, objectOf, textOf, textsOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import type { JsonObject } from '@shared/kernel/json';
import type { Door } from './door';
import type { PassedChecks } from './passed-checks';

const INSPECTS_AT_ONCE = 16;
const FOREIGN_KEPT_MS = 60_000;

/** What a list lacks of a stopped container of others, kept a while: there may be hundreds, and they hardly change. */
interface ForeignDetails {
  readonly at: number;
  readonly requestedPorts: ObservedContainer['requestedPorts'];
  readonly restartPolicy: ObservedContainer['restartPolicy'];
}

/** Container ids and names as the engine allows them. Anything else would be another path on the wire. */
export function containerPath(id: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(id)) throw new AppError('not-found', `There is no container "${id}".`);
  return `/containers/${id}`;
}

/** Image references keep their slashes; what cannot be one is not sent. */
export function imagePath(reference: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.:@/-]*$/.test(reference) || /(^|\/)\.{1,2}(\/|$)/.test(reference)) throw new AppError('not-found', `There is no image "${reference}".`);
  return `/images/${reference}`;
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return null;
    throw error;
  }
}

/** Reads what the engine has. Nothing here changes anything. */
export class Observer {
  private readonly foreignDetails = new Map<string, ForeignDetails>();

  constructor(
    private readonly door: Door,
    private readonly passed: PassedChecks,
  ) {}

  async inspectContainer(id: string): Promise<ObservedContainer> {
    await this.passed.ready();
    return this.passed.container(containerFromInspect(await this.door.read(`${containerPath(id)}/json`, 'inspect a container')));
  }

  async inspectRaw(id: string): Promise<JsonObject> {
    return objectOf(await this.door.read(`${containerPath(id)}/json`, 'inspect a container')) as JsonObject;
  }

  async inspectImage(reference: string): Promise<ObservedImage | null> {
    return orNull((async () => imageFromInspect(await this.door.read(`${imagePath(reference)}/json`, 'inspect an image')))());
  }

  async imagesOf(project: string): Promise<readonly { readonly id: string; readonly tags: readonly string[] }[]> {
    const list = listOf(await this.door.read('/images/json', 'list images', { filters: JSON.stringify({ label: [`${COMPOSE_LABELS.project}=${project}`] }) }));
    // An image without a name is listed as <none>:<none>.
    return list.map((image) => ({ id: textOf(fieldOf(image, 'Id')), tags: textsOf(fieldOf(image, 'RepoTags')).filter((tag) => !tag.startsWith('<none>')) }));
  }

  async listContainers(): Promise<readonly ObservedContainer[]> {
    return listOf(await this.door.read('/containers/json', 'list containers', { all: true })).map(containerFromList);
  }

  async containerStates(): Promise<readonly ContainerStateRow[]> {
    return listOf(await this.door.read('/containers/json', 'list containers', { all: true, filters: JSON.stringify({ label: [COMPOSE_LABELS.project] }) })).map((row) => this.passed.row(containerStateFromList(row)));
  }

  async listNetworks(): Promise<readonly ObservedNetwork[]> {
    const [found, containers] = await Promise.all([this.door.read('/networks', 'list networks'), this.listContainers()]);
    const networks = listOf(found);
    const attached = withNetworkIds(containers, networks);
    return networks.map((network) => networkFromList(network, attached));
  }

  async listVolumes(): Promise<readonly ObservedVolume[]> {
    return listOf(fieldOf(await this.door.read('/volumes', 'list volumes'), 'Volumes')).map(volumeFromList);
  }

  async observe(project: string, imageReferences: readonly string[]): Promise<ObservedProject> {
    const references = [...new Set(imageReferences)];
    const [containers, listed, volumes, images] = await Promise.all([
      this.observeContainers(project),
      this.door.read('/networks', 'list networks'),
      this.listVolumes(),
      inParallel(references, INSPECTS_AT_ONCE, (reference) => this.inspectImage(reference)),
    ]);
    const imageMap = Object.create(null) as { [reference: string]: ObservedImage | null };
    references.forEach((reference, index) => (imageMap[reference] = images[index] ?? null));
    const networks = listOf(listed);
    const [own, foreign] = [withNetworkIds(containers.own, networks), withNetworkIds(containers.foreign, networks)];
    const everyone = [...own, ...foreign];
    return {
      name: project,
      containers: own,
      foreign,
      networks: networks.map((network) => networkFromList(network, everyone)),
      volumes,
      images: imageMap,
    };
  }

  private async observeContainers(project: string) {
    const all = await this.listContainers();
    const ownListed = all.filter((container) => container.project === project && project !== '');
    const foreignListed = all.filter((container) => !ownListed.includes(container));
    const [own, foreign] = await Promise.all([
      // One that goes away between list and inspect was never there.
      inParallel(ownListed, INSPECTS_AT_ONCE, (container) => orNull(this.inspectContainer(container.id))),
      inParallel(foreignListed, INSPECTS_AT_ONCE / 2, (container) => this.completeForeign(container)),
    ]);
    this.forgetForeign(new Set(foreignListed.map((container) => container.id)));
    return {
      own: own.filter((container): container is ObservedContainer => container !== null).sort((left, right) => left.name.localeCompare(right.name)),
      foreign,
    };
  }

  /** A stopped container with a restart policy comes back with its ports; only an inspect tells. */
  private async completeForeign(container: ObservedContainer): Promise<ObservedContainer> {
    if (container.state === 'running' || container.state === 'paused') return container;
    let details = this.foreignDetails.get(container.id);
    if (details === undefined || Date.now() - details.at > FOREIGN_KEPT_MS) {
      const inspected = await orNull(this.inspectContainer(container.id));
      if (inspected === null) return container;
      details = { at: Date.now(), requestedPorts: inspected.requestedPorts, restartPolicy: inspected.restartPolicy };
      this.foreignDetails.set(container.id, details);
    }
    return { ...container, requestedPorts: details.requestedPorts, restartPolicy: details.restartPolicy };
  }

  private forgetForeign(present: ReadonlySet<string>): void {
    for (const id of this.foreignDetails.keys()) if (!present.has(id)) this.foreignDetails.delete(id);
  }
}

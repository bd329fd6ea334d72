import { randomBytes } from 'node:crypto';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import type { MountDefinition, StorageContainer } from '@shared/domain/storage/definition';
import {
  cleanUpPayload,
  controlFolder,
  END_MOUNT_COMMAND,
  hostFolder,
  mountFactKeys,
  mountPayload,
  mountRoot,
  mountVolumes,
  remotePath,
  STORAGE_LABELS,
  storageLabels,
  UNMOUNT_GRACE_SECONDS,
  type StorageOwner,
} from '@shared/domain/storage/mount-payload';
import type { MountSight, PointSight } from '@shared/domain/storage/mount-supervision';
import { textsOf } from '@shared/domain/engine/read-json';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { MountHost } from '@main/platform/mount-host';
import { InsideReach } from './inside-reach';
import { runInside, type MountControl } from './mount-rc';
import { createStorageContainer, findStorageContainer, payloadHash } from './named-container';
import type { SupervisedWorld } from './mount-supervisor';
import type { ImageConsent, S3Server, StorageImages } from './types';

/** What mount containers are made and looked at with. */
export interface MountContainerDependencies {
  readonly engine: Engine;
  readonly host: MountHost;
  readonly s3: Pick<S3Server, 'place'>;
  readonly images: StorageImages;
  /** How S3 is for a project, looked at a moment ago at most. */
  readonly s3Health: (projectId: string) => Promise<MountSight['s3']>;
  /** Why nothing can be mounted here; null when it can. */
  readonly obstacle: () => Promise<string | null>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

const NO_CONSENT: ImageConsent = { pull: false, build: false };
const HELPER_MS = 20_000;
/** How long a program that was asked to unmount may take before it is killed. */
const ASK_SECONDS = 3;
const END_SECONDS = 10;

/** One mount container: the engine's side and this machine's side of it. */
export class MountContainer implements SupervisedWorld {
  readonly latencyMs = new Map<string, number | null>();
  /** What whoever had it made should be told. */
  readonly notes: string[] = [];
  private readonly engine: Engine;
  private readonly reach: InsideReach;
  private id: string | null = null;
  private actualName: string | null = null;

  constructor(
    private readonly deps: MountContainerDependencies,
    readonly owner: StorageOwner,
    readonly container: StorageContainer,
    /** Of this container, one at least, all beneath one root. */
    readonly mounts: readonly MountDefinition[],
  ) {
    this.engine = deps.engine.as({ projectDir: owner.dir, projectName: owner.projectName, trustedFactKeys: mountFactKeys(owner, [container.service], this.roots()) });
    this.reach = new InsideReach(this.engine, deps.clock);
  }

  /** Id of the container as it was last seen; null while there is none. */
  get containerId(): string | null {
    return this.id;
  }

  /** Its name: as the storage file says, or another one where that was taken. */
  get name(): string {
    return this.actualName ?? this.container.container;
  }

  /** An engine that may act on this container. */
  get door(): Engine {
    return this.engine;
  }

  /** By which its mounts take orders; null while there is no container, and where the backend takes none. */
  get control(): MountControl | null {
    return this.id === null || this.container.backend === 's3fs' ? null : { engine: this.engine, containerId: this.id, folder: controlFolder(this.owner, this.container.service) };
  }

  obstacle(): Promise<string | null> {
    return this.deps.obstacle();
  }

  async look(): Promise<MountSight> {
    const [{ found, s3 }, points] = await Promise.all([this.findWithS3(), Promise.all(this.mounts.map(async (mount) => [mount.mountPoint, await this.lookAt(mount)] as const))]);
    return { container: stateOf(found), exitCode: found?.exitCode ?? 0, s3, points: new Map(points) };
  }

  /** Why S3 will not be reached from inside by waiting; null while it is, or may be. */
  hopeless(): string | null {
    return this.reach.hopeless();
  }

  /** Something happened to S3: it is asked for anew. */
  forgetS3(): void {
    this.reach.forget();
  }

  /** What this machine reaches need not be reached from inside. */
  private async findWithS3(): Promise<{ readonly found: ObservedContainer | null; readonly s3: MountSight['s3'] }> {
    const [found, outside] = await Promise.all([this.find(), this.deps.s3Health(this.owner.projectId)]);
    if (!outside.reachable) this.reach.forget();
    if (!outside.reachable || found?.state !== 'running') return { found, s3: outside };
    const inside = await this.reach.look(found);
    return { found, s3: inside.reachable ? outside : { reachable: false, detail: `${inside.detail}${await this.moved(found)}` } };
  }

  /** A server in a container of somebody else may have another address each time it is started. */
  private async moved(found: ObservedContainer): Promise<string> {
    const now = await this.deps.s3.place(this.owner.projectId).then((place) => place.endpointInside, () => null);
    return now === null || now === found.labels[STORAGE_LABELS.endpoint] ? '' : ` It is at ${now} by now: \`berth storage start\` takes that.`;
  }

  /** The arguments it was made with; null while there is none. */
  async args(): Promise<readonly string[] | null> {
    const found = await this.find();
    return found === null ? null : textsOf((await this.engine.inspectRaw(found.id))['Args']);
  }

  /** The container, looked for by its labels where it is not known. */
  async find(): Promise<ObservedContainer | null> {
    const found = await (this.id === null ? findStorageContainer(this.engine, this.owner, this.container.service) : this.inspected(this.id));
    this.id = found?.id ?? null;
    this.actualName = found?.name ?? this.actualName;
    return found;
  }

  private async inspected(id: string): Promise<ObservedContainer | null> {
    try {
      return await this.engine.inspectContainer(id);
    } catch (error) {
      if (error instanceof AppError && error.code === 'not-found') return null;
      throw error;
    }
  }

  /** Whether there is a container that was made from other values. Finds the image, so that it is there afterwards. */
  async isOutdated(consent: ImageConsent, onOutput: (line: string) => void, signal?: AbortSignal): Promise<boolean> {
    const payload = await this.payload(consent, onOutput, signal);
    const found = await this.find();
    return found !== null && found.labels[STORAGE_LABELS.hash] !== payloadHash(payload);
  }

  async start(): Promise<void> {
    await this.deps.host.makeFolders(this.owner.dir, this.mounts.map(({ mountPoint }) => hostFolder({ dir: '' }, mountPoint)));
    await this.deps.host.makeFolders(controlFolder(this.owner, this.container.service), []);
    const found = await this.find();
    await this.engine.startContainer(found?.id ?? (await this.create()));
  }

  async cleanUp(points: readonly string[]): Promise<void> {
    const image = await this.image(NO_CONSENT, () => undefined);
    const { id } = await this.engine.createContainer(`${this.owner.projectName}-clean-up-${randomBytes(4).toString('hex')}`, cleanUpPayload(this.owner, image, points));
    try {
      await this.engine.startContainer(id);
      const code = await this.engine.waitContainer(id, AbortSignal.timeout(HELPER_MS));
      if (code !== 0) throw new AppError('start-failed', `A mount that ended could not be taken away at ${points.join(', ')}.`, { hint: 'As root: umount -l, with the folder on this machine that `berth storage status` names.' });
    } finally {
      await this.engine.removeContainer(id, { force: true, anonymousVolumes: true });
    }
  }

  async revive(points: readonly string[]): Promise<void> {
    for (const point of points) await this.endProgram(0, point);
  }

  /** Has one mount unmounted properly, killed where it does not end, and mounted anew by the container's entry. */
  remountOne(point: string): Promise<void> {
    return this.endProgram(ASK_SECONDS, point);
  }

  async restart(): Promise<void> {
    await this.engine.killContainer(this.known(), 'SIGKILL');
  }

  /** Unmounts, takes away what is left, removes the container. Its volumes stay. */
  async remove(): Promise<void> {
    const found = await this.find();
    if (found !== null && found.state === 'paused') await this.engine.killContainer(found.id, 'SIGKILL');
    else if (found !== null) await this.engine.stopContainer(found.id, UNMOUNT_GRACE_SECONDS);
    const left = await this.leftOver();
    if (left.length > 0) await this.cleanUp(left);
    if (found !== null) await this.engine.removeContainer(found.id, { force: false, anonymousVolumes: true });
    this.id = null;
  }

  private async leftOver(): Promise<readonly string[]> {
    const sights = await Promise.all(this.mounts.map(async (mount) => [mount.mountPoint, await this.lookAt(mount)] as const));
    return sights.filter(([, sight]) => sight !== 'absent').map(([point]) => point);
  }

  private async lookAt(mount: MountDefinition): Promise<PointSight> {
    const { sight, latencyMs } = await this.deps.host.look({
      point: hostFolder(this.owner, mount.mountPoint),
      type: `fuse.${this.container.backend}`,
      // s3fs does not say which bucket; rclone names it, with a hash over the remote's settings.
      isSource: (source) => this.container.backend === 's3fs' || source.replace(/\{[^}]*\}:/, ':') === remotePath(mount),
    });
    this.latencyMs.set(mount.mountPoint, latencyMs);
    return sight;
  }

  private async create(): Promise<string> {
    for (const { name, key } of mountVolumes(this.owner, this.container)) await this.engine.createVolume(name, { Driver: 'local', Labels: { ...storageLabels(this.owner), [COMPOSE_LABELS.volume]: key } });
    this.id = await createStorageContainer(this.engine, this.owner, this.container, await this.payload(NO_CONSENT, () => undefined), (text) => this.notes.push(text));
    return this.id;
  }

  private async payload(consent: ImageConsent, onOutput: (line: string) => void, signal?: AbortSignal): Promise<JsonObject> {
    const image = await this.image(consent, onOutput, signal);
    const place = await this.deps.s3.place(this.owner.projectId, 'mount');
    return mountPayload({ owner: this.owner, container: this.container, mounts: this.mounts, place, image });
  }

  private async image(consent: ImageConsent, onOutput: (line: string) => void, signal?: AbortSignal): Promise<string> {
    return (await this.deps.images.resolve(this.container.backend, consent, onOutput, signal)).reference;
  }

  private async endProgram(graceSeconds: number, point: string): Promise<void> {
    const { exitCode, stderr } = await runInside(this.engine, this.known(), [...END_MOUNT_COMMAND, String(graceSeconds), point], END_SECONDS);
    if (exitCode !== 0) throw new AppError('start-failed', `The mount ${point} could not be ended inside its container.`, { details: { output: stderr.slice(-2_000) } });
  }

  private known(): string {
    if (this.id === null) throw new AppError('not-found', `The container ${this.container.container} is not there.`);
    return this.id;
  }

  private roots(): readonly string[] {
    return [...new Set(this.mounts.map(({ mountPoint }) => mountRoot(mountPoint)))];
  }
}

function stateOf(found: ObservedContainer | null): MountSight['container'] {
  if (found === null) return 'missing';
  return found.state === 'running' ? 'running' : found.state === 'paused' ? 'paused' : 'ended';
}

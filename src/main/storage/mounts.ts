import { join } from 'node:path';
import type { MountDefinition, StorageContainer, StorageDefinition } from '@shared/domain/storage/definition';
import { NO_STORAGE } from '@shared/domain/storage/definition-of';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { consumerFolders, hostFolder, mountsWithin, STORAGE_LABELS, type StorageOwner } from '@shared/domain/storage/mount-payload';
import { INSTEAD_OF_MOUNTS } from '@shared/domain/storage/mount-possible';
import { isPassing } from '@shared/domain/storage/mount-supervision';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import { Emitter } from '@shared/kernel/emitter';
import type { Alerts } from '@main/alerts/types';
import type { Engine, EngineEvent } from '@main/docker/types';
import type { MountHost } from '@main/platform/mount-host';
import { nextNews } from '@main/platform/next-news';
import type { Logger } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import { engineProjectOf } from './definitions';
import { MountContainer } from './mount-container';
import { refreshFolders } from './mount-rc';
import { troubleshootMounts } from './mount-troubles';
import { MountSurroundings } from './mount-surroundings';
import { MountUnit } from './mount-unit';
import { trustedOwner } from './owner';
import type { ImageConsent, Mounts, MountStatus, S3Server, StepContext, StorageDefinitions, StorageImages } from './types';

/** What mounts are made, watched and told with. */
export interface MountsDependencies {
  readonly engine: Engine;
  /** Whether folders of the engine are folders of this machine. */
  readonly engineIsLocal: () => boolean;
  readonly projects: Pick<Projects, 'resolve'>;
  readonly definitions: StorageDefinitions;
  readonly s3: Pick<S3Server, 'status' | 'place'>;
  readonly images: StorageImages;
  readonly alerts: Pick<Alerts, 'raise' | 'clear'>;
  readonly host: MountHost;
  /** Berth's folder. */
  readonly stateDir: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Mounts, the watch over them (started in a process that keeps watch only), and who hears of changes. */
export interface MountsParts {
  readonly mounts: Mounts;
  readonly watch: { start(): Promise<void>; stop(): Promise<void> };
  /** The state of a mount of this project changed. */
  onChanged(listener: (projectId: string) => void): Disposable;
}

/** The compose-style project of the S3 server's container. */
const SERVER_PROJECT = 'berth-storage';
/** What is put in for a container that no file describes any more: enough to stop it. */
const UNKNOWN_CONTAINER: Omit<StorageContainer, 'service' | 'container'> = {
  role: 'mount',
  backend: 'rclone',
  image: '',
  configDir: '',
  cacheDir: '',
  resources: { requestMemoryBytes: null, requestCpuMillis: null, limitMemoryBytes: null, limitCpuMillis: null },
  sources: [],
};
/** How long a start may take while nothing is wrong but S3 is slow to come. */
const START_TIMEOUT_MS = 120_000;
/** Mounts that nobody keeps watch over tell of no change: they are looked at again. */
const LOOK_AGAIN_MS = 1_000;

/** Buckets as folders: one supervisor for each mount container of every project. */
export function createMounts(deps: MountsDependencies): MountsParts {
  const service = new MountsService(deps);
  return { mounts: service, watch: { start: () => service.begin(), stop: () => service.finish() }, onChanged: (listener) => service.changed.on(listener) };
}

class MountsService implements Mounts {
  readonly changed = new Emitter<string>();
  /** By project and service. */
  private readonly units = new Map<string, MountUnit>();
  /** Folders of projects, links resolved. */
  private readonly folders = new Map<string, string>();
  private readonly surroundings: MountSurroundings;
  private events: Disposable | null = null;
  private watching = false;

  constructor(private readonly deps: MountsDependencies) {
    this.surroundings = new MountSurroundings(deps);
  }

  /** Takes over what an earlier process left running, and keeps it up. */
  async begin(): Promise<void> {
    this.watching = true;
    this.events = this.deps.engine.onEvent((event) => {
      if (event.type === 'gap') void this.adopt();
      if (event.type === 'gap' || (event.type === 'container' && /^(?:die|oom|start|unpause|pause|destroy)$/.test(event.action))) this.poke(event);
    });
    await this.adopt();
  }

  /** Ends the watch; mounts stay. */
  async finish(): Promise<void> {
    this.watching = false;
    this.events?.dispose();
    await Promise.all([...this.units.values()].map((unit) => unit.end()));
    this.units.clear();
  }

  async status(projectId: string, definition: StorageDefinition): Promise<readonly MountStatus[]> {
    if (definition.mounts.length === 0) return [];
    const owner = await this.owner(projectId);
    const units = await this.unitsOf(owner, definition, 'look');
    await Promise.all(units.filter((unit) => !unit.supervised).map((unit) => unit.lookOnce()));
    return definition.mounts.flatMap((mount) => {
      const unit = units.find((one) => one.service === mount.service);
      return unit === undefined ? [] : [unit.status(mount, this.deps.engineIsLocal() ? hostFolder(owner, mount.mountPoint) : null)];
    });
  }

  async settled(projectId: string, definition: StorageDefinition, timeoutMs: number, signal: AbortSignal, onWaiting: (forThis: MountStatus) => void): Promise<readonly MountStatus[]> {
    const deadline = this.deps.clock.monotonic() + timeoutMs;
    for (let waits = false; ; waits = true) {
      const statuses = await this.status(projectId, definition);
      const leftMs = deadline - this.deps.clock.monotonic();
      const passing = statuses.find(({ state }) => isPassing(state));
      if (leftMs <= 0 || signal.aborted || passing === undefined) return statuses;
      if (!waits) onWaiting(passing);
      await nextNews((news) => this.changed.on((changed) => changed === projectId && news()), Math.min(leftMs, LOOK_AGAIN_MS), signal);
    }
  }

  async start(context: StepContext, projectId: string, definition: StorageDefinition, consent: ImageConsent): Promise<void> {
    if (definition.mounts.length === 0) return;
    const owner = await this.trustedOwner(projectId);
    const obstacle = await this.surroundings.obstacle(owner.dir);
    if (obstacle !== null) throw new AppError('setup-failed', obstacle, { hint: INSTEAD_OF_MOUNTS });
    // What an older file mounted, with the other backend perhaps, would lie where these go.
    await this.stopContainers(context, owner, definition, (service) => !definition.mounts.some((mount) => mount.service === service));
    const units = await this.unitsOf(owner, definition, 'anew');
    for (const unit of units) {
      await context.effect('mount.prepare', { service: unit.service, project: projectId }, async () => unit.prepare(consent, context));
    }
    await Promise.all(
      units.map((unit) =>
        context.effect('mount.start', { service: unit.service, project: projectId }, async () => {
          await this.bringUp(unit, context);
          return null;
        }),
      ),
    );
  }

  async stop(context: StepContext, projectId: string): Promise<void> {
    const owner = await this.trustedOwner(projectId);
    // A file that cannot be read any more must not keep mounts alive.
    const definition = await this.deps.definitions.load(projectId).catch(() => NO_STORAGE);
    await this.unitsOf(owner, definition);
    await this.stopContainers(context, owner, definition, () => true);
  }

  /** Those that a definition names, and those that no file names any more. */
  private async stopContainers(context: StepContext, owner: StorageOwner, definition: StorageDefinition, isMeant: (service: string) => boolean): Promise<void> {
    const project = owner.projectId;
    for (const [key, unit] of [...this.units].filter(([, one]) => one.container.owner.projectId === project && isMeant(one.service))) {
      await context.effect('mount.stop', { service: unit.service, project }, async () => {
        await unit.stop();
        if (!definition.containers.some(({ service }) => service === unit.service)) this.units.delete(key);
        return null;
      });
    }
    for (const service of (await this.strangers(owner)).filter(isMeant)) {
      await context.effect('mount.stop', { service, project }, async () => {
        await this.newUnit(owner, new MountContainer(this.worldOf(owner), owner, { ...UNKNOWN_CONTAINER, service, container: service }, [])).stop();
        return null;
      });
    }
  }

  async remount(context: StepContext, projectId: string, mountId: string | null): Promise<void> {
    const definition = await this.deps.definitions.load(projectId);
    const owner = await this.trustedOwner(projectId);
    const mount = mountId === null ? null : mountOf(definition, mountId);
    for (const unit of await this.unitsOf(owner, definition, 'anew')) {
      if (mount !== null && mount.service !== unit.service) continue;
      await context.effect('mount.remount', { service: unit.service, project: projectId, mount: mountId }, async () => {
        await unit.remount(mount?.mountPoint ?? null, context);
        await this.bringUp(unit, context);
        return null;
      });
    }
  }

  async refresh(projectId: string, mountId: string | null, folders: readonly string[]): Promise<readonly string[]> {
    // Side by side: somebody waits to see what was saved.
    const [definition, owner] = await Promise.all([this.deps.definitions.load(projectId), this.trustedOwner(projectId)]);
    const wanted = mountId === null ? definition.mounts : [mountOf(definition, mountId)];
    // What was read proves that S3 is there, and somebody waits to see it; where it cannot be read, S3 being away is the reason that helps.
    const units = await this.unitsOf(owner, definition);
    const hasS3 = this.mustReachS3(owner.projectId);
    const told = this.tell(units, wanted, folders).catch(async (error: unknown) => {
      await hasS3;
      throw error;
    });
    const refreshed = await Promise.race([told, hasS3.then(() => told)]);
    if (refreshed.length === 0) await hasS3;
    if (mountId !== null && refreshed.length === 0) throw new AppError('service-unreachable', `${mountId} is not mounted, or cannot be told to look again.`, { hint: 'Start it with `berth storage start`.' });
    return refreshed;
  }

  private async mustReachS3(projectId: string): Promise<void> {
    const s3 = await this.surroundings.s3(projectId);
    if (!s3.reachable) throw new AppError('service-unreachable', `Nothing can be read anew while S3 is away: ${s3.detail}`, { hint: 'Mounts look again by themselves once it is back.' });
  }

  /** Has mounts read these folders again; resolves with those that can be told. */
  private async tell(units: readonly MountUnit[], wanted: readonly MountDefinition[], folders: readonly string[]): Promise<readonly string[]> {
    const refreshed: string[] = [];
    for (const unit of units) {
      await unit.container.find();
      // s3fs has no way to be told; it looks again when its own time is over.
      const { control } = unit.container;
      if (control === null) continue;
      for (const mount of wanted.filter((one) => one.service === unit.service)) {
        await refreshFolders(control, mount.mountPoint, folders);
        unit.refreshed(mount.mountPoint);
        refreshed.push(mount.id);
      }
    }
    return refreshed;
  }

  async troubleshoot(projectId: string, definition: StorageDefinition): Promise<Awaited<ReturnType<Mounts['troubleshoot']>>> {
    const owner = await this.trustedOwner(projectId);
    const statuses = await this.status(projectId, definition);
    return troubleshootMounts(await this.unitsOf(owner, definition), statuses);
  }

  async fuse(): Promise<Awaited<ReturnType<Mounts['fuse']>>> {
    const obstacle = await this.surroundings.obstacle(this.deps.stateDir);
    return obstacle === null ? { possible: true, reason: '', instead: '' } : { possible: false, reason: obstacle, instead: INSTEAD_OF_MOUNTS };
  }

  parents(projectId: string, definition: StorageDefinition): ReadonlyMap<string, string> {
    return consumerFolders({ dir: this.folderOf(projectId) }, definition.mounts);
  }

  /** Where nobody keeps watch, only until everything is up. */
  private async bringUp(unit: MountUnit, context: StepContext): Promise<void> {
    try {
      await unit.bringUp(START_TIMEOUT_MS, context);
    } finally {
      if (!this.watching) await unit.end();
    }
  }

  private async adopt(): Promise<void> {
    try {
      const rows = (await this.deps.engine.containerStates()).filter((row) => row.workingDir !== '' && row.project.endsWith('-storage'));
      for (const projectId of new Set(rows.map((row) => row.workingDir.split('/').at(-1) ?? ''))) await this.adoptProject(projectId, new Set(rows.map((row) => row.workingDir)));
    } catch (error) {
      this.deps.log.warn('mounts that run could not be taken over', { error });
    }
  }

  private async adoptProject(projectId: string, folders: ReadonlySet<string>): Promise<void> {
    // Only what lies in this Berth's own folder.
    const owner = await this.owner(projectId).catch(() => null);
    if (owner === null || !folders.has(owner.dir)) return;
    try {
      const { trusted } = await this.deps.projects.resolve(projectId);
      if (!trusted) return;
      for (const unit of await this.unitsOf(owner, await this.running(owner, await this.deps.definitions.load(projectId)))) unit.watch();
    } catch (error) {
      this.deps.log.warn('the mounts of a project could not be taken over', { error, projectId });
    }
  }

  /** What of a definition has a container now that was made from it. */
  private async running(owner: StorageOwner, definition: StorageDefinition): Promise<StorageDefinition> {
    const mounts: MountDefinition[] = [];
    for (const container of definition.containers.filter(({ role }) => role === 'mount')) {
      const own = definition.mounts.filter(({ service }) => service === container.service);
      const args = await new MountContainer(this.worldOf(owner), owner, container, own).args();
      if (args !== null) mounts.push(...mountsWithin(container, own, args));
    }
    return { ...definition, containers: definition.containers.filter(({ service }) => mounts.some((mount) => mount.service === service)), mounts };
  }

  /** Units of the containers a definition names. What runs by an older file stays as it is, unless `anew`: then that file is over. */
  private async unitsOf(owner: StorageOwner, definition: StorageDefinition, how: 'look' | 'use' | 'anew' = 'use'): Promise<readonly MountUnit[]> {
    const units: MountUnit[] = [];
    for (const container of definition.containers.filter(({ role }) => role === 'mount')) {
      const key = `${owner.projectId} ${container.service}`;
      const mounts = definition.mounts.filter(({ service }) => service === container.service);
      const known = this.units.get(key);
      if (known !== undefined && (known.isOf(container, mounts) || (known.supervised && how !== 'anew'))) {
        units.push(known);
        continue;
      }
      const unit = this.newUnit(owner, new MountContainer(this.worldOf(owner), owner, container, mounts));
      units.push(unit);
      // Whoever only looks may still have read the file as it was: what is being started from the new one stays.
      if (known !== undefined && how === 'look') continue;
      this.units.set(key, unit);
      await known?.end();
    }
    return units;
  }

  /** Services with a mount container that no file names any more. */
  private async strangers(owner: StorageOwner): Promise<readonly string[]> {
    const rows = (await this.deps.engine.containerStates()).filter((row) => row.project === owner.projectName && row.workingDir === owner.dir);
    const roles = await Promise.all(rows.map(async ({ id, service }) => ({ service, role: (await this.deps.engine.inspectContainer(id)).labels[STORAGE_LABELS.role] })));
    return roles.filter(({ role }) => role === 'mount').map(({ service }) => service);
  }

  private newUnit(owner: StorageOwner, container: MountContainer): MountUnit {
    return new MountUnit({ ...this.deps, onChanged: () => this.changed.emit(owner.projectId) }, container);
  }

  private worldOf(owner: StorageOwner): ConstructorParameters<typeof MountContainer>[0] {
    const { engine, host, s3, images, clock } = this.deps;
    return { engine, host, s3, images, clock, s3Health: (id) => this.surroundings.s3(id), obstacle: () => this.surroundings.obstacle(owner.dir) };
  }

  /** A change of one of ours, or of the S3 server, is looked at at once; events of others say nothing. */
  private poke({ type, id, attributes }: EngineEvent): void {
    const isOfAll = type === 'gap' || attributes[COMPOSE_LABELS.project] === SERVER_PROJECT;
    if (isOfAll) this.surroundings.forgetS3();
    if (type === 'gap') this.surroundings.forgetEngine();
    for (const unit of this.units.values()) {
      if (isOfAll) unit.container.forgetS3();
      if (isOfAll || unit.container.containerId === id) unit.poke();
    }
  }

  private folderOf(projectId: string): string {
    return join(this.deps.stateDir, 'storage', projectId);
  }

  private async owner(projectId: string): Promise<StorageOwner> {
    const project = await this.deps.projects.resolve(projectId);
    const dir = this.folders.get(project.id) ?? (await this.deps.host.makeFolders(this.folderOf(project.id), []));
    this.folders.set(project.id, dir);
    return { projectId: project.id, projectName: engineProjectOf(project), dir };
  }

  private trustedOwner(projectId: string): Promise<StorageOwner> {
    return trustedOwner(this.deps, projectId);
  }
}

function mountOf(definition: StorageDefinition, mountId: string): MountDefinition {
  const found = definition.mounts.find((one) => one.id === mountId || one.mountPoint === mountId);
  if (found !== undefined) return found;
  throw new AppError('not-found', `There is no mount ${mountId}.`, { hint: definition.mounts.length === 0 ? 'The storage file has none.' : `There are: ${definition.mounts.map(({ id }) => id).join(', ')}.` });
}


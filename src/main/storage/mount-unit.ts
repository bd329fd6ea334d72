import type { MountDefinition, StorageContainer } from '@shared/domain/storage/definition';
import type { Clock } from '@shared/kernel/clock';
import type { AlertCause, Alerts } from '@main/alerts/types';
import type { Logger } from '@main/platform/types';
import type { MountContainer } from './mount-container';
import { cacheUse, type CacheUse } from './mount-rc';
import { MountSupervisor } from './mount-supervisor';
import type { ImageConsent, MountStatus, StepContext } from './types';

/** What a unit tells and tells the time with. */
export interface MountUnitDependencies {
  readonly alerts: Pick<Alerts, 'raise' | 'clear'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChanged: () => void;
}

const GAUGE_EVERY_MS = 30_000;
/** From this share of its limit on somebody should know that a cache is full. */
const FULL_SHARE = 0.8;
/** What is over sooner is no alert. */
const UNWELL_MS = 3_000;

/** One mount container with its supervisor, the gauge of its caches and its alerts. */
export class MountUnit {
  readonly service: string;
  private readonly supervisor: MountSupervisor;
  private readonly caches = new Map<string, CacheUse>();
  private readonly refreshedAt = new Map<string, string>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private gauge: NodeJS.Timeout | null = null;
  private measured: Promise<void> = Promise.resolve();

  constructor(
    private readonly deps: MountUnitDependencies,
    readonly container: MountContainer,
  ) {
    this.service = container.container.service;
    this.supervisor = new MountSupervisor(
      container.mounts.map(({ mountPoint }) => mountPoint),
      container,
      deps.clock,
      deps.log,
    );
    this.supervisor.onChanged(() => {
      deps.onChanged();
      this.judgeAlerts();
    });
  }

  /** True while somebody keeps it up. */
  get supervised(): boolean {
    return this.supervisor.wanted;
  }

  /** Whether it was made for exactly this container and these mounts. */
  isOf(container: StorageContainer, mounts: readonly MountDefinition[]): boolean {
    return JSON.stringify([this.container.container, this.container.mounts]) === JSON.stringify([container, mounts]);
  }

  /** Keeps it up from now on. */
  watch(): void {
    this.supervisor.want();
    if (this.gauge !== null) return;
    this.gauge = setInterval(() => (this.measured = this.measure()), GAUGE_EVERY_MS);
    this.gauge.unref();
  }

  poke(): void {
    if (this.supervised) this.supervisor.poke();
  }

  /** A look for a process that keeps no watch. How full the caches are is asked once: nothing asks again by itself there. */
  async lookOnce(): Promise<void> {
    await this.supervisor.lookOnce(({ container }) => container !== 'missing');
    if (this.caches.size > 0) return;
    this.measured = this.measure();
    await this.measured;
  }

  /** Finds the image and removes a container that was made from other values. */
  async prepare(consent: ImageConsent, context: Pick<StepContext, 'log' | 'signal'>): Promise<{ readonly remade: boolean }> {
    if (!(await this.container.isOutdated(consent, (line) => context.log(line, this.service), context.signal))) return { remade: false };
    // Nobody must start it again while it is being removed.
    await this.supervisor.release();
    await this.container.remove();
    return { remade: true };
  }

  /** Resolves when every mount is healthy. */
  async bringUp(timeoutMs: number, context: Pick<StepContext, 'log' | 'signal'>): Promise<void> {
    this.watch();
    // How long it was away before is no reason to give up now.
    this.container.forgetS3();
    await this.supervisor.untilHealthy(timeoutMs, context.signal, () => this.container.hopeless());
    for (const note of this.container.notes.splice(0)) context.log(note, this.service);
    // Asking takes its time in a container with little of a processor: the mounts are there already.
    this.measured = this.measure();
  }

  /** Unmounts all, removes the container and forgets its alerts. */
  async stop(): Promise<void> {
    await this.supervisor.release();
    this.rest();
    await this.measured;
    await this.container.remove();
    this.caches.clear();
    for (const { id } of this.container.mounts) {
      await this.deps.alerts.clear({ ...this.about(id), code: 'STORAGE-MOUNT-DOWN' });
      await this.deps.alerts.clear({ ...this.about(id), code: 'STORAGE-CACHE-FULL' });
    }
  }

  /** One mount by the entry of its container, the others untouched; all of them by making the container anew. */
  async remount(point: string | null, context: Pick<StepContext, 'log' | 'signal'>): Promise<void> {
    const { remade } = await this.prepare({ pull: false, build: false }, context);
    const found = await this.container.find();
    if (remade || found === null) return;
    if (point !== null && found.state === 'running') await this.container.remountOne(point);
    else {
      await this.supervisor.release();
      await this.container.remove();
    }
  }

  refreshed(point: string): void {
    this.refreshedAt.set(point, new Date(this.deps.clock.now()).toISOString());
  }

  /** Ends the watch; what runs goes on. */
  async end(): Promise<void> {
    this.rest();
    await this.measured;
    await this.supervisor.end();
  }

  status(mount: MountDefinition, hostPath: string | null): MountStatus {
    const isKnown = this.container.mounts.some((one) => one.id === mount.id && one.remote === mount.remote && one.bucket === mount.bucket && one.prefix === mount.prefix);
    const known = isKnown ? this.supervisor.points.get(mount.mountPoint) : undefined;
    const { state, detail } = known ?? { state: 'stopped' as const, detail: 'The storage file changed since the mounts were started: mount again to use it.' };
    return {
      id: mount.id,
      service: mount.service,
      container: this.container.name,
      remote: mount.remote,
      bucket: mount.bucket,
      prefix: mount.prefix,
      mountPoint: mount.mountPoint,
      hostPath,
      backend: this.container.container.backend,
      readOnly: mount.readOnly,
      state,
      detail,
      latencyMs: this.container.latencyMs.get(mount.mountPoint) ?? null,
      cache: { usedBytes: this.caches.get(mount.mountPoint)?.usedBytes ?? null, maxBytes: mount.cacheMaxBytes, maxAgeSeconds: mount.cacheMaxAgeSeconds, dirCacheSeconds: mount.dirCacheSeconds },
      usedBytes: null,
      lastRefreshedAt: this.refreshedAt.get(mount.mountPoint) ?? null,
    };
  }

  private rest(): void {
    if (this.gauge !== null) clearInterval(this.gauge);
    this.gauge = null;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  /** Reads how full the caches are; a mount that does not answer now is asked again next time. */
  private async measure(): Promise<void> {
    const { control } = this.container;
    if (control === null) return;
    for (const mount of this.container.mounts) {
      if (this.supervisor.points.get(mount.mountPoint)?.state !== 'healthy') continue;
      try {
        const use = await cacheUse(control, mount.mountPoint);
        this.caches.set(mount.mountPoint, use);
        await this.judgeCache(mount, use);
      } catch (error) {
        this.deps.log.debug('the cache of a mount could not be measured', { error, mount: mount.id });
      }
    }
  }

  private async judgeCache(mount: MountDefinition, { usedBytes, maxBytes }: CacheUse): Promise<void> {
    const cause = { ...this.about(mount.id), code: 'STORAGE-CACHE-FULL' };
    if (maxBytes <= 0 || usedBytes < maxBytes * FULL_SHARE) return this.deps.alerts.clear(cause);
    const percent = Math.round((usedBytes / maxBytes) * 100);
    await this.deps.alerts.raise({
      ...cause,
      severity: 'warning',
      message: `The cache of ${mount.mountPoint} is ${String(percent)} % full (${String(Math.round(usedBytes / 1024 ** 2))} of ${String(Math.round(maxBytes / 1024 ** 2))} MiB).`,
      hint: 'It makes room by itself, but files are then fetched again. `berth storage tune --preset bigger-cache` gives it 5G.',
    });
  }

  private judgeAlerts(): void {
    for (const { id, mountPoint } of this.container.mounts) {
      const one = this.supervisor.points.get(mountPoint);
      const isUnwell = this.supervised && (one?.state === 'degraded' || one?.state === 'recovering');
      const timer = this.timers.get(mountPoint);
      if (isUnwell && timer === undefined) {
        const late = setTimeout(() => void this.raiseDown(id, mountPoint), UNWELL_MS);
        late.unref();
        this.timers.set(mountPoint, late);
      } else if (!isUnwell && one?.state !== 'preflight') {
        if (timer !== undefined) clearTimeout(timer);
        this.timers.delete(mountPoint);
        this.quietly(this.deps.alerts.clear({ ...this.about(id), code: 'STORAGE-MOUNT-DOWN' }));
      }
    }
  }

  private async raiseDown(id: string, mountPoint: string): Promise<void> {
    const one = this.supervisor.points.get(mountPoint);
    if (one?.state !== 'degraded' && one?.state !== 'recovering') return;
    this.quietly(this.deps.alerts.raise({ ...this.about(id), code: 'STORAGE-MOUNT-DOWN', severity: 'warning', message: `${mountPoint} does not work as it should. ${one.detail}`, hint: 'Berth goes on trying. `berth storage troubleshoot` looks for the reason.' }));
  }

  private quietly(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.deps.log.warn('an alert could not be kept', { error }));
  }

  private about(mountId: string): Pick<AlertCause, 'object' | 'projectId' | 'service'> {
    return { object: mountId, projectId: this.container.owner.projectId, service: this.service };
  }
}

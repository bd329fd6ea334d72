import type { BerthEvent } from '@shared/contract/events';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { judgeMount, mountCode, mountHint, mountMessage, worstMountState, type SourceHeld, type WatchedState } from '@shared/domain/monitor/mounts';
import type { Project } from '@shared/domain/projects/project';
import type { Clock } from '@shared/kernel/clock';
import type { Disposable } from '@shared/kernel/disposable';
import type { TimedWork } from '@shared/kernel/timed-work';
import type { AlertCause, Alerts } from '@main/alerts/types';
import type { Handlers } from '@main/dispatch/types';
import type { MountLooker, PathLook } from '@main/platform/mount-look';
import type { Logger } from '@main/platform/types';
import type { Observation } from '@main/services/types';
import type { WatchedMount } from './types';

/** What the mount monitor needs from outside. */
export interface MountMonitorDependencies {
  readonly looker: MountLooker;
  /** The containers of the opened projects as they were last seen: the monitor asks no engine. */
  readonly observations: () => ReadonlyMap<string, Pick<Observation, 'project' | 'containers'>>;
  /** Looks at one project now, for whoever asks while nothing is watched. */
  readonly observe: (reference: string) => Promise<Pick<Observation, 'project' | 'containers'>>;
  /** Bind sources of an engine elsewhere are on its disk, not on this one. */
  readonly engineIsLocal: () => boolean;
  readonly alerts: Pick<Alerts, 'settle'>;
  readonly publish: (event: BerthEvent) => void;
  readonly everySeconds: () => number;
  readonly timed: TimedWork;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Until something was seen: what stands at a source is remembered from the first look, so that one comes early. */
const FIRST_LOOK_MS = 1_000;

interface Use {
  readonly container: ObservedContainer;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Watches the bind sources of running containers: is each there, and is it the one the container holds. */
export class MountMonitor implements Disposable {
  private timer: NodeJS.Timeout | null = null;
  private started = false;
  private looking: Promise<void> | null = null;
  private readonly known = new Map<string, readonly WatchedMount[]>();
  /** By container start and target: what stood at the source when it was first seen well. For containers this process may not look into. */
  private readonly remembered = new Map<string, SourceHeld>();

  constructor(private readonly deps: MountMonitorDependencies) {}

  start(): Promise<void> {
    this.started = true;
    this.next();
    return Promise.resolve();
  }

  /** Ends the watch; a look under way is waited for. */
  async stop(): Promise<void> {
    this.dispose();
    await this.looking;
  }

  dispose(): void {
    this.started = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** The mounts of a project, looked at now. */
  async show(reference: string): Promise<readonly WatchedMount[]> {
    const { project, containers } = await this.deps.observe(reference);
    return this.deps.engineIsLocal() ? this.look(project, containers) : [];
  }

  private next(): void {
    if (!this.started) return;
    this.timer = setTimeout(() => {
      this.looking = this.deps
        .timed(() => this.lookAtAll())
        .catch((error: unknown) => this.deps.log.warn('mounts could not be looked at', { error }))
        .finally(() => {
          this.looking = null;
          this.next();
        });
    }, this.known.size === 0 ? FIRST_LOOK_MS : this.deps.everySeconds() * 1000);
    this.timer.unref();
  }

  private async lookAtAll(): Promise<void> {
    const observations = this.deps.observations();
    if (!this.deps.engineIsLocal()) return;
    await this.forget(observations);
    // Side by side: one that hangs must not delay what is said of another project.
    await Promise.all([...observations.values()].map(({ project, containers }) => this.watch(project, containers)));
  }

  private async watch(project: Project, containers: readonly ObservedContainer[]): Promise<void> {
    const before = this.known.get(project.id);
    const mounts = await this.look(project, containers);
    this.known.set(project.id, mounts);
    if (before !== undefined && factsOf(before) === factsOf(mounts)) return;
    this.deps.publish({ type: 'mounts.changed', projectId: project.id, mounts: [...mounts] });
    await this.deps.alerts.settle('MOUNT-', project.id, mounts.flatMap((mount) => this.causeOf(project.id, mount)));
  }

  private async look(project: Project, containers: readonly ObservedContainer[]): Promise<readonly WatchedMount[]> {
    const uses = usesOf(containers);
    const [now, held] = await Promise.all([this.deps.looker.look([...uses.keys()]), this.heldBy(uses)]);
    const checkedAt = new Date(this.deps.clock.now()).toISOString();
    return [...uses]
      .map(([source, of]): WatchedMount => {
        const look = now.get(source) ?? { state: 'hung', kind: 'unknown', identity: null, latencyMs: 0 };
        const state = worstMountState(of.map((use) => this.judge(look, use, held.get(useKey(use)) ?? null)));
        const before = this.known.get(project.id)?.find((one) => one.source === source);
        const services = [...new Set(of.map((use) => use.container.service))].sort();
        return {
          source,
          services: of.map((use) => ({ service: use.container.service, target: use.target, readOnly: use.readOnly })),
          kind: look.kind === 'unknown' ? (before?.kind ?? 'unknown') : look.kind,
          state,
          latencyMs: look.latencyMs,
          checkedAt,
          since: before?.state === state ? before.since : checkedAt,
          message: mountMessage(state, source, look.kind, services),
        };
      })
      .sort((a, b) => (a.source < b.source ? -1 : 1));
  }

  /** What the containers themselves hold, where this process may look. */
  private async heldBy(uses: ReadonlyMap<string, readonly Use[]>): Promise<ReadonlyMap<string, SourceHeld>> {
    const targets = new Map<ObservedContainer, Use[]>();
    for (const use of [...uses.values()].flat()) targets.set(use.container, [...(targets.get(use.container) ?? []), use]);
    const held = new Map<string, SourceHeld>();
    await Promise.all(
      [...targets].map(async ([container, of]) => {
        const looks = await this.deps.looker.held(container.pid, of.map((use) => use.target));
        for (const use of of) {
          const look = looks.get(use.target);
          if (look?.known === true) held.set(useKey(use), { kind: look.kind, identity: look.identity });
        }
      }),
    );
    return held;
  }

  private judge(now: PathLook, use: Use, held: SourceHeld | null): WatchedState {
    const key = useKey(use);
    const state = judgeMount(now, held ?? this.remembered.get(key) ?? null);
    if (state === 'ok' && !this.remembered.has(key)) this.remembered.set(key, { kind: now.kind, identity: now.identity });
    return state;
  }

  /** A source this user could never read is no news: its container may read it all the same. */
  private causeOf(projectId: string, mount: WatchedMount): readonly AlertCause[] {
    const { state, source, message } = mount;
    const services = [...new Set(mount.services.map((one) => one.service))];
    if (state === 'ok' || (state === 'unreadable' && mount.kind !== 'fuse' && !this.wasOk(projectId, source))) return [];
    return [{ code: mountCode(state), object: source, severity: state === 'unreadable' ? 'warning' : 'error', projectId, service: services.length === 1 ? (services[0] ?? null) : null, message, hint: mountHint(state) }];
  }

  private wasOk(projectId: string, source: string): boolean {
    const { containers } = this.deps.observations().get(projectId) ?? { containers: [] };
    return (usesOf(containers).get(source) ?? []).some((use) => this.remembered.has(useKey(use)));
  }

  private async forget(observations: ReturnType<MountMonitorDependencies['observations']>): Promise<void> {
    for (const id of [...this.known.keys()]) {
      if (observations.has(id)) continue;
      this.known.delete(id);
      await this.deps.alerts.settle('MOUNT-', id, []);
    }
    const present = new Set([...observations.values()].flatMap(({ containers }) => [...usesOf(containers).values()].flat().map(useKey)));
    for (const key of this.remembered.keys()) if (!present.has(key)) this.remembered.delete(key);
  }
}

/** Binds the contract name of the mount monitor. */
export function mountHandlers(monitor: MountMonitor): Pick<Handlers, 'mounts.show'> {
  return { 'mounts.show': async ({ project }) => [...(await monitor.show(project))] };
}

/** Bind mounts of running containers, by source. */
function usesOf(containers: readonly ObservedContainer[]): ReadonlyMap<string, readonly Use[]> {
  const uses = new Map<string, Use[]>();
  for (const container of containers) {
    if (container.state !== 'running' && container.state !== 'paused') continue;
    for (const { type, source, target, readOnly } of container.mounts) {
      if (type !== 'bind') continue;
      const of = uses.get(source) ?? [];
      uses.set(source, of);
      of.push({ container, target, readOnly });
    }
  }
  return uses;
}

function useKey(use: Use): string {
  return `${use.container.id} ${use.container.startedAt} ${use.target}`;
}

/** What is worth telling when it changes; the time it was looked at is not. */
function factsOf(mounts: readonly WatchedMount[]): string {
  return JSON.stringify(mounts.map(({ source, services, kind, state, message }) => [source, services, kind, state, message]));
}

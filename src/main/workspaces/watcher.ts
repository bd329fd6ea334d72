import { workspaceOf } from '@shared/domain/workspaces/keys';
import { conflictWords, haltWords } from '@shared/domain/workspaces/words';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { Logger } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import type { ChoiceRecords } from './choices';
import type { SyncReport, SyncWatchEvent } from './engine-types';
import type { Engines, EngineTarget } from './engines';
import type { LiveSync } from './status';
import type { SyncMemory } from './sync-memory';
import type { WatchLine } from './types';
import { workspaceNames } from './workspace-folders';
import { Follower } from './watch-followers';
import { workspacesPlace, workspacesRoot, type PlaceDependencies } from './place';

/** What watching works with. */
export interface WatcherDependencies extends PlaceDependencies {
  readonly projects: Pick<Projects, 'resolve' | 'list'>;
  readonly engines: Pick<Engines, 'watch' | 'run' | 'isSending' | 'identityOf'>;
  readonly memory: SyncMemory;
  readonly choices: ChoiceRecords;
  /** Something was sent or removed: mounts show it, containers take it. */
  readonly applied: (projectId: string, report: SyncReport, keys?: readonly string[]) => Promise<void>;
  readonly changed: (projectId: string) => void;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Looks again who is to be watched: a store that was away comes back without telling. */
const LOOK_AGAIN_MS = 15_000;
/** A folder that appears is a workspace soon, also before anything was ever synced. */
const NAMES_MS = 1_500;

type Listener = (line: WatchLine) => void;

interface Watched {
  /** Which workspaces, so that a change of choices is seen; null stands for all. */
  readonly wanted: readonly (string | null)[];
  /** What the engine was made with: after other keys or settings the watch begins anew. */
  readonly identity: string;
  readonly stops: readonly { stop(): Promise<void> }[];
}

/** Sends files as they are saved, for every project whose workspaces were synced once. */
export class Watcher {
  private readonly watched = new Map<string, Watched>();
  private readonly failed = new Map<string, string>();
  private readonly followers = new Map<string, Set<Follower>>();
  private timers: readonly NodeJS.Timeout[] = [];
  private readonly names = new Map<string, string>();
  /** As they were when they were last asked for. */
  private projects: readonly Pick<Project, 'id' | 'dir'>[] = [];
  private turn: Promise<void> = Promise.resolve();
  private isStarted = false;

  constructor(private readonly deps: WatcherDependencies) {}

  start(): Promise<void> {
    this.isStarted = true;
    this.timers = [setInterval(() => void this.look(), LOOK_AGAIN_MS), setInterval(() => void this.lookAtNames(), NAMES_MS)];
    for (const timer of this.timers) timer.unref();
    void this.look();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.isStarted = false;
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    await this.turn;
    const all = [...this.watched.values()];
    this.watched.clear();
    await Promise.all(all.flatMap((one) => one.stops.map((each) => each.stop())));
  }

  /** Begins and ends watches as the choices are now. */
  look(): Promise<void> {
    this.turn = this.turn.then(() => this.lookNow()).catch((error: unknown) => this.deps.log.warn('the workspaces could not be looked at', { error }));
    return this.turn;
  }

  live(projectId: string): LiveSync {
    return { syncing: this.deps.engines.isSending(projectId), failed: this.failed.get(projectId) ?? null };
  }

  /** Watches as long as the signal says, and tells each run; shares the watch that is there already, and goes on by itself when that ends. Rejects with `cancelled` at its end. */
  async follow(target: EngineTarget, workspace: string | null, signal: AbortSignal, push: Listener): Promise<void> {
    const { id } = target.project;
    const isOwnFolder = target.root === undefined;
    const follower = new Follower({
      workspace,
      push,
      isCovered: () => isOwnFolder && covers(this.watched.get(id)?.wanted ?? [], workspace),
      begin: () => this.deps.engines.watch(target, workspace, (event) => this.told(id, event, isOwnFolder)),
      identity: (present) => this.identityOf(target, present),
      now: this.deps.now,
    });
    const followers = this.followers.get(id) ?? new Set();
    this.followers.set(id, followers.add(follower));
    try {
      await follower.start();
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      followers.delete(follower);
      await follower.end();
    }
    // Ended by this process and not by who follows: they go on where the next one hosts.
    throw new AppError('cancelled', 'Cancelled.');
  }

  /** One pass, told in the same lines. */
  async once(target: EngineTarget, workspace: string | null, signal: AbortSignal, push: Listener): Promise<void> {
    const report = await this.deps.engines.run(target, { workspace }, () => undefined, signal);
    if (target.root === undefined) await this.deps.memory.keep(target.project.id, report, workspace);
    await this.deps.applied(target.project.id, report);
    this.deps.changed(target.project.id);
    for (const line of linesOf(report, this.deps.now().toISOString())) push(line);
  }

  private async lookAtNames(): Promise<void> {
    try {
      for (const project of this.projects) {
        const names = (await workspaceNames(workspacesRoot(project, undefined))).join('\n');
        const before = this.names.get(project.id);
        this.names.set(project.id, names);
        if (before === undefined || before === names) continue;
        this.deps.changed(project.id);
        await this.look();
      }
    } catch (error) {
      this.deps.log.debug('the names of workspaces could not be read', { error });
    }
  }

  private async lookNow(): Promise<void> {
    if (!this.isStarted) return;
    const projects = await this.deps.projects.list();
    this.projects = projects;
    for (const project of projects) {
      const selection = project.trusted && (await this.deps.memory.of(project.id)).hasSynced ? await this.selectionOf(project.id) : [];
      await this.settle(project.id, selection);
      await Promise.all([...(this.followers.get(project.id) ?? [])].map((one) => one.settle()));
    }
    const known = new Set(projects.map((one) => one.id));
    for (const projectId of this.watched.keys()) if (!known.has(projectId)) await this.settle(projectId, []);
  }

  /** Null stands for all of them, so that a new folder is watched as well. */
  private async selectionOf(projectId: string): Promise<readonly (string | null)[]> {
    const project = await this.deps.projects.resolve(projectId);
    const place = await workspacesPlace(this.deps, project, undefined);
    const choices = await this.deps.choices.of(projectId);
    const names = await workspaceNames(place.root);
    const watched = names.filter((name) => choices.workspace(name).trigger === 'watch');
    if (names.length === 0) return [];
    return watched.length === names.length ? [null] : watched;
  }

  private async settle(projectId: string, wanted: readonly (string | null)[]): Promise<void> {
    const selection = JSON.stringify(wanted);
    const present = this.watched.get(projectId);
    const identity = wanted.length === 0 ? '' : await this.identityOf({ project: await this.deps.projects.resolve(projectId) }, present?.identity ?? '');
    if (JSON.stringify(present?.wanted ?? []) === selection && (present?.identity ?? '') === identity) return;
    if (present !== undefined) {
      this.watched.delete(projectId);
      await Promise.all(present.stops.map((one) => one.stop()));
    }
    if (wanted.length === 0) return;
    const stops: { stop(): Promise<void> }[] = [];
    try {
      const project = await this.deps.projects.resolve(projectId);
      for (const workspace of wanted) stops.push(await this.deps.engines.watch({ project }, workspace, (event) => this.told(projectId, event, true)));
      this.watched.set(projectId, { wanted, identity, stops });
      this.fail(projectId, null);
    } catch (error) {
      await Promise.all(stops.map((one) => one.stop()));
      // The store is away, or somebody else syncs there: the next look tries again.
      if (!(error instanceof AppError)) throw error;
      this.fail(projectId, error.message);
    }
  }

  /** While the store is away it is as it was: the watch that runs waits for it by itself. */
  private async identityOf(target: EngineTarget, present: string): Promise<string> {
    try {
      return await this.deps.engines.identityOf(target);
    } catch (error) {
      if (error instanceof AppError) return present;
      throw error;
    }
  }

  private told(projectId: string, event: SyncWatchEvent, isKept: boolean): void {
    const at = this.deps.now().toISOString();
    if (event.kind === 'mode') return;
    if (event.kind === 'failed') {
      this.fail(projectId, event.message);
      this.tell(projectId, { at, kind: 'failed', workspace: null, message: event.message, uploaded: 0, deleted: 0, tookMs: 0 });
      return;
    }
    void this.keep(projectId, event.report, event.keys, isKept).catch((error: unknown) => this.deps.log.warn('what was synced could not be told', { error, projectId }));
    for (const line of linesOf(event.report, at)) this.tell(projectId, line);
  }

  private async keep(projectId: string, report: SyncReport, keys: readonly string[], isKept: boolean): Promise<void> {
    this.fail(projectId, null);
    // Containers first: what is measured in milliseconds does not wait for the store.
    await this.deps.applied(projectId, report, keys);
    if (isKept) await this.deps.memory.keepPart(projectId, report, keys);
    this.deps.changed(projectId);
  }

  private fail(projectId: string, message: string | null): void {
    if ((this.failed.get(projectId) ?? null) === message) return;
    if (message === null) this.failed.delete(projectId);
    else this.failed.set(projectId, message);
    this.deps.changed(projectId);
  }

  private tell(projectId: string, line: WatchLine): void {
    for (const follower of this.followers.get(projectId) ?? []) follower.tell(line);
  }
}

/** Whether watching these watches that one as well. */
function covers(wanted: readonly (string | null)[], workspace: string | null): boolean {
  return wanted.includes(null) || (workspace !== null && wanted.includes(workspace));
}

/** What a run of a watch says, a line for each workspace that something happened to. */
export function linesOf(report: SyncReport, at: string): readonly WatchLine[] {
  if (report.halt !== null) return [{ at, kind: 'halted', workspace: null, message: haltWords(report.halt, report.approval).message, uploaded: 0, deleted: 0, tookMs: Math.round(report.durationMs) }];
  const synced = report.workspaces
    .filter((one) => one.uploaded + one.deleted > 0)
    .map((one): WatchLine => ({ at, kind: 'synced', workspace: one.name, message: `${one.name}: ${String(one.uploaded)} sent, ${String(one.deleted)} removed.`, uploaded: one.uploaded, deleted: one.deleted, tookMs: Math.round(report.durationMs) }));
  const conflicts = report.conflicts.map((one): WatchLine => ({ at, kind: 'conflict', workspace: workspaceOf(one.key), message: conflictWords(one.key, one.because), uploaded: 0, deleted: 0, tookMs: 0 }));
  return [...synced, ...conflicts];
}

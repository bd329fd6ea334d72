import { join } from 'node:path';
import type { Project } from '@shared/domain/projects/project';
import type { SentFiles, VolumeScope } from '@shared/domain/workspaces/volume-plan';
import type { Disposable } from '@shared/kernel/disposable';
import type { S3Place } from '@main/storage/types';
import type { SyncEngine, SyncEngineOptions, SyncProgress, SyncReport, SyncRequest, SyncPlan, SyncWatch, SyncWatchEvent } from './engine-types';
import type { FolderTurns } from '@main/operations/folder-turns';
import { mustBeTrusted, prefixOf, stateName, storeName, workspacesPlace, type PlaceDependencies, type WorkspacesPlace } from './place';

/** What the engines of all projects are made with. */
export interface EnginesDependencies extends PlaceDependencies {
  readonly openEngine: (options: SyncEngineOptions) => SyncEngine;
  readonly stateDir: string;
  readonly concurrency: () => number;
  /** The workspaces that are compared by size alone. */
  readonly sizeOnly: (projectId: string) => Promise<readonly string[]>;
  readonly turns: FolderTurns;
  /** Rejects with `busy` while something beside Berth sends the workspaces of the project. */
  readonly alone: (project: Project) => Promise<void>;
}

/** Which folder of which project. */
export interface EngineTarget {
  readonly project: Project;
  /** Undefined: workspaces/ of the project. */
  readonly root?: string | undefined;
}

/** The thread of an engine is kept for a moment: a run often follows a plan. */
const KEPT_MS = 30_000;
const CALL_MS = 20_000;
const VERIFY_EVERY_MS = 5 * 60_000;

interface Held {
  readonly engine: SyncEngine;
  readonly identity: string;
  /** The store with its keys: where these are others now, the engine can do nothing any more. */
  readonly store: string;
  users: number;
  timer: NodeJS.Timeout | null;
}

/** One engine for each folder and destination, opened when it is needed and closed when nobody needs it any more. */
export class Engines {
  private readonly held = new Map<string, Held>();
  private closing: Promise<void> = Promise.resolve();
  /** Runs under way, by project. */
  private readonly sending = new Map<string, number>();

  constructor(private readonly deps: EnginesDependencies) {}

  async run(target: EngineTarget, request: SyncRequest, onProgress: (progress: SyncProgress) => void, signal?: AbortSignal): Promise<SyncReport> {
    await this.deps.alone(target.project);
    const { id } = target.project;
    const { root } = await workspacesPlace(this.deps, target.project, target.root);
    // Git and whoever else changes these files at once: one of them waits.
    const turn = await this.deps.turns.take(root, signal);
    this.sending.set(id, (this.sending.get(id) ?? 0) + 1);
    try {
      return await this.with(target, (engine) => engine.run(request, onProgress, signal));
    } finally {
      this.sending.set(id, (this.sending.get(id) ?? 1) - 1);
      turn.dispose();
    }
  }

  async plan(target: EngineTarget, request: SyncRequest, signal?: AbortSignal): Promise<SyncPlan> {
    return this.with(target, (engine) => engine.plan(request, signal));
  }

  /** What was sent of a part and lies in the bucket. */
  async contents(target: EngineTarget, scope: VolumeScope): Promise<SentFiles> {
    return this.with(target, (engine) => engine.contents(scope));
  }

  isSending(projectId: string): boolean {
    return (this.sending.get(projectId) ?? 0) > 0;
  }

  /** Equal as long as an engine would be made in the same way: other keys or settings need another one. Rejects while the store is away. */
  async identityOf(target: EngineTarget): Promise<string> {
    const place = await workspacesPlace(this.deps, target.project, target.root);
    return JSON.stringify(await this.options(target.project.id, place, await this.deps.s3.place(target.project.id), ''));
  }

  /** Watches until the answer is disposed of. */
  async watch(target: EngineTarget, workspace: string | null, onEvent: (event: SyncWatchEvent) => void): Promise<{ stop(): Promise<void> }> {
    await this.deps.alone(target.project);
    const use = await this.take(target);
    let watch: SyncWatch;
    try {
      watch = await use.engine.watch({ workspace }, onEvent);
    } catch (error) {
      use.dispose();
      throw error;
    }
    return {
      stop: async () => {
        await watch.stop();
        use.dispose();
      },
    };
  }

  /** Ends everything; runs under way are cut and completed by the next ones. */
  async close(): Promise<void> {
    const all = [...this.held.values()];
    this.held.clear();
    for (const one of all) if (one.timer !== null) clearTimeout(one.timer);
    await Promise.all([this.closing, ...all.map((one) => one.engine.close())]);
  }

  private async with<T>(target: EngineTarget, act: (engine: SyncEngine) => Promise<T>): Promise<T> {
    const use = await this.take(target);
    try {
      return await act(use.engine);
    } finally {
      use.dispose();
    }
  }

  private async take(target: EngineTarget): Promise<Disposable & { readonly engine: SyncEngine }> {
    mustBeTrusted(target.project);
    const place = await workspacesPlace(this.deps, target.project, target.root);
    const s3 = await this.deps.s3.place(target.project.id);
    const name = stateName(target.project.id, place, s3);
    const options = await this.options(target.project.id, place, s3, join(this.deps.stateDir, 'workspaces', name));
    const identity = JSON.stringify(options);
    const before = this.held.get(name);
    // Other settings: the one that runs is left to who uses it, and the next user gets a new one. Another address or other keys: who uses it would only wait.
    if (before !== undefined && before.identity !== identity && (before.users === 0 || before.store !== JSON.stringify(options.s3))) this.end(name, before);
    await this.closing;
    const held = this.held.get(name) ?? this.open(name, options, identity);
    held.users += 1;
    if (held.timer !== null) clearTimeout(held.timer);
    held.timer = null;
    let isDisposed = false;
    return {
      engine: held.engine,
      dispose: () => {
        if (isDisposed) return;
        isDisposed = true;
        held.users -= 1;
        if (held.users > 0 || this.held.get(name) !== held) return;
        held.timer = setTimeout(() => this.end(name, held), KEPT_MS);
        held.timer.unref();
      },
    };
  }

  private async options(projectId: string, place: WorkspacesPlace, s3: S3Place, stateDir: string): Promise<SyncEngineOptions> {
    return {
      root: place.root,
      destination: { endpoint: storeName(s3), bucket: place.bucket, prefix: prefixOf(place) },
      s3: { endpoint: s3.endpoint, region: s3.region, accessKey: s3.accessKey, secretKey: s3.secretKey, deadlineMs: CALL_MS },
      stateDir,
      settings: { gitignore: true, dockerignore: true, concurrency: this.deps.concurrency(), sizeOnly: await this.deps.sizeOnly(projectId), trash: false, verifyEveryMs: VERIFY_EVERY_MS },
    };
  }

  private open(name: string, options: SyncEngineOptions, identity: string): Held {
    const held: Held = { engine: this.deps.openEngine(options), identity, store: JSON.stringify(options.s3), users: 0, timer: null };
    this.held.set(name, held);
    return held;
  }

  private end(name: string, held: Held): void {
    if (held.timer !== null) clearTimeout(held.timer);
    if (this.held.get(name) === held) this.held.delete(name);
    // One after the other: the next engine of the same place needs its lease.
    this.closing = this.closing.then(() => held.engine.close()).catch(() => undefined);
  }
}

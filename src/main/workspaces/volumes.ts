import type { Project } from '@shared/domain/projects/project';
import { runnersProjectName } from '@shared/domain/workspaces/runner-payload';
import { VOLUME_TARGET } from '@shared/domain/workspaces/volume-payload';
import { planVolume, type SentFile, type VolumeScope } from '@shared/domain/workspaces/volume-plan';
import { AppError } from '@shared/kernel/app-error';
import { InTurn } from '@shared/kernel/in-turn';
import type { Engine } from '@main/docker/types';
import { volumeFrames } from '@main/platform/volume-frames';
import type { Logger } from '@main/platform/types';
import type { StepContext, StorageImages } from '@main/storage/types';
import type { Engines } from './engines';
import { workspacesPlace, type PlaceDependencies } from './place';
import type { RunnerSource, VolumeSight } from './types';
import { VolumeContainer } from './volume-container';

/** What keeping volumes in step works with. */
export interface VolumesDependencies extends PlaceDependencies {
  readonly engine: Engine;
  readonly images: StorageImages;
  readonly engines: Pick<Engines, 'contents'>;
  readonly resolve: (projectId: string) => Promise<Project>;
  /** Whether any workspace of the project that runs reads the volume. */
  readonly isUsed: (projectId: string) => Promise<boolean>;
  /** Names this Berth’s own of a project. */
  readonly dirOf: (projectId: string) => string;
  readonly now: () => Date;
  readonly log: Logger;
}

interface Kept {
  readonly volume: string;
  readonly containerId: string;
  readonly held: Map<string, SentFile>;
  readonly filledAt: string;
  /** Why it is behind the bucket; null when it is not. The next turn compares everything. */
  readonly behind: string | null;
}

const NO_CONSENT = { pull: false, build: false };
const ALL: VolumeScope = { workspaces: null };
const STEPS: Pick<StepContext, 'effect'> = { effect: (_name, _intent, act) => act() };

/**
 * Where buckets cannot be folders: one volume for each project with exactly what was sent to the bucket, filled from the files of this machine. Containers read it, and go on reading it while the store is away.
 */
export class Volumes {
  private readonly kept = new Map<string, Kept>();
  private readonly turns = new Map<string, InTurn>();

  constructor(private readonly deps: VolumesDependencies) {}

  /** Makes the volume and brings it in step. Resolves with what a container needs to read it. */
  async fill(context: StepContext, project: Project): Promise<RunnerSource> {
    const image = (await this.deps.images.resolve('workspace', NO_CONSENT, (line) => context.log(line), context.signal)).reference;
    return this.inTurn(project.id, async () => {
      const container = this.containerOf(project);
      const containerId = await container.ensure(context, image);
      const kept = await this.bring(project, container, { volume: container.volume, containerId, held: await container.list(containerId), filledAt: '', behind: '' }, ALL);
      if (kept.behind !== null) context.log(kept.behind);
      if (kept.held.size === 0) throw new AppError('blocked', 'Nothing of the workspaces was sent yet, so there is nothing a container could be made from.', { hint: 'berth workspaces sync' });
      return { kind: 'volume', volume: container.volume, target: VOLUME_TARGET };
    });
  }

  /** A sync sent or removed something of this part. Never rejects: what went wrong is mended by the next turn and said meanwhile. */
  async follow(projectId: string, scope: VolumeScope): Promise<void> {
    try {
      if (!(await this.deps.isUsed(projectId))) return;
      const project = await this.deps.resolve(projectId);
      await this.inTurn(projectId, () => this.followNow(project, scope));
    } catch (error) {
      this.deps.log.warn('the volume of workspaces could not be brought in step', { error, projectId });
      this.fall(projectId, `The volume could not be brought in step: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Null where there is none, or nothing was asked of it since Berth started. */
  sight(projectId: string): VolumeSight | null {
    const kept = this.kept.get(projectId);
    if (kept === undefined) return null;
    const amounts = new Map<string, { files: number; bytes: number }>();
    for (const { key, sizeBytes } of kept.held.values()) {
      const name = key.slice(0, Math.max(0, key.indexOf('/')));
      const sum = amounts.get(name) ?? { files: 0, bytes: 0 };
      amounts.set(name, { files: sum.files + 1, bytes: sum.bytes + sizeBytes });
    }
    return { name: kept.volume, filledAt: kept.filledAt, behind: kept.behind, amounts };
  }

  /** Nothing reads it any more: it goes, with the container that fills it. */
  async remove(project: Project): Promise<void> {
    await this.inTurn(project.id, async () => {
      this.kept.delete(project.id);
      await this.containerOf(project).remove();
    });
  }

  private async followNow(project: Project, scope: VolumeScope): Promise<void> {
    const container = this.containerOf(project);
    const before = this.kept.get(project.id);
    if (before !== undefined && before.behind === null) return void (await this.bring(project, container, before, scope));
    // After a start of Berth, or after something went wrong: as it is, whatever it was.
    if (!(await container.exists())) return;
    const containerId = await container.ensure(STEPS, (await this.deps.images.resolve('workspace', NO_CONSENT, () => undefined)).reference);
    await this.bring(project, container, { volume: container.volume, containerId, held: await container.list(containerId), filledAt: '', behind: '' }, ALL);
  }

  private async bring(project: Project, container: VolumeContainer, kept: Kept, scope: VolumeScope): Promise<Kept> {
    const place = await workspacesPlace(this.deps, project, undefined);
    const sent = await this.deps.engines.contents({ project }, scope);
    const plan = planVolume(kept.held, sent, scope);
    const moved: string[] = [];
    if (plan.put.length + plan.remove.length > 0) {
      const result = await container.apply(kept.containerId, volumeFrames(place.root, plan.put, plan.remove, (key) => void moved.push(key)));
      moved.push(...result.moved);
    }
    const late = new Set(moved);
    for (const file of plan.put) if (!late.has(file.key)) kept.held.set(file.key, file);
    for (const key of plan.remove) kept.held.delete(key);
    const next: Kept = { ...kept, filledAt: this.deps.now().toISOString(), behind: behindWords(late.size, plan.withheld) };
    this.kept.set(project.id, next);
    return next;
  }

  private fall(projectId: string, behind: string): void {
    const kept = this.kept.get(projectId);
    if (kept !== undefined) this.kept.set(projectId, { ...kept, behind });
  }

  private containerOf(project: Project): VolumeContainer {
    return new VolumeContainer(this.deps.engine, { projectId: project.id, projectName: runnersProjectName(project.name), dir: this.deps.dirOf(project.id) });
  }

  private inTurn<T>(projectId: string, work: () => Promise<T>): Promise<T> {
    const turn = this.turns.get(projectId) ?? new InTurn();
    this.turns.set(projectId, turn);
    return turn.run(work);
  }
}

function behindWords(moved: number, withheld: number): string | null {
  if (moved > 0) return `${String(moved)} ${moved === 1 ? 'file' : 'files'} changed while the volume was filled; the next save brings ${moved === 1 ? 'it' : 'them'}.`;
  return withheld > 0 ? `${String(withheld)} removals wait until everything in the bucket was compared: berth workspaces sync --verify` : null;
}

import type { Logger } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import type { Mounts, S3Server, StorageDefinitions } from '@main/storage/types';
import type { Operations } from '@main/operations/types';
import type { ChoiceRecords } from './choices';
import { workspacesPlace } from './place';
import type { Runners } from './types';
import { workspaceNames } from './workspace-folders';

/** What keeping the containers in step works with. */
export interface MonitorDependencies {
  readonly projects: Pick<Projects, 'resolve' | 'list'>;
  readonly definitions: StorageDefinitions;
  readonly s3: Pick<S3Server, 'place'>;
  readonly mounts: Pick<Mounts, 'status'>;
  readonly runners: Runners;
  readonly choices: ChoiceRecords;
  readonly operations: Pick<Operations, 'enqueue'>;
  readonly changed: (projectId: string) => void;
  readonly log: Logger;
}

/** Changes of others give no event through a mount: what the bucket shows is asked so often. */
const LOOK_MS = 30_000;

/**
 * Keeps one container for each workspace that is to run: made when its folder appears, removed when its folder is gone HERE, brought up to date after each
 * sync. What a mount shows is never a reason to remove one: an empty or dead mount means that the mount is down.
 */
export class Monitor {
  private timer: NodeJS.Timeout | null = null;
  private turn: Promise<void> = Promise.resolve();
  private isStarted = false;
  private openGateway: (projectId: string) => Promise<void> = () => Promise.resolve();

  constructor(private readonly deps: MonitorDependencies) {}

  /** Called for a project whose containers run when Berth begins to keep watch. */
  onGateway(open: (projectId: string) => Promise<void>): void {
    this.openGateway = open;
  }

  start(): Promise<void> {
    this.isStarted = true;
    this.timer = setInterval(() => void this.look(), LOOK_MS);
    this.timer.unref();
    void this.look();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.isStarted = false;
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    await this.turn;
  }

  look(): Promise<void> {
    this.turn = this.turn.then(() => this.lookNow()).catch((error: unknown) => this.deps.log.warn('the containers of workspaces could not be looked at', { error }));
    return this.turn;
  }

  /** A sync sent or removed something of these. */
  async updated(projectId: string, names: readonly string[]): Promise<void> {
    const choices = await this.deps.choices.of(projectId);
    for (const name of names) {
      // A container over the local folder sees the change by itself; the others only now.
      if (choices.workspace(name).run) await this.deps.runners.update(projectId, name).catch((error: unknown) => this.deps.log.warn('a workspace could not be brought up to date', { error, name }));
    }
  }

  private async lookNow(): Promise<void> {
    if (!this.isStarted) return;
    for (const project of await this.deps.projects.list()) {
      const choices = await this.deps.choices.of(project.id);
      const wanted = choices.names.filter((name) => choices.workspace(name).run);
      if (wanted.length === 0 || !project.trusted) continue;
      await this.settle(project.id, wanted);
    }
  }

  private async settle(projectId: string, wanted: readonly string[]): Promise<void> {
    const project = await this.deps.projects.resolve(projectId);
    const place = await workspacesPlace(this.deps, project, undefined);
    const here = await workspaceNames(place.root);
    const running = await this.deps.runners.status(projectId);
    await this.openGateway(projectId);
    // The folder as a whole may be away for a moment: then nothing is removed.
    const gone = here.length === 0 ? [] : [...running.keys()].filter((name) => !here.includes(name));
    for (const name of gone) await this.enqueue('workspaces.stop', { project: projectId, name });
    const missing = wanted.filter((name) => here.includes(name) && !running.has(name));
    const added = wanted.length > 0 ? here.filter((name) => !running.has(name) && !wanted.includes(name)) : [];
    const choices = await this.deps.choices.of(projectId);
    // A workspace that was stopped by name has choices; one that nobody knew yet has not.
    const fresh = added.filter((name) => !choices.names.includes(name));
    for (const name of [...missing, ...fresh]) await this.enqueue('workspaces.start', { project: projectId, name });
  }

  private async enqueue(kind: string, input: { readonly project: string; readonly name: string }): Promise<void> {
    await this.deps.operations.enqueue(kind, input, { origin: 'schedule', dedupeKey: `${kind}:${input.project}:${input.name}` }).catch((error: unknown) => this.deps.log.info('a workspace waits', { error, ...input }));
  }
}

import type { BerthEvent } from '@shared/contract/events';
import type { Disposable } from '@shared/kernel/disposable';
import { AppError } from '@shared/kernel/app-error';
import type { EnqueueOptions } from '@main/operations/types';
import type { Store } from '@main/platform/types';
import type { Logger } from '@main/platform/types';
import { renderFolder } from './render-templates';
import { templatePlace } from './template-place';
import type { TemplateDependencies } from './template-types';

/** An edit is often several files: one rendering for all of them. */
const SETTLE_MS = 300;

/** What following the state needs beside templates. */
export interface DynamicDependencies {
  readonly templates: TemplateDependencies;
  readonly store: Pick<Store, 'getRecord' | 'patchRecord'>;
  readonly subscribe: (listener: (events: readonly { readonly event: BerthEvent }[]) => void) => Disposable;
  readonly enqueue: (kind: string, input: { readonly project: string }, options: EnqueueOptions) => Promise<unknown>;
  readonly timed: (work: () => Promise<void>) => Promise<void>;
  readonly log: Logger;
}

/** Which state templates see; another one of these makes them be rendered again. */
const STATE_EVENTS: readonly BerthEvent['type'][] = ['files.changed', 'services.changed', 'storage.changed'];

/** Files made from the live state of projects: rendered again when it changed and what they say would be otherwise. Off until it is switched on for a project. */
export class DynamicConfigs {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly deps: DynamicDependencies) {}

  async isOn(projectId: string): Promise<boolean> {
    return (await this.deps.store.getRecord('gitops-dynamic', projectId))?.data['enabled'] === true;
  }

  async set(reference: string, enabled: boolean): Promise<{ project: string; enabled: boolean }> {
    const project = await this.deps.templates.project(reference);
    await this.deps.store.patchRecord('gitops-dynamic', project.id, { enabled });
    if (enabled) this.schedule(project.id);
    return { project: project.id, enabled };
  }

  /** Follows events until the answer is disposed of. */
  follow(): { dispose(): Promise<void> } {
    const subscription = this.deps.subscribe((batch) => {
      for (const { event } of batch) if ('projectId' in event && STATE_EVENTS.includes(event.type) && event.projectId !== null) this.schedule(event.projectId);
    });
    return {
      dispose: async () => {
        subscription.dispose();
        for (const timer of this.timers.values()) clearTimeout(timer);
        this.timers.clear();
        await this.running;
      },
    };
  }

  /** Renders once it is quiet, where it is on. */
  schedule(projectId: string): void {
    clearTimeout(this.timers.get(projectId));
    const timer = setTimeout(() => {
      this.timers.delete(projectId);
      this.running = this.running.then(() => this.deps.timed(async () => void (await this.look(projectId)))).catch((error: unknown) => this.told(projectId, error));
    }, SETTLE_MS);
    timer.unref();
    this.timers.set(projectId, timer);
  }

  /** How many files would be otherwise; they are being written then. Null where it is off. Nothing is queued, and nothing written, where there is none. */
  async look(projectId: string): Promise<number | null> {
    if (!(await this.isOn(projectId))) return null;
    const { files } = await renderFolder(this.deps.templates, await templatePlace(this.deps.templates, { project: projectId }), {});
    const changed = files.filter((one) => one.file.changes).length;
    if (changed > 0) await this.deps.enqueue('gitops.render', { project: projectId }, { origin: 'schedule', dedupeKey: `gitops.render ${projectId}` });
    return changed;
  }

  private told(projectId: string, error: unknown): void {
    // A template folder that is missing or broken is said where templates are shown.
    if (error instanceof AppError && (error.code === 'not-found' || error.code === 'template-invalid')) this.deps.log.info('Templates were not rendered', { projectId, reason: error.message });
    else this.deps.log.warn('Templates could not be rendered', { projectId, error });
  }
}

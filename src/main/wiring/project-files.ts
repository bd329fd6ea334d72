import type { BerthEvent } from '@shared/contract/events';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';
import { buildFiles, contextsOf, watchContexts, watchProjectFiles } from '@main/checks';
import type { EventStream } from '@main/operations';
import type { Logger } from '@main/platform/types';
import type { ProjectsService } from '@main/projects';

/** Watches what the open projects are made of, and what their images are built from; follows the list of projects and what their files refer to. */
export async function followProjectFiles(deps: { readonly events: EventStream; readonly projects: ProjectsService; readonly log: Logger }): Promise<Disposable> {
  const { events, projects, log } = deps;
  const failed = (error: unknown): void => log.warn('a folder cannot be watched', { error });
  const watch = await watchProjectFiles((event) => events.publish(event), failed);
  const contexts = await watchContexts((projectId) => events.publish({ type: 'sources.changed', projectId }), failed);
  const watched = new Set<string>();

  async function watchFiles(): Promise<void> {
    const list = await projects.list();
    for (const id of [...watched].filter((known) => !list.some((project) => project.id === known))) {
      watched.delete(id);
      await Promise.all([watch.watch(id, []), contexts.watch(id, [])]);
    }
    for (const project of list) {
      watched.add(project.id);
      const loaded = await Promise.all(project.modes.map((mode) => projects.loadMode(project.id, mode.name).catch(() => null)));
      await watch.watch(project.id, loaded.flatMap((one) => (one === null ? [] : [...one.compose.inputFiles, ...buildFiles(one.compose)])));
      // Of a project nobody trusts nothing runs that could be built anew. Looking through folders takes its time; nobody waits for it.
      const models = project.trusted ? loaded.flatMap((one) => (one === null ? [] : [one.compose.model])) : [];
      void contextsOf(models, project.dir).then((found) => contexts.watch(project.id, found)).catch(failed);
    }
  }

  async function follow(batch: readonly BerthEvent[]): Promise<void> {
    if (!batch.some((event) => event.type === 'projects.changed' || event.type === 'files.changed')) return;
    try {
      await watchFiles();
      if (batch.some((event) => event.type === 'files.changed')) await projects.announce();
    } catch (error) {
      log.warn('the projects\u2019 files cannot be watched', { error });
    }
  }

  const subscription = events.subscribe((batch) => void follow(batch.map((one) => one.event)));
  await watchFiles();
  return toDisposable(() => {
    subscription.dispose();
    watch.dispose();
    contexts.dispose();
  });
}

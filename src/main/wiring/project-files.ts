import type { BerthEvent } from '@shared/contract/events';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';
import { buildFiles, watchProjectFiles } from '@main/checks';
import type { EventStream } from '@main/operations';
import type { Logger } from '@main/platform/types';
import type { ProjectsService } from '@main/projects';

/** Watches what the open projects are made of; follows the list of projects and what their files refer to. */
export async function followProjectFiles(deps: { readonly events: EventStream; readonly projects: ProjectsService; readonly log: Logger }): Promise<Disposable> {
  const { events, projects, log } = deps;
  const watch = await watchProjectFiles(
    (event) => events.publish(event),
    (error) => log.warn('a folder cannot be watched', { error }),
  );

  async function watchFiles(): Promise<void> {
    for (const project of await projects.list()) {
      const loaded = await Promise.all(project.modes.map((mode) => projects.loadMode(project.id, mode.name).catch(() => null)));
      await watch.watch(project.id, loaded.flatMap((one) => (one === null ? [] : [...one.compose.inputFiles, ...buildFiles(one.compose)])));
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
  });
}

import type { Scheduler } from '@main/operations/scheduler';
import type { ProjectChoices } from './choices';

const KIND = 'workspaces.sync';

/** One schedule for each workspace that is synced every so many seconds; those of others go. */
export async function scheduleSyncs(scheduler: Pick<Scheduler, 'list' | 'set' | 'remove'>, projectId: string, choices: ProjectChoices): Promise<void> {
  const wanted = choices.names.filter((name) => choices.workspace(name).trigger === 'interval');
  const known = (await scheduler.list()).filter((one) => one.kind === KIND && one.input['project'] === projectId);
  for (const one of known) if (!wanted.some((name) => name === one.input['name'])) await scheduler.remove(one.id);
  for (const name of wanted) {
    const { everySeconds } = choices.workspace(name);
    // Setting it again would put its next time off.
    if (known.some((one) => one.enabled && one.input['name'] === name && one.everySeconds === everySeconds)) continue;
    await scheduler.set({ kind: KIND, input: { project: projectId, name }, everySeconds, enabled: true });
  }
}

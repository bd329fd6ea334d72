import type { JsonObject } from '@shared/kernel/json';
import type { Scheduler } from '@main/operations/scheduler';
import type { OperationKind, Operations } from '@main/operations/types';
import type { SnapshotSettings } from './types';

const CREATE = 'snapshots.create';
const PRUNE = 'snapshots.prune';
const DAY_SECONDS = 86_400;

/** What a snapshot without volumes has. */
const WITHOUT_VOLUMES: readonly string[] = ['files', 'settings', 'containers', 'images'];

type Schedules = Pick<Scheduler, 'list' | 'set' | 'remove'>;

/** The schedule by which snapshots of a project are made; none where it is not wanted any more. */
export async function scheduleSnapshots(scheduler: Schedules, projectId: string, { everyMinutes, volumes }: Pick<SnapshotSettings, 'everyMinutes' | 'volumes'>): Promise<void> {
  const input: JsonObject = volumes ? { project: projectId } : { project: projectId, only: [...WITHOUT_VOLUMES] };
  const known = (await scheduler.list()).filter((one) => one.kind === CREATE && one.input['project'] === projectId);
  const everySeconds = everyMinutes === null ? null : everyMinutes * 60;
  const wanted = known.find((one) => one.enabled && one.everySeconds === everySeconds && ('only' in one.input) === !volumes);
  for (const one of known) if (one !== wanted) await scheduler.remove(one.id);
  // Setting it again would put its next time off.
  if (wanted === undefined && everySeconds !== null) await scheduler.set({ kind: CREATE, input, everySeconds, enabled: true });
}

/** Old ones go once a day, from the first snapshot on. Somebody who switched that off is left alone. */
export async function scheduleRetention(scheduler: Schedules, projectId: string): Promise<void> {
  if ((await scheduler.list()).some((one) => one.kind === PRUNE && one.input['project'] === projectId)) return;
  await scheduler.set({ kind: PRUNE, input: { project: projectId }, everySeconds: DAY_SECONDS, enabled: true });
}

/** The operation as a schedule runs it: its snapshots say where they come from. */
export function tellsSchedule(kind: OperationKind, operations: Pick<Operations, 'get'>): OperationKind {
  return {
    ...kind,
    async run(context, input) {
      const { origin } = await operations.get(context.operationId);
      return kind.run(context, origin === 'schedule' ? { ...input, reason: 'schedule' } : input);
    },
  };
}

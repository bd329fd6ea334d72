import type { ContainerHealth, ContainerState } from './observed';
import { containerFromList } from './read-container';
import { fieldOf, textOf } from './read-json';

/** One line of the engine's list: enough to tell whether anything changed since the last full look. */
export interface ContainerStateRow {
  readonly id: string;
  readonly name: string;
  /** Compose project and service; empty when it has none. */
  readonly project: string;
  readonly service: string;
  /** Folder of the compose files, from compose's label; empty when absent. */
  readonly workingDir: string;
  readonly state: ContainerState;
  readonly health: ContainerHealth;
  /** As the engine words it: "Up 5 minutes (healthy)". */
  readonly status: string;
  /** Seconds it has been up at least, from the words; null while it is not up. Never falls unless it was started again. */
  readonly upSeconds: number | null;
}

const UNIT_SECONDS: { readonly [unit: string]: number } = { second: 1, minute: 60, hour: 3_600, day: 86_400, week: 604_800, month: 2_592_000, year: 31_536_000 };

/** "Up 5 minutes (healthy)" is 300; "Up About an hour" 3600; what is not up, null. */
export function upSecondsOf(status: string): number | null {
  if (!status.startsWith('Up ')) return null;
  const words = /^Up (?:Less than )?(?:About )?(an?|\d+) (second|minute|hour|day|week|month|year)s?/.exec(status);
  if (words === null || status.startsWith('Up Less')) return 0;
  const count = words[1]?.startsWith('a') === true ? 1 : Number(words[1]);
  return count * (UNIT_SECONDS[words[2] ?? ''] ?? 0);
}

/** From one element of `GET /containers/json`. */
export function containerStateFromList(item: unknown): ContainerStateRow {
  const { id, name, project, service, workingDir, state, health } = containerFromList(item);
  const status = textOf(fieldOf(item, 'Status'));
  return { id, name, project, service, workingDir, state, health, status, upSeconds: upSecondsOf(status) };
}

/** Equal while nothing of these containers changed that a list can tell; how long they have been up is left out. */
export function statesFingerprint(rows: readonly Pick<ContainerStateRow, 'id' | 'state' | 'health'>[]): string {
  return rows
    .map((one) => `${one.id} ${one.state} ${one.health}`)
    .sort()
    .join('\n');
}

/** Whether one that is up in both has been started again in between: it has been up for less long than before. */
export function startedAgain(before: readonly Pick<ContainerStateRow, 'id' | 'upSeconds'>[], now: readonly Pick<ContainerStateRow, 'id' | 'upSeconds'>[]): boolean {
  const upBefore = new Map(before.map((one) => [one.id, one.upSeconds]));
  return now.some((one) => {
    const was = upBefore.get(one.id);
    return one.upSeconds !== null && was !== undefined && was !== null && one.upSeconds < was;
  });
}

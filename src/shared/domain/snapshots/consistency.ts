import { compareText } from '../modes/active-mode';
import type { DatabaseFamily } from './databases';
import type { ReadPlace, Writer } from './places';
import type { SnapshotConsistency } from './types';

/** How a person wants a volume to be read. */
export type ConsistencyWish = 'auto' | 'hook' | 'stop' | 'pause' | 'live';

/** One place with who writes to it, and how it is to be read. */
export interface PlaceUse {
  readonly place: ReadPlace;
  readonly wish: ConsistencyWish;
  readonly writers: readonly Writer[];
}

/** What is done to one container while what it writes to is read. */
export interface HoldStep {
  readonly writer: Writer;
  readonly how: 'pause' | 'stop';
  /** The database in it is told to make its files whole first. */
  readonly hook: DatabaseFamily | null;
}

/** Places that share a writer are read in one go, while all that writes to them is held. */
export interface Hold {
  readonly places: readonly { readonly place: ReadPlace; readonly consistency: SnapshotConsistency }[];
  /** Empty: nothing is held. */
  readonly steps: readonly HoldStep[];
}

/** Nothing is held for longer than this by a pause: what waits for an answer must not give up. */
export const PAUSE_CAP_MS = 60_000;

/**
 * Decides for every place how it is read. `auto`: the database is asked where the image has one, everything else is paused;
 * nothing is ever stopped without being asked for.
 */
export function planHolds(uses: readonly PlaceUse[], familyOf: (writer: Writer) => DatabaseFamily | null): readonly Hold[] {
  const groups = grouped(uses.filter((one) => one.writers.length > 0 && one.wish !== 'live'));
  const held = groups.map((group) => holdOf(group, familyOf));
  const free = uses
    .filter((one) => one.writers.length === 0 || one.wish === 'live')
    .map((one): Hold => ({ places: [{ place: one.place, consistency: one.writers.length === 0 ? 'none' : 'live' }], steps: [] }));
  return [...free, ...held].sort((a, b) => compareText(a.places[0]?.place.name ?? '', b.places[0]?.place.name ?? ''));
}

function holdOf(group: readonly PlaceUse[], familyOf: (writer: Writer) => DatabaseFamily | null): Hold {
  const writers = new Map(group.flatMap((one) => one.writers).map((writer) => [writer.id, writer]));
  const steps = [...writers.values()]
    .map((writer): HoldStep => {
      const wishes = group.filter((one) => one.writers.some((other) => other.id === writer.id)).map((one) => one.wish);
      // Nobody asked for a container of another project to be stopped.
      if (wishes.includes('stop') && writer.own) return { writer, how: 'stop', hook: null };
      const asked = wishes.some((wish) => wish === 'auto' || wish === 'hook');
      return { writer, how: 'pause', hook: asked && writer.own ? familyOf(writer) : null };
    })
    .sort((a, b) => compareText(a.writer.name, b.writer.name));
  const stepOf = new Map(steps.map((step) => [step.writer.id, step]));
  return { steps, places: group.map((use) => ({ place: use.place, consistency: consistencyOf(use.writers.flatMap((writer) => stepOf.get(writer.id) ?? [])) })) };
}

/** What holding these writers makes of a place. */
export function consistencyOf(steps: readonly HoldStep[]): SnapshotConsistency {
  if (steps.length === 0) return 'none';
  if (steps.some((step) => step.hook !== null)) return 'hook';
  return steps.every((step) => step.how === 'stop') ? 'stopped' : 'paused';
}

/** Uses that are connected by a container writing to more than one of them. */
function grouped(uses: readonly PlaceUse[]): readonly (readonly PlaceUse[])[] {
  let groups: { readonly ids: ReadonlySet<string>; readonly uses: readonly PlaceUse[] }[] = [];
  for (const use of uses) {
    const ids = new Set(use.writers.map((one) => one.id));
    const touching = groups.filter((group) => [...ids].some((id) => group.ids.has(id)));
    const rest = groups.filter((group) => !touching.includes(group));
    groups = [...rest, { ids: new Set([...touching.flatMap((group) => [...group.ids]), ...ids]), uses: [...touching.flatMap((group) => group.uses), use] }];
  }
  return groups.map((group) => [...group.uses].sort((a, b) => compareText(a.place.name, b.place.name)));
}

/** One sentence for the plan: what is held, or why it is read live. */
export function consistencyDetail(consistency: SnapshotConsistency, steps: readonly HoldStep[]): string {
  const names = (of: readonly HoldStep[]): string => of.map((step) => step.writer.name).join(', ');
  const capText = `for ${String(PAUSE_CAP_MS / 1_000)} s at most`;
  switch (consistency) {
    case 'none':
      return 'Nothing that runs writes to it.';
    case 'live':
      return 'It is read while it may be written to: files can be from different moments.';
    case 'stopped':
      return `Stopped while it is read, then started again: ${names(steps)}.`;
    case 'paused':
      return `Paused while it is read, ${capText}: ${names(steps)}.`;
    case 'hook':
      return `The database in ${names(steps.filter((step) => step.hook !== null))} is told to write everything down, then paused while it is read, ${capText}: ${names(steps)}.`;
  }
}

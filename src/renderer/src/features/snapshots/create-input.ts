import type { InputOf, OutputOf } from '@shared/contract/contract';
import { partChoice } from '@shared/domain/snapshots/words';
import {  } from './snapshot-words';
import { orderedParts } from './snapshots-answer';

export type CreatePlan = OutputOf<'snapshots.plan-create'>;
export type PlannedPart = CreatePlan['parts'][number];
export type ConsistencyChoice = NonNullable<InputOf<'snapshots.create'>['consistency']>;

/** What the form of a new snapshot holds. `ticked`: keys of parts. */
export interface CreateForm {
  readonly tag: string;
  readonly repository: string;
  readonly consistency: ConsistencyChoice;
  readonly ticked: ReadonlySet<string>;
}

/** Parts by how they are chosen: what is always in it, and what has a tick. */
export interface PartGroups {
  readonly always: readonly PlannedPart[];
  readonly volumes: readonly PlannedPart[];
  readonly binds: readonly PlannedPart[];
  readonly buckets: readonly PlannedPart[];
}

export function partKey(part: Pick<PlannedPart, 'kind' | 'name'>): string {
  return `${part.kind}:${part.name}`;
}

export function partGroups(parts: readonly PlannedPart[]): PartGroups {
  const ordered = orderedParts(parts);
  return {
    // A data folder is always taken: there is nothing to choose.
    always: ordered.filter((part) => !['volume', 'bind', 'bucket'].includes(part.kind) || (part.kind === 'bind' && part.chosen)),
    volumes: ordered.filter((part) => part.kind === 'volume'),
    binds: ordered.filter((part) => part.kind === 'bind' && !part.chosen),
    buckets: ordered.filter((part) => part.kind === 'bucket'),
  };
}

/** What is ticked before anybody chose. */
export function firstTicks(parts: readonly PlannedPart[]): ReadonlySet<string> {
  return new Set(parts.filter((part) => part.chosen).map(partKey));
}

/** What the form asks for. Nothing is said of what is taken anyway. */
export function createInput(parts: readonly PlannedPart[], form: CreateForm, chosenRepository: string): Omit<InputOf<'snapshots.create'>, 'project'> {
  const { volumes, binds, buckets, always } = partGroups(parts);
  const isTicked = (part: PlannedPart): boolean => form.ticked.has(partKey(part));
  const tickedBinds = binds.filter(isTicked).map((part) => part.name);
  const tickedBuckets = buckets.filter(isTicked).map((part) => part.name);
  const left = volumes.some((part) => part.chosen && !isTicked(part));
  const tag = form.tag.trim();
  return {
    ...(tag === '' ? {} : { tag }),
    // A volume is left out by naming everything else.
    ...(left ? { only: [...new Set([...always, ...volumes.filter(isTicked), ...binds.filter(isTicked), ...buckets.filter(isTicked)].map(partChoice))] } : {}),
    ...(tickedBinds.length === 0 ? {} : { binds: tickedBinds }),
    ...(tickedBuckets.length === 0 ? {} : { buckets: tickedBuckets }),
    ...(form.consistency === 'auto' ? {} : { consistency: form.consistency }),
    ...(form.repository === chosenRepository ? {} : { repository: form.repository }),
  };
}

/** Bytes of what is ticked; null where nobody knows the size of any of it. */
export function tickedBytes(parts: readonly PlannedPart[], ticked: ReadonlySet<string>): number | null {
  const { always } = partGroups(parts);
  const taken = parts.filter((part) => always.includes(part) || ticked.has(partKey(part))).map((part) => part.sizeBytes).filter((bytes) => bytes !== null);
  return taken.length === 0 ? null : taken.reduce((sum, bytes) => sum + bytes, 0);
}

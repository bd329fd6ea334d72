import type { OutputOf } from '@shared/contract/contract';
import { partChoice } from '@shared/domain/snapshots/words';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { partWords } from './snapshot-words';
import { orderedParts, type Snapshot } from './snapshots-answer';

export type RestorePlan = OutputOf<'snapshots.plan-restore'>;
export type RestoreStep = RestorePlan['steps'][number];
export type Scope = 'all' | 'files' | 'volumes' | 'service' | 'parts';

/** What is to come back. */
export interface ScopeForm {
  readonly scope: Scope;
  readonly service: string;
  /** Words of `choicesOf` that are ticked. */
  readonly ticked: ReadonlySet<string>;
}

/** One tick of a partial restore. */
export interface PartTick {
  readonly word: string;
  readonly text: string;
  readonly sizeBytes: number;
}

/** The ticks of a snapshot: what can only come back together is one. */
export function ticksOf(parts: Snapshot['parts']): readonly PartTick[] {
  const ticks = new Map<string, PartTick>();
  for (const part of orderedParts(parts)) {
    const word = partChoice(part);
    const text = words.restore.together[word] ?? partWords(part);
    ticks.set(word, { word, text, sizeBytes: (ticks.get(word)?.sizeBytes ?? 0) + part.sizeBytes });
  }
  return [...ticks.values()];
}

/** What is ticked before anybody chose: contents of folders and buckets come back only when somebody says so. */
export function firstChoice(parts: Snapshot['parts']): ReadonlySet<string> {
  return new Set(parts.filter((part) => part.kind !== 'bind' && part.kind !== 'bucket').map(partChoice));
}

/** Which scopes a snapshot has anything for. */
export function scopesOf(snapshot: Snapshot): readonly Scope[] {
  const has = (kind: string): boolean => snapshot.parts.some((part) => part.kind === kind);
  return (['all', 'files', 'volumes', 'service', 'parts'] as const).filter((scope) => (scope === 'files' ? has('files') : scope === 'volumes' ? has('volume') : scope === 'service' ? snapshot.services.length > 0 : true));
}

/** The words of a scope for the contract: undefined for everything, null while nothing is chosen. */
export function onlyOf(form: ScopeForm): readonly string[] | undefined | null {
  switch (form.scope) {
    case 'all':
      return undefined;
    case 'files':
      return ['files'];
    case 'volumes':
      return ['volumes'];
    case 'service':
      return form.service === '' ? null : [`service:${form.service}`];
    case 'parts':
      return form.ticked.size === 0 ? null : [...form.ticked];
  }
}

const ORDER: { readonly [A in RestoreStep['action']]: number } = { remove: 0, replace: 1, create: 2, skip: 3, same: 4 };

/** Steps with what changes first. */
export function orderedSteps(steps: readonly RestoreStep[]): readonly RestoreStep[] {
  return [...orderedParts(steps)].sort((a, b) => ORDER[a.action] - ORDER[b.action]);
}

/** The one finding that a person may overrule. */
const FORCEABLE = 'SNAPSHOT_DATABASE_VERSION';

/** Whether a plan can be run: nothing stands in the way but what was overruled. */
export function canRestore(plan: RestorePlan, force: boolean): boolean {
  return plan.findings.every((one) => one.severity !== 'error' || (force && one.code === FORCEABLE));
}

/** Whether somebody is asked to overrule something. */
export function asksForForce(plan: RestorePlan): boolean {
  return plan.findings.some((one) => one.severity === 'error' && one.code === FORCEABLE);
}

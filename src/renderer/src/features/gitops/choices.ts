import type { Group } from './group-list';

/** What can become of a file that is not kept. */
export const ACTIONS = ['comment', 'archive', 'move', 'delete', 'none'] as const;
export type Action = (typeof ACTIONS)[number];

/** What the user decided about one group. */
export interface Choice {
  readonly groupId: string;
  readonly keep: { readonly file: string; readonly document: number };
  /** By file; what is not named follows the policy. */
  readonly actions: { readonly [file: string]: Action };
  /** What the kept file says afterwards; null: what it says now. */
  readonly mergedText: string | null;
}

export type Choices = { readonly [groupId: string]: Choice };

/** The choice to begin with: what the rules would keep, and what the policy says of the rest. */
export function firstChoice(group: Group): Choice | null {
  const kept = group.members.find((member) => member.file === group.keep && member.document === group.keepDocument);
  return kept === undefined ? null : { groupId: group.id, keep: { file: kept.file, document: kept.document }, actions: {}, mergedText: null };
}

/** Keeps another one. Text that was merged is no longer what was merged into it. */
export function keeping(choice: Choice | null, group: Group, file: string, document: number): Choice {
  const actions = Object.fromEntries(Object.entries(choice?.actions ?? {}).filter(([path]) => path !== file));
  return { groupId: group.id, keep: { file, document }, actions, mergedText: choice?.keep.file === file ? choice.mergedText : null };
}

/** Another action for one of the others; null: as the policy says. */
export function acting(choice: Choice, file: string, action: Action | null): Choice {
  const others = Object.entries(choice.actions).filter(([path]) => path !== file);
  return { ...choice, actions: Object.fromEntries(action === null ? others : [...others, [file, action]]) };
}

/** Groups that are gone after a scan take their choices with them. */
export function choicesFor(choices: Choices, groups: readonly Group[]): Choices {
  const known = new Set(groups.map((group) => group.id));
  const kept = Object.entries(choices).filter(([id]) => known.has(id));
  return kept.length === Object.keys(choices).length ? choices : Object.fromEntries(kept);
}

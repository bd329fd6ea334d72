import type { OutputOf } from '@shared/contract/contract';

export type ScanReport = OutputOf<'gitops.scan'>;
export type Group = ScanReport['groups'][number];
export type Member = Group['members'][number];

/** What of the groups is shown. */
export interface GroupFilter {
  readonly text: string;
  /** A class of groups; '' for all. */
  readonly of: string;
  readonly resolution: '' | 'auto' | 'manual';
}

export const NO_FILTER: GroupFilter = { text: '', of: '', resolution: '' };

/** The order in which classes are told: what contradicts itself first. */
export const CLASSES = ['identity-conflict', 'exact-dup', 'semantic-dup', 'intra-file-dup', 'default-equivalent-dup', 'cross-env-variant', 'overlay-of'] as const;

/** One line of the list: the heading of a class, or a group. */
export type ListLine = { readonly kind: 'class'; readonly of: string; readonly count: number } | { readonly kind: 'group'; readonly group: Group };

/** The groups that fit, under their classes; those for the user to decide come first. */
export function listLines(groups: readonly Group[], filter: GroupFilter): readonly ListLine[] {
  const fitting = groups.filter((group) => fits(group, filter));
  return CLASSES.flatMap((of) => {
    const own = fitting.filter((group) => group.class === of);
    const sorted = [...own.filter((group) => group.resolution === 'manual'), ...own.filter((group) => group.resolution === 'auto')];
    return own.length === 0 ? [] : [{ kind: 'class' as const, of, count: own.length }, ...sorted.map((group) => ({ kind: 'group' as const, group }))];
  });
}

function fits(group: Group, { text, of, resolution }: GroupFilter): boolean {
  if (of !== '' && group.class !== of) return false;
  if (resolution !== '' && group.resolution !== resolution) return false;
  const wanted = text.trim().toLowerCase();
  return wanted === '' || groupName(group).toLowerCase().includes(wanted) || group.members.some((member) => member.file.toLowerCase().includes(wanted));
}

/** What a group is about: "Deployment web in shop", "service api of shop", else its first file. */
export function groupName(group: Group): string {
  const { identity } = group;
  if (identity === null) return group.members[0]?.file ?? group.id;
  if ('service' in identity) return `${identity.service} · ${identity.composeProject}`;
  return `${identity.kind} ${identity.name}${identity.namespace === '' || identity.namespace === 'default' ? '' : ` · ${identity.namespace}`}`;
}

/** How many groups need the user, and how many rules decide. */
export function groupCounts(groups: readonly Group[]): { readonly all: number; readonly auto: number; readonly manual: number } {
  const auto = groups.filter((group) => group.resolution === 'auto').length;
  return { all: groups.length, auto, manual: groups.length - auto };
}

/** The members of a group, the highest score first, as files: one line for each document. */
export function rankedMembers(group: Group): readonly Member[] {
  return [...group.members].sort((one, other) => other.priorityScore - one.priorityScore || (one.file < other.file ? -1 : one.file > other.file ? 1 : one.document - other.document));
}

/** Groups of the same class and the same folders, for which one choice can hold: where a file of the same folder as the kept one is among theirs. */
export function similarGroups(groups: readonly Group[], group: Group, keep: string): readonly { readonly group: Group; readonly keep: string }[] {
  const folder = folderOf(keep);
  const folders = foldersOf(group);
  return groups.flatMap((other) => {
    if (other.id === group.id || other.class !== group.class || foldersOf(other) !== folders) return [];
    const kept = other.members.filter((member) => folderOf(member.file) === folder);
    return kept.length === 1 && kept[0] !== undefined ? [{ group: other, keep: kept[0].file }] : [];
  });
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '';
}

function foldersOf(group: Group): string {
  return group.members.map((member) => folderOf(member.file)).sort().join('\n');
}

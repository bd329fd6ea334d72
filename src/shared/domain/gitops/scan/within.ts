import type { DuplicateGroup } from '../types';

/** Whether a path lies beneath a folder; everything lies beneath ''. */
export function liesWithin(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

/** The groups of which every file lies beneath a folder: what is done about them touches no copy elsewhere. */
export function groupsWithin<G extends Pick<DuplicateGroup, 'members'>>(groups: readonly G[], folder: string): readonly G[] {
  return folder === '' ? groups : groups.filter((group) => group.members.every((member) => liesWithin(member.path, folder)));
}

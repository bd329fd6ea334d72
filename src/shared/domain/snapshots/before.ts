/** Kinds that change structure without a plan of the files they change. */
const CHANGES_STATE: readonly string[] = ['modes.switch', 'projects.clean', 'checks.fix', 'changes.deploy', 'changes.rollback', 'workspaces.resolve'];

/** Kinds that find out while they run what they change, and say so right before. */
const SAYS_WHEN: readonly string[] = ['modes.switch', 'projects.clean'];

/** Whether the state of a project is kept before an operation of this kind. `plansFiles`: it has a plan of files of the project that it changes. Those that work with snapshots see to it themselves. */
export function keepsStateBefore(kind: string, plansFiles: boolean): boolean {
  if (kind.startsWith('snapshots.')) return false;
  return plansFiles || CHANGES_STATE.includes(kind);
}

/** Whether an operation of this kind says by itself when it begins to change something. */
export function saysWhenItChanges(kind: string): boolean {
  return SAYS_WHEN.includes(kind);
}

export { createGit } from './repository';
export type { Git, GitRepository, ReachableRemote } from './repository';
export { changeFromJson, changeToJson } from './tree-change';
export type { TreeChange } from './tree-change';
export { changedBetween, createWorkTrees } from './work-tree';
export type { WorkTrees, WorkTreeState } from './work-tree';

export { createGit } from './repository';
export type { Git, GitCall, GitRepository, ReachableRemote } from './repository';
export type { GitAnswer } from './run-git';

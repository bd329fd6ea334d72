import type { OperationKind } from '@main/operations/types';
import { branchOperations } from './git-branches';
import { gitOperation } from './git-operation';
import { remoteOperations } from './git-sync';
import type { GitDependencies } from './git-types';

/** Every operation with git. */
export function gitOperations(deps: GitDependencies): readonly OperationKind[] {
  return [...remoteOperations(deps), ...branchOperations(deps)].map((one) => gitOperation(deps, one));
}

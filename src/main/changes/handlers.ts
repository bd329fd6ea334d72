import type { Handlers } from '@main/dispatch/types';
import { showChanges, type ChangeSetDependencies } from './change-set';

/** Binds the contract's changes.show; the operations are registered by their kinds. */
export function changesHandlers(deps: ChangeSetDependencies): Pick<Handlers, 'changes.show'> {
  return { 'changes.show': ({ project, mode }) => showChanges(deps, project, mode) };
}

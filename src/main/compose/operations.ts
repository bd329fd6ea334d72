import type { OperationKind } from '@main/operations/types';
import { addServiceChange } from './add-service-change';
import { filesOperation, type FilesDependencies } from './files-operation';
import { healthcheckChange } from './healthcheck-change';
import { relocateChange } from './relocate-change';
import { remapChange } from './remap-change';
import { renameNetworkChange } from './rename-network-change';
import { resubnetChange } from './resubnet-change';

/** The operations that change what the compose files of a project say. */
export function composeOperations(deps: FilesDependencies): readonly OperationKind[] {
  return [addServiceChange, healthcheckChange, remapChange, renameNetworkChange, resubnetChange, relocateChange].map((change) => filesOperation(deps, change));
}

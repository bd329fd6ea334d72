import { createStructuralGuard, undoOperation, type EventStream, type StructuralGuard } from '@main/operations';
import type { OperationKind, Operations } from '@main/operations/types';
import { hostBackupFolder } from '@main/platform/backup-folder';
import { silentLogger } from '@main/platform/logger';
import { lockProject } from '@main/platform/project-lock';
import type { OpenedStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';

/** Plans, backups and undo as `wiring/foundation.ts` wires them. */
export function structuralParts(store: OpenedStore, events: EventStream, operations: () => Operations): { readonly structural: StructuralGuard; readonly undo: OperationKind } {
  const backups = { store, folder: hostBackupFolder(), clock: systemClock, logger: silentLogger };
  return {
    structural: createStructuralGuard(backups),
    undo: undoOperation({
      ...backups,
      lock: lockProject,
      kindOf: (name) => operations().kindOf(name),
      changed: (operation) => events.publish({ type: 'operation.changed', operation: operation as never }),
      follow: async ({ project, services, after }) => (await operations().enqueue('services.remake', { project, services: [...services] }, { after: [after] })).id,
    }),
  };
}

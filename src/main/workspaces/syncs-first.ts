import type { JsonObject } from '@shared/kernel/json';
import type { OperationKind } from '@main/operations/types';
import type { SyncFirst } from './types';

/** An operation that first has the workspaces of its project synced, where it applies: what is deployed is what was saved. It goes no further when something stays unsent. */
export function syncsFirst(kind: OperationKind, applies: (input: JsonObject) => boolean, syncFirst: SyncFirst): OperationKind {
  return {
    ...kind,
    async run(context, input) {
      if (applies(input)) await syncFirst(String(input['project']), context, (text) => context.log(text));
      return kind.run(context, input);
    },
  };
}

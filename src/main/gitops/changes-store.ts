import type { MadeInGit } from '@shared/domain/gitops/plan/made-in-git';
import type { ResolutionPlan } from '@shared/domain/gitops/plan/types';
import type { TreeChange } from '@shared/domain/gitops/plan/tree-change';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';
import type { Store } from '@main/platform/types';

/** A change of a tree as it is remembered, to be taken back. */
export interface KeptChange {
  readonly change: TreeChange;
  /** Of a resolution; null for what took one back. */
  readonly groups: readonly string[];
  readonly state: 'begun' | 'done' | 'taken-back';
  readonly madeAt: string;
  readonly projectId: string | null;
}

const KIND = 'gitops-change';

/** What the store remembers of changes. What a folder says of them is not believed. */
export interface ChangesStore {
  get(operationId: string): Promise<KeptChange | null>;
  /** Null where nothing was made there, or the operation is not kept any more. */
  madeInGit(operationId: string): Promise<MadeInGit | null>;
  put(operationId: string, change: KeptChange): Promise<void>;
  settle(operationId: string, state: KeptChange['state']): Promise<void>;
  remove(operationId: string): Promise<void>;
  /** Changes of a folder beyond the newest ones: those can be taken back. */
  tooOld(rootDir: string): Promise<readonly KeptChange[]>;
}

/** The changes in the store. `kept`: how many of one folder can be taken back; `changed` tells the doors of an ended operation that can be taken back no longer. */
export function createChangesStore(store: Pick<Store, 'getRecord' | 'listRecords' | 'patchRecord' | 'removeRecord' | 'getOperation' | 'patchOperation'>, kept: () => number, changed: (operation: Operation) => void): ChangesStore {
  const noLonger = async (operationId: string): Promise<void> => {
    if ((await store.getOperation(operationId))?.undoable === true) changed(await store.patchOperation(operationId, { undoable: false }));
  };
  return {
    async get(operationId) {
      const record = await store.getRecord(KIND, operationId);
      return record === null ? null : (record.data as unknown as KeptChange);
    },
    async madeInGit(operationId) {
      const operation = await store.getOperation(operationId);
      const { branch, commit } = (operation?.result ?? {}) as JsonObject;
      const { push } = (operation?.input ?? {}) as JsonObject;
      const made = { branch: typeof branch === 'string' ? branch : null, commit: typeof commit === 'string' ? commit : null };
      return made.branch === null && made.commit === null ? null : { ...made, pushed: made.commit !== null && push === true };
    },
    put: async (operationId, change) => void (await store.patchRecord(KIND, operationId, change as unknown as JsonObject)),
    async settle(operationId, state) {
      await store.patchRecord(KIND, operationId, { state });
      if (state === 'taken-back') await noLonger(operationId);
    },
    async remove(operationId) {
      await store.removeRecord(KIND, operationId);
      await noLonger(operationId);
    },
    async tooOld(rootDir) {
      const all = (await store.listRecords(KIND)).map((record) => record.data as unknown as KeptChange).filter((one) => one.change.rootDir === rootDir && one.state !== 'begun');
      return all.sort((left, right) => (left.madeAt < right.madeAt ? 1 : -1)).slice(kept());
    },
  };
}

/** The groups of a plan that are resolved by it. */
export function resolvedGroups(plan: ResolutionPlan): readonly string[] {
  return plan.groups.filter((group) => group.status === 'planned').map((group) => group.groupId);
}


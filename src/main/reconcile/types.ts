import type { OutputOf } from '@shared/contract/contract';
import type { Finding } from '@shared/domain/findings/finding';
import type { Json } from '@shared/kernel/json';
import type { EffectRecord, OperationContext, RecoveryContext } from '@main/operations/types';

export type Drift = OutputOf<'drift.list'>[number];
export type HealPolicy = Drift['policy'];
export type Policies = OutputOf<'drift.policies'>;

/** What the modes capability does for healing: the transaction of a switch to the mode that is wanted, held to the services that drifted. */
export interface ServiceRemaker {
  /** Runs inside the caller's operation, journals and commits there. `services` null: the whole mode; `recreate`: those made anew whatever their hash says; `images`: ids that services run from instead of what their files would build; `counts`: how many of a service instead of what they say. */
  remake(context: OperationContext, request: { readonly projectId: string; readonly mode: string; readonly services: readonly string[] | null; readonly recreate: readonly string[]; readonly images?: { readonly [service: string]: string } | undefined; readonly counts?: { readonly [service: string]: number } | undefined }): Promise<Json>;
  /** The errors that would keep `remake` from making anything of this mode. Rejects as reading the mode does. */
  errorsOf(projectId: string, mode: string): Promise<readonly Finding[]>;
  /** True once `remake` may have changed something: then its own rollback and finish are asked. */
  began(records: readonly EffectRecord[]): boolean;
  rollBack(context: RecoveryContext, projectId: string): Promise<void>;
  finish(context: RecoveryContext, request: { readonly projectId: string; readonly mode: string }): Promise<void>;
}

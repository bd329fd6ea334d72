import type { Handlers } from '@main/dispatch/types';
import type { OperationKind } from '@main/operations/types';
import { bucketOperations } from './buckets-operations';
import { objectOperations, type ObjectOperationDependencies } from './objects-operations';
import { rotateOperation, type RotateDependencies } from './rotate-operation';
import { imageHandlers } from './image-handlers';
import { s3Handlers } from './s3-handlers';
import { MachineS3, type KeysListener, type S3ServerDependencies } from './server';
import { serverOperation } from './server-operation';
import type { ImageOverrides, S3Server, StorageDefinitions, StorageStatus } from './types';
import { useOperation } from './use-operation';
import type { Disposable } from '@shared/kernel/disposable';
import type { RecoveryContext } from '@main/operations/types';

export type { S3ServerDependencies } from './server';

/** The S3 server as the rest of storage uses it. */
export interface LocalS3 extends S3Server {
  /** The way back of start, stop and ensureBuckets, for the operation that called them. */
  undo(context: RecoveryContext): Promise<void>;
  /** Who uses S3 in containers is told of new keys and places, within the operation that changes them. Rejecting fails it. */
  onKeysChanged(listener: KeysListener): Disposable;
  /** Keeps it running while it is wanted; begun by a process that keeps watch. */
  readonly supervisor: { start(): Promise<void>; stop(): Promise<void> };
}

/** The S3 server, before anything is known of mounts and jobs. Looks at nothing and starts nothing. */
export function createS3Server(deps: S3ServerDependencies): MachineS3 & LocalS3 {
  return new MachineS3(deps);
}

/** What the doors of S3 need: the whole status is known once mounts and jobs are there. */
export interface S3DoorDependencies extends Pick<ObjectOperationDependencies, 'afterWrite' | 'discardDownload'>, Pick<RotateDependencies, 'holding' | 'remake'> {
  readonly server: MachineS3;
  readonly openS3: S3ServerDependencies['openS3'];
  readonly overrides: ImageOverrides;
  readonly definitions: StorageDefinitions;
  readonly statusOf: (projectId: string) => Promise<StorageStatus>;
  readonly resolve: (reference: string) => Promise<{ readonly id: string; readonly name: string }>;
}

/** Operations to register and questions to bind: storage.use, storage.server, keys, buckets and objects. */
export function s3Doors(deps: S3DoorDependencies): { readonly operations: readonly OperationKind[]; readonly handlers: Pick<Handlers, 'storage.credentials' | 'storage.images' | 'storage.image' | 'buckets.list' | 'objects.list' | 'objects.versions'> } {
  return {
    operations: [useOperation(deps), rotateOperation(deps), serverOperation(deps), ...bucketOperations(deps), ...objectOperations(deps)],
    handlers: { ...s3Handlers({ ...deps, projectIdOf: async (reference) => (await deps.resolve(reference)).id }), ...imageHandlers(deps.overrides) },
  };
}

import { isAbsolute } from 'node:path';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import type { S3Door, S3Written } from '@main/platform/s3/types';
import type { MachineS3 } from './server';

const TOLD_BYTES = 1024 * 1024;

/** What operations on objects need. */
export interface ObjectOperationDependencies {
  readonly server: Pick<MachineS3, 'door'>;
  readonly resolve: (reference: string) => Promise<{ readonly id: string; readonly name: string }>;
  /** Takes away what an interrupted download of this file left. */
  readonly discardDownload: (file: string) => Promise<void>;
  /** Mounts show at once what was written. */
  readonly afterWrite: (projectId: string, bucket: string, keys: readonly string[]) => Promise<void>;
}

/** The operations on objects. */
export function objectOperations(deps: ObjectOperationDependencies): readonly OperationKind[] {
  return [putOperation(deps), getOperation(deps), removeOperation(deps), restoreOperation(deps)];
}

const projectOf = (input: JsonObject): string => textOf(input, 'project');
const bucketOf = (input: JsonObject): string => textOf(input, 'bucket');

type Frame = Pick<OperationKind, 'needsEngine' | 'prepare' | 'projectId' | 'finish'>;

/** What all of them have in common. What is done when a crash comes is done: the answer is what was journaled. */
function frame(deps: ObjectOperationDependencies): Frame {
  return {
    needsEngine: false,
    async prepare(input) {
      const file = input['file'];
      if (typeof file === 'string' && !isAbsolute(file)) throw new AppError('input-invalid', `${file} is no absolute path.`, { hint: 'Name the file with its folder.' });
      return { ...input, project: (await deps.resolve(projectOf(input))).id };
    },
    projectId: projectOf,
    async finish(context, input) {
      const done = context.records.findLast(({ name }) => name.startsWith('object.'));
      const result = (done?.result ?? {}) as JsonObject;
      if (done?.name !== 'object.get') await tell(deps, context, input, keysOf(input));
      return { operationId: context.operationId, ...result };
    },
  };
}

function keysOf(input: JsonObject): readonly string[] {
  return typeof input['key'] === 'string' ? [input['key']] : textsOf(input, 'keys');
}

async function withDoor<T>(deps: ObjectOperationDependencies, projectId: string, work: (door: S3Door) => Promise<T>): Promise<T> {
  const door = await deps.server.door(projectId);
  try {
    return await work(door);
  } finally {
    door.close();
  }
}

/** The bucket has it already: a mount that does not show it yet is no failure of the upload. */
async function tell(deps: ObjectOperationDependencies, context: Pick<RecoveryContext, 'log'>, input: JsonObject, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await deps.afterWrite(projectOf(input), bucketOf(input), keys).catch((error: unknown) => {
    context.log(`Mounts show it a little later: ${error instanceof Error ? error.message : String(error)}`);
  });
}

function transferred(input: JsonObject, written: S3Written): { readonly [name: string]: Json } {
  return { bucket: bucketOf(input), key: textOf(input, 'key'), sizeBytes: written.sizeBytes, etag: written.etag, versionId: written.versionId };
}

/** Tells how far a transfer is, once per MiB. */
function teller(context: OperationContext): (bytes: number) => void {
  let told = 0;
  return (bytes) => {
    if (bytes - told < TOLD_BYTES) return;
    told = bytes;
    context.progress({ bytes: { done: bytes } });
  };
}

function putOperation(deps: ObjectOperationDependencies): OperationKind {
  return {
    kind: 'objects.put',
    ...frame(deps),
    key: (input) => `object:${bucketOf(input)}/${textOf(input, 'key')}`,
    title: (input) => `Upload ${textOf(input, 'key')} to ${bucketOf(input)}`,
    async run(context, input) {
      const [bucket, key, file] = [bucketOf(input), textOf(input, 'key'), textOf(input, 'file')];
      const result = await withDoor(deps, projectOf(input), (door) =>
        context.effect('object.put', { bucket, key, file }, async () => transferred(input, await door.upload(bucket, key, file, teller(context), context.signal))),
      );
      await context.commit();
      await tell(deps, context, input, [key]);
      return { operationId: context.operationId, ...result };
    },
    // An object appears whole or not at all, and parts of an upload are taken away by whoever sent them.
    rollback: async (context) => context.log('The object is there whole, or is as it was before.'),
  };
}

function getOperation(deps: ObjectOperationDependencies): OperationKind {
  return {
    kind: 'objects.get',
    ...frame(deps),
    key: (input) => `file:${textOf(input, 'file')}`,
    title: (input) => `Download ${textOf(input, 'key')} from ${bucketOf(input)}`,
    async run(context, input) {
      const [bucket, key, file] = [bucketOf(input), textOf(input, 'key'), textOf(input, 'file')];
      const versionId = typeof input['versionId'] === 'string' ? input['versionId'] : undefined;
      const result = await withDoor(deps, projectOf(input), (door) =>
        context.effect('object.get', { bucket, key, file }, async () => transferred(input, await door.download(bucket, key, file, versionId, teller(context), context.signal))),
      );
      await context.commit();
      return { operationId: context.operationId, ...result };
    },
    async rollback(context, input) {
      await context.effect('object.discard', { file: textOf(input, 'file') }, async () => {
        await deps.discardDownload(textOf(input, 'file'));
        return null;
      });
    },
  };
}

function removeOperation(deps: ObjectOperationDependencies): OperationKind {
  return {
    kind: 'objects.remove',
    ...frame(deps),
    key: (input) => `bucket:${bucketOf(input)}`,
    title: (input) => `Delete ${keysOf(input).length === 1 ? (keysOf(input)[0] ?? '') : `${String(keysOf(input).length)} objects`} of ${bucketOf(input)}`,
    async run(context, input) {
      const [bucket, keys] = [bucketOf(input), keysOf(input)];
      const result = await withDoor(deps, projectOf(input), (door) =>
        context.effect('object.remove', { bucket, keys: [...keys] }, async () => {
          const failed = (await door.remove(bucket, keys, context.signal)).map((one) => ({ ...one }));
          return { removed: keys.filter((key) => !failed.some((one) => one.key === key)), failed };
        }),
      );
      await context.commit();
      await tell(deps, context, input, result.removed);
      return { operationId: context.operationId, ...result };
    },
    rollback: async (context) => context.log('What was deleted already can be brought back where the bucket keeps versions.'),
  };
}

function restoreOperation(deps: ObjectOperationDependencies): OperationKind {
  return {
    kind: 'objects.restore',
    ...frame(deps),
    key: (input) => `object:${bucketOf(input)}/${textOf(input, 'key')}`,
    title: (input) => `Bring back an older version of ${textOf(input, 'key')}`,
    async run(context, input) {
      const [bucket, key, versionId] = [bucketOf(input), textOf(input, 'key'), textOf(input, 'versionId')];
      const result = await withDoor(deps, projectOf(input), (door) =>
        context.effect('object.restore', { bucket, key, versionId }, async () => transferred(input, await door.restore(bucket, key, versionId, context.signal))),
      );
      await context.commit();
      await tell(deps, context, input, [key]);
      return { operationId: context.operationId, ...result };
    },
    rollback: async (context) => context.log('The object is the older version, or is as it was before; its versions are all there.'),
  };
}

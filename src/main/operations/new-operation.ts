import { randomBytes } from 'node:crypto';
import type { JsonObject } from '@shared/kernel/json';
import { OPERATION_DEFAULTS, PRIORITY, type Operation } from '@shared/domain/operations/operation';
import type { EnqueueOptions, OperationKind } from './types';

/** The record of an operation that is about to be queued. */
export function newOperation(kind: OperationKind, input: JsonObject, options: EnqueueOptions, nowMs: number): Operation {
  const origin = options.origin ?? 'user';
  return {
    ...OPERATION_DEFAULTS,
    id: newOperationId(nowMs),
    kind: kind.kind,
    key: kind.key(input),
    title: kind.title(input),
    projectId: kind.projectId(input),
    state: 'queued',
    progress: { step: 0, of: 0, message: 'Waiting' },
    input,
    result: null,
    error: null,
    cancellable: true,
    createdAt: new Date(nowMs).toISOString(),
    startedAt: null,
    finishedAt: null,
    origin,
    priority: options.priority ?? PRIORITY[origin],
    after: options.after ?? [],
    notBefore: options.notBefore ?? null,
    dedupeKey: options.dedupeKey ?? null,
    ...(options.parent === undefined ? {} : { parent: options.parent }),
  };
}

/** Sorts by time, unguessable enough not to collide: `op_` and 18 letters and digits. */
function newOperationId(nowMs: number): string {
  return `op_${nowMs.toString(36).padStart(9, '0')}${BigInt(`0x${randomBytes(6).toString('hex')}`).toString(36).padStart(10, '0').slice(-9)}`;
}

import { FINAL_STATES, type Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { OperationContext, Operations } from './types';

/** A look at the state from time to time, should the end be missed. */
const LOOK_AGAIN_MS = 60_000;

/** Runs an operation from inside another one, which waits for its end; cancelling the outer one cancels it. Resolves however it ended; rejects with `cancelled`. */
export async function runChild(operations: Pick<Operations, 'enqueue' | 'wait' | 'cancel'>, { operationId, signal }: Pick<OperationContext, 'signal'> & { readonly operationId?: string | undefined }, kind: string, input: JsonObject): Promise<Operation> {
  if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
  const child = await operations.enqueue(kind, input, { parent: operationId });
  const cancel = (): void => void operations.cancel(child.id).catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    let now: Operation;
    do now = await operations.wait(child.id, LOOK_AGAIN_MS);
    while (!FINAL_STATES.includes(now.state));
    if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    return now;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

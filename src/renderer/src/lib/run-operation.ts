import type { InputOf, NamesOfKind } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import { call, start } from './client';

const WAIT_MS = 600_000;

/** Runs an operation to its end and gives its result. Rejects with what went wrong in it. */
export async function runOperation<N extends NamesOfKind<'operation'>>(name: N, input: InputOf<N>): Promise<{ readonly [field: string]: unknown }> {
  const { operationId } = await start(name, input);
  const operation = await call('operations.wait', { id: operationId, timeoutMs: WAIT_MS });
  if (operation.error !== null) throw new AppError(operation.error.code, operation.error.message, { hint: operation.error.hint, where: operation.error.where });
  const result = operation.result;
  return typeof result === 'object' && result !== null && !Array.isArray(result) ? (result as { readonly [field: string]: unknown }) : {};
}

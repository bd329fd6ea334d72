import { expect, it } from 'vitest';
import { asPart } from '@main/operations/part-of';
import type { OperationContext } from '@main/operations/types';

it('shows what a part says and does, not the steps it counts for itself', () => {
  const shown: unknown[] = [];
  const context = { operationId: 'op_1', progress: (change: unknown) => void shown.push(change) } as unknown as OperationContext;
  const part = asPart(context);
  part.progress({ step: 0, of: 5, message: 'Comparing', services: { api: 'waiting' } });
  part.progress({ bytes: undefined });
  expect(part.operationId).toBe('op_1');
  expect(shown).toEqual([{ message: 'Comparing', services: { api: 'waiting' } }, { bytes: undefined }]);
});

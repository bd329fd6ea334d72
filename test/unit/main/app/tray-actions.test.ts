import { expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import { createTrayActions } from '@main/app/tray-actions';
import type { TrayWatch } from '@main/app/tray-watch';
import type { Client } from '@main/dispatch/types';

/** Containers that change so often between a plan and its start. */
async function click(changes: number, error = 'plan-stale' as 'plan-stale' | 'blocked'): Promise<{ readonly asked: readonly string[]; readonly errors: readonly unknown[] }> {
  const asked: string[] = [];
  const errors: unknown[] = [];
  let plans = 0;
  const client = {
    call: () => Promise.resolve({ id: `plan-${String((plans += 1))}`, mustAsk: false }),
    start: (_name: string, input: { readonly planId: string }) => {
      asked.push(input.planId);
      return asked.length > changes ? Promise.resolve({ operationId: 'op_1' }) : Promise.reject(new AppError(error, 'No.'));
    },
  } as unknown as Client;
  const nothing = (): void => undefined;
  await createTrayActions({ client, watch: {} as TrayWatch, show: nothing, command: nothing, openPage: nothing, quit: nothing, onError: (thrown) => errors.push(thrown) })({ type: 'switch', projectId: 'p_1', mode: 'prod' });
  return { asked, errors };
}

it('plans a switch again that nobody was asked about, where containers changed since its plan', async () => {
  expect(await click(0)).toEqual({ asked: ['plan-1'], errors: [] });
  expect(await click(2)).toEqual({ asked: ['plan-1', 'plan-2', 'plan-3'], errors: [] });
});

it('says what stands in the way after some tries, and everything else at once', async () => {
  expect((await click(9)).errors).toMatchObject([{ code: 'plan-stale' }]);
  expect(await click(9, 'blocked')).toMatchObject({ asked: ['plan-1'], errors: [{ code: 'blocked' }] });
});

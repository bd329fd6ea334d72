import { describe, expect, it, vi } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import type { OperationContext, OperationKind } from '@main/operations/types';
import { syncsFirst } from '@main/workspaces';

const context = { operationId: 'op_1', signal: new AbortController().signal, log: () => undefined } as unknown as OperationContext;

function kind(order: string[]): OperationKind {
  return { kind: 'modes.switch', key: () => 'k', title: () => 't', projectId: () => 'p', run: async () => (order.push('switch'), await Promise.resolve(null)), rollback: () => Promise.resolve(), finish: () => Promise.resolve(null) };
}

describe('an operation that syncs first', () => {
  it('sends what is pending before it begins', async () => {
    const order: string[] = [];
    const wrapped = syncsFirst(kind(order), ({ mode }) => mode === 'prod', async (projectId) => void order.push(`sync ${await Promise.resolve(projectId)}`));
    await wrapped.run(context, { project: 'p_1', mode: 'prod' });
    expect(order).toEqual(['sync p_1', 'switch']);
  });

  it('has it done as a part of itself', async () => {
    const sync = vi.fn(() => Promise.resolve());
    await syncsFirst(kind([]), () => true, sync).run(context, { project: 'p_1' });
    expect(sync).toHaveBeenCalledWith('p_1', context, expect.any(Function));
  });

  it('leaves others as they are', async () => {
    const order: string[] = [];
    const sync = vi.fn(() => Promise.resolve());
    await syncsFirst(kind(order), ({ mode }) => mode === 'prod', sync).run(context, { project: 'p_1', mode: 'dev' });
    expect(sync).not.toHaveBeenCalled();
    expect(order).toEqual(['switch']);
  });

  it('goes no further when something stays unsent', async () => {
    const order: string[] = [];
    const wrapped = syncsFirst(kind(order), () => true, () => Promise.reject(new AppError('blocked', 'The workspaces are not synced.')));
    await expect(wrapped.run(context, { project: 'p_1' })).rejects.toThrow('The workspaces are not synced.');
    expect(order).toEqual([]);
  });
});

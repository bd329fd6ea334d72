import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { runChild } from '@main/operations/child-operation';
import type { OperationContext, OperationKind, Operations } from '@main/operations/types';
import { eventually, toy, useQueue } from './queue-kit';

const queue = useQueue();
const order: string[] = [];
const kept: JsonObject[] = [];

beforeEach(() => {
  order.length = 0;
  kept.length = 0;
  queue.keepState = (request, _signal, log) => {
    kept.push({ ...request, volumes: [...request.volumes] });
    order.push('kept');
    log('Kept.');
    return Promise.resolve('s_1');
  };
});

function changing(kind: string, run: (context: OperationContext, input: JsonObject) => Promise<null> = () => Promise.resolve(null), more: Partial<OperationKind> = {}): OperationKind {
  return toy(
    (context, input) => {
      order.push('run');
      return run(context, input);
    },
    { kind, projectId: () => 'p_1', ...more },
  );
}

async function end(operations: Operations, kind: string, input: JsonObject = {}): Promise<{ readonly id: string; readonly state: string }> {
  const { id } = await operations.enqueue(kind, input);
  return { id, state: (await operations.wait(id, 10_000)).state };
}

describe('what is kept before an operation', () => {
  it('is kept before it runs, and says so in its log', async () => {
    const operations = await queue.open([changing('checks.fix')]);
    const { id } = await end(operations, 'checks.fix');
    expect(order).toEqual(['kept', 'run']);
    expect(kept).toEqual([{ projectId: 'p_1', operationId: id, kind: 'checks.fix', volumes: [] }]);
    expect(await operations.logOf(id)).toEqual(['Kept.']);
  });

  it('is not kept for a kind that changes nothing, for one without a project, and for a look at what would be', async () => {
    const operations = await queue.open([changing('services.restart'), changing('checks.fix', undefined, { projectId: () => null }), changing('projects.clean')]);
    await end(operations, 'services.restart');
    await end(operations, 'checks.fix');
    await end(operations, 'projects.clean', { dryRun: true });
    expect(kept).toEqual([]);
  });

  it('is kept when the operation says that it begins, once', async () => {
    const answers: (string | null | undefined)[] = [];
    const operations = await queue.open([
      changing('modes.switch', async (context, input) => {
        if (input['changes'] === true) for (const volumes of [['data'], []]) answers.push(await context.beforeChange?.(volumes));
        return null;
      }),
    ]);
    await end(operations, 'modes.switch', { changes: false });
    expect(order).toEqual(['run']);
    await end(operations, 'modes.switch', { changes: true });
    expect(order).toEqual(['run', 'run', 'kept']);
    expect(kept[0]).toMatchObject({ volumes: ['data'] });
    expect(answers).toEqual(['s_1', null]);
  });

  it('ends the operation before it has done anything, where it cannot be kept', async () => {
    queue.keepState = () => Promise.reject(new AppError('blocked', 'The disk is full.'));
    const operations = await queue.open([changing('checks.fix')]);
    const { id, state } = await end(operations, 'checks.fix');
    expect(state).toBe('failed');
    expect((await operations.get(id)).error).toMatchObject({ code: 'blocked', message: 'The disk is full.' });
    expect(order).toEqual([]);
  });

  it('is kept once for an operation and all that it waits for', async () => {
    const operations: Operations = await queue.open([
      changing('changes.deploy', async (context) => runChild(operations, context, 'changes.rollback', {}).then(() => null), { key: () => 'deploy' }),
      changing('changes.rollback'),
    ]);
    const { id, state } = await end(operations, 'changes.deploy');
    expect(state).toBe('succeeded');
    expect(order).toEqual(['kept', 'run', 'run']);
    expect(kept).toMatchObject([{ operationId: id }]);
    // By itself it is an operation like any other.
    await end(operations, 'changes.rollback');
    expect(kept).toHaveLength(2);
  });

  it('is kept once however often it is tried', async () => {
    let fails = true;
    const operations = await queue.open([
      changing(
        'checks.fix',
        () => {
          if (!fails) return Promise.resolve(null);
          fails = false;
          return Promise.reject(new AppError('engine-lost', 'The engine went away.'));
        },
        { retry: { attempts: 1, codes: ['engine-lost'] } },
      ),
    ]);
    const { id } = await operations.enqueue('checks.fix', {});
    await eventually(async () => expect((await operations.get(id)).attempt).toBe(2));
    expect((await operations.wait(id, 10_000)).state).toBe('succeeded');
    expect(order).toEqual(['kept', 'run', 'run']);
  });
});

it('an operation that waits for another gives its place to it', async () => {
  const operations: Operations = await queue.open(
    [toy((context, input) => runChild(operations, context, 'toy.inner', { key: `inner ${String(input['key'])}` }).then(() => null)), toy(() => Promise.resolve(null), { kind: 'toy.inner' })],
    2,
  );
  const outer = await Promise.all(['a', 'b', 'c'].map((key) => operations.enqueue('toy.run', { key })));
  for (const { id } of outer) expect((await operations.wait(id, 10_000)).state).toBe('succeeded');
});

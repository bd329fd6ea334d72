import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { dispatcherOver } from '@main/dispatch/dispatcher';
import { silentLogger } from '@main/platform/logger';
import { entry } from '@shared/contract/define';
import { AppError } from '@shared/kernel/app-error';

const table = {
  'toy.get': entry({ kind: 'query', summary: '', input: z.object({ name: z.string().min(1), count: z.coerce.number().int().max(9).default(1), mode: z.enum(['a', 'b']).optional(), rules: z.array(z.strictObject({ directory: z.string(), marks: z.record(z.string(), z.strictObject({ kind: z.string() })).optional() })).optional() }), output: z.object({ name: z.string() }) }),
  'toy.run': entry({ kind: 'operation', summary: '', input: z.object({ name: z.string() }), output: z.null() }),
  'toy.tail': entry({ kind: 'stream', summary: '', input: z.object({}), output: z.object({ n: z.number() }) }),
};
const bugs: string[] = [];
function dispatcher(get: (input: unknown) => Promise<unknown> = async (input) => input) {
  return dispatcherOver(table, {
    handlers: {
      'toy.get': get,
      'toy.tail': async (_input, _call, push) => {
        push({ n: 1 });
        push({ n: 2 });
      },
    },
    operations: { enqueue: async (kind, input) => ({ id: `op ${kind} ${JSON.stringify(input)}` }) as never },
    logger: silentLogger,
    onBug: (message) => bugs.push(message),
    checkOutput: true,
  });
}
const call = () => ({ door: 'internal' as const, signal: new AbortController().signal });

describe('dispatcher', () => {
  it('fills in defaults, answers, enqueues, streams', async () => {
    expect(await dispatcher().call('toy.get', { name: 'x' }, call())).toEqual({ ok: true, value: { name: 'x', count: 1 } });
    expect(await dispatcher().call('toy.run', { name: 'x' }, call())).toEqual({ ok: true, value: { operationId: 'op toy.run {"name":"x"}' } });
    const items: unknown[] = [];
    expect(await dispatcher().stream('toy.tail', {}, call(), (item) => items.push(item))).toEqual({ ok: true, value: null });
    expect(items).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it.each([
    ['toy.get', {}, '"name" is missing.'],
    ['toy.get', { name: 7 }, '"name" must be text.'],
    ['toy.get', { name: '' }, '"name" must not be empty.'],
    ['toy.get', { name: 'x', count: 10 }, '"count" must be at most 9.'],
    ['toy.get', { name: 'x', mode: 'c' }, '"mode" must be one of a, b.'],
    ['toy.get', { name: 'x', nmae: 1 }, 'There is no "nmae" here.'],
    ['toy.get', { name: 'x', rules: [{ directory: '/', folder: '/' }] }, 'There is no "folder" in rules[0].'],
    ['toy.get', { name: 'x', rules: [{ directory: '/', marks: { one: { knid: 'x', kind: 'y' } } }] }, 'There is no "knid" in rules[0].marks.one.'],
    ['toy.get', 'text', 'The input must be an object.'],
    ['toy.got', {}, 'Berth has nothing called "toy.got".'],
    ['constructor', {}, 'Berth has nothing called "constructor".'],
    ['toy.tail', {}, '"toy.tail" is a stream; it cannot be called.'],
  ])('refuses %s %j in one sentence', async (name, input, message) => {
    const result = await dispatcher().call(name, input, call());
    expect(result.ok ? '' : result.error.message).toBe(message);
  });

  it('says what an object inside of an input takes', async () => {
    const hintOf = async (rule: object): Promise<string | undefined> => {
      const result = await dispatcher().call('toy.get', { name: 'x', rules: [{ directory: '/', ...rule }] }, call());
      return result.ok ? undefined : result.error.hint;
    };
    expect(await hintOf({ folder: '/' })).toBe('It takes directory, marks.');
    expect(await hintOf({ direcotry: '/' })).toBe('Did you mean "directory"?');
  });

  it('hands expected failures on, and reports bugs without their stack', async () => {
    expect(
      await dispatcher(async () => {
        throw new AppError('blocked', 'No.', { hint: 'Yes.' });
      }).call('toy.get', { name: 'x' }, call()),
    ).toEqual({ ok: false, error: { code: 'blocked', message: 'No.', hint: 'Yes.' } });
    const result = await dispatcher(async () => {
      throw new TypeError('undefined is not a function');
    }).call('toy.get', { name: 'x' }, call());
    expect(result.ok ? '' : result.error.code).toBe('internal');
    expect(bugs).toHaveLength(1);
  });

  it('takes an answer the contract does not describe for a bug', async () => {
    const result = await dispatcher(async () => ({ name: 3 })).call('toy.get', { name: 'x' }, call());
    expect(result.ok ? '' : result.error.message).toContain('toy.get answered what its contract does not say');
  });
});

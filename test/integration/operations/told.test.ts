import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import { createServices, type Services } from '@main/services';

let home: string;
let services: Services;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'bt-told-'));
  services = await createServices({ home, version: '1.2.3', checkOutput: true, live: false, host: 'serve' });
  // The first to listen, both ways: whoever comes after must not notice.
  services.events.subscribe(() => {
    throw new Error('a broken door');
  });
  services.events.on(() => {
    throw new Error('another one');
  });
  await services.start();
  services.operations.register({
    kind: 'toy.run',
    key: (input) => String(input['number']),
    title: (input) => `Toy ${String(input['number'])}`,
    projectId: () => null,
    run: (context, input) => {
      context.progress({ step: 1, of: 1, message: 'At work' });
      if (input['number'] === 1) return Promise.reject(new AppError('blocked', 'It failed.'));
      return input['number'] === 2 ? Promise.reject(new TypeError('a bug')) : Promise.resolve(null);
    },
    rollback: () => Promise.resolve(),
    finish: () => Promise.resolve(null),
  });
});
afterEach(async () => {
  await services.close();
  await rm(home, { recursive: true, force: true });
});

async function entriesOf(correlation: string): Promise<OutputOf<'events.list'>> {
  const answer = await services.dispatcher.call('events.list', { correlation }, { door: 'cli', signal: new AbortController().signal });
  if (!answer.ok) throw new Error(answer.error.message);
  return [...(answer.value as OutputOf<'events.list'>)].reverse();
}

it('every operation, however it ends, tells its start, its steps and its end with one correlation id; listeners that throw stop nobody', async () => {
  const heard = new Set<string>();
  services.events.on(({ event }) => event.type === 'operation.changed' && heard.add(event.operation.id));
  const all = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((number) => services.operations.enqueue('toy.run', { number })));
  const ended = await Promise.all(all.map(({ id }) => services.operations.wait(id, 10_000)));
  for (const operation of ended) {
    await vi.waitFor(async () => expect((await entriesOf(operation.id)).at(-1)?.type).toBe('operation.ended'), { timeout: 5_000 });
    const entries = await entriesOf(operation.id);
    const steps = entries.slice(1, -1).map((one) => one.type);
    expect(entries[0]?.type, operation.title).toBe('operation.started');
    expect(steps.length, operation.title).toBeGreaterThan(0);
    expect(new Set(steps), operation.title).toEqual(new Set(['operation.progress']));
    expect(new Set(entries.map((one) => one.correlationId))).toEqual(new Set([operation.id]));
    expect(entries.at(-1)?.data['state']).toBe(operation.state);
  }
  expect(ended.map((one) => one.state)).toEqual(['succeeded', 'failed', 'failed', ...Array.from({ length: 5 }, () => 'succeeded')]);
  expect(heard).toEqual(new Set(all.map((one) => one.id)));
});

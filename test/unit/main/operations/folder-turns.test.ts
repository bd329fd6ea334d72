import { expect, it } from 'vitest';
import { createFolderTurns } from '@main/operations/folder-turns';

it('has one at a time in a folder and what lies above and below it, in the order they came', async () => {
  const turns = createFolderTurns();
  const order: string[] = [];
  const take = async (name: string, dir: string) => {
    const turn = await turns.take(dir);
    order.push(name);
    return turn;
  };
  const first = await take('first', '/a/b');
  const below = take('below', '/a/b/c');
  const above = take('above', '/a');
  const beside = await take('beside', '/x');
  expect(order).toEqual(['first', 'beside']);
  first.dispose();
  (await below).dispose();
  (await above).dispose();
  beside.dispose();
  expect(order).toEqual(['first', 'beside', 'below', 'above']);
});

it('lets go of one that is cancelled while it waits', async () => {
  const turns = createFolderTurns();
  const first = await turns.take('/a');
  const stop = new AbortController();
  const waiting = turns.take('/a', stop.signal);
  const third = turns.take('/a');
  stop.abort();
  await expect(waiting).rejects.toThrow('Cancelled');
  first.dispose();
  first.dispose();
  (await third).dispose();
});

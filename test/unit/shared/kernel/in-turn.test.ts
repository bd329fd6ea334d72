import { expect, test } from 'vitest';
import { InTurn } from '@shared/kernel/in-turn';

test('work is done one after the other, and one that fails holds up none', async () => {
  const turn = new InTurn();
  const seen: string[] = [];
  const work = (name: string, fails = false) => async (): Promise<string> => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const all = await Promise.allSettled([turn.run(work('one')), turn.run(work('two', true)), turn.run(work('three'))]);
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends']);
});

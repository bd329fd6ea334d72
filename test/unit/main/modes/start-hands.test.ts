import { describe, expect, it, vi } from 'vitest';
import { StartHands } from '@main/modes/start-hands';

/** Lets everything that is ready go on. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Takes hands by name and writes down who has got one. */
function takers(hands: StartHands): { readonly got: string[]; take(name: string, isUrgent: boolean): void; giveBack(name: string): void } {
  const got: string[] = [];
  const held = new Map<string, () => void>();
  return {
    got,
    take: (name, isUrgent) => {
      void hands.take(isUrgent).then((giveBack) => {
        got.push(name);
        held.set(name, giveBack);
      });
    },
    giveBack: (name) => held.get(name)?.(),
  };
}

describe('StartHands', () => {
  it('gives out as many as there are, and the next when one comes back', async () => {
    const one = takers(new StartHands(2));
    for (const name of ['a', 'b', 'c', 'd']) one.take(name, true);
    await settled();
    expect(one.got).toEqual(['a', 'b']);
    one.giveBack('b');
    await settled();
    expect(one.got).toEqual(['a', 'b', 'c']);
    one.giveBack('b');
    await settled();
    expect(one.got).toEqual(['a', 'b', 'c']);
    one.giveBack('a');
    await settled();
    expect(one.got).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives them to what others wait for first, also when it is asked for in the same turn', async () => {
    const one = takers(new StartHands(1));
    one.take('leaf', false);
    one.take('first', true);
    one.take('second', true);
    await settled();
    expect(one.got).toEqual(['first']);
    one.giveBack('first');
    await settled();
    one.giveBack('second');
    await settled();
    expect(one.got).toEqual(['first', 'second', 'leaf']);
  });

  it('keeps a leaf waiting no longer than nothing of the others moves', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const one = takers(new StartHands(3));
      one.take('slow', true);
      one.take('quick', true);
      one.take('leaf', false);
      await settled();
      await vi.advanceTimersByTimeAsync(500);
      one.giveBack('quick');
      await settled();
      await vi.advanceTimersByTimeAsync(500);
      await settled();
      expect(one.got).toEqual(['slow', 'quick']);
      await vi.advanceTimersByTimeAsync(200);
      await settled();
      expect(one.got).toEqual(['slow', 'quick', 'leaf']);
    } finally {
      vi.useRealTimers();
    }
  });
});

import { expect, it, vi } from 'vitest';
import { Interrupts } from '../../../src/cli/interrupts';

it('the first ends the command in order, the next at once; one that is waited for does only what it is waited for', async () => {
  const endAtOnce = vi.fn();
  const interrupts = new Interrupts(endAtOnce);
  interrupts.interrupt();
  expect([interrupts.signal.aborted, endAtOnce.mock.calls.length]).toEqual([true, 0]);
  const next = interrupts.next();
  interrupts.interrupt();
  await next;
  expect(endAtOnce).not.toHaveBeenCalled();
  interrupts.interrupt();
  expect(endAtOnce).toHaveBeenCalledOnce();
});

it('a closed reader ends the command in order, however often', () => {
  const endAtOnce = vi.fn();
  const interrupts = new Interrupts(endAtOnce);
  interrupts.stop();
  interrupts.stop();
  expect([interrupts.signal.aborted, endAtOnce.mock.calls.length]).toEqual([true, 0]);
});

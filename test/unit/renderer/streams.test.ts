import { afterEach, describe, expect, it, vi } from 'vitest';
import { stream, streamLog } from '../../../src/renderer/src/lib/client';

type OnItems = (items: readonly unknown[], skipped: number) => void;
type OnEnd = (result: { readonly ok: true; readonly value: null }) => void;

/** A bridge whose streams end a moment after they were stopped, as the real one's do. */
function bridge() {
  const open: { readonly onItems: OnItems; readonly onEnd: OnEnd }[] = [];
  const stops = vi.fn();
  vi.stubGlobal('window', {
    berth: {
      stream: (_name: string, _input: unknown, onItems: OnItems, onEnd: OnEnd) => {
        open.push({ onItems, onEnd });
        return stops;
      },
    },
  });
  return { open, stops };
}

describe('a stream of the window', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    ['a stream', (told: string[]) => stream('stats.watch', { project: 'p' }, () => told.push('items'), () => told.push('end'))],
    ['a log', (told: string[]) => streamLog('services.logs', { project: 'p' }, () => told.push('items'), () => told.push('end'))],
  ])('%s tells nothing after it was stopped, not even its end', (_kind, follow) => {
    const { open, stops } = bridge();
    const told: string[] = [];
    const stop = follow(told);
    open[0]?.onItems([{}], 0);
    stop();
    open[0]?.onItems([{}], 0);
    open[0]?.onEnd({ ok: true, value: null });
    expect(told).toEqual(['items']);
    expect(stops).toHaveBeenCalledTimes(1);
  });

  it('tells its end when it ends by itself', () => {
    const { open } = bridge();
    const told: unknown[] = [];
    stream('stats.watch', { project: 'p' }, () => undefined, (error) => told.push(error));
    open[0]?.onEnd({ ok: true, value: null });
    expect(told).toEqual([null]);
  });
});

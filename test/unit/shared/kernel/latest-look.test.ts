import { describe, expect, test } from 'vitest';
import { LatestLook } from '@shared/kernel/latest-look';

/** A look that ends when it is told to. */
function looks(): { readonly begun: (() => void)[]; look(): Promise<number> } {
  const begun: (() => void)[] = [];
  return { begun, look: () => new Promise((done) => { const number = begun.length + 1; begun.push(() => done(number)); }) };
}
const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('a look that is shared', () => {
  test('answers everybody who asked before it began, and nobody who asked later', async () => {
    const { begun, look } = looks();
    const latest = new LatestLook<number>();
    const first = latest.of('a', look);
    const later = [latest.of('a', look), latest.of('a', look), latest.of('a', look)];
    const other = latest.of('b', look);
    expect(begun).toHaveLength(2);
    begun[0]?.();
    expect(await first).toBe(1);
    await settled();
    expect(begun).toHaveLength(3);
    const third = latest.of('a', look);
    begun[2]?.();
    expect(await Promise.all(later)).toEqual([3, 3, 3]);
    await settled();
    begun[3]?.();
    expect(await third).toBe(4);
    begun[1]?.();
    expect(await other).toBe(2);
  });

  test('begins anew when nobody looks, also after a failure', async () => {
    const latest = new LatestLook<number>();
    await expect(latest.of('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await settled();
    expect(await latest.of('a', () => Promise.resolve(2))).toBe(2);
    await settled();
    expect(await latest.of('a', () => Promise.resolve(3))).toBe(3);
  });
});

import { expect, it } from 'vitest';
import { VolumeSizes } from '@main/monitor';
import type { DiskUse } from '@main/monitor/types';

const NOTHING = { count: 0, sizeBytes: 0, reclaimableBytes: 0 };
function disk(sizeBytes: number): DiskUse {
  const item = (kind: 'volume' | 'image', name: string) => ({ id: `${kind}:${name}`, kind, name, sizeBytes, createdAt: '', why: '', removable: false });
  return { at: '', images: NOTHING, volumes: NOTHING, buildCache: NOTHING, containers: NOTHING, items: [item('volume', 'shop_data'), item('image', 'shop-web')] };
}

const WAIT_MS = 10_000;
const only = (sizeBytes: number) => ({ sizes: new Map([['shop_data', sizeBytes]]), isLooking: false });

it('tells the sizes of volumes, those of the last look while the next one fails', async () => {
  const answers = [() => Promise.resolve(disk(5)), () => Promise.reject(new Error('away')), () => Promise.resolve(disk(7))];
  const sizes = new VolumeSizes(() => (answers.shift() ?? (() => Promise.reject(new Error('none'))))());
  expect(await sizes.get(WAIT_MS)).toEqual(only(5));
  expect(await sizes.get(WAIT_MS)).toEqual(only(5));
  expect(await sizes.get(WAIT_MS)).toEqual(only(7));
});

it('does not wait longer for a slow look than asked, asks for one at a time, and tells once when it has ended', async () => {
  let looks = 0;
  let answer: (use: DiskUse) => void = () => undefined;
  let told = 0;
  const sizes = new VolumeSizes(
    () => {
      looks += 1;
      return new Promise((resolve) => (answer = resolve));
    },
    () => void (told += 1),
  );
  const pending = { sizes: null, isLooking: true };
  expect(await Promise.all([sizes.get(1), sizes.get(1), sizes.get(0)])).toEqual([pending, pending, { sizes: null, isLooking: true }]);
  expect(looks).toBe(1);
  const next = sizes.get(WAIT_MS);
  answer(disk(9));
  expect(await next).toEqual(only(9));
  expect(told).toBe(1);
  // What was told is taken as it is: nothing is measured once more, and nothing told again.
  expect(await sizes.get(0)).toEqual(only(9));
  expect([looks, told]).toEqual([1, 1]);
});

it('tells nothing when nobody was left without an answer', async () => {
  let told = 0;
  const sizes = new VolumeSizes(() => Promise.resolve(disk(5)), () => void (told += 1));
  await sizes.get(WAIT_MS);
  expect(told).toBe(0);
});

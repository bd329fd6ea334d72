import { expect, it } from 'vitest';
import { VolumeSizes } from '@main/monitor';
import type { DiskUse } from '@main/monitor/types';

const NOTHING = { count: 0, sizeBytes: 0, reclaimableBytes: 0 };
function disk(sizeBytes: number): DiskUse {
  const item = (kind: 'volume' | 'image', name: string) => ({ id: `${kind}:${name}`, kind, name, sizeBytes, createdAt: '', why: '', removable: false });
  return { at: '', images: NOTHING, volumes: NOTHING, buildCache: NOTHING, containers: NOTHING, items: [item('volume', 'shop_data'), item('image', 'shop-web')] };
}

it('tells the sizes of volumes, those of the last look while the next one fails', async () => {
  const answers = [() => Promise.resolve(disk(5)), () => Promise.reject(new Error('away')), () => Promise.resolve(disk(7))];
  const sizes = new VolumeSizes(() => (answers.shift() ?? (() => Promise.reject(new Error('none'))))());
  expect(await sizes.get()).toEqual(new Map([['shop_data', 5]]));
  expect(await sizes.get()).toEqual(new Map([['shop_data', 5]]));
  expect(await sizes.get()).toEqual(new Map([['shop_data', 7]]));
});

it('does not wait for a slow look, asks for one at a time, and has its answer afterwards', async () => {
  let looks = 0;
  let answer: (use: DiskUse) => void = () => undefined;
  const sizes = new VolumeSizes(() => {
    looks += 1;
    return new Promise((resolve) => (answer = resolve));
  });
  expect(await Promise.all([sizes.get(), sizes.get()])).toEqual([null, null]);
  expect(looks).toBe(1);
  const next = sizes.get();
  answer(disk(9));
  expect(await next).toEqual(new Map([['shop_data', 9]]));
});

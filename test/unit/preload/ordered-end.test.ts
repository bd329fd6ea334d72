import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createOrderedEnd } from '../../../src/preload/ordered-end';

it('tells the end once, when the last batch has come, wherever the end came in between', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), (batches, place) => {
      const told: string[] = [];
      const order = createOrderedEnd<string>((end) => told.push(end));
      const endsAfter = Math.min(place, batches);
      for (let index = 0; index <= batches; index += 1) {
        if (index === endsAfter) order.ended('over', batches);
        if (index === batches) break;
        expect(told).toEqual([]);
        told.push(`batch ${String(index)}`);
        order.came();
        expect(told.splice(0, 1)).toEqual([`batch ${String(index)}`]);
        if (told.length > 0) expect(index).toBe(batches - 1);
      }
      expect(told).toEqual(['over']);
    }),
  );
});

it('ends at once what had nothing to say', () => {
  const told: string[] = [];
  createOrderedEnd<string>((end) => told.push(end)).ended('over', 0);
  expect(told).toEqual(['over']);
});

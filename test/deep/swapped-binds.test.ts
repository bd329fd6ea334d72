import { expect, it } from 'vitest';
import { startWhileSwapped } from '../support/swapped-starts';

const STARTS = Number(process.env['BERTH_STARTS'] ?? 500);

it(`${String(STARTS)} starts while the bind source is swapped: none is left with a foreign folder`, async () => {
  const result = await startWhileSwapped(STARTS);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  expect(result.foreign).toBe(0);
  // A swapper that never met a start would prove nothing.
  expect(result.caught).toBeGreaterThan(STARTS / 50);
});

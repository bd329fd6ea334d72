import { describe, expect, it } from 'vitest';
import { isKeptWithin } from '@shared/domain/snapshots/kept-within';

describe('a snapshot that another operation makes', () => {
  it('is known by the operation it was made before', () => {
    expect(isKeptWithin({ kind: 'snapshots.create', input: { before: 'op_1' } })).toBe(true);
    expect([{ before: null }, {}, null, ['before']].map((input) => isKeptWithin({ kind: 'snapshots.create', input }))).toEqual([false, false, false, false]);
    expect(isKeptWithin({ kind: 'snapshots.restore', input: { before: 'op_1' } })).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newSnapshotId } from '@shared/domain/snapshots/snapshot-id';
import { severalNamed, snapshotsNamed } from '@shared/domain/snapshots/snapshot-name';

const A = { id: 's_01KQ0000000000000000000001', tag: 'before the move' };
const B = { id: 's_01KQ0000000000000000000002', tag: 'nightly' };
const C = { id: 's_01KR0000000000000000000003', tag: 'nightly' };
const D = { id: 's_01KS0000000000000000000004', tag: null };
const all = [A, B, C, D];

describe('a snapshot', () => {
  it('is meant by its id, its tag, or the beginning of its id', () => {
    expect(snapshotsNamed(B.id, all)).toEqual([B]);
    expect(snapshotsNamed('before the move', all)).toEqual([A]);
    expect(snapshotsNamed('s_01KS', all)).toEqual([D]);
    expect(snapshotsNamed('01ks', all)).toEqual([D]);
  });

  it('is not meant by what fits several, by too little, or by what nobody said', () => {
    expect(snapshotsNamed('nightly', all)).toEqual([B, C]);
    expect(snapshotsNamed('s_01KQ', all)).toEqual([A, B]);
    expect(snapshotsNamed('s_0', all)).toEqual([]);
    expect(snapshotsNamed('', all)).toEqual([]);
    expect(snapshotsNamed('before', all)).toEqual([]);
  });

  it('with the id of one as its tag does not take its place', () => {
    const impostor = { id: D.id.replace('4', '5'), tag: A.id };
    expect(snapshotsNamed(A.id, [impostor, ...all])).toEqual([A]);
  });

  it('is found by every beginning that only its id has', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 45 }), { minLength: 2, maxLength: 8 }), fc.integer({ min: 6, max: 28 }), (times, length) => {
        const made = times.map((time) => ({ id: newSnapshotId(time, new Uint8Array(10)), tag: null }));
        for (const one of made) {
          const name = one.id.slice(0, length);
          const found = snapshotsNamed(name, made);
          expect(found).toContain(one);
          expect(found.length === 1).toBe(made.filter(({ id }) => id.startsWith(name)).length === 1);
        }
      }),
    );
  });

  it('that is one of several is told apart by ids', () => {
    expect(severalNamed('nightly', [B, C])).toBe(`2 snapshots of this project are called nightly: ${B.id}, ${C.id}.`);
    expect(severalNamed('01KQ', [A, B])).toBe(`2 snapshots of this project are called 01KQ: ${A.id} (before the move), ${B.id} (nightly).`);
  });
});

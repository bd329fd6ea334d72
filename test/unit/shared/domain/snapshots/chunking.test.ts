import { createCipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chunker, gearTable, MOST_CHUNK_BYTES, nextCut } from '@shared/domain/snapshots/chunking';

const gear = gearTable((text) => createHash('sha256').update(text).digest());
const MIB = 1024 * 1024;

/** Bytes without any order, the same each time. */
function noise(bytes: number, seed: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

function lengthsOf(data: Uint8Array, piece: number): readonly number[] {
  const chunker = new Chunker(gear);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += piece) chunks.push(...chunker.push(data.subarray(at, at + piece)));
  chunks.push(...chunker.end());
  expect(Buffer.compare(Buffer.concat(chunks), data)).toBe(0);
  return chunks.map(({ length }) => length);
}

describe('chunking', () => {
  it('leaves a file of up to 1 MiB whole, and an empty one without a chunk', () => {
    expect(lengthsOf(new Uint8Array(0), 10)).toEqual([]);
    expect(lengthsOf(noise(1, 1), 10)).toEqual([1]);
    expect(lengthsOf(noise(MIB, 1), 100_000)).toEqual([MIB]);
  });

  it('cuts a longer one by its content, in chunks of 256 KiB to 4 MiB', () => {
    const lengths = lengthsOf(noise(40 * MIB, 2), 64 * 1024);
    expect(lengths.length).toBeGreaterThan(20);
    for (const length of lengths.slice(0, -1)) {
      expect(length).toBeGreaterThan(256 * 1024);
      expect(length).toBeLessThanOrEqual(MOST_CHUNK_BYTES);
    }
  });

  it('cuts what is all the same at 4 MiB', () => {
    expect(lengthsOf(new Uint8Array(9 * MIB), 1_000_000)).toEqual([4 * MIB, 4 * MIB, MIB]);
  });

  it('is the same in whatever pieces it comes', () => {
    const data = noise(6 * MIB, 3);
    const whole = lengthsOf(data, data.length);
    fc.assert(
      fc.property(fc.integer({ min: 10_000, max: 3 * MIB }), (piece) => {
        expect(lengthsOf(data, piece)).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  it('finds the same chunks again behind a byte that was put in', () => {
    const data = noise(30 * MIB, 4);
    const hashes = (bytes: Uint8Array): readonly string[] => {
      const found: string[] = [];
      for (let at = 0; at < bytes.length; ) {
        const to = nextCut(gear, bytes, at);
        found.push(createHash('sha256').update(bytes.subarray(at, to)).digest('hex'));
        at = to;
      }
      return found;
    };
    const before = new Set(hashes(data));
    const after = hashes(Buffer.concat([data.subarray(0, 100_000), Buffer.of(1), data.subarray(100_000)]));
    expect(after.filter((hash) => !before.has(hash)).length).toBeLessThanOrEqual(3);
  });

  it('has the table of the page', () => {
    expect(gear[0]! >>> 0).toBe(createHash('sha256').update('berth-gear-0').digest().readUInt32BE(0));
    expect(gear[255]! >>> 0).toBe(createHash('sha256').update('berth-gear-255').digest().readUInt32BE(0));
  });

  const { cases } = JSON.parse(readFileSync('test/fixtures/snapshots/chunking.json', 'utf8')) as { readonly cases: readonly { readonly seed: string; readonly bytes: number; readonly lengths: readonly number[] }[] };
  it.each(cases)('cuts $bytes bytes of "$seed" where the volume program does', ({ seed, bytes, lengths }) => {
    const data = Buffer.alloc(bytes);
    if (seed !== '') for (let block = 0; block * 32 < bytes; block += 1) createHash('sha256').update(`${seed} ${String(block)}`).digest().copy(data, block * 32);
    expect(lengthsOf(data, 300_000)).toEqual(lengths);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkHead, frameHeader, FrameReader, MOST_FRAME_BYTES, readChunkFrame, readOffer, type VolumeFrame } from '@shared/domain/snapshots/volume-frames';

const bytes = fc.uint8Array({ maxLength: 200 });
const frame = fc.record({ kind: fc.constantFrom(...'HBESOCFPXDglwnecz'), data: bytes });

function joined(frames: readonly VolumeFrame[]): Uint8Array {
  return Uint8Array.from(frames.flatMap(({ kind, data }) => [...frameHeader(kind, data.length), ...data]));
}

/** Cuts bytes into pieces of these lengths, over and over. */
function pieces(all: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < all.length; turn += 1) {
    const next = at + (lengths[turn % lengths.length] ?? 1);
    cut.push(all.subarray(at, next));
    at = next;
  }
  return cut;
}

describe('frames of the volume program', () => {
  it('come back as they were sent, in pieces of any length', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 }), (frames, lengths) => {
        const reader = new FrameReader();
        expect(pieces(joined(frames), lengths).flatMap((piece) => reader.push(piece))).toEqual(frames);
        expect(reader.between).toBe(true);
      }),
    );
  });

  it('are never whole when they were cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 5 }), fc.nat(), (frames, seed) => {
        const all = joined(frames);
        const end = seed % all.length;
        const reader = new FrameReader();
        const seen = reader.push(all.subarray(0, end));
        expect(seen).toEqual(frames.slice(0, seen.length));
        expect(seen.length).toBeLessThan(frames.length);
        const whole = seen.reduce((sum, { data }) => sum + 5 + data.length, 0);
        expect(reader.between).toBe(whole === end);
      }),
    );
  });

  it('keep bytes of their own: what they came in may be written over', () => {
    const all = joined([{ kind: 'C', data: Uint8Array.of(1, 2, 3) }]);
    const [one] = new FrameReader().push(all);
    all.fill(9);
    expect(one?.data).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('are refused when they are longer than frames are, before anything is kept for them', () => {
    expect(() => new FrameReader().push(frameHeader('C', MOST_FRAME_BYTES + 1))).toThrow(RangeError);
    expect(() => new FrameReader().push(frameHeader('C', 2 ** 32 - 1))).toThrow(RangeError);
  });

  it('of a chunk say what they are about', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0 as const, 1 as const), bytes, (hash, length, codec, data) => {
        const head = chunkHead(hash, length, codec);
        expect(readChunkFrame(Uint8Array.from([...head, ...data]))).toEqual({ hash, length, codec, data });
        expect(readChunkFrame(head.subarray(0, 36))).toBeNull();
      }),
    );
    expect(readChunkFrame(Uint8Array.from([...new Uint8Array(36), 2]))).toBeNull();
  });

  it('of an offer are hashes, and nothing else', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1, maxLength: 10 }), (hashes) => void expect(readOffer(Uint8Array.from(hashes.flatMap((hash) => [...hash])))).toEqual(hashes)));
    expect(readOffer(new Uint8Array(0))).toBeNull();
    expect(readOffer(new Uint8Array(33))).toBeNull();
  });
});

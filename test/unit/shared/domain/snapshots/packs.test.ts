import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkIndex } from '@shared/domain/snapshots/chunk-index';
import { encodeIndex, parseIndex } from '@shared/domain/snapshots/index-table';
import { encodeTable, encodeTailEnd, encodeTailStart, packBytesOf, parseTable, parseTail, type PackRecord } from '@shared/domain/snapshots/pack';

const chunk = fc.record({ id: fc.uint8Array({ minLength: 32, maxLength: 32 }), length: fc.integer({ min: 2, max: 4 * 1024 * 1024 }), codec: fc.constantFrom(0 as const, 1 as const) });
const records = fc.tuple(fc.array(chunk, { minLength: 1, maxLength: 6 }), fc.constantFrom(0, 1)).map(([chunks, flags]): readonly PackRecord[] => {
  let offset = 8;
  return chunks.map(({ id, length, codec }) => {
    const storedLength = (codec === 0 ? length : length - 1) + flags * 28;
    const record = { id, offset, storedLength, length, codec, flags };
    offset += storedLength;
    return record;
  });
});

/** What a reader makes of a pack's end whose table was changed somewhere: it refuses, or it reads something else. */
function changed<T>(bytes: Uint8Array, read: (bytes: Uint8Array) => T, same: (value: T) => boolean): void {
  for (let length = 0; length < bytes.length; length += 1) expect(() => read(bytes.slice(0, length))).toThrow();
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const other = bytes.slice();
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    try {
      expect(same(read(other))).toBe(false);
    } catch (error) {
      expect((error as Error).name).toBe('SnapshotFormatError');
    }
  }
}

describe('the table of a pack', () => {
  it('is what was written', () => {
    fc.assert(fc.property(records, (all) => void expect(parseTable(encodeTable(all)).map((one) => ({ ...one, id: Uint8Array.from(one.id) }))).toEqual(all)));
  });

  it('refuses records that overlap, leave gaps, are mixed, empty or too long', () => {
    const good: PackRecord = { id: new Uint8Array(32), offset: 8, storedLength: 10, length: 10, codec: 0, flags: 0 };
    expect(parseTable(encodeTable([good]))).toHaveLength(1);
    for (const bad of [{ offset: 9 }, { storedLength: 9 }, { length: 0, storedLength: 0 }, { flags: 2 }, { flags: 1 }, { codec: 2 as 0 }, { codec: 1 as const, storedLength: 10 }, { length: 5_000_000, storedLength: 5_000_000 }]) {
      expect(() => parseTable(encodeTable([{ ...good, ...bad }])), JSON.stringify(bad)).toThrow();
    }
    expect(() => parseTable(encodeTable([good, { ...good, offset: 18, flags: 1, storedLength: 38 }]))).toThrow();
    expect(() => parseTable(new Uint8Array(0))).toThrow();
  });

  it('is found from the end of its pack, and nothing else is', () => {
    fc.assert(
      fc.property(records, (all) => {
        const table = encodeTable(all);
        const size = packBytesOf(all);
        const tableOffset = size - 48 - table.length;
        const tail = Buffer.concat([encodeTailStart(all.length, tableOffset), encodeTailEnd(randomBytes(32))]);
        expect(parseTail(tail, size)).toMatchObject({ records: all.length, tableOffset });
        expect(() => parseTail(tail, size + 1)).toThrow();
        expect(() => parseTail(tail, size - 1)).toThrow();
      }),
    );
    const tail = Buffer.concat([encodeTailStart(1, 18), encodeTailEnd(new Uint8Array(32).fill(7))]);
    changed(tail, (bytes) => parseTail(bytes, 18 + 46 + 48), (value) => value.records === 1 && value.tableOffset === 18 && value.sha256.every((byte) => byte === 7));
  });
});

describe('an index file', () => {
  it('is what was written, and refuses every truncation and change of its form', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 3 }), (packs) => {
        const tables = packs.map((all) => ({ name: createHash('sha256').update(encodeTable(all)).digest('hex'), table: encodeTable(all) }));
        const bytes = Buffer.concat([...encodeIndex(tables), new Uint8Array(32)]);
        expect([...parseIndex(bytes)].map(({ name, records: found }) => ({ name, count: found.length }))).toEqual(tables.map(({ name }, at) => ({ name, count: packs[at]?.length })));
        expect(() => [...parseIndex(bytes.subarray(0, bytes.length - 1))]).toThrow();
        expect(() => [...parseIndex(Buffer.concat([bytes, Buffer.of(0)]))]).toThrow();
      }),
    );
    const one: PackRecord = { id: new Uint8Array(32).fill(1), offset: 8, storedLength: 10, length: 10, codec: 0, flags: 0 };
    const bytes = Buffer.concat([...encodeIndex([{ name: 'cd'.repeat(32), table: encodeTable([one]) }]), new Uint8Array(32)]);
    const dump = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => (part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part));
    const first = dump([...parseIndex(bytes)]);
    changed(Uint8Array.from(bytes.subarray(0, bytes.length - 32)), (head) => dump([...parseIndex(Buffer.concat([head, new Uint8Array(32)]))]), (value) => value === first);
  });
});

describe('the index of chunks', () => {
  it('finds each of many, and none that is not there', () => {
    const index = new ChunkIndex();
    const ids = Array.from({ length: 40_000 }, (_, at) => createHash('sha256').update(String(at)).digest());
    ids.forEach((id, at) => index.add({ id, offset: at, storedLength: at + 1, length: at + 2, codec: (at % 2) as 0 | 1, flags: at % 3 === 0 ? 1 : 0 }, at % 7, () => false));
    expect(index.size).toBe(40_000);
    ids.forEach((id, at) => {
      const chunk = index.find(id.toString('hex'));
      expect(index.place(chunk)).toEqual({ pack: at % 7, offset: at, storedLength: at + 1, length: at + 2, codec: at % 2, flags: at % 3 === 0 ? 1 : 0 });
    });
    expect(index.find('ab'.repeat(32))).toBe(-1);
    expect(index.find('nonsense')).toBe(-1);
  });

  it('keeps the first place of a chunk, unless its pack is gone', () => {
    const index = new ChunkIndex();
    const record = { id: randomBytes(32), offset: 8, storedLength: 1, length: 1, codec: 0, flags: 0 } as const;
    index.add(record, 0, () => false);
    index.add({ ...record, offset: 9 }, 1, () => false);
    expect(index.place(0)).toMatchObject({ pack: 0, offset: 8 });
    index.add({ ...record, offset: 9 }, 1, (pack) => pack === 0);
    expect(index.place(0)).toMatchObject({ pack: 1, offset: 9 });
    expect(index.size).toBe(1);
  });

  it('takes less than 100 MB for a million chunks', () => {
    const before = process.memoryUsage();
    const index = new ChunkIndex();
    const id = Buffer.alloc(32);
    for (let at = 0; at < 1_000_000; at += 1) {
      // Spread as hashes are.
      id.writeUInt32BE(Math.imul(at, 2_654_435_761) >>> 0);
      id.writeUInt32BE(at, 4);
      index.add({ id, offset: 8, storedLength: 100, length: 100, codec: 0, flags: 0 }, 0, () => false);
    }
    const after = process.memoryUsage();
    expect(index.size).toBe(1_000_000);
    expect((after.arrayBuffers - before.arrayBuffers) / 1e6).toBeLessThan(100);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Bytes, base64Text, compareBytes, hexText, readHex, utf8Bytes, utf8Text } from '@shared/domain/snapshots/bytes';
import { canonicalJson, parseCanonicalJson } from '@shared/domain/snapshots/canonical';
import { isSnapshotId, newSnapshotId } from '@shared/domain/snapshots/snapshot-id';
import type { Json } from '@shared/kernel/json';

describe('canonical JSON', () => {
  it('has keys in order, no spaces and a line end', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: true, '': '"' })).toBe('{"":"\\"","a":true,"b":[1,{"c":"é","d":null}]}\n');
    expect(canonicalJson({ '\u{1f600}': 1, '\uffff': 2 })).toBe('{"\u{1f600}":1,"\uffff":2}\n');
  });

  it('is what it parses', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = canonicalJson(value as Json);
        expect(canonicalJson(parseCanonicalJson(text))).toBe(text);
      }),
    );
  });

  it.each(['{"a":1}', '{ "a":1}\n', '{"b":1,"a":2}\n', '{"a":1,"a":1}\n', '1.0\n', '1e3\n', '-0\n', '"\\u0061"\n', '{"a":1}\n\n', '', '\n', 'nul\n', '\ufeff1\n', '['.repeat(100) + ']'.repeat(100) + '\n'])('refuses %j', (text) => {
    expect(() => parseCanonicalJson(text)).toThrow(/JSON|nested/);
  });

  it('keeps a key that looks like a prototype', () => {
    expect(canonicalJson(parseCanonicalJson('{"__proto__":{"a":1}}\n'))).toBe('{"__proto__":{"a":1}}\n');
  });

  it('refuses every truncation and every changed bit, or reads another value', () => {
    const value = { id: 's_1', list: [1, 2, 3], text: 'größe', yes: true };
    const bytes = utf8Bytes(canonicalJson(value));
    for (let length = 0; length < bytes.length; length += 1) expect(() => parseCanonicalJson(utf8Text(bytes.subarray(0, length)) ?? '')).toThrow();
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const text = utf8Text(changed);
      try {
        expect(parseCanonicalJson(text ?? '')).not.toEqual(value);
      } catch (error) {
        expect((error as Error).name).toBe('SnapshotFormatError');
      }
    }
  });
});

describe('bytes', () => {
  it('are as node has them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(base64Text(bytes)).toBe(buffer.toString('base64'));
        expect(Buffer.compare(base64Bytes(base64Text(bytes)) ?? new Uint8Array(1), buffer)).toBe(0);
        expect(hexText(bytes)).toBe(buffer.toString('hex'));
        const back = new Uint8Array(bytes.length);
        expect(readHex(hexText(bytes), back)).toBe(true);
        expect(Buffer.compare(back, buffer)).toBe(0);
        const text = buffer.toString('utf8');
        expect(utf8Text(bytes)).toBe(Buffer.from(text, 'utf8').equals(buffer) ? text : null);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void expect(Buffer.compare(utf8Bytes(text), Buffer.from(text, 'utf8'))).toBe(0)));
    fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => void expect(Math.sign(compareBytes(one, other))).toBe(Buffer.compare(one, other))));
  });

  it.each(['A', 'AA', 'AAA', 'AB==', 'AAB=', 'A===', '=AAA', 'AA=A', 'A A=', 'AAAA\n', '____'])('refuse %j as base64', (text) => {
    expect(base64Bytes(text)).toBeNull();
  });

  it('refuse half a character', () => {
    expect(() => utf8Bytes('a\ud800')).toThrow('half a character');
  });
});

describe('the id of a snapshot', () => {
  it('is a ULID and sorts by time', () => {
    const random = new Uint8Array(10).fill(0xff);
    expect(newSnapshotId(0, new Uint8Array(10))).toBe(`s_${'0'.repeat(26)}`);
    expect(newSnapshotId(1_469_918_176_385, random)).toBe('s_01ARYZ6S41ZZZZZZZZZZZZZZZZ');
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.nat(2 ** 31), fc.uint8Array({ minLength: 10, maxLength: 10 }), (one, other, bytes) => {
        const [first, second] = [newSnapshotId(one, bytes), newSnapshotId(other, random)];
        expect(isSnapshotId(first)).toBe(true);
        if (one < other) expect(first < second).toBe(true);
      }),
    );
    expect(isSnapshotId('s_0123456789ABCDEFGHIJKLMNOP')).toBe(false);
  });
});

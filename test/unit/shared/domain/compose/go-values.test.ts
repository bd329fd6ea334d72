import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanContainerPath, compareBytes, float32, formatDuration, goFloat, parseByteSize, parseDuration, splitCommand } from '@shared/domain/compose/go-values';

describe('numbers as compose prints them', () => {
  it.each([[1, '1'], [1.5, '1.5'], [1e6, '1e+06'], [100000, '100000'], [12345678, '1.2345678e+07'], [0.0001, '0.0001'], [0.00001, '1e-05'], [-0.25, '-0.25'], [1e21, '1e+21']])('%d is %s', (value, text) => {
    expect(goFloat(value)).toBe(text);
  });

  it('reads back every float it prints', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(goFloat(value))).toBe(value);
      }),
    );
  });

  it('keeps 32-bit floats short', () => {
    expect(float32(0.1)).toBe(0.1);
    expect(float32(0.3333333333333)).toBe(0.33333334);
  });
});

describe('sizes and times', () => {
  it.each([['1.5g', '1610612736'], ['64 MiB', '67108864'], ['10', '10'], ['1kb', '1024'], ['2b', '2'], ['.5k', '512']])('%s is %s bytes', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each(['', 'x', '1zb', '-1', '1kbb', '1 2'])('%j is no size', (text) => {
    expect(parseByteSize(text)).toBeUndefined();
  });

  it.each([['90s', '1m30s'], ['1.5h', '1h30m0s'], ['1w2d', '216h0m0s'], ['500ms', '500ms'], ['1500ms', '1.5s'], ['0', '0s'], ['0s', '0s'], ['10us', '10µs'], ['-1s', '-1s']])('%s is %s', (text, printed) => {
    expect(formatDuration(parseDuration(text) ?? -7n)).toBe(printed);
  });

  it.each(['', '10', 's', '1x', '1s2', '.s'])('%j is no time', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('prints times that it reads back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), (nanoseconds) => {
        expect(parseDuration(formatDuration(nanoseconds))).toBe(nanoseconds);
      }),
    );
  });
});

describe('splitCommand', () => {
  it.each([
    ['a b  c', ['a', 'b', 'c']], ['sh -c "x && y"', ['sh', '-c', 'x && y']], ["'a b' c\\ d", ['a b', 'c d']], ['"" x', ['', 'x']], ['a; b', ['a']], ['', []], ['x "a \\"b\\""', ['x', 'a "b"']],
  ])('%j', (line, words) => {
    expect(splitCommand(line)).toEqual(words);
  });

  it.each(['"open', "it's", 'a\\', '$(x'])('%j has no end', (line) => {
    expect(splitCommand(line)).toBeUndefined();
  });
});

describe('order and paths', () => {
  it('sorts as UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (words) => {
        const bytes = [...words].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
        expect([...words].sort(compareBytes)).toEqual(bytes);
      }),
    );
  });

  it.each([['/a//b/../c/', '/a/c'], ['.', '.'], ['', '.'], ['/..', '/'], ['a/..', '.'], ['../a', '../a']])('%s is %s', (path, clean) => {
    expect(cleanContainerPath(path)).toBe(clean);
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { eachLine, packLines, type LogLine } from '@shared/domain/logs/packed-lines';

const line = fc.record({
  service: fc.constantFrom('api', 'web'),
  containerId: fc.constantFrom('a', 'b'),
  stream: fc.constantFrom<'stdout' | 'stderr'>('stdout', 'stderr'),
  time: fc.constantFrom('', '2026-01-01T00:00:00.000000001Z'),
  text: fc.string({ unit: 'binary', maxLength: 20 }),
});

it('gives back the lines that were packed', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
      const packed = packLines(lines);
      const back: LogLine[] = [];
      eachLine(JSON.parse(JSON.stringify(packed)) as typeof packed, (text, time, writer) => back.push({ ...writer, time, text }));
      expect(back).toEqual(lines.map((one) => ({ ...one, text: one.text.replaceAll('\n', ' ') })));
      expect(packed.count).toBe(lines.length);
    }),
  );
});

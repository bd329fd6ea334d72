import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedByTime } from '@main/services/merge-logs';

interface Line {
  readonly time: string;
  readonly text: string;
}

async function* inPieces(lines: readonly Line[], size: number): AsyncGenerator<readonly Line[]> {
  for (let at = 0; at < lines.length; at += size) yield await Promise.resolve(lines.slice(at, at + size));
}

async function merged(logs: readonly (readonly Line[])[], size: number): Promise<readonly Line[]> {
  const all: Line[] = [];
  for await (const piece of mergedByTime(logs.map((log) => inPieces(log, size)))) all.push(...piece);
  return all;
}

const timeOf = (at: number): string => String(at).padStart(6, '0');

/** Lines of one log, each some places behind where its time belongs. */
const log = fc.array(fc.record({ at: fc.nat(5_000), late: fc.nat(30) }), { maxLength: 200 }).map((lines) =>
  lines
    .sort((a, b) => a.at - b.at)
    .map(({ at, late }, index) => ({ line: { time: timeOf(at), text: String(index) }, place: index + late }))
    .sort((a, b) => a.place - b.place)
    .map(({ line }) => line),
);

describe('several logs by time', () => {
  it('come in order with nothing lost, also where lines of one stand behind younger ones', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(log, { minLength: 2, maxLength: 4 }), fc.integer({ min: 1, max: 90 }), async (logs, size) => {
        const all = await merged(logs, size);
        expect(all.map((one) => one.time)).toEqual(logs.flat().map((one) => one.time).sort());
        expect(all).toHaveLength(logs.flat().length);
      }),
    );
  });

  it('keep lines of the same moment as their log has them', async () => {
    const same = Array.from({ length: 300 }, (_, index) => ({ time: timeOf(1), text: String(index) }));
    const all = await merged([same, []], 7);
    expect(all.map((one) => one.text)).toEqual(same.map((one) => one.text));
  });

  it('one alone is left as it is', async () => {
    const lines = ['3', '1', '2'].map((time) => ({ time, text: time }));
    expect(await merged([lines], 2)).toEqual(lines);
  });
});

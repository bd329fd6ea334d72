import { expect, it } from 'vitest';
import { engineTime } from '@shared/domain/logs/log-time';
import { LogResume, type ResumedLine } from '@shared/domain/logs/resume';
import { serviceHue, SERVICE_HUES } from '@shared/domain/logs/service-hue';

const NOW = Date.parse('2026-01-02T00:00:00.250Z');

it('reads times to the nanosecond and durations before now', () => {
  expect(engineTime('2026-01-01T00:00:00.123456789Z', NOW)).toBe('1767225600.123456789');
  expect(engineTime('2026-01-01T01:00:00.5+01:00', NOW)).toBe('1767225600.500000000');
  expect(engineTime('2026-01-01 00:00:00Z', NOW)).toBe('1767225600.000000000');
  expect(engineTime('1d', NOW)).toBe('1767225600.250000000');
  expect(engineTime('23h60m', NOW)).toBe('1767225600.250000000');
  for (const wrong of ['', 'yesterday', '5', '5x', '2026-13-01T00:00:00Z', '-5m', '1m 2s', '999999999d'.repeat(9)]) expect(engineTime(wrong, NOW), wrong).toBeNull();
});

it('tells new lines from those that are read once more', () => {
  const resume = new LogResume();
  const at = (containerId: string, second: number, stream: 'stdout' | 'stderr' = 'stdout'): ResumedLine => ({ containerId, stream, time: `2026-01-01T00:00:0${String(second)}.000000000Z` });
  expect([at('a', 1), at('a', 7), at('b', 6)].map((line) => resume.isNew(line))).toEqual([true, true, true]);
  expect(resume.isNew(at('a', 7))).toBe(true);
  expect([resume.since('a'), resume.since('b'), resume.since('c'), resume.since()]).toEqual(['2026-01-01T00:00:02.000Z', '2026-01-01T00:00:01.000Z', undefined, '2026-01-01T00:00:02.000Z']);
  resume.again();
  // What another stream wrote a little earlier may only now have been written down.
  expect([at('a', 1), at('a', 7), at('b', 6), at('a', 6, 'stderr'), at('b', 7), at('a', 8), at('c', 1)].map((line) => resume.isNew(line))).toEqual([false, false, false, true, true, true, true]);
  expect(resume.isNew({ containerId: 'a', stream: 'stdout', time: '' })).toBe(true);
  resume.again('b');
  expect([resume.isNew(at('b', 7)), resume.isNew(at('a', 8))]).toEqual([false, true]);
});

it('gives services colours', () => {
  expect(['api', 'db', 'web'].map((one) => serviceHue(one, ['api', 'db', 'web']))).toEqual([0, 1, 2]);
  expect(serviceHue('web', [])).toBe(serviceHue('web', []));
  expect(serviceHue('web', [])).toBeLessThan(SERVICE_HUES);
});

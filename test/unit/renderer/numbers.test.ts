import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mebibytes, percent, perSecond } from '../../../src/renderer/src/lib/format';
import { sparklinePath } from '../../../src/renderer/src/lib/sparkline';
import { codeSpans, markdownBlocks } from '../../../src/renderer/src/lib/markdown-lines';
import { healthSegments, healthTotals } from '../../../src/renderer/src/features/services/health-segments';
import { EMPTY_STATS, lastOf, withStats } from '../../../src/renderer/src/features/services/live-stats';
import { timelineSpans } from '../../../src/renderer/src/features/operations/journal-lines';
import { matchesFilter, mergedEntries } from '../../../src/renderer/src/features/events/event-filter';
import { worstOf } from '../../../src/renderer/src/features/runtime/runtime-answer';
import type { LogEntry, Runtime } from '../../../src/renderer/src/lib/model';

const MIB = 1_048_576;

describe('numbers in words', () => {
  it('gives sizes in MiB, rates and shares', () => {
    expect([0, 1, 3.42 * MIB, 10 * MIB, 512 * MIB, 12_288 * MIB].map(mebibytes)).toEqual(['0 MiB', '< 0.1 MiB', '3.4 MiB', '10 MiB', '512 MiB', '12,288 MiB']);
    expect([0, 48_000, 2.4 * MIB].map(perSecond)).toEqual(['0 KiB/s', '47 KiB/s', '2.4 MiB/s']);
    expect([null, 0, 0.004, 0.34, 1.5].map(percent)).toEqual(['–', '0 %', '0.4 %', '34 %', '150 %']);
  });
});

describe('a sparkline', () => {
  it('ends at the right edge, starts later when it has fewer values, and breaks at gaps', () => {
    expect(sparklinePath([0, 1], 3, 40, 10)).toBe('M20 10L40 0');
    expect(sparklinePath([1, null, 1], 3, 40, 10, 2)).toBe('M0 5M40 5');
    expect(sparklinePath([], 3, 40, 10)).toBe('');
    expect(sparklinePath([0, 0], 2, 40, 10)).toBe('M0 10L40 10');
  });
  it('stays inside its box', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: 0, max: 1e12, noNaN: true })), { maxLength: 80 }), (values) => {
        const numbers = [...sparklinePath(values, 30, 44, 14).matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map((match) => [Number(match[1]), Number(match[2])] as const);
        for (const [x, y] of numbers) expect(x >= 0 && x <= 44 && y >= 0 && y <= 14).toBe(true);
      }),
    );
  });
});

describe('the health of a day', () => {
  const change = fc.record({ at: fc.integer({ min: -500, max: 1_500 }).map((ms) => new Date(ms).toISOString()), state: fc.constantFrom('running', 'exited', 'failed', 'starting'), health: fc.constantFrom('healthy', 'unhealthy', 'none', 'starting') });
  it('covers the whole time without holes or overlaps', () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const segments = healthSegments(changes, 0, 1_000);
        expect(segments[0]?.fromMs).toBe(0);
        expect(segments.at(-1)?.toMs).toBe(1_000);
        segments.slice(1).forEach((segment, index) => {
          expect(segment.fromMs).toBe(segments[index]?.toMs);
          expect(segment.kind).not.toBe(segments[index]?.kind);
        });
        expect(Object.values(healthTotals(segments)).reduce((sum, ms) => sum + ms, 0)).toBe(1_000);
      }),
    );
  });
  it('knows nothing before the first change', () => {
    expect(healthSegments([{ at: new Date(400).toISOString(), state: 'running', health: 'unhealthy' }], 0, 1_000)).toEqual([{ kind: 'off', fromMs: 0, toMs: 400 }, { kind: 'bad', fromMs: 400, toMs: 1_000 }]);
  });
});

describe('live stats', () => {
  it('keeps the last half minute of each service and drops services that went', () => {
    const total = { cpu: 0, memoryBytes: 0, networkReceivedBytes: 0, networkSentBytes: 0, blockReadBytes: 0, blockWrittenBytes: 0, processes: 0 };
    const sample = (service: string, cpu: number) => ({ service, at: '', cpu, memoryBytes: cpu, memoryLimitBytes: 9, networkReceivedBytes: 0, networkSentBytes: 0, blockReadBytes: 0, blockWrittenBytes: 0, processes: 1, restarts: 0 });
    const items = Array.from({ length: 40 }, (_, index) => ({ projectId: 'p', at: '', total, services: [sample('api', index), ...(index < 39 ? [sample('web', index)] : [])] }));
    const stats = items.reduce(withStats, EMPTY_STATS);
    expect(Object.keys(stats.services)).toEqual(['api']);
    expect(stats.services['api']?.cpu).toEqual(Array.from({ length: 30 }, (_, index) => index + 10));
    expect(lastOf(stats)).toEqual({ total, services: { api: { cpu: [39], memoryBytes: [39], memoryLimitBytes: 9 } } });
  });
});

describe('a timeline', () => {
  it('places each step on the time of the whole operation', () => {
    const line = (ms: number, tookMs: number | null) => ({ at: new Date(ms).toISOString(), tookMs });
    expect(timelineSpans([line(1_000, 500), line(1_500, null), line(1_500, 500)])).toEqual([{ from: 0, width: 0.5 }, { from: 0.5, width: 0 }, { from: 0.5, width: 0.5 }]);
    expect(timelineSpans([line(0, null)])).toEqual([{ from: 0, width: 0 }]);
    expect(timelineSpans([])).toEqual([]);
  });
});

describe('the event log', () => {
  const entry = (seq: number, change: Partial<LogEntry> = {}): LogEntry => ({ seq, at: '', type: 'container.die', severity: 'warning', projectId: null, service: 'api', correlationId: null, message: 'Container ended', data: {}, ...change });
  const everything = { text: '', severity: 'info', type: '', service: '' } as const;
  it('filters by words, severity, type and service', () => {
    expect(matchesFilter(entry(1), everything)).toBe(true);
    expect(matchesFilter(entry(1), { ...everything, severity: 'error' })).toBe(false);
    expect(matchesFilter(entry(1), { ...everything, type: 'container' })).toBe(true);
    expect(matchesFilter(entry(1), { ...everything, type: 'cont' })).toBe(false);
    expect(matchesFilter(entry(1), { ...everything, service: 'web' })).toBe(false);
    expect(matchesFilter(entry(1), { ...everything, text: ' ENDED ' })).toBe(true);
  });
  it('adds what came since, each entry once', () => {
    expect(mergedEntries([entry(5), entry(4)], [entry(7), entry(6, { severity: 'info' }), entry(5)], { ...everything, severity: 'warning' }).map((one) => one.seq)).toEqual([7, 5, 4]);
  });
});

describe('the runtime’s answer', () => {
  it('names the components in the worst state, and nobody when all run', () => {
    const component = (name: 'api-server' | 'operation-worker', state: Runtime['components'][number]['state']) => ({ name, state, pid: 1, startedAt: null, lastTickAt: null, counters: {}, detail: '' });
    expect(worstOf([component('api-server', 'running'), component('operation-worker', 'running')])).toEqual({ state: 'running', names: [] });
    expect(worstOf([component('api-server', 'paused'), component('operation-worker', 'failed')])).toEqual({ state: 'failed', names: ['operation-worker'] });
  });
});

describe('a plan document', () => {
  it('is read as headings, lists, code and text, and nothing in it becomes markup', () => {
    expect(markdownBlocks('# A\n\ntext <b>\n- one\n2. two\n```diff\n+x\n```\n```\nopen')).toEqual([
      { kind: 'heading', text: 'A' },
      { kind: 'text', text: 'text <b>' },
      { kind: 'list', items: ['one', 'two'] },
      { kind: 'code', text: '+x', diff: true },
      { kind: 'code', text: 'open', diff: false },
    ]);
    expect(codeSpans('in `a.yml` **now**')).toEqual([{ text: 'in ', code: false }, { text: 'a.yml', code: true }, { text: ' now', code: false }]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coalesce } from '@shared/domain/operations/coalesce';
import { replayJournal } from '@shared/domain/operations/journal';
import { dependencies, retryAfterMs, startable, type QueueItem } from '@shared/domain/operations/queue';
import { keptOperations, type EndedOperation } from '@shared/domain/operations/retention';

const items = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 30 }).map((keys): QueueItem[] => keys.map((key, index) => ({ id: `${index}`, key, priority: 10, readiness: 'ready' })));
const item = (id: string, key: string, more: Partial<QueueItem> = {}): QueueItem => ({ id, key, priority: 10, readiness: 'ready', ...more });

describe('startable', () => {
  it('runs every key in order, never two of one key, never more than the limit, and never leaves room unused', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 5 }), fc.infiniteStream(fc.nat(1000)), (all, limit, picks) => {
        let waiting = [...all];
        const running: QueueItem[] = [];
        const started: QueueItem[] = [];
        while (waiting.length > 0 || running.length > 0) {
          const ids = startable(waiting, new Set(running.map((one) => one.key)), running.length, limit);
          for (const id of ids) {
            const item = waiting.find((one) => one.id === id);
            if (item === undefined) throw new Error('started what did not wait');
            running.push(item);
            started.push(item);
          }
          waiting = waiting.filter((one) => !ids.includes(one.id));
          expect(running.length).toBeLessThanOrEqual(limit);
          expect(new Set(running.map((one) => one.key)).size).toBe(running.length);
          const free = waiting.filter((one) => !running.some((other) => other.key === one.key));
          if (free.length > 0) expect(running.length).toBe(limit);
          running.splice(picks.next().value % running.length, 1);
        }
        for (const key of new Set(all.map((one) => one.key))) {
          expect(started.filter((one) => one.key === key).map((one) => one.id)).toEqual(all.filter((one) => one.key === key).map((one) => one.id));
        }
      }),
    );
  });

  it('holds back only the key that is busy', () => {
    expect(startable([item('1', 'a'), item('2', 'b')], new Set(['a']), 0, 4)).toEqual(['2']);
  });

  it('keeps the place of one that is held and lets those behind one that comes later go', () => {
    expect(startable([item('1', 'a', { readiness: 'held' }), item('2', 'a'), item('3', 'b', { readiness: 'later' }), item('4', 'b')], new Set(), 0, 1)).toEqual(['4']);
  });

  it('never starts one while another of its key with a larger priority, or the same and longer there, could go', () => {
    const mixed = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), priority: fc.constantFrom(0, 5, 10), readiness: fc.constantFrom<QueueItem['readiness'][]>('ready', 'ready', 'held', 'later') }), { maxLength: 20 });
    fc.assert(
      fc.property(mixed, fc.uniqueArray(fc.constantFrom('a', 'b', 'c')), fc.nat(3), fc.integer({ min: 1, max: 4 }), (list, busy, running, limit) => {
        const all = list.map((one, index) => ({ ...one, id: `${index}` }));
        const ids = startable(all, new Set(busy), running, limit);
        const started = all.filter((one) => ids.includes(one.id));
        const isBefore = (a: (typeof all)[number], b: (typeof all)[number]): boolean => a.priority > b.priority || (a.priority === b.priority && Number(a.id) < Number(b.id));
        expect(ids.length).toBeLessThanOrEqual(Math.max(0, limit - running));
        expect(new Set(started.map((one) => one.key)).size).toBe(started.length);
        for (const one of started) {
          expect(one.readiness).toBe('ready');
          expect(busy).not.toContain(one.key);
          expect(all.some((other) => other.key === one.key && other.readiness !== 'later' && isBefore(other, one))).toBe(false);
        }
        // Among keys too: what was left although it could go has no right before what was started.
        const heads = all.filter((one) => one.readiness === 'ready' && !busy.includes(one.key) && !all.some((other) => other.key === one.key && other.readiness !== 'later' && isBefore(other, one)));
        for (const left of heads.filter((one) => !ids.includes(one.id))) for (const one of started) expect(isBefore(left, one)).toBe(false);
        expect(started.length).toBe(Math.min(heads.length, Math.max(0, limit - running)));
      }),
    );
  });
});

describe('dependencies', () => {
  it('are met when all succeeded, broken as soon as one did not', () => {
    const states = { a: 'succeeded', b: 'running', c: 'failed', d: 'interrupted' } as const;
    const stateOf = (id: string) => states[id as keyof typeof states] ?? null;
    expect(dependencies([], stateOf)).toEqual({ is: 'met' });
    expect(dependencies(['a'], stateOf)).toEqual({ is: 'met' });
    expect(dependencies(['a', 'b', 'd'], stateOf)).toEqual({ is: 'open' });
    expect(dependencies(['b', 'c'], stateOf)).toEqual({ is: 'broken', id: 'c' });
    expect(dependencies(['a', 'gone'], stateOf)).toEqual({ is: 'broken', id: 'gone' });
  });
});

describe('retryAfterMs', () => {
  it('doubles from a second to a minute, for the named failures and as often as allowed', () => {
    const retry = { attempts: 8, codes: ['engine-lost'] };
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempt) => retryAfterMs(attempt, 'engine-lost', retry))).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, null]);
    expect(retryAfterMs(1, 'blocked', retry)).toBeNull();
    expect(retryAfterMs(1, 'engine-lost', undefined)).toBeNull();
  });
});

describe('keptOperations', () => {
  it('keeps the newest of each kind within its count and its age, and what is needed', () => {
    const states = fc.constantFrom<EndedOperation['state'][]>('succeeded', 'cancelled', 'failed', 'rolled-back', 'needs-attention');
    fc.assert(
      fc.property(fc.array(fc.record({ state: states, ageDays: fc.nat(200), needed: fc.boolean() }), { maxLength: 40 }), fc.nat(10), (list, keepCount) => {
        const nowMs = Date.parse('2026-06-01T00:00:00.000Z');
        const all = list.map((one, index) => ({ ...one, id: `${index}`, finishedAt: new Date(nowMs - one.ageDays * 86_400_000).toISOString() }));
        const kept = keptOperations(all, { keepCount, keepDays: 30, keepFailedDays: 90 }, nowMs, new Set(all.filter((one) => one.needed).map((one) => one.id)));
        for (const good of [true, false]) {
          const group = all.filter((one) => (one.state === 'succeeded' || one.state === 'cancelled') === good && !one.needed && one.ageDays <= (good ? 30 : 90));
          expect(all.filter((one) => !one.needed && kept.has(one.id) && (one.state === 'succeeded' || one.state === 'cancelled') === good)).toEqual(group.slice(0, keepCount));
        }
        for (const one of all) if (one.needed) expect(kept.has(one.id)).toBe(true);
      }),
    );
  });
});

describe('replayJournal', () => {
  it('reads intents in order, results where there are any, undone where an undo finished', () => {
    const replayed = replayJournal([
      { seq: 1, name: 'plan', phase: 'note', data: { id: 'x' } },
      { seq: 2, name: 'a', phase: 'intent', data: { n: 1 } },
      { seq: 3, name: 'b', phase: 'intent', data: { n: 2 } },
      { seq: 3, name: 'b', phase: 'result', data: 'done' },
      { seq: 4, name: 'undo', phase: 'undo-intent', data: { undoes: 3 } },
      { seq: 4, name: 'undo', phase: 'undo-result', data: null },
      { seq: 5, name: 'undo', phase: 'undo-intent', data: { undoes: 2 } },
    ]);
    expect(replayed).toEqual({
      committed: false,
      hasEffects: true,
      nextSeq: 6,
      records: [
        { seq: 1, name: 'plan', intent: { id: 'x' }, result: null, undone: false },
        { seq: 2, name: 'a', intent: { n: 1 }, result: undefined, undone: false },
        { seq: 3, name: 'b', intent: { n: 2 }, result: 'done', undone: true },
      ],
    });
  });
});

describe('coalesce', () => {
  it('keeps the latest per subject and the order of the latest', () => {
    const of = (id: string, state: string) => ({ type: 'operation.changed', operation: { id, state } });
    const log = (id: string, text: string) => ({ type: 'operation.logged', operationId: id, service: null, text });
    expect(coalesce<object & { type: string }>([of('1', 'running'), log('1', 'x'), log('1', 'y'), of('2', 'running'), of('1', 'succeeded')])).toEqual([
      log('1', 'x\ny'),
      of('2', 'running'),
      of('1', 'succeeded'),
    ]);
  });

  it('never loses the last word on anything', () => {
    const arbitrary = fc.array(fc.record({ type: fc.constantFrom('services.changed', 'engine.changed', 'bug.reported'), projectId: fc.constantFrom('a', 'b'), n: fc.nat() }));
    fc.assert(
      fc.property(arbitrary, (events) => {
        const out = coalesce(events);
        const subject = (event: { type: string; projectId: string }) => (event.type === 'services.changed' ? `${event.type}${event.projectId}` : event.type);
        for (const name of new Set(events.map(subject))) {
          expect(out.filter((event) => subject(event) === name).at(-1)).toEqual(events.filter((event) => subject(event) === name).at(-1));
        }
        expect(out.filter((event) => event.type === 'bug.reported').length).toBe(events.filter((event) => event.type === 'bug.reported').length);
        expect(out.filter((event) => event.type === 'engine.changed').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coalesce } from '@shared/domain/operations/coalesce';
import { replayJournal } from '@shared/domain/operations/journal';
import { startable, type QueueItem } from '@shared/domain/operations/queue';

const items = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 30 }).map((keys): QueueItem[] => keys.map((key, index) => ({ id: `${index}`, key })));

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
    expect(startable([{ id: '1', key: 'a' }, { id: '2', key: 'b' }], new Set(['a']), 0, 4)).toEqual(['2']);
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

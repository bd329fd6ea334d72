import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consistencyDetail, planHolds, type ConsistencyWish, type PlaceUse } from '@shared/domain/snapshots/consistency';
import type { Writer } from '@shared/domain/snapshots/places';

const writer = (name: string, more: Partial<Writer> = {}): Writer => ({ id: `id-${name}`, name, project: 'shop', service: name, own: true, imageRef: name === 'db' ? 'postgres:16' : 'busybox', ...more });
const use = (name: string, writers: readonly Writer[], wish: ConsistencyWish = 'auto'): PlaceUse => ({ place: { kind: 'volume', name, device: null }, wish, writers });
const family = (one: Writer): 'postgres' | null => (one.imageRef.startsWith('postgres') ? 'postgres' : null);

describe('how volumes are read', () => {
  it('holds nothing where nobody writes, and nothing where live is wanted', () => {
    expect(planHolds([use('a', []), use('b', [writer('api')], 'live')], family)).toEqual([
      { places: [{ place: use('a', []).place, consistency: 'none' }], steps: [] },
      { places: [{ place: use('b', []).place, consistency: 'live' }], steps: [] },
    ]);
  });

  it('asks the database, then pauses it with everything that writes beside it', () => {
    const [hold] = planHolds([use('data', [writer('db'), writer('backup')])], family);
    expect(hold?.places.map((one) => one.consistency)).toEqual(['hook']);
    expect(hold?.steps.map((step) => [step.writer.name, step.how, step.hook])).toEqual([['backup', 'pause', null], ['db', 'pause', 'postgres']]);
  });

  it('pauses what is no database it knows, and only pauses a database where that was chosen', () => {
    expect(planHolds([use('data', [writer('api')])], family)[0]?.places[0]?.consistency).toBe('paused');
    expect(planHolds([use('data', [writer('db')], 'pause')], family)[0]?.steps).toEqual([{ writer: writer('db'), how: 'pause', hook: null }]);
  });

  it('stops only when that was chosen, and never what is of another project', () => {
    const foreign = writer('other', { own: false, project: 'else' });
    expect(planHolds([use('data', [writer('db')], 'stop')], family)[0]).toMatchObject({ places: [{ consistency: 'stopped' }], steps: [{ how: 'stop', hook: null }] });
    const [hold] = planHolds([use('data', [writer('api'), foreign], 'stop')], family);
    expect(hold?.steps.map((step) => [step.writer.name, step.how])).toEqual([['api', 'stop'], ['other', 'pause']]);
    expect(hold?.places[0]?.consistency).toBe('paused');
  });

  it('runs no command in a container of another project', () => {
    const foreign = writer('db', { own: false, project: 'else' });
    expect(planHolds([use('data', [foreign])], family)[0]).toMatchObject({ places: [{ consistency: 'paused' }], steps: [{ how: 'pause', hook: null }] });
  });

  it('reads volumes in one go that share a writer, also by way of a third', () => {
    const holds = planHolds([use('a', [writer('one'), writer('two')]), use('b', [writer('three')]), use('c', [writer('two'), writer('four')]), use('d', [writer('four')])], family);
    expect(holds.map((hold) => hold.places.map((one) => one.place.name))).toEqual([['a', 'c', 'd'], ['b']]);
    expect(holds[0]?.steps.map((step) => step.writer.name)).toEqual(['four', 'one', 'two']);
  });

  it('lets a stop that one volume asks for count for the other one of the same writer', () => {
    const [hold] = planHolds([use('a', [writer('db')], 'stop'), use('b', [writer('db')])], family);
    expect(hold?.places.map((one) => one.consistency)).toEqual(['stopped', 'stopped']);
  });

  it('covers every writer of every place exactly once, whatever shares what', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const wish = fc.constantFrom<ConsistencyWish>('auto', 'hook', 'stop', 'pause', 'live');
    fc.assert(
      fc.property(fc.uniqueArray(fc.record({ name: names, writers: fc.uniqueArray(fc.nat(5), { maxLength: 4 }), wish }), { selector: (one) => one.name }), (given) => {
        const uses = given.map((one) => use(one.name, one.writers.map((index) => writer(`w${String(index)}`, { own: index % 2 === 0 })), one.wish));
        const holds = planHolds(uses, family);
        expect(holds.flatMap((hold) => hold.places.map((one) => one.place.name)).sort()).toEqual(uses.map((one) => one.place.name).sort());
        for (const one of uses) {
          const hold = holds.find((other) => other.places.some(({ place }) => place.name === one.place.name));
          const consistency = hold?.places.find(({ place }) => place.name === one.place.name)?.consistency;
          if (one.writers.length === 0) expect(consistency).toBe('none');
          else if (one.wish === 'live') expect(consistency).toBe('live');
          else for (const other of one.writers) expect(hold?.steps.filter((step) => step.writer.id === other.id)).toHaveLength(1);
        }
        const steps = holds.flatMap((hold) => hold.steps.map((step) => step.writer.id));
        expect(new Set(steps).size).toBe(steps.length);
        for (const hold of holds) for (const step of hold.steps) if (!step.writer.own) expect(step).toMatchObject({ how: 'pause', hook: null });
      }),
    );
  });

  it('says in one sentence what is held', () => {
    const [hold] = planHolds([use('data', [writer('db')])], family);
    expect(consistencyDetail('hook', hold?.steps ?? [])).toBe('The database in db is told to write everything down, then paused while it is read, for 60 s at most: db.');
    expect(consistencyDetail('live', [])).toContain('different moments');
    expect(consistencyDetail('none', [])).toBe('Nothing that runs writes to it.');
  });
});

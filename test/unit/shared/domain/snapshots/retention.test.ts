import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retained, type RetentionItem, type RetentionRule } from '@shared/domain/snapshots/retention';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-03-02T00:00:00Z');
const NOTHING: RetentionRule = { keepLast: 1, keepHourly: 0, keepDaily: 0, keepWeekly: 0 };

function item(id: string, hours: number, more: Partial<RetentionItem> = {}): RetentionItem {
  return { id, createdAt: new Date(START_MS + hours * HOUR_MS).toISOString(), pinned: false, good: false, ...more };
}
const kept = (items: readonly RetentionItem[], rule: Partial<RetentionRule>): readonly string[] => [...retained(items, { ...NOTHING, ...rule })].sort();

describe('which snapshots stay', () => {
  it('are the newest ones', () => {
    expect(kept([item('a', 0), item('b', 1), item('c', 2)], { keepLast: 2 })).toEqual(['b', 'c']);
  });

  it.each([
    ['hours', { keepHourly: 2 }, [item('a', 0.1), item('b', 0.9), item('c', 5.2), item('d', 5.5), item('e', 7)], ['d', 'e']],
    ['days', { keepDaily: 3 }, [item('a', 1), item('b', 23), item('c', 25), item('d', 24 * 9), item('e', 24 * 9 + 1)], ['b', 'c', 'e']],
    // 2026-03-02 is a Monday: Sunday evening and Monday morning are different weeks.
    ['weeks', { keepWeekly: 2 }, [item('a', 24), item('b', 24 * 6 + 23), item('c', 24 * 7)], ['b', 'c']],
  ] as const)('are the newest of each of the newest %s that have one', (_what, rule, items, expected) => {
    expect(kept(items, rule)).toEqual(expected);
  });

  it('are those that are pinned, and the newest from when all was well', () => {
    expect(kept([item('a', 0, { pinned: true }), item('b', 1, { good: true }), item('c', 2, { good: true }), item('d', 3), item('e', 4)], {})).toEqual(['a', 'c', 'e']);
  });

  it('are none of none', () => {
    expect(kept([], { keepLast: 5, keepDaily: 5 })).toEqual([]);
  });
});

const items = fc.uniqueArray(fc.record({ id: fc.string({ unit: fc.constantFrom(...'abcdef'), minLength: 1, maxLength: 6 }), hours: fc.integer({ min: 0, max: 2_000 }), pinned: fc.boolean(), good: fc.boolean() }), { selector: (one) => one.id, maxLength: 40 }).map((all) => all.map(({ id, hours, pinned, good }) => item(id, hours / 4, { pinned, good })));
const rules = fc.record({ keepLast: fc.integer({ min: 1, max: 8 }), keepHourly: fc.nat(8), keepDaily: fc.nat(8), keepWeekly: fc.nat(8) });

describe('retention, whatever there is', () => {
  it('keeps the newest, pinned ones and the newest good one', () => {
    fc.assert(
      fc.property(items, rules, (all, rule) => {
        const stays = retained(all, rule);
        const newest = [...all].sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
        if (newest.length > 0) expect(newest.filter((one) => one.createdAt === newest[0]?.createdAt).some((one) => stays.has(one.id))).toBe(true);
        for (const one of all) if (one.pinned) expect(stays.has(one.id)).toBe(true);
        const good = newest.filter((one) => one.good);
        if (good.length > 0) expect(good.some((one) => stays.has(one.id))).toBe(true);
      }),
    );
  });

  it('does not depend on the order they come in', () => {
    fc.assert(
      fc.property(items.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length }))), rules, ([all, shuffled], rule) => {
        expect([...retained(shuffled, rule)].sort()).toEqual([...retained(all, rule)].sort());
      }),
    );
  });

  it('removes nothing more the second time', () => {
    fc.assert(
      fc.property(items, rules, (all, rule) => {
        const stays = retained(all, rule);
        expect([...retained(all.filter((one) => stays.has(one.id)), rule)].sort()).toEqual([...stays].sort());
      }),
    );
  });

  it('never keeps fewer when it is told to keep more', () => {
    fc.assert(
      fc.property(items, rules, rules, (all, rule, more) => {
        const larger = { keepLast: rule.keepLast + more.keepLast, keepHourly: rule.keepHourly + more.keepHourly, keepDaily: rule.keepDaily + more.keepDaily, keepWeekly: rule.keepWeekly + more.keepWeekly };
        const stays = retained(all, larger);
        for (const id of retained(all, rule)) expect(stays.has(id)).toBe(true);
      }),
    );
  });
});

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { coalesce } from '@shared/domain/operations/coalesce';

it('unites entries of the event log that follow one another and loses none', () => {
  const event = fc.oneof(
    fc.array(fc.integer(), { maxLength: 3 }).map((entries) => ({ type: 'log.appended', entries })),
    fc.constantFrom('p1', 'p2').map((projectId) => ({ type: 'drift.changed', projectId, drifts: [] })),
    fc.constant({ type: 'alerts.changed', alerts: [] }),
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const entriesOf = (of: readonly { readonly type: string }[]): unknown[] => of.flatMap((one) => ('entries' in one ? (one.entries as unknown[]) : []));
      const united = coalesce(events);
      expect(entriesOf(united)).toEqual(entriesOf(events));
      const subjects = united.filter((one) => one.type !== 'log.appended').map((one) => `${one.type} ${'projectId' in one ? one.projectId : ''}`);
      expect(new Set(subjects).size).toBe(subjects.length);
    }),
  );
});

it('keeps the latest of each thing that is told again and again', () => {
  const stats = (projectId: string, at: string): { type: string; stats: object } => ({ type: 'stats.changed', stats: { projectId, at } });
  expect(coalesce([stats('a', '1'), stats('b', '1'), { type: 'runtime.changed' }, stats('a', '2'), { type: 'mounts.changed', projectId: 'a' }, { type: 'runtime.changed' }])).toEqual([stats('b', '1'), stats('a', '2'), { type: 'mounts.changed', projectId: 'a' }, { type: 'runtime.changed' }]);
});

import { expect, it } from 'vitest';
import { isPullDue, pullAfterMs } from '@shared/domain/modes/pull-policy';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-03-10T12:00:00Z');
const tagged = (hoursAgo: number) => ({ taggedAt: new Date(NOW - hoursAgo * HOUR).toISOString() });

it('reads how old an image may get', () => {
  expect([undefined, '', 'always', 'missing', 'every_', 'every_x', 'daily', 'weekly', 'every_12h', 'every_1d12h', 'every_90s', 'every_2w', 'every_5m'].map((policy) => pullAfterMs(policy))).toEqual([
    undefined, undefined, undefined, undefined, undefined, undefined, 24 * HOUR, 168 * HOUR, 12 * HOUR, 36 * HOUR, 90_000, 336 * HOUR, 300_000,
  ]);
});

it('fetches as often as the policy says', () => {
  const due = (policy: string | undefined, image: { readonly taggedAt?: string } | null): boolean => isPullDue(policy, image, NOW);
  expect([undefined, 'missing', 'always', 'daily', 'every_12h'].map((policy) => due(policy, null))).toEqual([true, true, true, true, true]);
  expect(['never', 'build'].map((policy) => due(policy, null))).toEqual([false, false]);
  expect([undefined, 'missing', 'never', 'always'].map((policy) => due(policy, tagged(9_999)))).toEqual([false, false, false, true]);
  expect([due('daily', tagged(23)), due('daily', tagged(25)), due('weekly', tagged(167)), due('weekly', tagged(169)), due('every_12h', tagged(13)), due('every_12h', {})]).toEqual([false, true, false, true, true, true]);
});

import { expect, it } from 'vitest';
import { waysOut } from '@shared/domain/findings/ways-out';

it('offers checks fix only for what it can fix', () => {
  const byHand = { fixes: [] };
  const fixable = { fixes: [{ id: 'f', title: 'Fix it' }] };
  expect([[byHand], [byHand, byHand], [byHand, fixable], [fixable], [fixable, fixable]].map(waysOut)).toEqual([
    'it must be changed by hand',
    'they must be changed by hand',
    'some can be fixed by `berth checks fix`, the others by hand',
    '`berth checks fix` can fix it',
    '`berth checks fix` can fix them',
  ]);
});

import { describe, expect, it } from 'vitest';
import { initialChoices, readChoices } from '@shared/domain/workspaces/choices';

describe('kept choices', () => {
  it('are read back', () => {
    const kept = { api: { trigger: 'interval', everySeconds: 60, source: 'direct', run: true, sizeOnly: true } };
    expect(readChoices(kept).get('api')).toEqual(kept.api);
  });

  it.each([null, [], 'text', 3, { api: null }, { api: { trigger: 'often', everySeconds: 1, source: 'cloud', run: 'yes', sizeOnly: 1 } }])('are the initial ones where they cannot be read: %j', (kept) => {
    const read = readChoices(kept);
    for (const one of read.values()) expect(one).toEqual(initialChoices);
  });
});

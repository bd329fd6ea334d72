import { describe, expect, it } from 'vitest';
import { initialChoices, readChoices, sourceRead } from '@shared/domain/workspaces/choices';

describe('what a container reads', () => {
  it('is a volume in place of the mount where buckets cannot be folders, and otherwise what was chosen', () => {
    expect(sourceRead('mount', true)).toBe('mount');
    expect(sourceRead('mount', false)).toBe('volume');
    for (const chosen of ['volume', 'direct', 'local'] as const) for (const canMount of [true, false]) expect(sourceRead(chosen, canMount)).toBe(chosen);
  });
});

describe('kept choices', () => {
  it('are read back', () => {
    const kept = { api: { trigger: 'interval', everySeconds: 60, source: 'direct', run: true, sizeOnly: true } };
    expect(readChoices(kept).get('api')).toEqual(kept.api);
    expect(readChoices({ api: { source: 'volume' } }).get('api')?.source).toBe('volume');
  });

  it.each([null, [], 'text', 3, { api: null }, { api: { trigger: 'often', everySeconds: 1, source: 'cloud', run: 'yes', sizeOnly: 1 } }])('are the initial ones where they cannot be read: %j', (kept) => {
    const read = readChoices(kept);
    for (const one of read.values()) expect(one).toEqual(initialChoices);
  });
});

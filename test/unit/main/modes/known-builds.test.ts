import { expect, it } from 'vitest';
import { BuildsOfOthers } from '@main/modes';
import type { JsonObject } from '@shared/kernel/json';

it('keeps what was there first, and forgets what is gone', async () => {
  let data: JsonObject | null = null;
  let written = 0;
  const builds = new BuildsOfOthers({
    getRecord: (kind, id) => Promise.resolve(data === null ? null : { kind, id, version: 1, data, updatedAt: '' }),
    patchRecord: (kind, id, patch) => {
      data = patch;
      written += 1;
      return Promise.resolve({ kind, id, version: written, data: patch, updatedAt: '' });
    },
  });
  expect(await builds.of('p', {}, new Set())).toEqual({});
  expect(written).toBe(0);
  expect(await builds.of('p', { one: 'then' }, new Set(['one']))).toEqual({ one: 'then' });
  expect(await builds.of('p', { one: 'edited' }, new Set(['one', 'other']))).toEqual({ one: 'then' });
  expect(written).toBe(1);
  expect(await builds.of('p', { two: 'now' }, new Set(['two']))).toEqual({ two: 'now' });
  expect(written).toBe(2);
});

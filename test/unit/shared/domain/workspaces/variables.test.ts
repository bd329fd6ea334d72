import { describe, expect, it } from 'vitest';
import { readVariables, variableObstacle } from '@shared/domain/workspaces/variables';

describe('a variable of a workspace', () => {
  it.each(['TOKEN', '_x', 'Api2'])('may be called %s', (name) => expect(variableObstacle(name)).toBeNull());
  it.each(['', '2x', 'a b', 'a-b', 'A=B', 'BERTH_S3_SECRET_KEY', 'PORT', 'PATH', 'HOME'])('may not be called %j', (name) => expect(variableObstacle(name)).not.toBeNull());

  it('is read as far as it can be', () => {
    expect(readVariables({ B: { value: '2', setAt: 'now' }, A: { value: '' }, gone: null, odd: 5, PATH: { value: '/bin' } })).toEqual([
      { name: 'A', value: '', setAt: '' },
      { name: 'B', value: '2', setAt: 'now' },
    ]);
    expect(readVariables(null)).toEqual([]);
  });
});

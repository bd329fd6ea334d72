import { describe, expect, it } from 'vitest';
import { statProbe } from '@main/platform/mount-source';

describe('asking a mount in a child process', () => {
  it('a code of 0 is an answer, a failure or an end by the deadline is not', async () => {
    const calls: string[] = [];
    const probe = statProbe((path, argv) => {
      calls.push([path, ...argv].join(' '));
      return Promise.resolve({ exitCode: calls.length === 1 ? 0 : null });
    });
    expect([await probe('/mnt/a', 10), await probe('/mnt/b', 10)]).toEqual([true, false]);
    expect(calls).toEqual(['/usr/bin/stat --format=%F -- /mnt/a', '/usr/bin/stat --format=%F -- /mnt/b']);
    expect(await statProbe(() => Promise.reject(new Error('late')))('/mnt/a', 10)).toBe(false);
  });
});

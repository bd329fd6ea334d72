import { describe, expect, it } from 'vitest';
import { conflictWords, haltWords, savingsPercent, skippedWords } from '@shared/domain/workspaces/words';

describe('what a halted run says', () => {
  it.each([
    [{ reason: 'root-missing', root: '/p/workspaces' } as const, /is not there, so nothing was removed/],
    [{ reason: 'root-replaced', root: '/p/workspaces' } as const, /another folder than the one that was synced before/],
    [{ reason: 'root-emptied', root: '/p/workspaces', known: 1 } as const, /1 file of it is in the bucket/],
    [{ reason: 'too-many-deletes', deletes: 60, limit: 50, known: 100 } as const, /60 objects of 100 would be removed from the bucket, more than 50/],
    [{ reason: 'destination-foreign', detail: 'its marker is of another project' } as const, /its marker is of another project\. Nothing was removed/],
  ])('is one sentence with the way out: $reason', (halt, sentence) => {
    const words = haltWords(halt, 'd1f2');
    expect(words.message).toMatch(sentence);
    if (halt.reason !== 'root-missing') expect(words.hint).toContain('berth workspaces sync --approve d1f2');
  });

  it('offers no approval where there is none', () => {
    expect(haltWords({ reason: 'root-emptied', root: '/p', known: 3 }, null).hint).not.toContain('--approve');
  });
});

describe('words of single keys', () => {
  it('say that nothing was lost', () => {
    expect(conflictWords('api/app.js', 'changed-there')).toContain('Both versions are kept');
    expect(conflictWords('api/app.js', 'not-ours')).toContain('Both versions are kept');
    expect(conflictWords('api/app.js', 'removed-there')).toContain('The file here is kept');
  });

  it.each(['symlink', 'special', 'name-not-utf8', 'name-too-long', 'unreadable', 'reserved', 'busy', 'else'])('name the key: %s', (reason) => {
    expect(skippedWords('api/x', reason)).toMatch(/^api\/x/);
  });
});

describe('savings', () => {
  it('are what is not in the bucket, in percent with one decimal', () => {
    expect(savingsPercent(5_000_000_000, 50_000_000)).toBe(99);
    expect(savingsPercent(1_000, 333)).toBe(66.7);
    expect(savingsPercent(1_000, 2_000)).toBe(0);
  });

  it('are not known while one side is not', () => {
    expect(savingsPercent(null, 1)).toBeNull();
    expect(savingsPercent(1, null)).toBeNull();
    expect(savingsPercent(0, 0)).toBeNull();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '@shared/domain/checks/unified-diff';

/** A `patch` that believes nothing but the hunk headers and lines. */
function applyDiff(before: string, diff: string): string {
  const source = before === '' ? [] : before.split('\n');
  const endsWithNewline = source.at(-1) === '' && source.pop() === '';
  const out: string[] = [];
  let at = 0;
  let newline = endsWithNewline;
  const lines = diff.split('\n').slice(2);
  let previous = '';
  for (const line of lines) {
    const header = /^@@ -(\d+),(\d+) \+\d+,\d+ @@$/.exec(line);
    if (header !== null) {
      const start = Number(header[2]) === 0 ? Number(header[1]) : Number(header[1]) - 1;
      while (at < start) out.push(source[at++] ?? '');
    } else if (line.startsWith(' ') || line.startsWith('-')) {
      expect(source[at]).toBe(line.slice(1));
      if (line.startsWith(' ')) out.push(line.slice(1));
      at += 1;
    } else if (line.startsWith('+')) out.push(line.slice(1));
    else if (line.startsWith('\\')) newline = previous.startsWith('-');
    if (line.startsWith('+') && !line.startsWith('\\')) newline = true;
    previous = line;
  }
  const touchedEnd = at >= source.length;
  while (at < source.length) out.push(source[at++] ?? '');
  return out.length === 0 ? '' : out.join('\n') + ((touchedEnd ? newline : endsWithNewline) ? '\n' : '');
}

describe('unified diff', () => {
  it('shows a changed line with three lines around it', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
    expect(unifiedDiff([{ path: 'x.yaml', before, after: before.replace('e', 'E') }])).toBe('--- a/x.yaml\n+++ b/x.yaml\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n');
  });
  it('is empty when nothing changes, and knows new files and missing ends of line', () => {
    expect(unifiedDiff([{ path: 'x', before: 'a', after: 'a' }])).toBe('');
    expect(unifiedDiff([{ path: 'x', before: null, after: 'a\n' }])).toBe('--- /dev/null\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n');
    expect(unifiedDiff([{ path: 'x', before: 'a', after: 'b' }])).toBe('--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n');
  });
  it('applied to the old text it gives the new one', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'dd', ' e', '#'), { maxLength: 30 }).map((list) => list.map((line) => `${line}\n`).join(''));
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = unifiedDiff([{ path: 'x', before, after }]);
        expect(diff === '' ? before : applyDiff(before, diff)).toBe(after);
      }),
      { numRuns: 500 },
    );
  });
});

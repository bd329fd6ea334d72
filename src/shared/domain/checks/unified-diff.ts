/** One file of a diff. Null: the file is not there on that side. */
export interface FileChange {
  /** As shown: relative to the project, with `/`. */
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

const CONTEXT_LINES = 3;

/** The changes as one unified diff, as `patch -p1` takes it. Empty when nothing changes. */
export function unifiedDiff(changes: readonly FileChange[]): string {
  return changes.filter((change) => change.before !== change.after).map(diffOf).join('');
}

/** Finding the same lines in two texts takes time with the product of their lengths; beyond this it is too long to wait for. */
const MOST_PAIRS = 16_000_000;

/** Whether the difference of two texts is worked out in well under a second. */
export function isComparable(before: string | null, after: string | null): boolean {
  const lines = (text: string | null): number => (text === null ? 0 : text.split('\n').length);
  return lines(before) * lines(after) <= MOST_PAIRS;
}

function linesOf(text: string | null): readonly string[] {
  if (text === null || text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else lines[lines.length - 1] += '\n\\ No newline at end of file';
  return lines;
}

/**
 * Fixes change a line here and there, so common ends and equal lines in step are enough: between the first and the
 * last difference the longest run of equal lines splits the rest. (Quadratic in the changed region only.)
 */
function diffOf(change: FileChange): string {
  const before = linesOf(change.before);
  const after = linesOf(change.after);
  const header = `--- ${change.before === null ? '/dev/null' : `a/${change.path}`}\n+++ ${change.after === null ? '/dev/null' : `b/${change.path}`}\n`;
  const marks = edits(before, after);
  return header + hunks(marks).join('');
}

type Mark = { readonly sign: ' ' | '-' | '+'; readonly line: string };

function edits(before: readonly string[], after: readonly string[]): readonly Mark[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const same = (lines: readonly string[]): Mark[] => lines.map((line) => ({ sign: ' ', line }));
  return [...same(before.slice(0, start)), ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)), ...same(before.slice(before.length - end))];
}

function middle(before: readonly string[], after: readonly string[]): readonly Mark[] {
  if (before.length === 0 || after.length === 0) return [...before.map((line): Mark => ({ sign: '-', line })), ...after.map((line): Mark => ({ sign: '+', line }))];
  let best = { before: 0, after: 0, length: 0 };
  const width = after.length + 1;
  let previous = new Uint32Array(width);
  for (let i = 0; i < before.length; i += 1) {
    const current = new Uint32Array(width);
    for (let j = 0; j < after.length; j += 1) {
      if (before[i] !== after[j]) continue;
      const length = (previous[j] ?? 0) + 1;
      current[j + 1] = length;
      if (length > best.length) best = { before: i - length + 1, after: j - length + 1, length };
    }
    previous = current;
  }
  if (best.length === 0) return [...before.map((line): Mark => ({ sign: '-', line })), ...after.map((line): Mark => ({ sign: '+', line }))];
  return [
    ...middle(before.slice(0, best.before), after.slice(0, best.after)),
    ...before.slice(best.before, best.before + best.length).map((line): Mark => ({ sign: ' ', line })),
    ...middle(before.slice(best.before + best.length), after.slice(best.after + best.length)),
  ];
}

function hunks(marks: readonly Mark[]): readonly string[] {
  const changed = marks.flatMap((mark, index) => (mark.sign === ' ' ? [] : [index]));
  const ranges: { from: number; to: number }[] = [];
  for (const index of changed) {
    const from = Math.max(0, index - CONTEXT_LINES);
    const to = Math.min(marks.length, index + CONTEXT_LINES + 1);
    const last = ranges.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges.map(({ from, to }) => {
    const part = marks.slice(from, to);
    const count = (skip: '+' | '-'): number => part.filter((mark) => mark.sign !== skip).length;
    const line = (skip: '+' | '-'): number => marks.slice(0, from).filter((mark) => mark.sign !== skip).length + (count(skip) === 0 ? 0 : 1);
    return `@@ -${line('+')},${count('+')} +${line('-')},${count('-')} @@\n${part.map((mark) => `${mark.sign}${mark.line}\n`).join('')}`;
  });
}

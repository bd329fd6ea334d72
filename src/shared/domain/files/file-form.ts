/** How the lines of a text end. */
export type LineEnds = 'lf' | 'crlf' | 'mixed';

const BOM = '\uFEFF';
const LINE_END = /\r\n|\n|\r/g;

/** How the lines of a text end; one without any ends them as most do. */
export function lineEndsOf(text: string): LineEnds {
  const found = new Set(text.match(LINE_END) ?? []);
  if (found.size > 1 || found.has('\r')) return 'mixed';
  return found.has('\r\n') ? 'crlf' : 'lf';
}

/** A text without the mark that some editors put at its beginning, and whether it had one. */
export function withoutBom(text: string): { readonly text: string; readonly hasBom: boolean } {
  return text.startsWith(BOM) ? { text: text.slice(1), hasBom: true } : { text, hasBom: false };
}

/**
 * New words in the form of the file they are written to: its line ends and its mark at the beginning stay. Where lines end in several ways, those that did not
 * change keep theirs, and the changed ones between end as most do.
 */
export function inFormOf(before: string, after: string): string {
  const { hasBom, text: old } = withoutBom(before);
  const words = withoutBom(after).text;
  const mark = hasBom ? BOM : '';
  const ends = lineEndsOf(old);
  if (ends !== 'mixed') return mark + words.replace(LINE_END, ends === 'crlf' ? '\r\n' : '\n');
  return mark + alongside(pieces(old), words.split(LINE_END));
}

interface Piece {
  readonly words: string;
  readonly end: string;
}

function pieces(text: string): readonly Piece[] {
  const ends = text.match(LINE_END) ?? [];
  return text.split(LINE_END).map((words, index) => ({ words, end: ends[index] ?? '' }));
}

function alongside(old: readonly Piece[], lines: readonly string[]): string {
  let head = 0;
  while (head < old.length && head < lines.length && old[head]?.words === lines[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < lines.length - head && old[old.length - 1 - tail]?.words === lines[lines.length - 1 - tail]) tail += 1;
  const count = (end: string): number => old.filter((piece) => piece.end === end).length;
  const usual = ['\n', '\r\n', '\r'].reduce((best, end) => (count(end) > count(best) ? end : best));
  return lines
    .map((words, index) => {
      if (index === lines.length - 1) return words;
      const kept = index < head ? old[index]?.end : index >= lines.length - tail ? old[old.length - lines.length + index]?.end : undefined;
      return words + (kept === undefined || kept === '' ? usual : kept);
    })
    .join('');
}

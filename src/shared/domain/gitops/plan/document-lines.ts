import { lenientTextWithMark } from '../../../kernel/utf8';
import { Parser } from 'yaml';
import type { LineRange } from './comment-out';
import { linesOf } from './lines';

/**
 * The lines of each document of a file: from its `---` (or its directives) to the next one's. Null where two documents share a line, so that no line belongs to
 * one of them alone.
 */
export function documentLines(bytes: Uint8Array): readonly LineRange[] | null {
  const text = lenientTextWithMark(bytes);
  const starts: number[] = [];
  let began: number | null = null;
  for (const token of new Parser().parse(text)) {
    if (token.type === 'directive') began ??= token.offset;
    if (token.type !== 'document') continue;
    const first = token.start.find((one) => one.type === 'doc-start')?.offset ?? token.offset;
    starts.push(began ?? first);
    began = null;
  }
  const lines = lineStarts(text);
  const firstLines = starts.map((offset) => lines.findLastIndex((start) => start <= offset));
  if (firstLines.some((line, index) => index > 0 && line <= (firstLines[index - 1] ?? -1))) return null;
  // Lines are counted as bytes are cut; a text with separators of Unicode has more of them than YAML 1.2 sees.
  if (lines.length !== linesOf(bytes).length) return null;
  return firstLines.map((line, index) => ({ start: index === 0 ? 0 : line, end: firstLines[index + 1] ?? lines.length }));
}

function lineStarts(text: string): readonly number[] {
  const starts: number[] = [];
  let at = 0;
  while (at < text.length) {
    starts.push(at);
    const rest = /\r\n|\n|\r/g;
    rest.lastIndex = at;
    const found = rest.exec(text);
    if (found === null) break;
    at = found.index + found[0].length;
  }
  return starts;
}

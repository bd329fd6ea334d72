import { ESCAPES, visibleText } from './visible-text';

/** A run of text of one look. `color` is 0-15 of the terminal palette; undefined for the normal one. */
export interface AnsiSpan {
  readonly text: string;
  readonly color: number | undefined;
  readonly bold: boolean;
}

/** Splits a line at its colour codes. Every other escape sequence (titles, links, cursor moves) is dropped. */
export function ansiSpans(line: string): readonly AnsiSpan[] {
  if (!line.includes('\u001b')) return [{ text: visibleText(line), color: undefined, bold: false }];
  const spans: AnsiSpan[] = [];
  let look: { color: number | undefined; bold: boolean } = { color: undefined, bold: false };
  let from = 0;
  for (const match of line.matchAll(ESCAPES)) {
    push(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === 'm') look = withCodes(look, match[1] ?? '');
  }
  push(line.slice(from));
  return spans;

  function push(text: string): void {
    if (text !== '') spans.push({ text: visibleText(text), ...look });
  }
}

/** The line without any escape sequence, as a search sees it. */
export function withoutAnsi(line: string): string {
  return visibleText(line.includes('\u001b') ? line.replace(ESCAPES, '') : line);
}

function withCodes(look: { color: number | undefined; bold: boolean }, codes: string): { color: number | undefined; bold: boolean } {
  let { color, bold } = look;
  const numbers = codes === '' ? [0] : codes.split(/[;:]/).map(Number);
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at] ?? 0;
    if (code === 0) {
      color = undefined;
      bold = false;
    } else if (code === 1) bold = true;
    else if (code === 22) bold = false;
    else if (code === 39) color = undefined;
    else if (code >= 30 && code <= 37) color = code - 30;
    else if (code >= 90 && code <= 97) color = code - 82;
    else if (code === 38 || code === 48) at += numbers[at + 1] === 5 ? 2 : 4;
  }
  return { color, bold };
}

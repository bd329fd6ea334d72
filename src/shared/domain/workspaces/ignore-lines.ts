import type { IgnoreNote } from './folder-filter';

/** Larger files are no lists of patterns that somebody wrote. */
const MOST_CHARACTERS = 1_048_576;
const MOST_LINES = 5_000;
/** No name is longer than 255 bytes; a pattern for a path of a few deep folders fits as well. */
const MOST_PER_LINE = 1_024;

/** The lines of an ignore file, or why none of them is used. */
export type IgnoreLines = { readonly kind: 'lines'; readonly lines: readonly string[] } | { readonly kind: 'refused'; readonly note: IgnoreNote };

/** Splits an ignore file at its line ends. Both languages leave out a byte order mark and the CR before a line end. */
export function ignoreLines(file: string, text: string): IgnoreLines {
  const refuse = (message: string): IgnoreLines => ({ kind: 'refused', note: { file, line: null, message } });
  if (text.length > MOST_CHARACTERS) return refuse(`${file} is larger than 1 MiB. Nothing of its folder is sent until it is smaller.`);
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split('\n');
  if (lines.length > MOST_LINES + 1) return refuse(`${file} has more than ${String(MOST_LINES)} lines. Nothing of its folder is sent until it has fewer.`);
  return { kind: 'lines', lines: lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)) };
}

/** A note about a line that is too long to be a pattern; null when it is not. */
export function tooLong(file: string, line: number, pattern: string): IgnoreNote | null {
  if (pattern.length <= MOST_PER_LINE) return null;
  return { file, line, message: `Line ${String(line)} of ${file} is longer than ${String(MOST_PER_LINE)} characters and is not used as a pattern.` };
}

import type { LogSpan } from '@shared/domain/logs/query';
import type { AnsiSpan } from './ansi';

/** A run of text of one look, found by the search or not. */
export interface MarkedSpan extends AnsiSpan {
  readonly marked: boolean;
}

/** Cuts runs of text where marks begin and end, and at so many characters. */
export function markedSpans(spans: readonly AnsiSpan[], marks: readonly LogSpan[], mostChars: number): readonly MarkedSpan[] {
  const pieces: MarkedSpan[] = [];
  let at = 0;
  let mark = 0;
  for (const span of spans) {
    const end = Math.min(at + span.text.length, mostChars);
    for (let from = at; from < end; ) {
      while ((marks[mark]?.end ?? Infinity) <= from) mark += 1;
      const next = marks[mark];
      const marked = next !== undefined && next.start <= from;
      const to = Math.min(end, next === undefined ? end : marked ? next.end : next.start);
      pieces.push({ ...span, text: span.text.slice(from - at, to - at), marked });
      from = to;
    }
    at += span.text.length;
    if (at >= mostChars) break;
  }
  return pieces;
}

import { strictTextWithMark } from '../../../kernel/utf8';
import { canBeCommentedOut, commentOut, commentRanges, withoutRanges, type CommentHeader, type LineRange } from './comment-out';
import { documentLines } from './document-lines';
import { bytesOf, joined } from './lines';
import { mendReferences } from './mend-references';
import type { FileChange } from './types';

/** What a change makes of the bytes of a file: other bytes, its going, or why it cannot be done. */
export type RenderedChange = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'gone' } | { readonly kind: 'refused'; readonly reason: string };

/** Works a change out on the bytes it was planned for. */
export function renderChange(change: FileChange, bytes: Uint8Array, operationId: string, at: string): RenderedChange {
  switch (change.change) {
    case 'move':
    case 'archive':
    case 'delete':
      return { kind: 'gone' };
    case 'merge':
      return { kind: 'bytes', bytes: bytesOf(change.text) };
    case 'references':
      return mended(change, bytes);
    case 'comment':
      return commented(bytes, change.path, () => ({ kind: 'bytes', bytes: commentOut(bytes, headerOf(change, operationId, at)) }));
    case 'comment-documents':
    case 'remove-documents':
      return commented(bytes, change.path, () => {
        const ranges = rangesOf(bytes, change.documents);
        if (ranges === null) return { kind: 'refused', reason: `The documents of ${change.path} cannot be told apart by their lines.` };
        return { kind: 'bytes', bytes: change.change === 'remove-documents' ? withoutRanges(bytes, ranges) : commentRanges(bytes, ranges, headerOf(change, operationId, at)) };
      });
  }
}

function headerOf(change: { readonly reason: string; readonly keptFile: string }, operationId: string, at: string): CommentHeader {
  return { reason: change.reason, keptFile: change.keptFile, operationId, at };
}

function commented(bytes: Uint8Array, path: string, make: () => RenderedChange): RenderedChange {
  if (path.toLowerCase().endsWith('.json')) return { kind: 'refused', reason: `${path} is JSON, which has no comments.` };
  return canBeCommentedOut(bytes) ? make() : { kind: 'refused', reason: `${path} is not written in UTF-8.` };
}

/** Neighbours become one range, under one header. */
function rangesOf(bytes: Uint8Array, documents: readonly number[]): readonly LineRange[] | null {
  const lines = documentLines(bytes);
  const found = documents.map((index) => lines?.[index]);
  if (lines === null || found.some((one) => one === undefined)) return null;
  const ranges: LineRange[] = [];
  for (const range of found as readonly LineRange[]) {
    const last = ranges.at(-1);
    if (last?.end === range.start) ranges[ranges.length - 1] = { start: last.start, end: range.end };
    else ranges.push(range);
  }
  return ranges;
}

const BOM = '\uFEFF';

function mended(change: Extract<FileChange, { readonly change: 'references' }>, bytes: Uint8Array): RenderedChange {
  const text = strictTextWithMark(bytes);
  if (text === null) return { kind: 'refused', reason: `${change.path} is not written in UTF-8.` };
  const hasBom = text.startsWith(BOM);
  const outcome = mendReferences(hasBom ? text.slice(1) : text, change.path, change.edits);
  if (outcome.kind === 'by-hand') return { kind: 'refused', reason: `${change.path} refers to a file that goes, and cannot be mended: ${outcome.reason}` };
  return { kind: 'bytes', bytes: joined([bytesOf(hasBom ? BOM : ''), bytesOf(outcome.text)]) };
}

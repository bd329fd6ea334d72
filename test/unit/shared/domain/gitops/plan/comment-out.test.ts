import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { commentOut, commentRanges, isCommentedOut, uncomment, withoutRanges } from '@shared/domain/gitops/plan/comment-out';
import { documentLines } from '@shared/domain/gitops/plan/document-lines';
import { bytesOf, joined, linesOf } from '@shared/domain/gitops/plan/lines';

const HEADER = { reason: 'production/app.yaml stays: its folder ranks above.', keptFile: 'production/app.yaml', operationId: 'op_1', at: '2026-01-02T03:04:05.678Z' };
const DOCUMENT = 'kind: ConfigMap\nmetadata:\n  name: one\n';

/** Bytes that are hard to keep: every kind of line end, BOMs, prefixes of ours, bytes that are no text. */
const piece = fc.oneof(
  fc.constantFrom('a: 1', '# x', '#~ y', '#~', ' ', '', '---', '...', '\t', '# managed-by: somebody', '\uFEFF', 'ü', '- |\n  text').map(bytesOf),
  fc.uint8Array({ maxLength: 6 }),
);
const lineEnd = fc.constantFrom('\n', '\r\n', '\r', '\u0085', '\u2028', '\u2029', '').map(bytesOf);
const anyFile = fc.tuple(fc.boolean(), fc.array(fc.tuple(piece, lineEnd), { maxLength: 12 })).map(([bom, lines]) => joined([bom ? Uint8Array.of(0xef, 0xbb, 0xbf) : new Uint8Array(), ...lines.flat()]));
const text = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

describe('a file that is commented out', () => {
  it('comes back to the byte, whatever is in it', () => {
    fc.assert(fc.property(anyFile, (bytes) => void expect(uncomment(commentOut(bytes, HEADER))).toEqual(bytes)), { numRuns: 2_000 });
  });

  it('has its header once however often it is done', () => {
    fc.assert(
      fc.property(anyFile, (bytes) => {
        const once = commentOut(bytes, HEADER);
        expect(isCommentedOut(once)).toBe(true);
        expect(commentOut(once, { ...HEADER, operationId: 'op_2' })).toEqual(once);
      }),
    );
  });

  it('says nothing to a reader of YAML any more, and says why', () => {
    const commented = text(commentOut(bytesOf(`---\n${DOCUMENT}---\na: |\n  text\r\u2028b: 2`), HEADER));
    expect(parseAllDocuments(commented).every((document) => 'contents' in document && document.contents === null)).toBe(true);
    for (const line of commented.split(/\r\n|[\n\r\u0085\u2028\u2029]/)) expect(line === '' || line.startsWith('#')).toBe(true);
    expect(commented.split('\n').slice(0, 6)).toEqual([
      '# managed-by: berth (commented out, the lines are kept below)',
      '# reason: production/app.yaml stays: its folder ranks above.',
      '# kept-file: production/app.yaml',
      '# operation: op_1',
      '# at: 2026-01-02T03:04:05.678Z',
      '# lines: 9',
    ]);
  });

  it('keeps its line ends and its BOM, and no name of a file gets out of its line', () => {
    const commented = text(commentOut(bytesOf('\uFEFFa: 1\r\nb: 2'), { ...HEADER, keptFile: 'x\ny: 1\u2028z' }));
    expect(commented.startsWith('\uFEFF# managed-by')).toBe(true);
    expect(commented).toContain('# kept-file: x y: 1 z\r\n');
    expect(commented.endsWith('#~ a: 1\r\n#~ b: 2')).toBe(true);
  });

  it('is not taken back where somebody edited it since', () => {
    const commented = text(commentOut(bytesOf('a: 1\nb: 2\n'), HEADER));
    expect(() => uncomment(bytesOf(commented.replace('#~ b: 2', 'b: 2')))).toThrowError('have been edited since');
    expect(() => uncomment(bytesOf(commented.replace('#~ b: 2\n', '')))).toThrowError('have been edited since');
  });
});

describe('a part of a file that is commented out', () => {
  it('comes back to the byte, and the rest is untouched', () => {
    fc.assert(
      fc.property(anyFile, fc.nat(12), fc.nat(12), (bytes, from, to) => {
        const range = { start: Math.min(from, to), end: Math.max(from, to) };
        fc.pre(range.end <= linesOf(bytes).length && range.start < range.end);
        fc.pre(!text(bytes).includes('managed-by: berth'));
        expect(uncomment(commentRanges(bytes, [range], HEADER))).toEqual(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is one document among others', () => {
    const three = `# first\n${DOCUMENT}---\n${DOCUMENT.replace('one', 'two')}--- # third\n${DOCUMENT.replace('one', 'three')}`;
    const lines = documentLines(bytesOf(three));
    expect(lines).toEqual([{ start: 0, end: 4 }, { start: 4, end: 8 }, { start: 8, end: 12 }]);
    const names = (source: Uint8Array): unknown[] => parseAllDocuments(text(source)).map((document) => (document.toJS() as { metadata?: { name?: string } } | null)?.metadata?.name);
    for (const [index, left] of [[0, ['two', 'three']], [1, ['one', 'three']], [2, ['one', 'two']]] as const) {
      const range = lines?.[index] ?? { start: 0, end: 0 };
      expect(names(commentRanges(bytesOf(three), [range], HEADER)).filter((name) => name !== undefined), String(index)).toEqual(left);
      expect(names(withoutRanges(bytesOf(three), [range])).filter((name) => name !== undefined), String(index)).toEqual(left);
    }
  });

  it('is refused where documents share a line, and directives go with theirs', () => {
    expect(documentLines(bytesOf('a: 1\n--- {b: 2}\n'))).toEqual([{ start: 0, end: 1 }, { start: 1, end: 2 }]);
    expect(documentLines(bytesOf('a: 1\n...\n%YAML 1.2\n---\nb: 2\n'))).toEqual([{ start: 0, end: 2 }, { start: 2, end: 5 }]);
    expect(documentLines(bytesOf('a: 1\r\n---\r\nb: 2\r\n'))).toEqual([{ start: 0, end: 1 }, { start: 1, end: 3 }]);
  });
});

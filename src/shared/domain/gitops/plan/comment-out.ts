import { lenientText } from '../../../kernel/utf8';
import { AppError } from '../../../kernel/app-error';
import { bytesOf, joined, linesOf, startsWith } from './lines';

/** What the header of something commented out says. */
export interface CommentHeader {
  readonly reason: string;
  /** Of a duplicate: the copy that stays. */
  readonly keptFile?: string | undefined;
  readonly operationId?: string | undefined;
  /** ISO time. */
  readonly at?: string | undefined;
}

/** Lines of a file, 0-based; `end` is the first that is not meant. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

const FIRST = '# managed-by: berth (commented out, the lines are kept below)';
const PREFIX = bytesOf('#~ ');
const BARE = bytesOf('#~');
const BOM = Uint8Array.of(0xef, 0xbb, 0xbf);
const FIRST_BYTES = bytesOf(FIRST);
const HASH = 0x23;
const COUNT = '# lines: ';

/** All of a file, with a header that says why. Already commented out: the same bytes. Taken back by `uncomment`, to the byte. */
export function commentOut(bytes: Uint8Array, header: CommentHeader): Uint8Array {
  if (isCommentedOut(bytes)) return bytes;
  const { bom, body } = withoutBom(bytes);
  return joined([bom, ...block(linesOf(body), header, body)]);
}

/** Only these lines of a file, each range with its own header. Ranges must not overlap. Ranges that are comments already stay as they are. */
export function commentRanges(bytes: Uint8Array, ranges: readonly LineRange[], header: CommentHeader): Uint8Array {
  const { bom, body } = withoutBom(bytes);
  const lines = linesOf(body);
  const parts: Uint8Array[] = [bom];
  let at = 0;
  for (const { start, end } of [...ranges].sort((left, right) => left.start - right.start)) {
    parts.push(...lines.slice(at, start));
    const inside = lines.slice(start, end);
    parts.push(...(inside.every((line) => isEmpty(line) || line[0] === HASH) ? inside : block(inside, header, body)));
    at = end;
  }
  return joined([...parts, ...lines.slice(at)]);
}

/** The file without these lines. */
export function withoutRanges(bytes: Uint8Array, ranges: readonly LineRange[]): Uint8Array {
  const { bom, body } = withoutBom(bytes);
  return joined([bom, ...linesOf(body).filter((_, index) => !ranges.some((one) => index >= one.start && index < one.end))]);
}

/** What was there before anything was commented out. Lines that were not are untouched. Rejects with `damaged` where somebody changed the lines in between. */
export function uncomment(bytes: Uint8Array): Uint8Array {
  const { bom, body } = withoutBom(bytes);
  const lines = linesOf(body);
  const parts: Uint8Array[] = [bom];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at];
    if (line === undefined || !startsWith(line, FIRST_BYTES)) {
      if (line !== undefined) parts.push(line);
      at += 1;
      continue;
    }
    const { from, count } = bodyOf(lines, at) ?? { from: 0, count: Number.NaN };
    if (Number.isNaN(count)) throw changed();
    for (const kept of lines.slice(from, from + count)) parts.push(plain(kept));
    if (from + count > lines.length) throw changed();
    at = from + count;
  }
  return joined(parts);
}

/** Whether the whole of a file was commented out here. */
export function isCommentedOut(bytes: Uint8Array): boolean {
  const { body } = withoutBom(bytes);
  const lines = linesOf(body);
  if (lines[0] === undefined || !startsWith(lines[0], FIRST_BYTES)) return false;
  const kept = bodyOf(lines, 0);
  return kept !== null && kept.from + kept.count >= lines.length;
}

/** A file in UTF-16 or UTF-32 has no lines that could be commented out one by one. */
export function canBeCommentedOut(bytes: Uint8Array): boolean {
  return !bytes.includes(0) && !(bytes[0] === 0xff && bytes[1] === 0xfe) && !(bytes[0] === 0xfe && bytes[1] === 0xff);
}

function block(lines: readonly Uint8Array[], header: CommentHeader, file: Uint8Array): readonly Uint8Array[] {
  const end = lineEndOf(file);
  const said = { reason: header.reason, 'kept-file': header.keptFile, operation: header.operationId, at: header.at };
  const words = [FIRST, ...Object.entries(said).flatMap(([name, text]) => (text === undefined ? [] : [`# ${name}: ${oneLine(text)}`])), `${COUNT}${String(lines.length)}`];
  return [bytesOf(words.map((line) => `${line}${end}`).join('')), ...lines.map((line) => joined([isEmpty(line) ? BARE : PREFIX, line]))];
}

/** Where the kept lines begin, and how many there are. */
function bodyOf(lines: readonly Uint8Array[], header: number): { readonly from: number; readonly count: number } | null {
  for (let at = header + 1; at < Math.min(lines.length, header + 7); at += 1) {
    const line = lenientText(lines[at] as Uint8Array);
    if (line.startsWith(COUNT)) return { from: at + 1, count: Number.parseInt(line.slice(COUNT.length), 10) };
  }
  return null;
}

function plain(line: Uint8Array): Uint8Array {
  if (startsWith(line, PREFIX)) return line.subarray(PREFIX.length);
  if (startsWith(line, BARE)) return line.subarray(BARE.length);
  throw changed();
}

function changed(): AppError {
  return new AppError('damaged', 'The lines that were commented out have been edited since.', { hint: 'Take the backup of that operation instead.' });
}

function withoutBom(bytes: Uint8Array): { readonly bom: Uint8Array; readonly body: Uint8Array } {
  return startsWith(bytes, BOM) ? { bom: BOM, body: bytes.subarray(BOM.length) } : { bom: new Uint8Array(), body: bytes };
}

/** As the file ends its first line. */
function lineEndOf(bytes: Uint8Array): string {
  const at = bytes.indexOf(0x0a);
  return at > 0 && bytes[at - 1] === 0x0d ? '\r\n' : '\n';
}

function isEmpty(line: Uint8Array): boolean {
  return line.length === 0 || line[0] === 0x0a || line[0] === 0x0d;
}

/** A file name may hold anything, also what ends a line: nothing of it may become YAML. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 1_000);
}

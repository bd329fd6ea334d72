/**
 * What is looked for in log lines: a text, or a pattern that cannot be slow whatever it says. A pattern is pieces of a fixed length with gaps between them;
 * each piece is taken where it first fits, which is right for every pattern of this kind, so nothing is ever tried and taken back. (LinearMatcher of the
 * workspaces says only whether a whole text fits; a search must also say where.)
 */
export interface LogQuery {
  matches(text: string): boolean;
  /** The places where it fits, from left to right, at most so many. */
  spans(text: string, most: number): readonly LogSpan[];
}

/** From a character up to, but without, another one. */
export interface LogSpan {
  readonly start: number;
  readonly end: number;
}

/** Longer ones are refused: no line is looked at longer than it takes to read it so many times. */
export const MAX_QUERY_CHARS = 100;

/** One character of a piece: itself, any, or one of some. */
type Unit = string | null | { readonly ranges: readonly number[]; readonly negated: boolean };

interface Piece {
  readonly units: readonly Unit[];
  /** The same as a text, where it is one. */
  readonly text: string | null;
}

interface Alternative {
  readonly pieces: readonly Piece[];
  readonly fromStart: boolean;
  readonly toEnd: boolean;
}

/** Upper and lower case are one. A text whose length would change by that is taken as it is, so that places stay right. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}

/** Finds exactly these characters, in upper or lower case. Null for nothing to look for. */
export function textQuery(wanted: string): LogQuery | null {
  if (wanted === '') return null;
  return queryOf([{ pieces: [pieceOf(Array.from({ length: wanted.length }, (_, at) => folded(wanted).charAt(at)))], fromStart: false, toEnd: false }]);
}

/**
 * Finds a pattern: `*` stands for anything, `?` for one character, `[a-z]` and `[!a-z]` for one of some, `|` for either, `^` and `$` for the ends of the line;
 * a backslash takes the meaning from what follows. Null for nothing to look for, and for a pattern that is not finished or too long.
 */
export function patternQuery(pattern: string): LogQuery | null {
  if (pattern === '' || pattern.length > MAX_QUERY_CHARS) return null;
  const alternatives: Alternative[] = [];
  for (const part of alternativesOf(pattern)) {
    const alternative = compile(part);
    if (alternative === null) return null;
    alternatives.push(alternative);
  }
  return queryOf(alternatives);
}

function queryOf(alternatives: readonly Alternative[]): LogQuery {
  return {
    matches(text) {
      const line = folded(text);
      return alternatives.some((one) => find(one, line, 0) !== null);
    },
    spans(text, most) {
      const line = folded(text);
      const found: LogSpan[] = [];
      for (let from = 0; found.length < most && from <= line.length; ) {
        const next = firstOf(alternatives, line, from);
        if (next === null) break;
        if (next.end > next.start) found.push(next);
        from = Math.max(next.end, from + 1);
      }
      return found;
    },
  };
}

function firstOf(alternatives: readonly Alternative[], line: string, from: number): LogSpan | null {
  let first: LogSpan | null = null;
  for (const one of alternatives) {
    const found = find(one, line, from);
    if (found !== null && (first === null || found.start < first.start || (found.start === first.start && found.end > first.end))) first = found;
  }
  return first;
}

function find({ pieces, fromStart, toEnd }: Alternative, line: string, from: number): LogSpan | null {
  if (fromStart && from > 0) return null;
  let start = -1;
  let at = from;
  for (const [index, piece] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    const found = placeOf(piece, line, at, fromStart && index === 0, toEnd && isLast);
    if (found === -1) return null;
    if (start === -1) start = found;
    at = found + piece.units.length;
  }
  return { start: start === -1 ? from : start, end: at };
}

/** Where a piece first fits from here on; -1 for nowhere. */
function placeOf(piece: Piece, line: string, from: number, atStart: boolean, atEnd: boolean): number {
  const last = line.length - piece.units.length;
  if (last < from) return -1;
  if (atEnd) return (!atStart || last === 0) && fits(piece, line, last) ? last : -1;
  if (atStart) return fits(piece, line, 0) ? 0 : -1;
  if (piece.text !== null) return line.indexOf(piece.text, from);
  for (let at = from; at <= last; at += 1) if (fits(piece, line, at)) return at;
  return -1;
}

function fits({ units, text }: Piece, line: string, at: number): boolean {
  if (text !== null) return line.startsWith(text, at);
  for (const [index, unit] of units.entries()) {
    if (unit === null) continue;
    if (typeof unit === 'string' ? line[at + index] !== unit : !isOneOf(unit, line.charAt(at + index))) return false;
  }
  return true;
}

function isOneOf({ ranges, negated }: Exclude<Unit, string | null>, char: string): boolean {
  const codes = [char.charCodeAt(0), char.toUpperCase().charCodeAt(0)];
  for (let index = 0; index < ranges.length; index += 2) {
    for (const code of codes) if (code >= (ranges[index] ?? 0) && code <= (ranges[index + 1] ?? 0)) return !negated;
  }
  return negated;
}

function pieceOf(units: readonly Unit[]): Piece {
  return { units, text: units.every((unit) => typeof unit === 'string') ? units.join('') : null };
}

/** The parts between bars that have a meaning. */
function alternativesOf(pattern: string): readonly string[] {
  const parts = [''];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    if (char === '|') parts.push('');
    else parts.push((parts.pop() ?? '') + (char === '\\' ? pattern.slice(at, (at += 1) + 1) : char));
  }
  return parts;
}

function compile(part: string): Alternative | null {
  const pieces: Piece[] = [];
  let units: Unit[] = [];
  let fromStart = part.startsWith('^');
  const toEnd = part.endsWith('$') && !escapesLast(part);
  const body = part.slice(fromStart ? 1 : 0, toEnd ? -1 : undefined);
  if (body === '' && !fromStart && !toEnd) return null;
  const end = (): void => {
    if (units.length > 0) pieces.push(pieceOf(units));
    units = [];
  };
  for (let at = 0; at < body.length; ) {
    const char = body.charAt(at);
    if (char === '*') {
      end();
      // A gap right behind the start takes its meaning from it.
      if (pieces.length === 0) fromStart = false;
      at += 1;
      continue;
    }
    const read = readUnit(body, at);
    if (read === null) return null;
    units.push(read.unit);
    at = read.next;
  }
  // The same at the end of the line.
  const endsOpen = units.length === 0 && body.endsWith('*');
  end();
  // An empty line is all that lies between both ends when nothing is asked for.
  if (body === '' && fromStart && toEnd) pieces.push(pieceOf([]));
  return { pieces, fromStart, toEnd: toEnd && !endsOpen };
}

/** True when the last character is taken by a backslash before it. */
function escapesLast(part: string): boolean {
  let count = 0;
  for (let at = part.length - 2; at >= 0 && part[at] === '\\'; at -= 1) count += 1;
  return count % 2 === 1;
}

interface Read {
  readonly unit: Unit;
  readonly next: number;
}

function readUnit(body: string, at: number): Read | null {
  const char = body.charAt(at);
  if (char === '?') return { unit: null, next: at + 1 };
  if (char === '[') return readSet(body, at);
  if (char !== '\\') return { unit: folded(char), next: at + 1 };
  const taken = body.charAt(at + 1);
  return taken === '' ? null : { unit: folded(taken), next: at + 2 };
}

/** `[…]`: characters and ranges; null when it has no end. */
function readSet(body: string, from: number): Read | null {
  const negated = body[from + 1] === '!' || body[from + 1] === '^';
  const ranges: number[] = [];
  let at = from + (negated ? 2 : 1);
  for (let first = true; first || body[at] !== ']'; first = false) {
    if (body[at] === '\\') at += 1;
    if (at >= body.length) return null;
    const low = body.charCodeAt(at);
    const isRange = body[at + 1] === '-' && body[at + 2] !== undefined && body[at + 2] !== ']';
    ranges.push(low, isRange ? body.charCodeAt(at + 2) : low);
    at += isRange ? 3 : 1;
  }
  return { unit: { ranges, negated }, next: at + 1 };
}

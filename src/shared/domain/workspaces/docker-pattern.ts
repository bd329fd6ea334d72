import { POSIX_CLASSES } from './git-pattern';
import { isGoPattern } from './go-pattern';
import { ANYTHING, LinearMatcher, literalSteps, type CharSet, type MatchStep } from './linear-match';

/** Any character but a line end, as `.` is in Go. */
const ON_A_LINE: CharSet = { ranges: [10, 10], negated: true, notSlash: false };
const DEEP = '(.*/)?';
const HIGHEST = 0x10ffff;
const COUNTED = /^\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}/;
const MOST_COUNTED = 16;
const MOST_TIMES = 1_000;
const MOST_STEPS = 4_096;
const ANYWHERE: readonly MatchStep[] = [{ kind: 'loop', set: ANYTHING }];

/**
 * Docker makes a regular expression of Go from a pattern, character by character, and so do we: only then `[*]`, `\d` and `a**b` mean what
 * they mean there. The expression is never run as one; the few forms that can come up are turned into linear steps. Null for what Go refuses.
 */
export function compileDockerPattern(pattern: string): readonly LinearMatcher[] | null {
  const read = toExpression(pattern);
  if (!isGoPattern(pattern)) return null;
  if (read.kind === 'expression') return compileExpression(read.expression);
  if (read.kind === 'exact') return [new LinearMatcher(literalSteps(pattern))];
  if (read.kind === 'prefix') return [new LinearMatcher([...literalSteps(pattern.slice(0, -2)), ...ANYWHERE])];
  const suffix = pattern.slice(2);
  // `**/foo` is foo as well.
  if (suffix.startsWith('/')) return [new LinearMatcher([{ kind: 'optional', length: 2 }, ...ANYWHERE, ...literalSteps(suffix)])];
  return [new LinearMatcher([...ANYWHERE, ...literalSteps(suffix)])];
}

interface Expression {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'expression';
  readonly expression: string;
}

function toExpression(pattern: string): Expression {
  const chars = Array.from(pattern);
  let kind: Expression['kind'] = 'exact';
  let expression = '';
  for (let at = 0; at < chars.length; ) {
    const begin = at;
    const char = chars[at] ?? '';
    at += 1;
    if (char === '*' && chars[at] === '*') {
      at += 1;
      if (chars[at] === '/') at += 1;
      if (at < chars.length) {
        expression += DEEP;
        kind = 'expression';
      } else if (kind === 'exact') kind = 'prefix';
      else {
        expression += '.*';
        kind = 'expression';
      }
      if (begin === 0) kind = 'suffix';
      continue;
    }
    if (char === '\\') {
      expression += `\\${chars[at] ?? ''}`;
      if (at < chars.length) kind = 'expression';
      at += 1;
    } else if ('.+()$'.includes(char)) expression += `\\${char}`;
    else {
      expression += char === '*' ? '[^/]*' : char === '?' ? '[^/]' : char;
      if ('*?[]'.includes(char)) kind = 'expression';
    }
  }
  return { kind, expression };
}

interface Read<T> {
  readonly value: T;
  readonly next: number;
}

/** One matcher for each side of a `|`: Docker leaves that one as it is. Only the first is bound to the beginning of the path, and the last to its end. */
function compileExpression(expression: string): readonly LinearMatcher[] | null {
  const matchers: LinearMatcher[] = [];
  for (let at = 0; at <= expression.length; ) {
    const side = parseSide(expression, at);
    if (side === null) return null;
    matchers.push(new LinearMatcher([...(side.anchored ? [] : ANYWHERE), ...side.value, ...(side.open ? ANYWHERE : [])]));
    at = side.next;
  }
  return matchers;
}

interface Side extends Read<readonly MatchStep[]> {
  /** Bound to the beginning of the path. */
  readonly anchored: boolean;
  /** Not bound to its end. */
  readonly open: boolean;
}

function parseSide(expression: string, from: number): Side | null {
  let steps: MatchStep[] = [];
  let anchored = from === 0;
  let at = from;
  while (at < expression.length && expression[at] !== '|') {
    if (expression.startsWith(DEEP, at)) {
      // One more in a row says nothing new.
      const before = steps.at(-3);
      if (before?.kind !== 'optional' || before.length !== 2) steps.push({ kind: 'optional', length: 2 }, { kind: 'loop', set: ON_A_LINE }, ...literalSteps('/'));
      at += DEEP.length;
      if (isCounted(expression, at)) return null;
    } else if (steps.length === 0 && isCounted(expression, at)) {
      // It counts the beginning of the path: none is any place, and elsewhere there is nothing to count.
      const times = at === 0 ? readRepeat(expression, at) : null;
      if (times === null) return null;
      if (times.value.least === 0) steps.push(...ANYWHERE);
      at = times.next;
    } else if (expression[at] === '\\' && at === expression.length - 1) {
      // The `$` that Docker adds is what gets escaped: it is a character, and the path may go on.
      return { value: [...steps, ...literalSteps('$')], next: at + 2, anchored, open: true };
    } else if (expression[at] === '^' && mayBeNothing(steps)) {
      // The beginning once more: what stands before it can only be nothing.
      const times = readRepeat(expression, at + 1);
      if (times === null) return null;
      if (times.value.least > 0) {
        steps = [];
        anchored = true;
      }
      at = times.next;
    } else {
      const atom = readAtom(expression, at);
      const repeated = atom === null ? null : readRepeat(expression, atom.next);
      if (atom === null || repeated === null) return null;
      steps.push(...repeat(atom.value, repeated.value));
      at = repeated.next;
      if (steps.length > MOST_STEPS) return null;
    }
  }
  return { value: steps, next: at + 1, anchored, open: at < expression.length };
}

function mayBeNothing(steps: readonly MatchStep[]): boolean {
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index];
    if (step?.kind === 'one') return false;
    if (step?.kind === 'optional') index += step.length;
  }
  return true;
}

interface Times {
  readonly least: number;
  /** Null for any number. */
  readonly most: number | null;
}

const ONCE: Times = { least: 1, most: 1 };

function isCounted(expression: string, at: number): boolean {
  return expression[at] === '{' && COUNTED.test(expression.slice(at, at + MOST_COUNTED));
}

/** `*`, and `{2}`, `{2,}` or `{2,3}`, which Docker does not take for characters; null where Go refuses them, as one behind another. */
function readRepeat(expression: string, at: number): Read<Times> | null {
  const counted = expression[at] === '{' ? COUNTED.exec(expression.slice(at, at + MOST_COUNTED)) : null;
  if (counted === null && expression[at] !== '*') return { value: ONCE, next: at };
  const next = at + (counted?.[0].length ?? 1);
  if (isCounted(expression, next)) return null;
  if (counted === null) return { value: { least: 0, most: null }, next };
  const least = Number(counted[1]);
  const most = counted[2] === undefined ? least : counted[3] === undefined ? null : Number(counted[3]);
  if (least > MOST_TIMES || (most !== null && (most > MOST_TIMES || most < least))) return null;
  return { value: { least, most }, next };
}

function repeat(set: CharSet, { least, most }: Times): readonly MatchStep[] {
  if (least === 1 && most === 1) return [{ kind: 'one', set }];
  const needed = Array.from({ length: least }, () => ({ kind: 'one', set }) as const);
  if (most === null) return [...needed, { kind: 'loop', set }];
  return [...needed, ...Array.from({ length: most - least }, () => [{ kind: 'optional', length: 1 }, { kind: 'one', set }] as const).flat()];
}

function one(char: string): CharSet {
  const code = char.codePointAt(0) ?? 0;
  return { ranges: [code, code], negated: false, notSlash: false };
}

function charAt(text: string, at: number): string | undefined {
  const code = text.codePointAt(at);
  return code === undefined ? undefined : String.fromCodePoint(code);
}

function readAtom(expression: string, at: number): Read<CharSet> | null {
  const char = charAt(expression, at);
  if (char === undefined) return null;
  if (char === '.') return { value: ON_A_LINE, next: at + 1 };
  if (char === '[') return readClass(expression, at);
  if (char === '\\') {
    const found = readEscape(expression, at);
    return found === null ? null : { value: { ranges: found.value, negated: false, notSlash: false }, next: found.next };
  }
  // The beginning of the text, in its middle: nothing matches.
  if (char === '^') return { value: { ranges: [], negated: false, notSlash: false }, next: at + 1 };
  return { value: one(char), next: at + char.length };
}

function complement(ranges: readonly number[]): readonly number[] {
  const pairs = Array.from({ length: ranges.length / 2 }, (_, index) => [ranges[index * 2] ?? 0, ranges[index * 2 + 1] ?? 0] as const).sort((left, right) => left[0] - right[0]);
  const rest: number[] = [];
  let from = 0;
  for (const [low, high] of pairs) {
    if (low > from) rest.push(from, low - 1);
    from = Math.max(from, high + 1);
  }
  return from <= HIGHEST ? [...rest, from, HIGHEST] : rest;
}

const DIGIT = [48, 57];
const SPACE = [9, 10, 12, 13, 32, 32];
const WORD = [48, 57, 65, 90, 95, 95, 97, 122];
const PERL: Readonly<Record<string, readonly number[]>> = { d: DIGIT, s: SPACE, w: WORD, D: complement(DIGIT), S: complement(SPACE), W: complement(WORD) };
const CONTROL: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** `\` and what follows; null for what Go refuses, and for anchors, which no pattern needs. */
function readEscape(expression: string, at: number): Read<readonly number[]> | null {
  const char = charAt(expression, at + 1);
  if (char === undefined || char > '\x7f') return null;
  const next = at + 2;
  if (!/[0-9A-Za-z]/.test(char)) return { value: [char.charCodeAt(0), char.charCodeAt(0)], next };
  const set = PERL[char];
  if (set !== undefined) return { value: set, next };
  const code = CONTROL[char];
  if (code !== undefined) return { value: [code, code], next };
  const digits = char === 'x' ? /^[0-9A-Fa-f]{2}/.exec(expression.slice(next, next + 2)) : /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(expression.slice(at + 1, at + 4));
  if (digits === null) return null;
  const value = Number.parseInt(digits[0], char === 'x' ? 16 : 8);
  return { value: [value, value], next: (char === 'x' ? next : at + 1) + digits[0].length };
}

function readClass(expression: string, from: number): Read<CharSet> | null {
  let at = from + 1;
  const negated = expression[at] === '^';
  if (negated) at += 1;
  const ranges: number[] = [];
  for (let first = true; first || expression[at] !== ']'; first = false) {
    const item = readClassItem(expression, at);
    if (item === null) return null;
    ranges.push(...item.value);
    at = item.next;
  }
  return { value: { ranges, negated, notSlash: false }, next: at + 1 };
}

function readClassItem(expression: string, at: number): Read<readonly number[]> | null {
  if (expression.startsWith('[:', at)) {
    const end = expression.indexOf(':]', at + 2);
    if (end !== -1) return namedClass(expression.slice(at + 2, end), end + 2);
  }
  const perl = expression[at] === '\\' ? PERL[expression[at + 1] ?? ''] : undefined;
  if (perl !== undefined) return { value: perl, next: at + 2 };
  const low = readClassChar(expression, at);
  if (low === null) return null;
  if (expression[low.next] !== '-' || expression[low.next + 1] === ']' || expression[low.next + 1] === undefined) return { value: [low.value, low.value], next: low.next };
  const high = readClassChar(expression, low.next + 1);
  return high === null || high.value < low.value ? null : { value: [low.value, high.value], next: high.next };
}

function namedClass(name: string, next: number): Read<readonly number[]> | null {
  const plain = name.startsWith('^') ? name.slice(1) : name;
  // Go's word class is one that git does not have.
  const ranges = plain === 'word' ? WORD : plain === 'ascii' ? [0, 127] : Object.hasOwn(POSIX_CLASSES, plain) ? POSIX_CLASSES[plain] : undefined;
  if (ranges === undefined) return null;
  return { value: plain === name ? ranges : complement(ranges), next };
}

function readClassChar(expression: string, at: number): Read<number> | null {
  const char = charAt(expression, at);
  if (char === undefined) return null;
  if (char !== '\\') return { value: char.codePointAt(0) ?? 0, next: at + char.length };
  const found = readEscape(expression, at);
  const [low, high] = found?.value ?? [];
  return found === null || low === undefined || low !== high || found.value.length !== 2 ? null : { value: low, next: found.next };
}

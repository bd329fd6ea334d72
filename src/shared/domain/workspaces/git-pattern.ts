import { ANYTHING, LinearMatcher, literalSteps, NO_SLASH, type CharSet, type MatchStep } from './linear-match';

/** Character classes by their POSIX names, as ranges of bytes: git knows no others, and no locale. */
export const POSIX_CLASSES: Readonly<Record<string, readonly number[]>> = {
  alnum: [48, 57, 65, 90, 97, 122],
  alpha: [65, 90, 97, 122],
  blank: [9, 9, 32, 32],
  cntrl: [0, 31, 127, 127],
  digit: [48, 57],
  graph: [33, 126],
  lower: [97, 122],
  print: [32, 126],
  punct: [33, 47, 58, 64, 91, 96, 123, 126],
  space: [9, 13, 32, 32],
  upper: [65, 90],
  xdigit: [48, 57, 65, 70, 97, 102],
};

/** What matches a name or a path of bytes. */
export type GitMatch =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'ending'; readonly ending: string }
  /** Of the name alone. */
  | { readonly kind: 'name-pattern'; readonly matcher: LinearMatcher }
  /** Of the path below the folder that the file lies in. */
  | { readonly kind: 'path-pattern'; readonly matcher: LinearMatcher };

const SPECIAL = /[*?[\\]/;
const STAR = '*';

/** Compiles one pattern without its `!` and its last slash; null for one that matches nothing. */
export function compileGitPattern(pattern: string): GitMatch | null {
  const literal = literalLength(pattern);
  if (pattern === '') return null;
  if (!pattern.includes('/')) {
    if (literal === pattern.length) return { kind: 'name', name: pattern };
    if (pattern.startsWith(STAR) && literalLength(pattern.slice(1)) === pattern.length - 1) return { kind: 'ending', ending: pattern.slice(1) };
    const steps = compileSteps(pattern, false);
    return steps === null ? null : { kind: 'name-pattern', matcher: new LinearMatcher(steps) };
  }
  const anchored = pattern.startsWith('/') ? 1 : 0;
  // git compares what comes before the first special character by itself, so that `**` right behind it counts as the beginning of a pattern.
  const rest = compileSteps(pattern.slice(Math.max(literal, anchored)), true);
  return rest === null ? null : { kind: 'path-pattern', matcher: new LinearMatcher([...literalSteps(pattern.slice(anchored, Math.max(literal, anchored))), ...rest]) };
}

function literalLength(pattern: string): number {
  const at = pattern.search(SPECIAL);
  return at === -1 ? pattern.length : at;
}

function compileSteps(pattern: string, isPath: boolean): readonly MatchStep[] | null {
  const steps: MatchStep[] = [];
  const within = isPath ? NO_SLASH : ANYTHING;
  for (let at = 0; at < pattern.length; ) {
    const char = pattern.charAt(at);
    if (char === STAR) at = readStars(pattern, at, isPath, steps);
    else if (char === '?') {
      steps.push({ kind: 'one', set: within });
      at += 1;
    } else if (char === '[') {
      const found = readClass(pattern, at, isPath);
      if (found === null) return null;
      steps.push({ kind: 'one', set: found.set });
      at = found.next;
    } else {
      const plain = char === '\\' ? pattern.charAt(at + 1) : char;
      if (plain === '') return null;
      steps.push(...literalSteps(plain));
      at += char === '\\' ? 2 : 1;
    }
  }
  return steps;
}

/** Stars up to the next other character; several are one, but for `**` as a whole part of a path, which reaches over folders. */
function readStars(pattern: string, from: number, isPath: boolean, steps: MatchStep[]): number {
  let at = from;
  while (pattern[at] === STAR) at += 1;
  if (!isPath) {
    steps.push({ kind: 'loop', set: ANYTHING });
    return at;
  }
  const whole = at - from > 1 && (from === 0 || pattern[from - 1] === '/') && (at === pattern.length || pattern[at] === '/' || pattern.startsWith('\\/', at));
  if (!whole) steps.push({ kind: 'loop', set: NO_SLASH });
  else if (pattern[at] !== '/') steps.push({ kind: 'loop', set: ANYTHING });
  else {
    // `**/` is nothing, or anything up to a slash; a second one in a row says nothing new.
    const repeated = steps.at(-3)?.kind === 'optional';
    if (!repeated) steps.push({ kind: 'optional', length: 2 }, { kind: 'loop', set: ANYTHING }, ...literalSteps('/'));
    return at + 1;
  }
  return at;
}

interface ClassRead {
  readonly set: CharSet;
  readonly next: number;
}

/** `[…]` as git's wildmatch reads it; null when it has no end or names a class that is none: such a pattern matches nothing. */
function readClass(pattern: string, from: number, notSlash: boolean): ClassRead | null {
  let at = from + 1;
  const negated = pattern[at] === '!' || pattern[at] === '^';
  if (negated) at += 1;
  const ranges: number[] = [];
  let previous = 0;
  for (let first = true; first || pattern[at] !== ']'; first = false) {
    const item = readClassItem(pattern, at, previous);
    if (item === null) return null;
    ranges.push(...item.ranges);
    previous = item.previous;
    at = item.next;
  }
  return { set: { ranges, negated, notSlash }, next: at + 1 };
}

interface ClassItem {
  readonly ranges: readonly number[];
  readonly next: number;
  /** What a `-` behind it would begin from; 0 for nothing. */
  readonly previous: number;
}

function readClassItem(pattern: string, at: number, previous: number): ClassItem | null {
  const char = pattern[at];
  if (char === undefined) return null;
  if (char === '\\') return single(pattern, at + 1);
  const following = pattern[at + 1];
  if (char === '-' && previous !== 0 && following !== undefined && following !== ']') {
    const end = following === '\\' ? at + 2 : at + 1;
    if (end >= pattern.length) return null;
    return { ranges: [previous, pattern.charCodeAt(end)], next: end + 1, previous: 0 };
  }
  if (char === '[' && following === ':') return readNamedClass(pattern, at);
  return single(pattern, at);
}

function single(pattern: string, at: number): ClassItem | null {
  if (at >= pattern.length) return null;
  const code = pattern.charCodeAt(at);
  return { ranges: [code, code], next: at + 1, previous: code };
}

function readNamedClass(pattern: string, at: number): ClassItem | null {
  const end = pattern.indexOf(']', at + 2);
  if (end === -1) return null;
  // Without `:]` it is a plain bracket.
  if (end - 1 < at + 2 || pattern[end - 1] !== ':') return single(pattern, at);
  const name = pattern.slice(at + 2, end - 1);
  const ranges = Object.hasOwn(POSIX_CLASSES, name) ? POSIX_CLASSES[name] : undefined;
  return ranges === undefined ? null : { ranges, next: end + 1, previous: 0 };
}

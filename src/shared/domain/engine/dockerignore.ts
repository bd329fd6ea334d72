/**
 * .dockerignore as docker reads it: the last pattern that matches a path, or one of its parents, decides; `!` takes
 * back. Matching simulates all readings of a pattern at once, so its time is pattern length times path length for any
 * pattern: a stranger's file cannot make it hang.
 */
type Token =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'star' }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [from: string, to: string])[] }
  /** `**` before something: nothing, or anything that ends with a slash. Two tokens: entry and loop. */
  | { readonly kind: 'deep' }
  | { readonly kind: 'deep-loop' }
  /** `**` at the end: everything. */
  | { readonly kind: 'all' };

export interface IgnorePattern {
  readonly negated: boolean;
  readonly tokens: readonly Token[];
  readonly line: number;
}

/** What a .dockerignore says, or the first line that is no pattern. */
export type IgnoreFile = { readonly ok: true; readonly patterns: readonly IgnorePattern[] } | { readonly ok: false; readonly line: number; readonly text: string };

function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (segment !== '..' || !rooted) kept.push(segment);
  }
  return kept.join('/');
}

function readClass(text: string, at: number): { readonly token: Token; readonly next: number } | null {
  let index = at + 1;
  const negated = text[index] === '^';
  if (negated) index += 1;
  const ranges: (readonly [string, string])[] = [];
  const read = () => {
    if (text[index] === '\\') index += 1;
    const char = text[index];
    index += 1;
    return char;
  };
  for (let first = true; index < text.length && (text[index] !== ']' || first); first = false) {
    const from = read();
    if (from === undefined) return null;
    let to: string | undefined = from;
    if (text[index] === '-' && text[index + 1] !== ']') {
      index += 1;
      to = read();
    }
    if (to === undefined || to < from) return null;
    ranges.push([from, to]);
  }
  return text[index] === ']' && ranges.length > 0 ? { token: { kind: 'class', negated, ranges }, next: index + 1 } : null;
}

function compile(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  for (let index = 0; index < text.length; ) {
    const char = text[index] as string;
    if (char === '*' && text[index + 1] === '*') {
      index += 2;
      while (text[index] === '*') index += 1;
      if (text[index] === '/') index += 1;
      if (index >= text.length) tokens.push({ kind: 'all' });
      else tokens.push({ kind: 'deep' }, { kind: 'deep-loop' });
      continue;
    }
    if (char === '[') {
      const found = readClass(text, index);
      if (found === null) return null;
      tokens.push(found.token);
      index = found.next;
      continue;
    }
    index += 1;
    if (char === '*') tokens.push({ kind: 'star' });
    else if (char === '?') tokens.push({ kind: 'one' });
    else if (char === '\\') {
      const escaped = text[index];
      if (escaped === undefined) return null;
      tokens.push({ kind: 'char', char: escaped });
      index += 1;
    } else tokens.push({ kind: 'char', char });
  }
  return tokens;
}

/** Reads the text of a .dockerignore. */
export function parseDockerignore(text: string): IgnoreFile {
  const patterns: IgnorePattern[] = [];
  for (const [index, raw] of text.replace(/^\uFEFF/, '').split('\n').entries()) {
    if (raw.startsWith('#')) continue;
    let line = raw.trim();
    if (line === '') continue;
    const negated = line.startsWith('!');
    if (negated) line = line.slice(1).trim();
    const cleaned = cleanPath(line);
    const tokens = line === '' ? null : compile(cleaned);
    if (tokens === null) return { ok: false, line: index + 1, text: raw };
    if (cleaned !== '') patterns.push({ negated, tokens, line: index + 1 });
  }
  return { ok: true, patterns };
}

function reach(tokens: readonly Token[], states: Set<number>, at: number): void {
  for (let state = at; !states.has(state); ) {
    states.add(state);
    const kind = tokens[state]?.kind;
    if (kind === 'star' || kind === 'all') state += 1;
    else if (kind === 'deep') {
      states.add(state + 1);
      state += 2;
    } else return;
  }
}

function step(tokens: readonly Token[], states: ReadonlySet<number>, char: string): Set<number> {
  const next = new Set<number>();
  for (const state of states) {
    const token = tokens[state];
    switch (token?.kind) {
      case 'char':
        if (token.char === char) reach(tokens, next, state + 1);
        break;
      case 'one':
        if (char !== '/') reach(tokens, next, state + 1);
        break;
      case 'class':
        if (char !== '/' && token.ranges.some(([from, to]) => from <= char && char <= to) !== token.negated) reach(tokens, next, state + 1);
        break;
      case 'star':
        if (char !== '/') reach(tokens, next, state);
        break;
      case 'all':
        reach(tokens, next, state);
        break;
      case 'deep-loop':
        next.add(state);
        if (char === '/') reach(tokens, next, state + 1);
        break;
      default:
    }
  }
  return next;
}

function matches(tokens: readonly Token[], path: string): boolean {
  let states = new Set<number>();
  reach(tokens, states, 0);
  for (const char of path) {
    // A parent that matches takes everything beneath it along.
    if (char === '/' && states.has(tokens.length)) return true;
    states = step(tokens, states, char);
    if (states.size === 0) return false;
  }
  return states.has(tokens.length);
}

/** True when the path (relative, forward slashes) is left out of the build context. */
export function isIgnored(patterns: readonly IgnorePattern[], path: string): boolean {
  let ignored = false;
  for (const pattern of patterns) if (pattern.negated === ignored && matches(pattern.tokens, path)) ignored = !pattern.negated;
  return ignored;
}

/** True when something beneath an ignored folder may be taken back by a `!` pattern, so that it has to be walked. */
export function mayHoldExceptions(patterns: readonly IgnorePattern[], folder: string): boolean {
  return patterns.some((pattern) => {
    if (!pattern.negated) return false;
    let states = new Set<number>();
    reach(pattern.tokens, states, 0);
    for (const char of `${folder}/`) {
      if (states.has(pattern.tokens.length) && char === '/') return true;
      states = step(pattern.tokens, states, char);
    }
    return states.size > 0;
  });
}

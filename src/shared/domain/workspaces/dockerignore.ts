import { compileDockerPattern } from './docker-pattern';
import type { IgnoreNote } from './folder-filter';
import { ignoreLines, tooLong } from './ignore-lines';
import type { LinearMatcher, MatchState } from './linear-match';

/** One line of a .dockerignore. */
export interface DockerRule {
  readonly text: string;
  readonly line: number;
  readonly negated: boolean;
}

interface OpenRule extends DockerRule {
  /** Any of them; null when a folder above matched: then everything beneath it does. */
  readonly open: readonly OpenMatch[] | null;
}

interface OpenMatch {
  readonly matcher: LinearMatcher;
  readonly state: MatchState;
}

/** The rules of one .dockerignore, as far as they can still say something in the folder that is looked at, in their order. */
export interface DockerLevel {
  readonly file: string;
  readonly open: readonly OpenRule[];
}

/** What a .dockerignore says; null when it says nothing, `refused` when it is not read at all. */
export interface ParsedDockerignore {
  readonly level: DockerLevel | null;
  readonly refused: boolean;
  readonly notes: readonly IgnoreNote[];
}

/** Reads a .dockerignore; `file` is where it lies below the workspaces folder. */
export function parseDockerignore(file: string, text: string): ParsedDockerignore {
  const read = ignoreLines(file, text);
  if (read.kind === 'refused') return { level: null, refused: true, notes: [read.note] };
  const open: OpenRule[] = [];
  const notes: IgnoreNote[] = [];
  for (const [index, raw] of read.lines.entries()) {
    const said = dockerLine(raw);
    if (said === null) continue;
    const { shown, negated, path } = said;
    const line = index + 1;
    const long = tooLong(file, line, path);
    const matchers = long !== null || path === '' ? null : compileDockerPattern(path);
    if (matchers !== null) open.push({ text: shown, line, negated, open: matchers.map((matcher) => ({ matcher, state: matcher.start })) });
    else notes.push(long ?? { file, line, message: `Line ${String(line)} of ${file} is no pattern that can be used and is left out: ${shown}` });
  }
  return { level: open.length === 0 ? null : { file, open }, refused: false, notes };
}

/** One line as Docker reads it; null where it says nothing. */
export function dockerLine(raw: string): { readonly shown: string; readonly negated: boolean; readonly path: string } | null {
  const shown = trimmed(raw);
  if (raw.startsWith('#') || shown === '') return null;
  // Docker does it twice, which takes off the space of `foo/ /`.
  const pattern = cleanPath(trimmed(cleanPattern(shown)));
  const negated = pattern.startsWith('!');
  return { shown, negated, path: negated ? pattern.slice(1) : pattern };
}

/** Cleans a line as Docker does: path separators, `.` and `..` go, a first slash means nothing. */
function cleanPattern(line: string): string {
  if (!line.startsWith('!')) return withoutFirstSlash(cleanPath(line));
  const rest = trimmed(line.slice(1));
  return `!${rest === '' ? '' : withoutFirstSlash(cleanPath(rest))}`;
}

function withoutFirstSlash(path: string): string {
  return path.length > 1 && path.startsWith('/') ? path.slice(1) : path;
}

/** Go's `filepath.Clean`. */
function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push(part);
  }
  return `${rooted ? '/' : ''}${kept.join('/')}` || '.';
}

const SPACES = new Set('\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000');

/** Go's `strings.TrimSpace`: its spaces are not those of JavaScript. */
function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && SPACES.has(text.charAt(from))) from += 1;
  while (to > from && SPACES.has(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function matches(rule: OpenRule, name: string): boolean {
  if (rule.open === null) return true;
  for (const { matcher, state } of rule.open) if (matcher.accepts(state, name)) return true;
  return false;
}

/** What the file says of a child: the last rule that changed it, and whether the child is out. */
export function dockerRuleFor(level: DockerLevel, name: string): { readonly rule: DockerRule | null; readonly excluded: boolean } {
  let excluded = false;
  let rule: DockerRule | null = null;
  for (const one of level.open) {
    if (one.negated !== excluded || !matches(one, name)) continue;
    excluded = !one.negated;
    rule = one;
  }
  return { rule, excluded };
}

/** The same rules one folder deeper. */
export function dockerLevelInto(level: DockerLevel, name: string): DockerLevel {
  const open: OpenRule[] = [];
  for (const one of level.open) {
    if (one.open === null || matches(one, name)) open.push({ ...one, open: null });
    else {
      const left = one.open.flatMap(({ matcher, state }) => {
        const next = matcher.advance(state, `${name}/`);
        return next === null ? [] : [{ matcher, state: next }];
      });
      if (left.length > 0) open.push({ ...one, open: left });
    }
  }
  return { ...level, open };
}

/** True when a `!` may take something beneath this folder back: one that can still match, and that nothing behind it overrules for all of the folder. */
export function mayTakeBack(level: DockerLevel): boolean {
  for (let index = level.open.length - 1; index >= 0; index -= 1) {
    const one = level.open[index];
    if (one?.negated === true) return true;
    if (one?.open === null) return false;
  }
  return false;
}

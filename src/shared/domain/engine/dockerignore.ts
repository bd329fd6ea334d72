import { dockerLine } from '../workspaces/dockerignore';
import { compileDockerPattern } from '../workspaces/docker-pattern';
import type { LinearMatcher, MatchState } from '../workspaces/linear-match';

/**
 * .dockerignore as docker reads it: the last pattern that matches a path, or one of its parents, decides; `!` takes
 * back. Matching takes time in proportion to pattern and path for any pattern: a stranger's file cannot make it hang.
 */
export interface IgnorePattern {
  readonly negated: boolean;
  /** Any of them. */
  readonly matchers: readonly LinearMatcher[];
  readonly line: number;
}

/** What a .dockerignore says, or the first line that is no pattern. */
export type IgnoreFile = { readonly ok: true; readonly patterns: readonly IgnorePattern[] } | { readonly ok: false; readonly line: number; readonly text: string };

/** Reads the text of a .dockerignore. */
export function parseDockerignore(text: string): IgnoreFile {
  const patterns: IgnorePattern[] = [];
  for (const [index, raw] of text.replace(/^\uFEFF/, '').split('\n').entries()) {
    const line = dockerLine(raw);
    if (line === null) continue;
    const matchers = line.path === '' ? null : compileDockerPattern(line.path);
    if (matchers === null) return { ok: false, line: index + 1, text: raw };
    patterns.push({ negated: line.negated, matchers, line: index + 1 });
  }
  return { ok: true, patterns };
}

/** True when it matches the path or a folder above it. */
function matches(matcher: LinearMatcher, path: string): boolean {
  let state: MatchState | null = matcher.start;
  for (let from = 0; state !== null; ) {
    const slash = path.indexOf('/', from);
    if (slash === -1) return matcher.accepts(state, path.slice(from));
    if (matcher.accepts(state, path.slice(from, slash))) return true;
    state = matcher.advance(state, path.slice(from, slash + 1));
    from = slash + 1;
  }
  return false;
}

/** True when the path (relative, forward slashes) is left out of the build context. */
export function isIgnored(patterns: readonly IgnorePattern[], path: string): boolean {
  let ignored = false;
  for (const pattern of patterns) if (pattern.negated === ignored && pattern.matchers.some((one) => matches(one, path))) ignored = !pattern.negated;
  return ignored;
}

/** True when something beneath an ignored folder may be taken back by a `!` pattern, so that it has to be walked. */
export function mayHoldExceptions(patterns: readonly IgnorePattern[], folder: string): boolean {
  return patterns.some(({ negated, matchers }) => negated && matchers.some((one) => matches(one, folder) || one.advance(one.start, `${folder}/`) !== null));
}

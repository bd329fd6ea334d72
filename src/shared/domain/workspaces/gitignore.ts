import { byteText } from './byte-text';
import type { IgnoreNote } from './folder-filter';
import { compileGitPattern } from './git-pattern';
import { ignoreLines, tooLong } from './ignore-lines';
import type { LinearMatcher, MatchState } from './linear-match';

/** One line of a .gitignore. */
export interface GitRule {
  readonly text: string;
  readonly line: number;
  readonly negated: boolean;
  readonly directoriesOnly: boolean;
  /** The later of two that match decides. */
  readonly order: number;
}

interface Ending extends GitRule {
  readonly ending: string;
}
interface Pattern extends GitRule {
  readonly matcher: LinearMatcher;
  /** Where it is at the beginning of the name. */
  readonly state: MatchState;
}

/** A .gitignore, its rules sorted by how they are looked up: plain names cost one look, however many there are. */
interface GitFile {
  readonly names: ReadonlyMap<string, GitRule>;
  readonly directoryNames: ReadonlyMap<string, GitRule>;
  readonly endings: readonly Ending[];
  readonly patterns: readonly Pattern[];
}

/** The rules of one .gitignore, as far as they can still say something in the folder that is looked at. */
export interface GitLevel {
  readonly file: string;
  readonly rules: GitFile;
  /** Rules that speak of paths, the last one first. */
  readonly open: readonly Pattern[];
}

/** What a .gitignore says; null when it says nothing, `refused` when it is not read at all. */
export interface ParsedGitignore {
  readonly level: GitLevel | null;
  readonly refused: boolean;
  readonly notes: readonly IgnoreNote[];
}

/** Reads a .gitignore; `file` is where it lies below the workspaces folder. */
export function parseGitignore(file: string, text: string): ParsedGitignore {
  const read = ignoreLines(file, text);
  if (read.kind === 'refused') return { level: null, refused: true, notes: [read.note] };
  const names = new Map<string, GitRule>();
  const directoryNames = new Map<string, GitRule>();
  const endings: Ending[] = [];
  const patterns: Pattern[] = [];
  const open: Pattern[] = [];
  const notes: IgnoreNote[] = [];
  for (const [index, raw] of read.lines.entries()) {
    const found = readLine(raw, index);
    if (found === null) continue;
    const long = tooLong(file, index + 1, found.rule.text);
    if (long !== null) notes.push(long);
    const match = long === null ? compileGitPattern(byteText(found.pattern)) : null;
    if (match === null) continue;
    const { rule } = found;
    if (match.kind === 'name') (rule.directoriesOnly ? directoryNames : names).set(match.name, rule);
    else if (match.kind === 'ending') endings.unshift({ ...rule, ending: match.ending });
    else (match.kind === 'name-pattern' ? patterns : open).unshift({ ...rule, matcher: match.matcher, state: match.matcher.start });
  }
  const empty = names.size + directoryNames.size + endings.length + patterns.length + open.length === 0;
  return { level: empty ? null : { file, rules: { names, directoryNames, endings, patterns }, open }, refused: false, notes };
}

function readLine(raw: string, index: number): { readonly rule: GitRule; readonly pattern: string } | null {
  // git reads lines as C does: they end at a zero byte.
  const zero = raw.indexOf('\0');
  if (raw === '' || raw.startsWith('#')) return null;
  const text = withoutTrailingSpaces(zero === -1 ? raw : raw.slice(0, zero));
  const negated = text.startsWith('!');
  const directoriesOnly = text.length > (negated ? 1 : 0) && text.endsWith('/');
  const pattern = text.slice(negated ? 1 : 0, directoriesOnly ? -1 : undefined);
  return { rule: { text, line: index + 1, negated, directoriesOnly, order: index }, pattern };
}

/** Spaces at the end go, but for one behind a backslash. */
function withoutTrailingSpaces(text: string): string {
  let from = -1;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === ' ') {
      if (from === -1) from = at;
      continue;
    }
    from = -1;
    if (char !== '\\') continue;
    at += 1;
    if (at >= text.length) return text;
  }
  return from === -1 ? text : text.slice(0, from);
}

/** The last rule of the file that matches this child; `name` as bytes. */
export function gitRuleFor(level: GitLevel, name: string, isDirectory: boolean): GitRule | undefined {
  const { names, directoryNames, endings, patterns } = level.rules;
  let best = names.get(name);
  const folder = isDirectory ? directoryNames.get(name) : undefined;
  if (folder !== undefined && folder.order > (best?.order ?? -1)) best = folder;
  for (const rule of endings) {
    if (best !== undefined && rule.order < best.order) break;
    if ((!isDirectory && rule.directoriesOnly) || !name.endsWith(rule.ending)) continue;
    best = rule;
    break;
  }
  return lastMatch(level.open, name, isDirectory, lastMatch(patterns, name, isDirectory, best));
}

/** The first that matches of rules in reverse, unless the one that is known comes behind it. */
function lastMatch(rules: readonly Pattern[], name: string, isDirectory: boolean, best: GitRule | undefined): GitRule | undefined {
  for (const rule of rules) {
    if (best !== undefined && rule.order < best.order) return best;
    if ((isDirectory || !rule.directoriesOnly) && rule.matcher.accepts(rule.state, name)) return rule;
  }
  return best;
}

/** The same rules one folder deeper: paths that lead elsewhere are dropped, so that deep folders cost no more than shallow ones. */
export function gitLevelInto(level: GitLevel, name: string): GitLevel {
  if (level.open.length === 0) return level;
  const open: Pattern[] = [];
  for (const path of level.open) {
    const state = path.matcher.advance(path.state, `${name}/`);
    if (state !== null) open.push({ ...path, state });
  }
  return { ...level, open };
}


import { plainName, segmentsOf, type HierarchyRules } from './rules';

/** The rank of one file or document. A higher `score` is kept; equal ones are for the user to decide. */
export interface PriorityScore {
  /** 100 * directory + 10 * name + metadata under the default rules: 0 to 447. */
  readonly score: number;
  readonly directory: number;
  readonly name: number;
  readonly metadata: number;
  /** The entries that gave these ranks; null where the file is in no list. */
  readonly matched: { readonly directory: string | null; readonly name: string | null; readonly metadata: readonly string[] };
}

/** What decided between two scores: the first of the three in which they differ. */
export type DecidingRule = 'directory' | 'name' | 'metadata';

interface Weights {
  readonly directory: number;
  readonly name: number;
}

/** The rank of a file: `path` is relative to the scanned folder, `marks` are what it says of itself. */
export function scoreOf(path: string, marks: { readonly [key: string]: string }, rules: HierarchyRules): PriorityScore {
  const segments = segmentsOf(path);
  const directory = highest(rules.directories, (rule) => contains(segments.slice(0, -1), segmentsOf(rule)));
  const own = plainName(segments[segments.length - 1] ?? '');
  const name = highest(rules.names, (rule) => plainName(rule) === own);
  const metadata = rules.metadata.filter((rule) => isMarked(marks, rule));
  const ranks = {
    directory: rankOf(rules.directories, directory),
    name: rankOf(rules.names, name),
    metadata: metadata.reduce((sum, rule) => sum + 2 ** (rules.metadata.length - 1 - rules.metadata.indexOf(rule)), 0),
  };
  const weights = weightsOf(rules);
  return { ...ranks, score: weights.directory * ranks.directory + weights.name * ranks.name + ranks.metadata, matched: { directory, name, metadata } };
}

/** The sum in plain words. */
export function explainScore(score: PriorityScore, rules: HierarchyRules): string {
  const { directory, name, metadata } = score.matched;
  const weights = weightsOf(rules);
  const parts = [
    `${directory === null ? 'no listed folder' : `folder ${directory}`} ${String(weights.directory * score.directory)}`,
    `${name === null ? 'no listed file name' : `file name ${name}`} ${String(weights.name * score.name)}`,
    `${metadata.length === 0 ? 'no listed metadata' : metadata.join(', ')} ${String(score.metadata)}`,
  ];
  return `${String(score.score)}: ${parts.join(' + ')}.`;
}

/** In which list two scores differ first; null when they are equal. */
export function decidingRule(left: PriorityScore, right: PriorityScore): DecidingRule | null {
  if (left.directory !== right.directory) return 'directory';
  if (left.name !== right.name) return 'name';
  return left.metadata === right.metadata ? null : 'metadata';
}

/** The entry that stands highest in the list, whichever place of the path it is in. */
function highest(rules: readonly string[], matches: (rule: string) => boolean): string | null {
  return rules.find(matches) ?? null;
}

/** The last of a list is its lowest and has 0; what is in no list comes right above it. A list of one has nothing lowest. */
function rankOf(rules: readonly string[], matched: string | null): number {
  if (matched === null) return 1;
  const index = rules.indexOf(matched);
  return rules.length > 1 && index === rules.length - 1 ? 0 : rules.length - index + (rules.length === 1 ? 1 : 0);
}

/** As large as the lists need, so that no sum of lower ranks ever beats a higher one. */
function weightsOf(rules: HierarchyRules): Weights {
  const name = Math.max(10, 2 ** rules.metadata.length);
  return { name, directory: Math.max(100, name * (Math.max(2, rules.names.length) + 1)) };
}

function contains(segments: readonly string[], wanted: readonly string[]): boolean {
  return segments.some((_, start) => wanted.every((part, index) => segments[start + index] === part));
}

function isMarked(marks: { readonly [key: string]: string }, rule: string): boolean {
  const at = rule.indexOf('=');
  const key = rule.slice(0, at);
  return Object.hasOwn(marks, key) && marks[key] === rule.slice(at + 1);
}

import { readYaml, RulesError, type YamlNode } from './rules-yaml.ts';

/** What is looked at in a document. */
export interface Subject {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  /** The beginning of a text document; null for a binary one. */
  readonly text: string | null;
}

export const TRANSFORMS = ['gzip', 'compact-json', 'unix-newlines'] as const;
export type Transform = (typeof TRANSFORMS)[number];

/** One step of a rule. */
export type Action =
  | { readonly kind: 'tag'; readonly tags: readonly string[] }
  | { readonly kind: 'route'; readonly to: string }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'transform'; readonly to: Transform };

/** One rule: every condition that is given has to hold. */
export interface Rule {
  readonly name: string;
  readonly match: {
    readonly name?: string;
    readonly type?: string;
    readonly overBytes?: number;
    readonly underBytes?: number;
    readonly contains?: string;
  };
  readonly actions: readonly Action[];
  /** No rule after this one is looked at when it matches. */
  readonly stop: boolean;
}

/** What the rules say of a document. */
export interface Verdict {
  readonly matched: readonly string[];
  readonly tags: readonly string[];
  readonly route: string | null;
  readonly rejected: string | null;
  readonly transforms: readonly Transform[];
}

const MAX_RULES = 500;
const MAX_SOURCE = 256 * 1024;
const WORD = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KIB: 1024, MIB: 1024 ** 2, GIB: 1024 ** 3 };

/** Reads and checks a whole rules file. Throws a RulesError with the line of the first thing that is wrong. */
export function parseRules(source: string): readonly Rule[] {
  if (source.length > MAX_SOURCE) throw new RulesError(1, 'The file is larger than 256 KiB.');
  const root = mapOf(readYaml(source), 'The file', ['rules']);
  const rules = root.get('rules');
  if (rules === undefined) throw new RulesError(1, 'The key rules is missing.');
  if (rules.value.kind === 'text' && rules.value.text === '' && !rules.value.quoted) return [];
  const list = listOf(rules.value, 'rules');
  if (list.length > MAX_RULES) throw new RulesError(rules.keyLine, `There may be at most ${MAX_RULES} rules.`);
  const parsed = list.map(ruleOf);
  for (const [index, rule] of parsed.entries()) {
    const line = list[index]?.line ?? 1;
    if (parsed.findIndex((one) => one.name === rule.name) !== index) throw new RulesError(line, `Two rules have the name ${rule.name}.`);
  }
  return parsed;
}

/** What the rules say of a document: every rule that matches adds to it, in their order; a rejection ends it. */
export function judge(rules: readonly Rule[], subject: Subject): Verdict {
  const matched: string[] = [];
  const tags = new Set<string>();
  const transforms = new Set<Transform>();
  let route: string | null = null;
  for (const rule of rules) {
    if (!holds(rule.match, subject)) continue;
    matched.push(rule.name);
    for (const action of rule.actions) {
      if (action.kind === 'tag') for (const tag of action.tags) tags.add(tag);
      else if (action.kind === 'route') route = action.to;
      else if (action.kind === 'transform') transforms.add(action.to);
      else return { matched, tags: [...tags], route: null, rejected: action.reason, transforms: [] };
    }
    if (rule.stop) break;
  }
  return { matched, tags: [...tags], route, rejected: null, transforms: [...transforms] };
}

function holds(match: Rule['match'], subject: Subject): boolean {
  if (match.name !== undefined && !fits(match.name.toLowerCase(), subject.name.toLowerCase())) return false;
  if (match.type !== undefined && !fits(match.type, subject.type)) return false;
  if (match.overBytes !== undefined && subject.sizeBytes <= match.overBytes) return false;
  if (match.underBytes !== undefined && subject.sizeBytes >= match.underBytes) return false;
  return match.contains === undefined || (subject.text?.includes(match.contains) ?? false);
}

/** `*` is any number of characters, `?` is one. In linear time for one star, and never worse than pattern times text. */
export function fits(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let retry = 0;
  while (at < text.length) {
    if (from < pattern.length && (pattern[from] === '?' || pattern[from] === text[at]) && pattern[from] !== '*') {
      from += 1;
      at += 1;
    } else if (pattern[from] === '*') {
      star = from;
      retry = at;
      from += 1;
    } else if (star !== -1) {
      from = star + 1;
      retry += 1;
      at = retry;
    } else return false;
  }
  while (pattern[from] === '*') from += 1;
  return from === pattern.length;
}

function ruleOf(node: YamlNode): Rule {
  const entries = mapOf(node, 'A rule', ['name', 'match', 'actions', 'stop']);
  const name = entries.get('name');
  const match = entries.get('match');
  const actions = entries.get('actions');
  if (name === undefined) throw new RulesError(node.line, 'This rule has no name.');
  if (match === undefined) throw new RulesError(node.line, 'This rule has no match.');
  if (actions === undefined) throw new RulesError(node.line, 'This rule has no actions.');
  const list = listOf(actions.value, 'actions');
  if (list.length === 0) throw new RulesError(actions.keyLine, 'A rule needs at least one action.');
  const stop = entries.get('stop');
  return { name: textOf(name.value, 'name', 100), match: matchOf(match.value), actions: list.map(actionOf), stop: stop !== undefined && truth(stop.value, 'stop') };
}

function matchOf(node: YamlNode): Rule['match'] {
  const entries = mapOf(node, 'match', ['name', 'type', 'size', 'contains']);
  if (entries.size === 0) throw new RulesError(node.line, 'match needs at least one of name, type, size, contains.');
  const one = (key: string, max: number): string | undefined => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : textOf(entry.value, key, max);
  };
  const size = entries.get('size');
  const bounds = size === undefined ? undefined : mapOf(size.value, 'size', ['over', 'under']);
  if (size !== undefined && bounds?.size === 0) throw new RulesError(size.keyLine, 'size needs over or under.');
  const over = bounds?.get('over');
  const under = bounds?.get('under');
  const [name, type, contains] = [one('name', 200), one('type', 100), one('contains', 1000)];
  return {
    ...(name === undefined ? {} : { name }),
    ...(type === undefined ? {} : { type }),
    ...(contains === undefined ? {} : { contains }),
    ...(over === undefined ? {} : { overBytes: bytesOf(over.value) }),
    ...(under === undefined ? {} : { underBytes: bytesOf(under.value) }),
  };
}

function actionOf(node: YamlNode): Action {
  const entries = mapOf(node, 'An action', ['tag', 'route', 'reject', 'transform']);
  const [entry] = entries;
  if (entry === undefined || entries.size !== 1) throw new RulesError(node.line, 'An action is exactly one of tag, route, reject, transform.');
  const [kind, { value }] = entry;
  if (kind === 'reject') return { kind, reason: textOf(value, 'reject', 300) };
  if (kind === 'route') return { kind, to: wordOf(value, 'route') };
  if (kind === 'transform') {
    const text = textOf(value, 'transform', 50);
    const to = TRANSFORMS.find((one) => one === text);
    if (to === undefined) throw new RulesError(value.line, `transform is one of ${TRANSFORMS.join(', ')}, not ${text}.`);
    return { kind, to };
  }
  return { kind: 'tag', tags: value.kind === 'list' ? value.items.map((item) => wordOf(item, 'tag')) : [wordOf(value, 'tag')] };
}

function mapOf(node: YamlNode, what: string, keys: readonly string[]): ReadonlyMap<string, { readonly keyLine: number; readonly value: YamlNode }> {
  if (node.kind !== 'map') throw new RulesError(node.line, `${what} has to be a map of ${keys.join(', ')}.`);
  for (const [key, { keyLine }] of node.entries) if (!keys.includes(key)) throw new RulesError(keyLine, `${what} has no ${key}; it may have ${keys.join(', ')}.`);
  return node.entries;
}

function listOf(node: YamlNode, what: string): readonly YamlNode[] {
  if (node.kind !== 'list') throw new RulesError(node.line, `${what} has to be a list.`);
  return node.items;
}

function textOf(node: YamlNode, what: string, max: number): string {
  if (node.kind !== 'text' || node.text === '') throw new RulesError(node.line, `${what} has to be a text.`);
  if (node.text.length > max) throw new RulesError(node.line, `${what} has at most ${max} characters.`);
  return node.text;
}

function wordOf(node: YamlNode, what: string): string {
  const text = textOf(node, what, 64);
  if (!WORD.test(text)) throw new RulesError(node.line, `${what} is one word of a-z, 0-9, dot, dash and underscore, not ${text}.`);
  return text;
}

function truth(node: YamlNode, what: string): boolean {
  if (node.kind === 'text' && (node.text === 'true' || node.text === 'false')) return node.text === 'true';
  throw new RulesError(node.line, `${what} is true or false.`);
}

function bytesOf(node: YamlNode): number {
  const text = textOf(node, 'A size', 30);
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text);
  const unit = UNITS[(match?.[2] ?? '?').toUpperCase()];
  if (match === null || unit === undefined) throw new RulesError(node.line, `A size is a number with B, KB, MB, GB, KiB, MiB or GiB, not ${text}.`);
  return Math.round(Number(match[1]) * unit);
}

import { isAlias, isMap, isScalar, isSeq, type Scalar } from 'yaml';
import type { YamlEditOutcome } from './edit-yaml';
import { ByHand, documentOf, isBlockText, meaningOf, rangeOf, type YamlPath } from './yaml-places';
import { writeScalar } from './write-yaml';

/** Which scalars are meant: keys and numbers from the top of the document, `*` for any. */
export type ScalarPattern = readonly string[];

/** One scalar as the file means it; `beside` reads an entry of the mapping it is in. */
export interface SeenScalar {
  readonly path: YamlPath;
  readonly value: string;
  beside(key: string): unknown;
}

/** The new value of a scalar; undefined leaves it as it is. */
export type ScalarChange = (scalar: SeenScalar) => string | undefined;

const MOST_DEPTH = 40;

/**
 * Changes the values of every scalar that a pattern names, where it is written: through references (`*name`) and merges
 * (`<<`) too. Everything else stays byte for byte, and what the text means is compared with what it should mean.
 */
export function rewriteScalars(text: string, patterns: readonly ScalarPattern[], change: ScalarChange): YamlEditOutcome {
  try {
    const root = meaningOf(text);
    const splices = new Map<number, { readonly end: number; readonly written: string }>();
    for (const pattern of patterns) {
      for (const { node, path } of scalarsOf(text, pattern)) {
        const value = String(node.value);
        const wanted = change({ path, value, beside: (key) => entryAt(root, [...path.slice(0, -1), key]) });
        const [start, end] = rangeOf(node);
        const written = wanted === undefined || wanted === value ? text.slice(start, end) : rewritten(text.slice(start, end), node, wanted, path);
        const before = splices.get(start);
        if (before !== undefined && before.written !== written) throw new ByHand('It shares its settings with another part of the file, which would change with it.');
        splices.set(start, { end, written });
      }
    }
    const after = [...splices].sort(([a], [b]) => b - a).reduce((now, [start, { end, written }]) => now.slice(0, start) + written + now.slice(end), text);
    const wanted = patterns.reduce((now, pattern) => mapped(now, pattern, [], root, change), root);
    if (JSON.stringify(withoutExtensions(meaningOf(after))) !== JSON.stringify(withoutExtensions(wanted))) throw new ByHand('It shares its settings with another part of the file, which would change with it.');
    return { kind: 'edited', text: after };
  } catch (error) {
    if (error instanceof ByHand) return { kind: 'by-hand', reason: error.message };
    throw error;
  }
}

/** `x-` parts of a compose file hold what others refer to, and mean nothing by themselves. */
function withoutExtensions(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
}

function rewritten(source: string, node: Scalar, value: string, path: YamlPath): string {
  if (isBlockText(node) || node.tag !== undefined) throw new ByHand(`${path.join('.')} is not written as a plain value.`);
  const quote = source.startsWith('"') ? '"' : source.startsWith("'") ? "'" : '';
  if (quote !== '') return writeScalar(value, quote);
  // What was a number stays one; `8001:80` without quotes was somebody's choice.
  const isDigits = /^[0-9:.]+$/;
  return isDigits.test(source) && isDigits.test(value) ? value : writeScalar(value);
}

/** Every scalar with a value that a pattern names. */
function scalarsOf(text: string, pattern: ScalarPattern): readonly { readonly node: Scalar; readonly path: YamlPath }[] {
  const document = documentOf(text);
  const found: { readonly node: Scalar; readonly path: YamlPath }[] = [];
  const walk = (given: unknown, rest: ScalarPattern, path: YamlPath, depth: number): void => {
    const node: unknown = isAlias(given) ? given.resolve(document) : given;
    if (depth > MOST_DEPTH || node === undefined || node === null) return;
    const [key, ...deeper] = rest;
    if (key === undefined) {
      if (isScalar(node) && node.value !== null) found.push({ node, path });
      return;
    }
    if (isSeq(node)) node.items.forEach((item, index) => (key === '*' || key === String(index) ? walk(item, deeper, [...path, index], depth + 1) : undefined));
    if (!isMap(node)) return;
    const own = node.items.map((pair) => keyOf(pair.key));
    const seen = new Set(own);
    node.items.forEach((pair, index) => {
      const name = own[index] ?? '';
      if (name === '<<') mergedMaps(pair.value, document).forEach((map) => walkMerged(map, rest, path, depth + 1, seen));
      else if (key === '*' || key === name) walk(pair.value, deeper, [...path, name], depth + 1);
    });
  };
  const walkMerged = (node: unknown, rest: ScalarPattern, path: YamlPath, depth: number, hidden: Set<string>): void => {
    if (!isMap(node) || depth > MOST_DEPTH) return;
    const [key, ...deeper] = rest;
    for (const pair of node.items) {
      const name = keyOf(pair.key);
      if (name === '<<') mergedMaps(pair.value, document).forEach((map) => walkMerged(map, rest, path, depth + 1, hidden));
      else if (!hidden.has(name) && (key === '*' || key === name)) walk(pair.value, deeper, [...path, name], depth + 1);
      hidden.add(name);
    }
  };
  walk(document.contents, pattern, [], 0);
  return found;
}

/** The parser stands a symbol for the key of a merge. */
function keyOf(key: unknown): string {
  if (!isScalar(key)) return '';
  return typeof key.value === 'symbol' ? '<<' : String(key.value);
}

function mergedMaps(value: unknown, document: ReturnType<typeof documentOf>): readonly unknown[] {
  const node: unknown = isAlias(value) ? value.resolve(document) : value;
  return isSeq(node) ? node.items.map((item): unknown => (isAlias(item) ? item.resolve(document) : item)) : [node];
}

/** The same change on the meaning of the text. */
function mapped(value: unknown, pattern: ScalarPattern, path: YamlPath, root: unknown, change: ScalarChange): unknown {
  const [key, ...deeper] = pattern;
  if (key === undefined) return mappedScalar(value, path, root, change);
  if (Array.isArray(value)) return value.map((item: unknown, index) => (key === '*' || key === String(index) ? mapped(item, deeper, [...path, index], root, change) : item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]: [string, unknown]) => [name, key === '*' || key === name ? mapped(item, deeper, [...path, name], root, change) : item]));
}

function mappedScalar(value: unknown, path: YamlPath, root: unknown, change: ScalarChange): unknown {
  if (value === null || typeof value === 'object') return value;
  const text = String(value);
  const wanted = change({ path, value: text, beside: (key) => entryAt(root, [...path.slice(0, -1), key]) });
  if (wanted === undefined || wanted === text) return value;
  return typeof value === 'number' && /^[0-9]+$/.test(wanted) ? Number(wanted) : wanted;
}

function entryAt(root: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((now, key) => (typeof now === 'object' && now !== null ? (now as { readonly [key: string]: unknown })[String(key)] : undefined), root);
}

import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import {
  ByHand,
  columnOf,
  endOf,
  endOfLine,
  endOfPair,
  insertLines,
  isBlockText,
  isEmptyValue,
  meaningOf,
  newlineOf,
  nodeAt,
  ODD_FORM,
  pairAt,
  pairIn,
  rangeOf,
  startOfLine,
  stepOf,
  documentOf,
  type NodeMap,
  type NodePair,
  type NodeSeq,
  type YamlPath,
} from './yaml-places';
import { writeBlock, writeEntry, writeFlow, writeItem, writeScalar, type YamlValue } from './write-yaml';

/** One change of a YAML text. */
export type YamlEdit =
  /** Sets a value, with the mappings that are missing above it. A scalar keeps its quotes. `listed`: a new entry has a line for each item of its lists. */
  | { readonly kind: 'set'; readonly path: YamlPath; readonly value: YamlValue; readonly listed?: boolean | undefined }
  /** Takes an entry or an item out, and above it what has nothing left in it, down to paths of `upTo` keys (default: only itself). */
  | { readonly kind: 'remove'; readonly path: YamlPath; readonly upTo?: number | undefined }
  /** Gives an entry of a mapping another name. */
  | { readonly kind: 'rename'; readonly path: YamlPath; readonly to: string }
  /** Puts an item at the end of a list, which is made when it is missing; or behind the item with the number `after`. */
  | { readonly kind: 'append'; readonly path: YamlPath; readonly value: YamlValue; readonly after?: number | undefined }
  /** Turns a list of names into a mapping of these names: short `depends_on` into the long form. */
  | { readonly kind: 'key'; readonly path: YamlPath; readonly value: YamlValue };

/** The new text; or a sentence why it must be done by hand. */
export type YamlEditOutcome = { readonly kind: 'edited'; readonly text: string } | { readonly kind: 'by-hand'; readonly reason: string };

/**
 * Makes the changes where they are written and nothing else: comments, quotes and spaces of the rest stay byte for byte.
 * What the new text means is compared with what the changes should make of the old one: where anything else would change
 * with it (an anchor, a merge), it is left to be done by hand.
 */
export function editYaml(text: string, edits: readonly YamlEdit[]): YamlEditOutcome {
  try {
    const wanted = { root: meaningOf(text) };
    let now = text;
    for (const edit of edits) {
      now = apply(now, edit);
      applyToMeaning(wanted, edit);
    }
    if (canonical(meaningOf(now)) !== canonical(wanted.root)) throw new ByHand('It shares its settings with another part of the file, which would change with it.');
    return { kind: 'edited', text: now };
  } catch (error) {
    if (error instanceof ByHand) return { kind: 'by-hand', reason: error.message };
    throw error;
  }
}

function apply(text: string, edit: YamlEdit): string {
  switch (edit.kind) {
    case 'set':
      return setValue(text, edit.path, edit.value, edit.listed);
    case 'remove':
      return removeValue(text, edit.path, edit.upTo ?? edit.path.length);
    case 'rename':
      return renameKey(text, edit.path, edit.to);
    case 'append':
      return appendItem(text, edit.path, edit.value, edit.after);
    case 'key':
      return keyed(text, edit.path, edit.value);
  }
}

function setValue(text: string, path: YamlPath, value: YamlValue, listed = false): string {
  const last = path.at(-1);
  if (typeof last === 'number') {
    const node = nodeAt(text, path);
    if (node === undefined) throw new ByHand(`${path.join('.')} is not in the file.`);
    return replaceNode(text, node, value, path);
  }
  const existing = pairAt(text, path);
  if (existing === undefined) return insertEntry(text, path, value, listed);
  const { pair } = existing;
  if (!isEmptyValue(pair.value)) return replaceNode(text, pair.value, value, path);
  const [keyStart, keyEnd] = rangeOf(pair.key);
  const colon = text.indexOf(':', keyEnd);
  const below = existing.map.flow === true ? null : writeBlock(value, columnOf(text, keyStart) + stepOf(text), stepOf(text));
  if (below !== null) return insertLines(text, endOfLine(text, keyEnd), below);
  return `${text.slice(0, colon + 1)} ${writeFlow(value)}${text.slice(colon + 1)}`;
}

function replaceNode(text: string, node: unknown, value: YamlValue, path: YamlPath): string {
  if (isAlias(node)) throw new ByHand('It is written as a reference to another part of the file.');
  if ((isScalar(node) || isMap(node) || isSeq(node)) && (node.anchor !== undefined || node.tag !== undefined)) throw new ByHand(`${path.join('.')} is not written as a plain value.`);
  const [start] = rangeOf(node);
  const end = endOf(node);
  if (isScalar(node) && !isBlockText(node) && (typeof value !== 'object' || value === null)) {
    const written = text.slice(start, end);
    if (written.includes('$')) throw new ByHand(`A variable decides ${path.join('.')}: set it where the variable comes from.`);
    const quote = written.startsWith('"') ? '"' : written.startsWith("'") ? "'" : '';
    return text.slice(0, start) + writeScalar(value, quote) + text.slice(end);
  }
  const isBlock = (isMap(node) || isSeq(node)) && node.flow !== true;
  if (!isBlock) return text.slice(0, start) + writeFlow(value) + text.slice(isBlockText(node) ? end : rangeOf(node)[1]);
  const lines = writeBlock(value, columnOf(text, start), stepOf(text));
  if (lines !== null) return text.slice(0, start) + lines.join(newlineOf(text)).trimStart() + text.slice(end);
  // What stood on lines of its own goes onto the line of its key.
  const keyLine = text.slice(0, startOfLine(text, start)).replace(/[ \t]*(\r?\n)$/, '');
  return `${keyLine} ${writeFlow(value)}${text.slice(end)}`;
}

/** The mapping at the end of as much of the path as is there, and the keys that are still missing. */
function walk(text: string, path: YamlPath): { readonly map: NodeMap; readonly above: NodePair | undefined; readonly rest: readonly string[] } {
  let map: unknown = documentOf(text).contents;
  let above: NodePair | undefined;
  for (const [index, key] of path.entries()) {
    if (isSeq(map) && typeof key === 'number') {
      map = map.items[key];
      continue;
    }
    if (!isMap(map)) throw new ByHand(isAlias(map) ? 'It is written as a reference to another part of the file.' : `${path.slice(0, index).join('.')} is not written as a mapping.`);
    const pair = pairIn(map, key);
    if (pair === undefined) return { map, above, rest: path.slice(index).map(String) };
    above = pair;
    // `deploy:` with nothing behind it: what is missing is written below it.
    if (isEmptyValue(pair.value)) return { map, above, rest: path.slice(index + 1).map(String) };
    map = pair.value;
  }
  throw new Error('The whole path is there.');
}

function insertEntry(text: string, path: YamlPath, value: YamlValue, listed: boolean): string {
  const { map, above, rest } = walk(text, path);
  const [key = '', ...deeper] = rest;
  const inner = deeper.reduceRight<YamlValue>((below, one) => ({ [one]: below }), value);
  if (above !== undefined && isEmptyValue(above.value)) {
    if (map.flow === true) throw new ByHand('It is written on one line with nothing behind its name.');
    return insertLines(text, endOfLine(text, rangeOf(above.key)[1]), writeEntry(key, inner, columnOf(text, rangeOf(above.key)[0]) + stepOf(text), stepOf(text), listed));
  }
  if (map.flow === true) {
    const entry = `${writeScalar(key)}: ${writeFlow(inner)}`;
    const last = map.items.at(-1);
    if (last !== undefined) return splice(text, endOfPair(last), `, ${entry}`);
    const at = text.indexOf('{', rangeOf(map)[0]) + 1;
    return `${text.slice(0, at)} ${entry} ${text.slice(at).replace(/^ +/, '')}`;
  }
  const first = map.items[0];
  if (first === undefined) throw new ByHand(ODD_FORM);
  // After the last entry, in front of comments and blank lines that follow it: those belong to what comes next.
  return insertLines(text, endOfLine(text, endOf(map)), writeEntry(key, inner, columnOf(text, rangeOf(first.key)[0]), stepOf(text), listed));
}

function appendItem(text: string, path: YamlPath, value: YamlValue, after: number | undefined): string {
  const node = nodeAt(text, path);
  if (node === undefined || isEmptyValue(node)) return setValue(text, path, [value]);
  if (!isSeq(node)) throw new ByHand(`${path.join('.')} is not written as a list.`);
  const last = node.items.at(after ?? -1);
  if (node.flow === true) {
    if (last !== undefined) return splice(text, endOf(last), `, ${writeFlow(value)}`);
    return splice(text, text.indexOf('[', rangeOf(node)[0]) + 1, writeFlow(value));
  }
  return insertLines(text, endOfLine(text, after === undefined ? endOf(node) : endOf(last)), writeItem(value, dashColumn(text, rangeOf(node.items[0])[0]), stepOf(text)));
}

function renameKey(text: string, path: YamlPath, to: string): string {
  const found = pairAt(text, path);
  if (found === undefined) throw new ByHand(`${path.join('.')} is not in the file.`);
  const [start, end] = rangeOf(found.pair.key);
  const quote = text[start] === '"' ? '"' : text[start] === "'" ? "'" : '';
  return text.slice(0, start) + writeScalar(to, quote) + text.slice(end);
}

/** `- db` becomes `db:` with the value below it; a comment behind the name stays behind it. */
function keyed(text: string, path: YamlPath, value: YamlValue): string {
  const node = nodeAt(text, path);
  if (!isSeq(node)) throw new ByHand(`${path.join('.')} is not written as a list.`);
  const names = node.items.map((item) => {
    if (!isScalar(item) || typeof item.value !== 'string' || item.anchor !== undefined) throw new ByHand(ODD_FORM);
    return { name: item.value, range: rangeOf(item) };
  });
  if (node.flow === true) {
    const [start, end] = rangeOf(node);
    return text.slice(0, start) + writeFlow(Object.fromEntries(names.map(({ name }) => [name, value]))) + text.slice(end);
  }
  const step = stepOf(text);
  return [...names].reverse().reduce((now, { name, range }) => {
    const column = dashColumn(now, range[0]);
    const below = writeBlock(value, column + step, step);
    if (below === null) throw new ByHand(ODD_FORM);
    const withLines = insertLines(now, endOfLine(now, range[1]), below);
    const line = startOfLine(withLines, range[0]);
    return `${withLines.slice(0, line)}${' '.repeat(column)}${writeScalar(name)}:${withLines.slice(range[1])}`;
  }, text);
}

/** Where the dash of the item that starts here stands. */
function dashColumn(text: string, at: number): number {
  const line = text.slice(startOfLine(text, at), at);
  const match = /^( *)- +$/.exec(line);
  if (match?.[1] === undefined) throw new ByHand(ODD_FORM);
  return match[1].length;
}

function removeValue(text: string, path: YamlPath, upTo: number): string {
  const parent = nodeAt(text, path.slice(0, -1));
  const key = path.at(-1);
  if (isSeq(parent) && typeof key === 'number') {
    if (parent.items.length === 1 && path.length > upTo) return removeValue(text, path.slice(0, -1), upTo);
    return removeItem(text, parent, key, path);
  }
  const found = pairAt(text, path);
  if (found === undefined) return text;
  const { map, pair } = found;
  if (map.items.length === 1) {
    if (path.length > upTo) return removeValue(text, path.slice(0, -1), upTo);
    throw new ByHand(`${path.slice(0, -1).join('.')} would have nothing left.`);
  }
  const start = rangeOf(pair.key)[0];
  if (map.flow === true) return cutFromFlow(text, map.items.map((one) => [rangeOf(one.key)[0], endOfPair(one)] as const), map.items.indexOf(pair));
  if (columnOf(text, start) !== start - startOfLine(text, start) || text.slice(startOfLine(text, start), start).includes('-')) throw new ByHand(ODD_FORM);
  return text.slice(0, startOfLine(text, start)) + text.slice(endOfLine(text, endOfPair(pair)));
}

function removeItem(text: string, list: NodeSeq, index: number, path: YamlPath): string {
  const item = list.items[index];
  if (item === undefined) return text;
  if (list.items.length === 1) throw new ByHand(`${path.slice(0, -1).join('.')} would have nothing left.`);
  if (list.flow === true) return cutFromFlow(text, list.items.map((one) => [rangeOf(one)[0], endOf(one)] as const), index);
  dashColumn(text, rangeOf(item)[0]);
  return text.slice(0, startOfLine(text, rangeOf(item)[0])) + text.slice(endOfLine(text, endOf(item)));
}

function cutFromFlow(text: string, ranges: readonly (readonly [number, number])[], index: number): string {
  const [start, end] = ranges[index] ?? [0, 0];
  const next = ranges[index + 1];
  const before = ranges[index - 1];
  if (next !== undefined) return text.slice(0, start) + text.slice(next[0]);
  if (before === undefined) throw new ByHand(ODD_FORM);
  return text.slice(0, before[1]) + text.slice(end);
}

function splice(text: string, at: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at);
}

type Loose = { [key: string]: unknown } | unknown[];

/** The same change on the meaning of the text. */
function applyToMeaning(holder: { root: unknown }, edit: YamlEdit): void {
  const last = edit.path.at(-1);
  if (last === undefined) throw new ByHand(ODD_FORM);
  const trail = [holder as Loose];
  const keys: (string | number)[] = ['root', ...edit.path];
  for (const key of keys.slice(0, -1)) {
    const owner = trail.at(-1) as { [key: string]: unknown };
    const below = owner[String(key)];
    if (typeof below !== 'object' || below === null) {
      if (edit.kind === 'remove') return;
      owner[String(key)] = {};
    }
    trail.push(owner[String(key)] as Loose);
  }
  const owner = trail.at(-1) as { [key: string]: unknown };
  const name = String(last);
  if (edit.kind === 'set') owner[name] = plain(edit.value);
  else if (edit.kind === 'append') owner[name] = withItem(Array.isArray(owner[name]) ? (owner[name] as unknown[]) : [], edit.value, edit.after);
  else if (edit.kind === 'key') owner[name] = Object.fromEntries((Array.isArray(owner[name]) ? (owner[name] as unknown[]) : []).map((one) => [String(one), plain(edit.value)]));
  else if (edit.kind === 'rename') {
    owner[edit.to] = owner[name];
    delete owner[name];
  } else removeFromMeaning(trail, keys, edit.upTo ?? edit.path.length);
}

function withItem(items: readonly unknown[], value: YamlValue, after: number | undefined): unknown[] {
  const at = after === undefined ? items.length : after + 1;
  return [...items.slice(0, at), plain(value), ...items.slice(at)];
}

function removeFromMeaning(trail: readonly Loose[], keys: readonly (string | number)[], upTo: number): void {
  for (let depth = trail.length - 1; depth >= 0; depth -= 1) {
    const owner = trail[depth];
    const key = keys[depth];
    if (owner === undefined || key === undefined) return;
    if (Array.isArray(owner)) owner.splice(Number(key), 1);
    else delete owner[String(key)];
    if (Object.keys(owner).length > 0 || depth <= upTo) return;
  }
}

function plain(value: YamlValue): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

/** JSON with sorted keys: the order of entries means nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'object' && one !== null && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one));
}

import { isAlias, isMap, isNode, isScalar, isSeq, parseAllDocuments, type Document, type Pair, type YAMLMap } from 'yaml';
import type { Resources } from './presets';

/** The new text; or a sentence why it must be done by hand. */
export type ResourcesEdit = { readonly kind: 'edited'; readonly text: string } | { readonly kind: 'by-hand'; readonly reason: string };

type Path = readonly string[];
type NodeMap = YAMLMap<unknown, unknown>;
type NodePair = Pair<unknown, unknown>;

const MIB = 1024 * 1024;
const RESOURCES: readonly { readonly path: Path; readonly of: keyof Resources; readonly write: (value: number) => string }[] = [
  { path: ['limits', 'cpus'], of: 'cpus', write: writtenCpus },
  { path: ['limits', 'memory'], of: 'memoryBytes', write: writtenMemory },
  { path: ['reservations', 'cpus'], of: 'reservedCpus', write: writtenCpus },
  { path: ['reservations', 'memory'], of: 'reservedMemoryBytes', write: writtenMemory },
];

/**
 * Sets CPUs and memory under `deploy.resources` of one service (0 removes an entry) and nothing else: comments, quotes
 * and spaces of the rest stay byte for byte. What the new text means is compared with the old one: where anything else
 * would change with it (an anchor, a merge), it is left to be done by hand.
 */
export function editResources(text: string, service: string, resources: Resources): ResourcesEdit {
  try {
    let now = text;
    for (const { path, of, write } of RESOURCES) {
      const full = ['services', service, 'deploy', 'resources', ...path];
      now = resources[of] === 0 ? removeValue(now, full) : setValue(now, full, write(resources[of]));
    }
    verify(text, now, service, resources);
    return { kind: 'edited', text: now };
  } catch (error) {
    if (error instanceof ByHand) return { kind: 'by-hand', reason: error.message };
    throw error;
  }
}

/** True when the text gives this service a map of its own under `services`. */
export function declaresService(text: string, service: string): 'no' | 'yes' | 'with-resources' {
  try {
    const node = documentOf(text).getIn(['services', service]);
    if (!isMap(node)) return node === undefined ? 'no' : 'yes';
    return node.hasIn(['deploy', 'resources']) ? 'with-resources' : 'yes';
  } catch (error) {
    if (error instanceof ByHand) return 'no';
    throw error;
  }
}

class ByHand extends Error {}

function writtenCpus(value: number): string {
  return JSON.stringify(String(value));
}

function writtenMemory(value: number): string {
  return value % (1024 * MIB) === 0 ? `${String(value / (1024 * MIB))}G` : `${String(Math.round(value / MIB))}M`;
}

function documentOf(text: string): Document.Parsed {
  const documents = parseAllDocuments(text, { merge: true, logLevel: 'silent' });
  const [only] = documents;
  if (documents.length !== 1 || only === undefined || !('contents' in only) || only.errors.length > 0) throw new ByHand('The file is not one plain YAML document.');
  return only as Document.Parsed;
}

/** The map at the end of as much of the path as is there, and the keys that are still missing. */
function walk(text: string, path: Path): { readonly map: NodeMap; readonly pairs: readonly NodePair[]; readonly rest: Path } {
  let map: unknown = documentOf(text).contents;
  const pairs: NodePair[] = [];
  for (const [index, key] of path.entries()) {
    if (!isMap(map)) throw new ByHand(isAlias(map) ? 'It is written as a reference to another part of the file.' : `${path.slice(0, index).join('.')} is not written as a mapping.`);
    const own = map as NodeMap;
    const pair = own.items.find((one) => isScalar(one.key) && one.key.value === key);
    if (pair === undefined) return { map: own, pairs, rest: path.slice(index) };
    pairs.push(pair);
    // `deploy:` with nothing behind it: what is missing is written below it.
    if (isEmptyValue(pair.value) && index < path.length - 1) return { map: own, pairs, rest: path.slice(index + 1) };
    map = pair.value;
  }
  throw new Error('The whole path is there.');
}

function isEmptyValue(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null && (node.source ?? '') === '' && node.anchor === undefined && node.tag === undefined);
}

function pairAt(text: string, path: Path): { readonly map: NodeMap; readonly pair: NodePair } | undefined {
  const parent = documentOf(text).getIn(path.slice(0, -1));
  if (!isMap(parent)) return undefined;
  const map = parent as NodeMap;
  const pair = map.items.find((one) => isScalar(one.key) && one.key.value === path.at(-1));
  return pair === undefined ? undefined : { map, pair };
}

function setValue(text: string, path: Path, value: string): string {
  const existing = pairAt(text, path);
  if (existing !== undefined && !isEmptyValue(existing.pair.value)) {
    const node = existing.pair.value;
    if (!isScalar(node) || node.anchor !== undefined || node.tag !== undefined || isBlockText(node)) throw new ByHand(`${path.join('.')} is not written as a plain value.`);
    const [start, end] = rangeOf(node);
    if (text.slice(start, end).includes('$')) throw new ByHand(`A variable decides ${path.slice(2).join('.')}: set it where the variable comes from.`);
    return text.slice(0, start) + value + text.slice(end);
  }
  if (existing !== undefined) {
    const [, keyEnd] = rangeOf(existing.pair.key);
    const colon = text.indexOf(':', keyEnd);
    return `${text.slice(0, colon + 1)} ${value}${text.slice(colon + 1)}`;
  }
  const { map, pairs, rest } = walk(text, path);
  if (pairs.length === 0) throw new ByHand('The file has no services.');
  const lastPair = pairs.at(-1);
  if (lastPair !== undefined && isEmptyValue(lastPair.value)) {
    if (map.flow === true) throw new ByHand('It is written on one line with nothing behind its name.');
    return insertLines(text, endOfLine(text, rangeOf(lastPair.key)[1]), chain(rest, value, columnOf(text, rangeOf(lastPair.key)[0]) + stepOf(text), stepOf(text)));
  }
  return map.flow === true ? insertInFlow(text, map, rest, value) : insertInBlock(text, map, rest, value);
}

function insertInFlow(text: string, map: NodeMap, rest: Path, value: string): string {
  const inner = rest.reduceRight((below, key, index) => (index === rest.length - 1 ? `${key}: ${below}` : `${key}: { ${below} }`), value);
  const last = map.items.at(-1);
  if (last === undefined) {
    const at = text.indexOf('{', rangeOf(map)[0]) + 1;
    return `${text.slice(0, at)} ${inner} ${text.slice(at).replace(/^ +/, '')}`;
  }
  const at = endOfPair(last);
  return `${text.slice(0, at)}, ${inner}${text.slice(at)}`;
}

function insertInBlock(text: string, map: NodeMap, rest: Path, value: string): string {
  const [first] = map.items;
  if (first === undefined) throw new ByHand('It is written in a form that Berth does not change.');
  const start = rangeOf(first.key)[0];
  const indent = columnOf(text, start);
  // After the last entry, in front of comments and blank lines that follow it: those belong to what comes next.
  return insertLines(text, endOfLine(text, endOf(map)), chain(rest, value, indent, stepOf(text)));
}

/** Behind the last written character of a node. */
function endOf(node: unknown): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOfPair(last);
  }
  if (isSeq(node) && node.flow !== true && node.items.length > 0) return endOf(node.items.at(-1));
  const end = rangeOf(node)[1];
  // A block text ends behind its last line break.
  return isBlockText(node) ? end - 1 : end;
}

function endOfPair(pair: NodePair): number {
  return isEmptyValue(pair.value) ? rangeOf(pair.key)[1] : endOf(pair.value);
}

function isBlockText(node: unknown): boolean {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
}

function chain(rest: Path, value: string, indent: number, step: number): readonly string[] {
  return rest.map((key, index) => `${' '.repeat(indent + index * step)}${key}:${index === rest.length - 1 ? ` ${value}` : ''}`);
}

function insertLines(text: string, at: number, lines: readonly string[]): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  if (at >= text.length) return `${text}${text.endsWith('\n') || text === '' ? '' : newline}${lines.join(newline)}${text.endsWith('\n') ? newline : ''}`;
  return `${text.slice(0, at)}${lines.map((line) => line + newline).join('')}${text.slice(at)}`;
}

/** Behind the line break of the line this place is on. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

function columnOf(text: string, at: number): number {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  if (!/^[ ]*$/.test(line)) throw new ByHand('It is written in a form that Berth does not change.');
  return line.length;
}

/** How deep this file indents. */
function stepOf(text: string): number {
  const services = pairAt(text, ['services']);
  const value = services?.pair.value;
  const first = isMap(value) && value.flow !== true ? (value as NodeMap).items[0] : undefined;
  if (services === undefined || first === undefined) return 2;
  const step = columnOf(text, rangeOf(first.key)[0]) - columnOf(text, rangeOf(services.pair.key)[0]);
  return step > 0 ? step : 2;
}

function rangeOf(node: unknown): readonly [number, number] {
  const range = isNode(node) ? node.range : undefined;
  if (range === undefined || range === null) throw new ByHand('It is written in a form that Berth does not change.');
  return [range[0], range[1]];
}

/** Removes an entry, and the mappings above it that have nothing left in them, up to `deploy`. */
function removeValue(text: string, path: Path): string {
  let target = path;
  let found = pairAt(text, target);
  if (found === undefined) return text;
  while (found.map.items.length === 1 && target.length > 3) {
    const above = pairAt(text, target.slice(0, -1));
    if (above === undefined) break;
    target = target.slice(0, -1);
    found = above;
  }
  const { map, pair } = found;
  if (map.items.length === 1) throw new ByHand('The service would have nothing left.');
  const start = rangeOf(pair.key)[0];
  const end = endOfPair(pair);
  if (map.flow !== true) {
    columnOf(text, start);
    return text.slice(0, text.lastIndexOf('\n', start - 1) + 1) + text.slice(endOfLine(text, end));
  }
  const index = map.items.indexOf(pair);
  const next = map.items[index + 1];
  const before = map.items[index - 1];
  if (next !== undefined) return text.slice(0, start) + text.slice(rangeOf(next.key)[0]);
  if (before === undefined) throw new ByHand('It is written in a form that Berth does not change.');
  return text.slice(0, endOfPair(before)) + text.slice(end);
}

/** Everything but the four values must mean what it meant. */
function verify(before: string, after: string, service: string, resources: Resources): void {
  const [old, now] = [meaning(before, service), meaning(after, service)];
  if (old.rest !== now.rest) throw new ByHand('It shares its settings with another part of the file, which would change with it.');
  for (const { path, of, write } of RESOURCES) {
    const value = now.values[path.join('.')];
    const wanted = resources[of] === 0 ? undefined : write(resources[of]).replace(/"/g, '');
    if ((value === undefined || value === null ? undefined : String(value)) !== wanted) throw new ByHand('It is written in a form that Berth does not change.');
  }
}

function meaning(text: string, service: string): { readonly rest: string; readonly values: { readonly [path: string]: unknown } } {
  let whole: unknown;
  try {
    whole = documentOf(text).toJS({ maxAliasCount: 1000 });
  } catch (error) {
    throw error instanceof ByHand ? error : new ByHand('The file is too tangled to be changed safely.');
  }
  const values: { [path: string]: unknown } = {};
  // A copy without sharing: an alias elsewhere must keep what is taken out here.
  const copy = structuredCloneOf(whole);
  const found = record(record(record(copy)['services'])[service]);
  const deploy = record(found['deploy']);
  const all = record(deploy['resources']);
  for (const { path } of RESOURCES) {
    const [group = '', key = ''] = path;
    const owner = record(all[group]);
    values[path.join('.')] = owner[key];
    delete owner[key];
    if (Object.keys(owner).length === 0) delete all[group];
  }
  if (Object.keys(all).length === 0) delete deploy['resources'];
  if (Object.keys(deploy).length === 0) delete found['deploy'];
  return { rest: JSON.stringify(copy), values };
}

function structuredCloneOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null)) as unknown;
}

function record(value: unknown): { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { [key: string]: unknown }) : {};
}

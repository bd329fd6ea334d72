import { isAlias, isMap, isNode, isScalar, isSeq, parseAllDocuments, type Document, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';

/** Keys of mappings and numbers of list items, from the top of the document. */
export type YamlPath = readonly (string | number)[];
export type NodeMap = YAMLMap<unknown, unknown>;
export type NodeSeq = YAMLSeq;
export type NodePair = Pair<unknown, unknown>;

/** Why a change must be made by a person, as one sentence. */
export class ByHand extends Error {}

export const ODD_FORM = 'It is written in a form that Berth does not change.';

/** One change looks at the same text many times; nothing changes the document. */
let parsed: { readonly text: string; readonly document: Document.Parsed } | undefined;

/** The one document of a file. Throws ByHand for several, for broken ones and for templates. */
export function documentOf(text: string): Document.Parsed {
  if (parsed?.text !== text) parsed = { text, document: parseOne(text) };
  return parsed.document;
}

function parseOne(text: string): Document.Parsed {
  const documents = parseAllDocuments(text, { merge: true, logLevel: 'silent' });
  const [only] = documents;
  if (documents.length !== 1 || only === undefined || !('contents' in only) || only.errors.length > 0) throw new ByHand('The file is not one plain YAML document.');
  return only as Document.Parsed;
}

/** What the text means, as a copy in which nothing is shared. */
export function meaningOf(text: string): unknown {
  try {
    const value: unknown = documentOf(text).toJS({ maxAliasCount: 1000 });
    return JSON.parse(JSON.stringify(value ?? null)) as unknown;
  } catch (error) {
    throw error instanceof ByHand ? error : new ByHand('The file is too tangled to be changed safely.');
  }
}

export function pairIn(map: NodeMap, key: string | number): NodePair | undefined {
  return map.items.find((one) => isScalar(one.key) && String(one.key.value) === String(key));
}

/** The node at a path; undefined when it is not there. Throws ByHand where the way leads through a reference to another part of the file. */
export function nodeAt(text: string, path: YamlPath): unknown {
  let node: unknown = documentOf(text).contents;
  for (const [index, key] of path.entries()) {
    if (isAlias(node)) throw new ByHand('It is written as a reference to another part of the file.');
    if (isMap(node)) node = pairIn(node, key)?.value;
    else if (isSeq(node) && typeof key === 'number') node = node.items[key];
    else if (node === undefined || isEmptyValue(node)) return undefined;
    else throw new ByHand(`${path.slice(0, index).join('.')} is not written as a ${typeof key === 'number' ? 'list' : 'mapping'}.`);
  }
  return node;
}

/** The mapping and the entry at a path; undefined when there is none. */
export function pairAt(text: string, path: YamlPath): { readonly map: NodeMap; readonly pair: NodePair } | undefined {
  const parent = nodeAt(text, path.slice(0, -1));
  const key = path.at(-1);
  if (!isMap(parent) || key === undefined) return undefined;
  const pair = pairIn(parent, key);
  return pair === undefined ? undefined : { map: parent, pair };
}

/** `deploy:` with nothing behind it. */
export function isEmptyValue(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null && (node.source ?? '') === '' && node.anchor === undefined && node.tag === undefined);
}

export function isBlockText(node: unknown): boolean {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
}

/** Where a node begins and ends in the text. */
export function rangeOf(node: unknown): readonly [number, number] {
  const range = isNode(node) ? node.range : undefined;
  if (range === undefined || range === null) throw new ByHand(ODD_FORM);
  return [range[0], range[1]];
}

/** Behind the last written character of a node. */
export function endOf(node: unknown): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOfPair(last);
  }
  if (isSeq(node) && node.flow !== true && node.items.length > 0) return endOf(node.items.at(-1));
  const end = rangeOf(node)[1];
  // A block text ends behind its last line break.
  return isBlockText(node) ? end - 1 : end;
}

export function endOfPair(pair: NodePair): number {
  return isEmptyValue(pair.value) ? rangeOf(pair.key)[1] : endOf(pair.value);
}

/** Behind the line break of the line this place is on. */
export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

export function startOfLine(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** How far a place is indented; ByHand when something else than spaces, or the dashes of lists, stands before it on its line. */
export function columnOf(text: string, at: number): number {
  const line = text.slice(startOfLine(text, at), at);
  if (!/^[ ]*(?:- +)*$/.test(line)) throw new ByHand(ODD_FORM);
  return line.length;
}

/** How deep this file indents. */
export function stepOf(text: string): number {
  const contents: unknown = documentOf(text).contents;
  if (!isMap(contents)) return 2;
  for (const pair of contents.items) {
    if (!isMap(pair.value) || pair.value.flow === true) continue;
    const first = pair.value.items[0];
    if (first === undefined) continue;
    const step = columnOf(text, rangeOf(first.key)[0]) - columnOf(text, rangeOf(pair.key)[0]);
    if (step > 0) return step;
  }
  return 2;
}

export function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Lines put in at the start of a line, or at the end of the text. */
export function insertLines(text: string, at: number, lines: readonly string[]): string {
  const newline = newlineOf(text);
  if (at >= text.length) return `${text}${text.endsWith('\n') || text === '' ? '' : newline}${lines.join(newline)}${text.endsWith('\n') ? newline : ''}`;
  return `${text.slice(0, at)}${lines.map((line) => line + newline).join('')}${text.slice(at)}`;
}

/** The path of what begins at a line and a column; undefined when nothing does, or when several parts of the file share it. */
export function pathAt(text: string, line: number, column: number): YamlPath | undefined {
  const offset = text.split('\n').slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  const walk = (node: unknown, path: YamlPath): YamlPath | undefined => {
    if (isNode(node) && node.range?.[0] === offset && path.length > 0) return path;
    const below: readonly (readonly [string | number, unknown])[] = isSeq(node) ? node.items.map((item, index) => [index, item] as const) : isMap(node) ? node.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair.value] as const] : [])) : [];
    for (const [key, item] of below) {
      const found = walk(item, [...path, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(documentOf(text).contents, []);
}

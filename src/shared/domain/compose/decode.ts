import type { Json } from '../../kernel/json';
import { fieldsOf, type Field, type FieldKind } from './fields';
import { compareBytes, float32, formatDuration, parseBoolean, parseByteSize, parseDuration, parseFloatText, parseInteger, splitCommand } from './go-values';
import { isNull, isString, kindInWords, textOf, type ComposeNode, type MapNode } from './node';
import { composeInvalid, dotted } from './refusals';

export type JsonMap = { [key: string]: Json };
type Path = readonly string[];

export function emptyJsonMap(): JsonMap {
  return Object.create(null) as JsonMap;
}

/** The JSON of one part of the model from its long-form tree. Throws compose-invalid for a value that is not one. */
export function decodePart(part: string, node: MapNode, path: Path): JsonMap {
  const result = emptyJsonMap();
  for (const field of fieldsOf(part)) {
    const value = decodeField(field, node, path);
    if (value !== undefined) result[field[0]] = value;
  }
  return result;
}

/** Kinds that print something where nothing was written. */
const ALWAYS_THERE: ReadonlySet<FieldKind> = new Set<FieldKind>(['text!', 'bool!', 'int!', 'bytes!', 'command']);

function decodeField([name, kind]: Field, parent: MapNode, path: Path): Json | undefined {
  // Two old structures print their Go names (Path, Rate) but read lower-case keys.
  const node = parent.entries.get(name) ?? (name < 'a' ? parent.entries.get(name.toLowerCase()) : undefined);
  // Most of the keys there are were not written: this is where most of the time would go.
  if (node === undefined && (typeof kind === 'string' ? !ALWAYS_THERE.has(kind) : kind.as !== 'always')) return undefined;
  const here = [...path, name];
  if (typeof kind === 'string') return decodeValue(kind, node, here);
  if (kind.as === 'always') return decodePart(kind.part, node !== undefined && node.kind === 'map' ? node : { kind: 'map', entries: new Map(), at: parent.at }, here);
  if (node === undefined || isNull(node)) return undefined;
  switch (kind.as) {
    case 'one':
      return node.kind === 'map' ? decodePart(kind.part, node, here) : undefined;
    case 'list': {
      if (node.kind !== 'list' || node.items.length === 0) return undefined;
      return node.items.map((item, index) => (item.kind === 'map' ? decodePart(kind.part, item, [...here, String(index)]) : emptyJsonMap()));
    }
    case 'map': {
      if (node.kind !== 'map' || node.entries.size === 0) return undefined;
      return sortedMap(node, (value, key) => (value.kind === 'map' ? decodePart(kind.part, value, [...here, key]) : null));
    }
  }
}

function sortedMap(node: MapNode, decode: (value: ComposeNode, key: string) => Json): JsonMap {
  const result = emptyJsonMap();
  for (const key of [...node.entries.keys()].sort(compareBytes)) result[key] = decode(node.entries.get(key) as ComposeNode, key);
  return result;
}

function decodeValue(kind: FieldKind, node: ComposeNode | undefined, path: Path): Json | undefined {
  switch (kind) {
    case 'text':
      return textOf(node) === '' ? undefined : textOf(node);
    case 'text!':
      return textOf(node) ?? '';
    case 'texts':
      return node !== undefined && textList(node).length > 0 ? textList(node) : undefined;
    case 'bool':
      return boolOf(node, path) === true ? true : undefined;
    case 'bool?':
      return boolOf(node, path);
    case 'bool!':
      return boolOf(node, path) ?? false;
    case 'unless-true':
      return boolOf(node, path) === false ? false : undefined;
    case 'int':
      return numberOf(node, path, true) === 0 ? undefined : numberOf(node, path, true);
    case 'int?':
      return numberOf(node, path, true);
    case 'int!':
      return numberOf(node, path, true) ?? 0;
    case 'float': {
      const number = numberOf(node, path, false);
      return number === undefined || number === 0 ? undefined : float32(number);
    }
    case 'bytes':
      return bytesOf(node, path) === '0' ? undefined : bytesOf(node, path);
    case 'bytes!':
      return bytesOf(node, path) ?? '0';
    case 'duration':
      return durationOf(node, path) === '0s' ? undefined : durationOf(node, path);
    case 'duration?':
      return durationOf(node, path);
    case 'command':
      return commandOf(node, path);
    case 'test':
      return testOf(node);
    case 'mapping':
      return mappingOf(node, '', path);
    case 'pairs':
      return mappingOf(node, null, path);
    case 'hosts':
      return hostsOf(node, path);
    case 'mode':
      return modeOf(node, path);
    case 'count':
      return countOf(node, path);
    case 'ssh':
      return node?.kind === 'map' && node.entries.size > 0 ? Object.values(sortedMap(node, (value, key) => (isNull(value) ? key : `${key}=${textOf(value) ?? ''}`))) : undefined;
    case 'ulimits':
      return ulimitsOf(node, path);
    case 'multi':
      return node?.kind === 'map' && node.entries.size > 0 ? sortedMap(node, (value) => textList(value)) : undefined;
  }
}

function textList(node: ComposeNode): string[] {
  return node.kind === 'list' ? node.items.map((item) => (item.kind === 'scalar' ? item.text : '')) : isNull(node) ? [] : [textOf(node) ?? ''];
}

function wrong(path: Path, node: ComposeNode, what: string) {
  return composeInvalid(`${dotted(path)} must be ${what}, but it is ${isString(node) ? `"${node.text}"` : kindInWords(node)}.`, node.at);
}

function boolOf(node: ComposeNode | undefined, path: Path): boolean | undefined {
  if (node === undefined || node.kind !== 'scalar' || isNull(node)) return undefined;
  if (typeof node.value === 'boolean') return node.value;
  const parsed = parseBoolean(node.text);
  if (parsed === undefined) throw wrong(path, node, 'true or false');
  return parsed.value;
}

function numberOf(node: ComposeNode | undefined, path: Path, whole: boolean): number | undefined {
  if (node === undefined || node.kind !== 'scalar' || isNull(node)) return undefined;
  const number = typeof node.value === 'number' ? node.value : whole ? parseInteger(node.text) : parseFloatText(node.text);
  if (number === undefined) throw wrong(path, node, 'a number');
  return whole ? Math.trunc(number) : number;
}

function bytesOf(node: ComposeNode | undefined, path: Path): string | undefined {
  if (node === undefined || node.kind !== 'scalar' || isNull(node)) return undefined;
  if (node.type === 'int') return node.text;
  if (node.type !== 'string') return '0'; // compose drops a size written as a fraction
  const size = parseByteSize(node.text);
  if (size === undefined) throw wrong(path, node, 'a size such as 512m');
  return size;
}

function durationOf(node: ComposeNode | undefined, path: Path): string | undefined {
  const text = textOf(node);
  if (node === undefined || text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration === undefined) throw wrong(path, node, 'a time such as 30s or 1m30s');
  return formatDuration(duration);
}

function commandOf(node: ComposeNode | undefined, path: Path): Json {
  if (node === undefined || isNull(node)) return null;
  if (node.kind === 'list') return textList(node);
  const words = splitCommand(textOf(node) ?? '');
  if (words === undefined) throw composeInvalid(`${dotted(path)} cannot be split into words: quotes or brackets do not match.`, node.at);
  return words;
}

function testOf(node: ComposeNode | undefined): Json | undefined {
  if (node === undefined || isNull(node)) return undefined;
  if (node.kind === 'list') return node.items.length === 0 ? undefined : textList(node);
  return ['CMD-SHELL', textOf(node) ?? ''];
}

/** A map, or a list of `key=value`; `missing` is the value of a key without one. */
function mappingOf(node: ComposeNode | undefined, missing: '' | null, path: Path): Json | undefined {
  if (node === undefined || isNull(node)) return undefined;
  if (node.kind === 'map') return node.entries.size === 0 ? undefined : sortedMap(node, (value) => textOf(value) ?? missing);
  if (node.kind === 'scalar') throw wrong(path, node, 'a mapping');
  const pairs = new Map<string, string | null>();
  for (const item of node.items) {
    const text = textOf(item) ?? '';
    const equals = text.indexOf('=');
    const key = equals === -1 ? text : text.slice(0, equals);
    if (missing === null && /\s$/.test(key)) throw composeInvalid(`${dotted(path)}: the name "${key}" ends with a space.`, item.at);
    pairs.set(key, equals === -1 ? missing : text.slice(equals + 1));
  }
  if (pairs.size === 0) return undefined;
  const result = emptyJsonMap();
  for (const key of [...pairs.keys()].sort(compareBytes)) result[key] = pairs.get(key) ?? missing;
  return result;
}

function hostsOf(node: ComposeNode | undefined, path: Path): Json | undefined {
  if (node === undefined || isNull(node)) return undefined;
  const hosts: string[] = [];
  const add = (host: string, address: string, item: ComposeNode): void => {
    if (host === '' || /[:=]/.test(host)) throw composeInvalid(`${dotted(path)}: "${host}" is not a host name.`, item.at);
    hosts.push(`${host}=${address.length > 2 && address.startsWith('[') && address.endsWith(']') ? address.slice(1, -1) : address}`);
  };
  if (node.kind === 'map') {
    for (const [host, value] of node.entries) for (const address of isNull(value) ? [''] : textList(value)) add(host, address, value);
  } else if (node.kind === 'list') {
    for (const item of node.items) {
      const text = textOf(item) ?? '';
      const separator = text.includes('=') ? text.indexOf('=') : text.indexOf(':');
      if (separator === -1) throw composeInvalid(`${dotted(path)}: "${text}" has no address; write host=address.`, item.at);
      for (const address of text.slice(separator + 1).split(',')) add(text.slice(0, separator), address, item);
    }
  }
  return hosts.length === 0 ? undefined : hosts.sort(compareBytes);
}

function modeOf(node: ComposeNode | undefined, path: Path): Json | undefined {
  if (node === undefined || node.kind !== 'scalar' || isNull(node)) return undefined;
  const mode = typeof node.value === 'number' && node.type === 'int' ? node.value : /^[0-7]+$/.test(node.text) && node.type === 'string' ? Number.parseInt(node.text, 8) : undefined;
  if (mode === undefined) throw wrong(path, node, 'a file mode such as 0444');
  return `0${mode.toString(8)}`;
}

function countOf(node: ComposeNode | undefined, path: Path): Json | undefined {
  if (node === undefined || node.kind !== 'scalar' || isNull(node)) return undefined;
  const count = typeof node.value === 'number' ? node.value : node.text.toLowerCase() === 'all' ? -1 : parseInteger(node.text);
  if (count === undefined) throw wrong(path, node, 'a number or "all"');
  return count === 0 ? undefined : count;
}

function ulimitsOf(node: ComposeNode | undefined, path: Path): Json | undefined {
  if (node?.kind !== 'map' || node.entries.size === 0) return undefined;
  return sortedMap(node, (value, key) => {
    if (value.kind !== 'map') return numberOf(value, [...path, key], true) ?? 0;
    const result = emptyJsonMap();
    for (const side of ['soft', 'hard']) {
      const number = numberOf(value.entries.get(side), [...path, key, side], true);
      if (number !== undefined && number !== 0) result[side] = number;
    }
    return result;
  });
}

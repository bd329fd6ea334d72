import { CST, LineCounter, Parser } from 'yaml';
import { scanYaml } from '../compose/parse-yaml';
import type { FixAction } from './facts';

/** The actions that change a compose file. */
export type FileEdit = Extract<FixAction, { kind: 'set-host-port' | 'set-port-range' | 'set-host-ip' | 'set-source' | 'set-target' | 'move-mount' | 'set-read-only' }>;

/** The new text; or the variable that decides the value; or a sentence why it must be done by hand. */
export type EditOutcome =
  | { readonly kind: 'edited'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'by-hand'; readonly reason: string };

interface Place {
  readonly line: number;
  readonly column: number;
}

/** A list item as written: a short text, or a mapping with its entries. */
type Item = { readonly kind: 'short'; readonly token: CST.FlowScalar } | { readonly kind: 'long'; readonly items: readonly CST.CollectionItem[]; readonly flow: boolean };

const BY_HAND = { kind: 'by-hand', reason: 'It is not written in a form that Berth can change safely.' } as const;

/**
 * Changes one port or mount where it is written and nothing else: comments, quotes and spaces of the rest stay byte
 * for byte. `place` is where the list item starts. `writeSource` says how a path is written in this file.
 */
export function editCompose(text: string, place: Place, edit: FileEdit, writeSource: (path: string) => string = (path) => path, isSet: (variable: string) => boolean = () => false): EditOutcome {
  const item = itemAt(text, place);
  if (item === undefined) return BY_HAND;
  switch (edit.kind) {
    case 'set-host-port':
      return hostPort(text, item, (value) => replacePort(value, edit.from, edit.to, isSet));
    case 'set-port-range':
      return hostPort(text, item, (value) => replaceRange(value, edit.from, edit.last, edit.to));
    case 'set-host-ip':
      return item.kind === 'short' ? shortHostIp(text, item.token, edit.to) : setEntry(text, item, 'host_ip', edit.to, 'published');
    case 'set-source':
      return item.kind === 'short' ? shortSource(text, item.token, writeSource(edit.from), writeSource(edit.to)) : longValue(text, item, 'source', () => ({ kind: 'edited', text: quoteIfNeeded(writeSource(edit.to)) }));
    case 'set-target':
      return setTarget(text, item, edit.from, edit.to);
    case 'move-mount': {
      const target = setTarget(text, item, edit.targetFrom, edit.targetTo);
      // The item begins where it began: what was changed lies in it.
      return target.kind === 'edited' ? editCompose(target.text, place, { ...edit, kind: 'set-source' }, writeSource, isSet) : target;
    }
    case 'set-read-only':
      return item.kind === 'short' ? shortReadOnly(text, item.token) : setEntry(text, item, 'read_only', 'true', 'target');
  }
}

function itemAt(text: string, place: Place): Item | undefined {
  const lines = new LineCounter();
  try {
    scanYaml(text, new LineCounter());
  } catch {
    return undefined;
  }
  let found: Item | undefined;
  const documents = [...new Parser(lines.addNewLine).parse(text)];
  const offset = (lines.lineStarts[place.line - 1] ?? -1) + place.column - 1;
  for (const document of documents) {
    if (document.type !== 'document') continue;
    CST.visit(document, ({ value }) => {
      if (value === undefined || value === null || found !== undefined) return undefined;
      if (CST.isScalar(value)) {
        if (value.offset === offset && value.type !== 'block-scalar' && value.type !== 'alias') found = { kind: 'short', token: value };
      } else if (value.type === 'block-map' && value.items[0]?.key?.offset === offset) {
        found = { kind: 'long', items: value.items, flow: false };
      } else if (value.type === 'flow-collection' && value.start.type === 'flow-map-start' && value.start.offset === offset) {
        found = { kind: 'long', items: value.items, flow: true };
      }
      return undefined;
    });
  }
  return found;
}

function splice(text: string, token: CST.FlowScalar, source: string): EditOutcome {
  return { kind: 'edited', text: text.slice(0, token.offset) + source + text.slice(token.offset + token.source.length) };
}

/** Quotes apart, with which a short text is taken to pieces. */
function unquoted(source: string): { readonly open: string; readonly body: string; readonly close: string } {
  const quote = /^["']/.exec(source)?.[0] ?? '';
  return quote !== '' && source.endsWith(quote) && source.length > 1 ? { open: quote, body: source.slice(1, -1), close: quote } : { open: '', body: source, close: '' };
}

/** Splits a short port or mount at colons outside `${…}` and `[…]`. */
export function splitColons(text: string): readonly string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    if (character === ':' && depth <= 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** A host port as written: digits, or a variable whose default is the port. */
function replacePort(written: string, from: number, to: number, isSet: (variable: string) => boolean): EditOutcome {
  const { open, body, close } = unquoted(written);
  if (body.trim() === String(from)) return { kind: 'edited', text: `${open}${to}${close}` };
  const withDefault = /^(\$\{([A-Za-z_][A-Za-z0-9_]*):?-)(\d+)\}$/.exec(body);
  if (withDefault !== null && !isSet(withDefault[2] ?? '') && Number(withDefault[3]) === from) return { kind: 'edited', text: `${open}${withDefault[1]}${to}}${close}` };
  const variable = /^\$\{?([A-Za-z_][A-Za-z0-9_]*)(?:[:?+-][^}]*)?\}?$/.exec(body);
  if (variable?.[1] !== undefined) return { kind: 'variable', name: variable[1] };
  return /^\d+-\d+$/.test(body) ? { kind: 'by-hand', reason: 'The port is written as part of a range.' } : BY_HAND;
}

/** A range as written; its ends may be variables of which nobody can tell who else has them. */
function replaceRange(written: string, from: number, last: number, to: number): EditOutcome {
  const { open, body, close } = unquoted(written);
  const count = last - from;
  return body.trim() === `${String(from)}-${String(last)}` ? { kind: 'edited', text: `${open}${String(to)}-${String(to + count)}${close}` } : BY_HAND;
}

function hostPort(text: string, item: Item, change: (written: string) => EditOutcome): EditOutcome {
  return item.kind === 'short' ? shortPort(text, item.token, change) : longValue(text, item, 'published', change);
}

function shortPort(text: string, token: CST.FlowScalar, change: (written: string) => EditOutcome): EditOutcome {
  const { open, body, close } = unquoted(token.source);
  const parts = [...splitColons(body)];
  const host = parts.length - 2;
  if (host < 0) return BY_HAND;
  const replaced = change(parts[host] ?? '');
  if (replaced.kind !== 'edited') return replaced;
  parts[host] = replaced.text;
  return splice(text, token, `${open}${parts.join(':')}${close}`);
}

function shortHostIp(text: string, token: CST.FlowScalar, ip: string): EditOutcome {
  const { open, body, close } = unquoted(token.source);
  const parts = splitColons(body);
  if (parts.length === 2) return splice(text, token, `${open}${ip}:${body}${close}`);
  if (parts.length !== 3) return BY_HAND;
  const variable = /^\$\{?([A-Za-z_][A-Za-z0-9_]*)[^}]*\}?$/.exec(parts[0] ?? '');
  if (variable?.[1] !== undefined) return { kind: 'variable', name: variable[1] };
  return splice(text, token, `${open}${[ip, parts[1], parts[2]].join(':')}${close}`);
}

function shortSource(text: string, token: CST.FlowScalar, from: string, to: string): EditOutcome {
  const { open, body, close } = unquoted(token.source);
  const [first = '', ...rest] = splitColons(body);
  if (rest.length === 0 || first.includes('$') || /[:"'#\\]/.test(to)) return BY_HAND;
  // Written with a slash at the end, or without the leading ./, it is still this source.
  const plain = (path: string): string => withoutEnd(path.replace(/^\.\//, ''));
  if (plain(first) !== plain(from) && !first.startsWith('~') && !first.includes('..')) return BY_HAND;
  return splice(text, token, `${open}${[to, ...rest].join(':')}${close}`);
}

function setTarget(text: string, item: Item, from: string, to: string): EditOutcome {
  if (item.kind === 'short') return shortTarget(text, item.token, from, to);
  return longValue(text, item, 'target', (value) => (withoutEnd(unquoted(value).body) === withoutEnd(from) ? { kind: 'edited', text: quoteIfNeeded(to) } : BY_HAND));
}

function shortTarget(text: string, token: CST.FlowScalar, from: string, to: string): EditOutcome {
  const { open, body, close } = unquoted(token.source);
  const [source = '', target = '', ...rest] = splitColons(body);
  if (withoutEnd(target) !== withoutEnd(from) || /[:"'#\\]/.test(to)) return BY_HAND;
  return splice(text, token, `${open}${[source, to, ...rest].join(':')}${close}`);
}

/** A path without the slash at its end. */
function withoutEnd(path: string): string {
  return path.replace(/\/+$/, '');
}

function shortReadOnly(text: string, token: CST.FlowScalar): EditOutcome {
  const { open, body, close } = unquoted(token.source);
  const parts = [...splitColons(body)];
  if (parts.length < 2 || parts.length > 3 || (parts[2] ?? '').includes('$')) return BY_HAND;
  const options = (parts[2] ?? '').split(',').filter((option) => option !== '' && option !== 'rw' && option !== 'ro');
  return splice(text, token, `${open}${[parts[0], parts[1], [...options, 'ro'].join(',')].join(':')}${close}`);
}

function entryOf(item: Extract<Item, { kind: 'long' }>, key: string): CST.CollectionItem | undefined {
  return item.items.find((entry) => entry.key !== undefined && entry.key !== null && CST.isScalar(entry.key) && 'source' in entry.key && unquoted(entry.key.source).body === key);
}

function flowScalarOf(entry: CST.CollectionItem | undefined): CST.FlowScalar | undefined {
  const value = entry?.value;
  return value !== undefined && value !== null && CST.isScalar(value) && value.type !== 'block-scalar' && value.type !== 'alias' ? value : undefined;
}

function longValue(text: string, item: Extract<Item, { kind: 'long' }>, key: string, change: (written: string) => EditOutcome): EditOutcome {
  const token = flowScalarOf(entryOf(item, key));
  if (token === undefined) return BY_HAND;
  const changed = change(token.source);
  return changed.kind === 'edited' ? splice(text, token, changed.text) : changed;
}

/** Sets an entry of a mapping; a new one is written after the entry `after`, in the same style. */
function setEntry(text: string, item: Extract<Item, { kind: 'long' }>, key: string, value: string, after: string): EditOutcome {
  const existing = entryOf(item, key);
  if (existing !== undefined) {
    const token = flowScalarOf(existing);
    return token === undefined ? BY_HAND : splice(text, token, value);
  }
  const anchor = entryOf(item, after);
  const token = flowScalarOf(anchor);
  if (anchor?.key === undefined || anchor.key === null || token === undefined) return BY_HAND;
  const end = token.offset + token.source.length;
  if (item.flow) return { kind: 'edited', text: `${text.slice(0, end)}, ${key}: ${value}${text.slice(end)}` };
  const lineStart = text.lastIndexOf('\n', anchor.key.offset - 1) + 1;
  const indent = text.slice(lineStart, anchor.key.offset).replace(/[^ ]/g, ' ');
  const lineEnd = text.indexOf('\n', end);
  const newline = lineEnd > 0 && text[lineEnd - 1] === '\r' ? '\r\n' : '\n';
  const at = lineEnd === -1 ? text.length : lineEnd + 1;
  const added = `${indent}${key}: ${value}`;
  return { kind: 'edited', text: lineEnd === -1 ? `${text}${newline}${added}` : `${text.slice(0, at)}${added}${newline}${text.slice(at)}` };
}

function quoteIfNeeded(value: string): string {
  return /^[A-Za-z0-9._/~-]+$/.test(value) ? value : JSON.stringify(value);
}

/** Changes `NAME=from` to `NAME=to` in the text of an .env file; undefined when that is not what it says. */
export function editEnv(text: string, name: string, from: string, to: string): string | undefined {
  const pattern = new RegExp(`^([ \\t]*(?:export[ \\t]+)?${name}[ \\t]*[=:][ \\t]*(["']?))${from}(\\2[ \\t]*(?:#.*)?\\r?)$`, 'm');
  return pattern.test(text) ? text.replace(pattern, (_, before: string, _quote: string, rest: string) => `${before}${to}${rest}`) : undefined;
}

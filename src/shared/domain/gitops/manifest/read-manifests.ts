import { EVENT_ID, type Event } from 'js-yaml';
import type { ManifestValue, ReadDocument, ReadFile } from '../types';
import { classify, encryptedWhole, isManifest, isMapping, templateByPath, unparsedKind, type Classified } from './classify';
import { lineCounter, offsetOf, parseDocuments, UnreadableYaml, type ParsedText } from './parse-documents';
import { strictText } from '../../../kernel/utf8';

/** Larger files are told and not read. */
export const FILE_BYTES_MAX = 5_000_000;

function notRead(classified: Classified, problem: ReadFile['problem'] = null): ReadFile {
  return { kind: classified.kind, reason: classified.reason, problem, documents: [] };
}

function unreadableAt(message: string, line: number, column = 1): ReadFile {
  return notRead({ kind: 'unparseable', reason: line > 0 ? `Line ${line}: ${message}` : message }, { message, line: Math.max(1, line), column });
}

function lineOfByte(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = 0; at < offset; at += 1) if (bytes[at] === 10) line += 1;
  return line;
}

/**
 * Reads a file the way Kubernetes would: every document and every item of a list, or why it is not compared.
 * `path` is relative, with `/`. Never throws for bad input; takes at most 5 MB, and bounded time and memory whatever it holds.
 */
export function readManifests(bytes: Uint8Array, path: string): ReadFile {
  const encrypted = encryptedWhole(bytes);
  if (encrypted !== null) return notRead(encrypted);
  if (bytes.length > FILE_BYTES_MAX) return unreadableAt(`The file is larger than ${FILE_BYTES_MAX / 1_000_000} MB.`, 0);
  const zero = bytes.indexOf(0);
  if (zero !== -1) return unreadableAt('The file has a NUL byte: it is not a text file.', lineOfByte(bytes, zero));
  const text = strictText(bytes);
  if (text === null) return unreadableAt('The file is not UTF-8 text.', 0);
  return readText(text, path);
}

function readText(text: string, path: string): ReadFile {
  const template = templateByPath(path, text);
  if (template !== null) return notRead(template);
  let parsed: ParsedText;
  try {
    parsed = parseDocuments(text);
  } catch (error) {
    if (!(error instanceof UnreadableYaml)) throw error;
    const { message, line, column } = error;
    return notRead(unparsedKind(text, message, line), { message, line, column });
  }
  const documents = documentsOf(parsed);
  const classified = classify(path, text, documents.map((one) => one.value));
  return { ...classified, problem: null, documents };
}

/** Documents with something in them; the items of a `kind: List` stand for the list. */
function documentsOf(parsed: ParsedText): readonly ReadDocument[] {
  const lineAt = lineCounter(parsed.text);
  const found: ReadDocument[] = [];
  let event = 0;
  for (const [index, value] of parsed.values.entries()) {
    while (parsed.events[event]?.type !== EVENT_ID.DOCUMENT) event += 1;
    const root = event + 1;
    event = root;
    if (value === undefined || value === null) continue;
    const line = lineAt(offsetOf(parsed.events[root]) ?? 0);
    const items = listItems(value);
    if (items === null) found.push({ index, item: null, line, value });
    else {
      const offsets = itemOffsets(parsed, root);
      items.forEach((item, at) => found.push({ index, item: at, line: lineAt(offsets[at] ?? offsetOf(parsed.events[root]) ?? 0), value: item }));
    }
  }
  return found;
}

/** The items of a `List`, and of a `ConfigMapList` and the like, which kubectl takes apart too. */
function listItems(value: ManifestValue): readonly ManifestValue[] | null {
  if (!isMapping(value) || typeof value['kind'] !== 'string' || !value['kind'].endsWith('List')) return null;
  const items = value['items'];
  return Array.isArray(items) && (items as readonly ManifestValue[]).every(isManifest) ? (items as readonly ManifestValue[]) : null;
}

/** Where each item under the root's key `items` begins. */
function itemOffsets({ events, text }: ParsedText, root: number): readonly number[] {
  const offsets: number[] = [];
  let depth = 0;
  let isKey = true;
  let isItems = false;
  for (let at = root; at < events.length; at += 1) {
    const event = events[at] as Event;
    if (event.type === EVENT_ID.POP) {
      depth -= 1;
      if (depth === 0) break;
      if (depth === 1) isItems = false;
      continue;
    }
    const opens = event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE;
    if (depth === 1) {
      if (isKey) isItems = event.type === EVENT_ID.SCALAR && text.slice(event.valueStart, event.valueEnd) === 'items';
      isKey = !isKey;
    } else if (depth === 2 && isItems) offsets.push(offsetOf(event) ?? 0);
    if (opens) depth += 1;
  }
  return offsets;
}

import { EVENT_ID, type Event } from 'js-yaml';
import { offsetOf, type ParsedText } from './parse-documents';

export type Path = readonly (string | number)[];

/** A 1-based place in a text. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Index of the event behind a node, its children included. */
function afterNode(events: readonly Event[], at: number): number {
  let depth = 0;
  for (let index = at; index < events.length; index += 1) {
    const { type } = events[index] as Event;
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth += 1;
    else if (type === EVENT_ID.POP) depth -= 1;
    if (depth === 0) return index + 1;
  }
  return events.length;
}

function isKey(text: string, event: Event | undefined, key: string): boolean {
  if (event?.type !== EVENT_ID.SCALAR) return false;
  const written = text.slice(event.valueStart, event.valueEnd);
  return written === key || written.trim() === key;
}

/** The event of the key (or item) that a step leads to, and of what stands there; undefined where it is written elsewhere, behind an alias. */
function step({ events, text }: ParsedText, node: number, to: string | number): { readonly named: number; readonly value: number } | undefined {
  const opened = events[node];
  if (opened?.type === EVENT_ID.SEQUENCE && typeof to === 'number') {
    let item = node + 1;
    for (let skipped = 0; skipped < to && events[item]?.type !== EVENT_ID.POP; skipped += 1) item = afterNode(events, item);
    const found = events[item];
    return found === undefined || found.type === EVENT_ID.POP ? undefined : { named: item, value: item };
  }
  if (opened?.type !== EVENT_ID.MAPPING) return undefined;
  for (let key = node + 1; key < events.length && events[key]?.type !== EVENT_ID.POP; ) {
    const value = afterNode(events, key);
    if (isKey(text, events[key], String(to))) return { named: key, value };
    key = afterNode(events, value);
  }
  return undefined;
}

/** Where a path of a document stands in the text: its key, or as near above it as is written there. */
export function placeOf(parsed: ParsedText, document: number, path: Path): Place {
  let node = -1;
  for (let seen = -1, at = 0; at < parsed.events.length; at += 1) {
    if (parsed.events[at]?.type !== EVENT_ID.DOCUMENT) continue;
    seen += 1;
    if (seen !== document) continue;
    node = at + 1;
    break;
  }
  let named = node;
  for (const to of path) {
    const found = step(parsed, node, to);
    if (found === undefined) break;
    ({ named, value: node } = found);
  }
  const offset = offsetOf(parsed.events[named]) ?? 0;
  const before = parsed.text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

import { CHOMPING_MODE, constructFromEvents, EVENT_ID, parseEvents, SCALAR_STYLE, YAMLException, type Event } from 'js-yaml';
import type { ManifestValue } from '../types';
import { plainScalar } from './scalars';
import { KUBERNETES_SCHEMA, NoNumber } from './yaml-schema';

/** Deep schemas of custom resources nest about 60 levels; the parser keeps its own stack, so this is no danger to ours. */
const DEPTH_MAX = 200;
const ALIASES_MAX = 10_000;
const MERGED_KEYS_MAX = 100_000;
/** Values once aliases are written out: what a "billion laughs" file runs into. Long texts count as many. */
const VALUES_MAX = 1_000_000;
const LETTERS_OF_A_VALUE = 32;

/** A text that is no readable YAML, with the place. */
export class UnreadableYaml extends Error {
  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(message);
  }
}

/** The documents of a text as Kubernetes reads them, and the parser's events for looking up lines. */
export interface ParsedText {
  readonly text: string;
  readonly events: readonly Event[];
  readonly values: readonly (ManifestValue | undefined)[];
}

const PLAIN_WORDS: { readonly [reason: string]: string } = {
  'duplicated mapping key': 'The same key is written twice in one mapping.',
};

/** Throws UnreadableYaml, and nothing else, for bad input. */
export function parseDocuments(text: string): ParsedText {
  let events: Event[] = [];
  try {
    events = withoutAddedLineEnd(parseEvents(text, { maxDepth: DEPTH_MAX }), text);
    const values = constructFromEvents(events, { source: text, schema: KUBERNETES_SCHEMA, maxAliases: ALIASES_MAX, maxTotalMergeKeys: MERGED_KEYS_MAX }) as (ManifestValue | undefined)[];
    if (events.some((event) => event.type === EVENT_ID.ALIAS)) boundExpansion(values);
    return { text, events, values };
  } catch (error) {
    throw unreadable(error, text, events);
  }
}

/** A block text at the end of a file that ends in the middle of a line has no line end to Go; js-yaml adds one. */
function withoutAddedLineEnd(events: Event[], text: string): Event[] {
  if (text.endsWith('\n') || text.endsWith('\r')) return events;
  const last = events.findLastIndex((event) => event.type !== EVENT_ID.POP);
  const event = events[last];
  if (event?.type !== EVENT_ID.SCALAR || event.style < SCALAR_STYLE.LITERAL_BLOCK || event.valueEnd < text.length) return events;
  return events.with(last, { ...event, chomping: CHOMPING_MODE.STRIP });
}

function unreadable(error: unknown, text: string, events: readonly Event[]): UnreadableYaml {
  if (error instanceof UnreadableYaml) return error;
  if (error instanceof YAMLException) {
    const reason = PLAIN_WORDS[error.reason] ?? `${error.reason.charAt(0).toUpperCase()}${error.reason.slice(1)}.`;
    return new UnreadableYaml(reason, (error.mark?.line ?? 0) + 1, (error.mark?.column ?? 0) + 1);
  }
  if (error instanceof NoNumber) {
    const place = placeAt(text, events.find((event) => event.type === EVENT_ID.SCALAR && Number.isNaN(plainScalar(text.slice(event.valueStart, event.valueEnd)))));
    return new UnreadableYaml('Infinity and not-a-number are no values for Kubernetes: write it in quotes if it is a text.', place.line, place.column);
  }
  throw error;
}

/** Counts values with aliases written out, each shared part once. */
function boundExpansion(values: readonly unknown[]): void {
  const sizes = new Map<object, number>();
  const open = new Set<object>();
  const measure = (value: unknown): number => {
    if (typeof value === 'string') return 1 + Math.floor(value.length / LETTERS_OF_A_VALUE);
    if (typeof value !== 'object' || value === null) return 1;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    if (open.has(value)) throw new UnreadableYaml('An anchor contains itself.', 1, 1);
    open.add(value);
    let size = 1;
    for (const part of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) {
      size += measure(part);
      if (size > VALUES_MAX) throw new UnreadableYaml(`The file has more than ${VALUES_MAX} values once its aliases are written out.`, 1, 1);
    }
    open.delete(value);
    sizes.set(value, size);
    return size;
  };
  let all = 0;
  for (const value of values) all += measure(value);
  if (all > VALUES_MAX) throw new UnreadableYaml(`The file has more than ${VALUES_MAX} values once its aliases are written out.`, 1, 1);
}

/** Where an event begins in the text; undefined for marks without a place. */
export function offsetOf(event: Event | undefined): number | undefined {
  if (event === undefined) return undefined;
  if (event.type === EVENT_ID.SCALAR) return event.valueStart;
  if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) return event.start;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart;
  return undefined;
}

function placeAt(text: string, event: Event | undefined): { readonly line: number; readonly column: number } {
  const offset = offsetOf(event) ?? 0;
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** Turns ascending offsets into 1-based lines, reading the text once. */
export function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let at = 0;
  return (offset) => {
    if (offset < at) {
      line = 1;
      at = 0;
    }
    for (let next = text.indexOf('\n', at); next !== -1 && next < offset; next = text.indexOf('\n', at)) {
      line += 1;
      at = next + 1;
    }
    return line;
  };
}

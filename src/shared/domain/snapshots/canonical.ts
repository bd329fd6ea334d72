import type { Json } from '@shared/kernel/json';
import { SnapshotFormatError } from './format-error';

/** Deeper than anything that is written; a file that is deeper is refused before it costs a stack. */
const MOST_LEVELS = 64;

/** Canonical JSON: keys in the order of their UTF-16 code units, no spaces, a line end behind it. Throws on numbers that JSON has no form for. */
export function canonicalJson(value: Json): string {
  return `${written(value, 0)}\n`;
}

function written(value: Json, level: number): string {
  if (level > MOST_LEVELS) throw new SnapshotFormatError('A document is nested too deeply.');
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new SnapshotFormatError('A number is not one that JSON can say.');
    return JSON.stringify(value);
  }
  if (isList(value)) return `[${value.map((one) => written(one, level + 1)).join(',')}]`;
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  // Without a compare function they are ordered by their code units.
  return `{${keys.sort().map((key) => `${JSON.stringify(key)}:${written(value[key] as Json, level + 1)}`).join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Reads canonical JSON. Throws where the text is anything else, by however little. */
export function parseCanonicalJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new SnapshotFormatError('It is not JSON.');
  }
  if (canonicalJson(value) !== text) throw new SnapshotFormatError('It is not canonical JSON.');
  return value;
}

import { BERTH_LABEL } from '../modes/naming';
import { REPLACED_LABELS } from './restore-volumes';
import type { Json, JsonObject, SnapshotPartKind } from './types';

/** A fact of a part that is another one now. */
export interface FactDifference {
  readonly change: 'added' | 'removed' | 'changed';
  /** Which row of it; empty for the part as a whole. */
  readonly path: string;
  readonly what: readonly string[];
  readonly before: string | null;
  readonly after: string | null;
}

/** Stands for a value that nobody is to read. */
const MASKED = '•••';
/** Keys of facts that say how it was read or counted, not what it is. */
const PASSING: ReadonlySet<string> = new Set(['health', 'state', 'objects']);

/** Labels by which Berth finds again what it did: they are others after each time that something is made anew, and say nothing of what it is. */
const PASSING_LABELS: ReadonlySet<string> = new Set([BERTH_LABEL.transaction, ...Object.values<string>(REPLACED_LABELS)]);

/** Compares what parts are beside their files. Rows (images, containers) are told apart by service and number. */
export function compareFacts(kind: SnapshotPartKind, before: JsonObject, after: JsonObject): readonly FactDifference[] {
  const differences: FactDifference[] = [];
  for (const key of keysOf(before, after)) {
    const [left, right] = [before[key], after[key]];
    if (isRows(left) || isRows(right)) differences.push(...compareRows(isRows(left) ? left : [], isRows(right) ? right : []));
    else differences.push(...compareValue(key, key === 'labels' ? lasting(left) : left, key === 'labels' ? lasting(right) : right, false));
  }
  return kind === 'containers' ? differences : differences.filter(({ what }) => !what.every((one) => PASSING.has(one)));
}

/** The settings of a container without the labels that say nothing of it. */
export function comparableDocument(document: Json): Json {
  return isObject(document) && 'Labels' in document ? { ...document, Labels: lasting(document['Labels']) ?? null } : document;
}

function lasting(labels: Json | undefined): Json | undefined {
  return isObject(labels) ? Object.fromEntries(Object.entries(labels).filter(([name]) => !PASSING_LABELS.has(name))) : labels;
}

/** What differs between two JSON documents, a line for each value, by its way from the root. `masked`: values are not shown. */
export function compareJson(before: Json | undefined, after: Json | undefined, masked: boolean): readonly FactDifference[] {
  return compareValue('', before, after, masked);
}

/** Which variables of an env file are others; of the values nothing. */
export function compareEnvNames(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly FactDifference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.filter((name) => before.get(name) !== after.get(name)).map((name) => ({ change: changeOf(before.get(name), after.get(name)), path: '', what: [name], before: before.has(name) ? MASKED : null, after: after.has(name) ? MASKED : null }));
}

type Row = JsonObject & { readonly service: string };

function isRows(value: Json | undefined): value is readonly Row[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one) && typeof (one as JsonObject)['service'] === 'string');
}

function rowName(row: Row): string {
  return typeof row['number'] === 'number' && row['number'] > 1 ? `${row.service} ${String(row['number'])}` : row.service;
}

function compareRows(before: readonly Row[], after: readonly Row[]): readonly FactDifference[] {
  const [left, right] = [new Map(before.map((row) => [rowName(row), row])), new Map(after.map((row) => [rowName(row), row]))];
  return [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((name): readonly FactDifference[] => {
    const [was, is] = [left.get(name), right.get(name)];
    const keys = keysOf(was ?? {}, is ?? {}).filter((key) => key !== 'service' && !equal(was?.[key], is?.[key]));
    if (was !== undefined && is !== undefined && keys.length === 0) return [];
    const words = (row: Row | undefined): string | null => (row === undefined ? null : keys.map((key) => valueWords(row[key])).join(', '));
    return [{ change: changeOf(was, is), path: name, what: keys, before: words(was), after: words(is) }];
  });
}

function compareValue(path: string, before: Json | undefined, after: Json | undefined, masked: boolean): readonly FactDifference[] {
  if (equal(before, after)) return [];
  if (isObject(before) && isObject(after)) return keysOf(before, after).flatMap((key) => compareValue(path === '' ? key : `${path}.${key}`, before[key], after[key], masked));
  const words = (value: Json | undefined): string | null => (value === undefined ? null : masked ? MASKED : valueWords(value));
  return [{ change: changeOf(before, after), path: '', what: [path], before: words(before), after: words(after) }];
}

function changeOf(before: unknown, after: unknown): FactDifference['change'] {
  return before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
}

function keysOf(one: JsonObject, other: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueWords(value: Json | undefined): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** Order of keys does not count, order of lists does. */
function equal(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((value: Json, index) => equal(value, other[index] as Json));
  if (!isObject(one) || !isObject(other)) return false;
  return keysOf(one, other).every((key) => Object.hasOwn(one, key) && Object.hasOwn(other, key) && equal(one[key], other[key]));
}

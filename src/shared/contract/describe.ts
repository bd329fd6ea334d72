import * as z from 'zod';
import { contract as berthContract } from './contract';
import type { ContractEntry } from './define';

/** An input of an entry as the CLI and the reference page show it. */
export interface FieldDescription {
  readonly name: string;
  /** `env-file` for `envFile`. */
  readonly flag: string;
  /** json: a number, true, false, null, or a JSON document; any other word is a text. */
  readonly type: 'text' | 'number' | 'boolean' | 'list' | 'json';
  readonly required: boolean;
  readonly description: string;
  /** Undefined when there is none worth showing. */
  readonly defaultText: string | undefined;
  readonly isPath: boolean;
  /** Each item of a list is a JSON document. */
  readonly hasJsonItems: boolean;
  /** What a text, or each item of a list, is one of; empty where anything may be typed. */
  readonly choices: readonly string[];
}

/** The contract or, in tests, a small one like it. */
export type ContractTable = { readonly [name: string]: ContractEntry };

export const defaultTable: ContractTable = berthContract;

interface JsonProperty {
  /** Only values of any form are described elsewhere in the document. */
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonProperty[];
  readonly oneOf?: readonly JsonProperty[];
  readonly items?: JsonProperty;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** An input as a form needs it: what can be chosen, within which range, and whether it is a secret. */
export interface FormField extends FieldDescription {
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly secret: boolean;
}

/** An entry as plain data: for a page that has no schemas. */
export interface EntryDescription {
  readonly name: string;
  readonly kind: ContractEntry['kind'];
  readonly summary: string;
  readonly positional: readonly string[];
  readonly asks: boolean;
  readonly plans: boolean;
  readonly fields: readonly FormField[];
}

/** Every entry that is a command, in the order of the contract. */
export function describeContract(table: ContractTable = defaultTable): readonly EntryDescription[] {
  return Object.entries(table).flatMap(([name, entry]) => {
    if (entry.hidden) return [];
    const { kind, summary, positional, asks, plans } = entry;
    return [{ name, kind, summary, positional, asks, plans, fields: formFields(entry) }];
  });
}

function formFields(entry: ContractEntry): readonly FormField[] {
  const { properties } = inputSchema(entry);
  return describeFields({ ...entry, secrets: {} }).map((field) => {
    const property = properties[field.name] ?? {};
    const range = property.type === 'integer' || property.type === 'number' ? property : {};
    return { ...field, minimum: bounded(range.minimum), maximum: bounded(range.maximum), secret: Object.hasOwn(entry.secrets, field.name) };
  });
}

/** The ends of what a number can hold are no limits. */
function bounded(limit: number | undefined): number | null {
  return limit === undefined || Math.abs(limit) === Number.MAX_SAFE_INTEGER ? null : limit;
}

function choicesOf(property: JsonProperty): readonly string[] {
  if (property.enum !== undefined) return property.enum.map(String);
  if (typeof property.const === 'string') return [property.const];
  const either = property.anyOf?.map(choicesOf) ?? [];
  // One of them may be anything: then it is typed.
  return either.some((choices) => choices.length === 0) ? [] : either.flat();
}

function inputSchema(entry: ContractEntry): { readonly properties: { readonly [name: string]: JsonProperty }; readonly required: readonly string[] } {
  const schema = z.toJSONSchema(entry.input, { io: 'input', unrepresentable: 'any' }) as { readonly properties?: { readonly [name: string]: JsonProperty }; readonly required?: readonly string[] };
  return { properties: schema.properties ?? {}, required: schema.required ?? [] };
}

/** The inputs of an entry that are words or flags, read from its schema, in the order they were written: secrets are neither. */
export function describeFields(entry: ContractEntry): readonly FieldDescription[] {
  const schema = inputSchema(entry);
  const words = Object.entries(schema.properties).filter(([name]) => !Object.hasOwn(entry.secrets, name));
  return words.map(([name, property]) => ({
    name,
    flag: kebab(name),
    type: fieldType(property),
    required: schema.required.includes(name),
    description: property.description ?? '',
    defaultText: showDefault(property.default),
    isPath: entry.paths.includes(name),
    hasJsonItems: property.type === 'array' && isDocument(property.items ?? {}),
    choices: choicesOf(property.type === 'array' ? (property.items ?? {}) : property),
  }));
}

export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function fieldType(property: JsonProperty): FieldDescription['type'] {
  switch (property.type) {
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return 'list';
    case 'object':
      return 'json';
    default:
      return property.$ref === undefined ? 'text' : 'json';
  }
}

function isDocument(property: JsonProperty): boolean {
  const either = property.anyOf ?? property.oneOf;
  return property.type === 'object' || property.$ref !== undefined || (either !== undefined && either.every(isDocument));
}

function showDefault(value: unknown): string | undefined {
  if (value === undefined || value === false || value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)) return undefined;
  return String(value);
}

/** Nouns in the order of the contract, each with the names of its commands; hidden ones left out. */
export function commandsByNoun(table: ContractTable): ReadonlyMap<string, readonly string[]> {
  const out = new Map<string, string[]>();
  for (const [name, entry] of Object.entries(table)) {
    if (entry.hidden) continue;
    const noun = nounOf(name);
    out.set(noun, [...(out.get(noun) ?? []), name]);
  }
  return out;
}

export function nounOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

export function verbOf(name: string): string {
  return kebab(name.slice(name.indexOf('.') + 1));
}

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
}

/** The inputs of an entry that are words or flags, read from its schema, in the order they were written: secrets are neither. */
export function describeFields(entry: ContractEntry): readonly FieldDescription[] {
  const schema = z.toJSONSchema(entry.input, { io: 'input', unrepresentable: 'any' }) as { readonly properties?: { readonly [name: string]: JsonProperty }; readonly required?: readonly string[] };
  const words = Object.entries(schema.properties ?? {}).filter(([name]) => !Object.hasOwn(entry.secrets, name));
  return words.map(([name, property]) => ({
    name,
    flag: kebab(name),
    type: fieldType(property),
    required: schema.required?.includes(name) ?? false,
    description: property.description ?? '',
    defaultText: showDefault(property.default),
    isPath: entry.paths.includes(name),
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

function showDefault(value: unknown): string | undefined {
  if (value === undefined || value === false || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)) return undefined;
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

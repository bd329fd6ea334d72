import { dump } from 'js-yaml';

/** A manifest as plain data that mutations may change. */
export type Data = null | boolean | number | string | Data[] | { [key: string]: Data };
export type Mapping = { [key: string]: Data };

export const isMapping = (value: Data | undefined): value is Mapping => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A place in a value that holds something. */
export interface Node {
  readonly parent: Mapping | Data[];
  readonly key: string | number;
  readonly path: readonly (string | number)[];
  readonly value: Data;
}

/** Every place of a value, from the top down. */
export function nodes(value: Data, path: readonly (string | number)[] = []): readonly Node[] {
  if (Array.isArray(value)) return value.flatMap((one, key) => [{ parent: value, key, path: [...path, key], value: one }, ...nodes(one, [...path, key])]);
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, one]) => [{ parent: value, key, path: [...path, key], value: one }, ...nodes(one, [...path, key])]);
}

export function put(node: Node, value: Data): void {
  (node.parent as Mapping)[node.key as string] = value;
}

export const pick = <T>(list: readonly T[], random: () => number): T | undefined => list[Math.floor(random() * list.length)];

export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const made = [...list];
  for (let at = made.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [made[at], made[other]] = [made[other] as T, made[at] as T];
  }
  return made;
}

export const yamlText = (value: Data): string => dump(value, { lineWidth: -1, noRefs: true });

/** How scalars and mappings are written in flow style. */
export interface FlowStyle {
  readonly number?: (value: number) => string;
  readonly boolean?: (value: boolean) => string;
  /** Mappings are written with half of their keys behind `<<`. */
  readonly merges?: boolean;
}

/** Flow style as KYAML has it: quoted texts, bare keys where they are words, a comma behind the last entry. */
export function flowText(value: Data, style: FlowStyle = {}, indent = ''): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[\n${value.map((one) => `${deeper}${flowText(one, style, deeper)},\n`).join('')}${indent}]`;
  if (isMapping(value)) return flowMapping(value, style, indent);
  if (typeof value === 'number' && style.number !== undefined) return style.number(value);
  if (typeof value === 'boolean' && style.boolean !== undefined) return style.boolean(value);
  return JSON.stringify(value);
}

const BARE = /^[A-Za-z][A-Za-z0-9_./-]*$/;
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

function flowMapping(value: Mapping, style: FlowStyle, indent: string): string {
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  const deeper = `${indent}  `;
  const line = ([key, one]: readonly [string, Data]): string => `${deeper}${BARE.test(key) && !WORDS.test(key) ? key : JSON.stringify(key)}: ${flowText(one, style, deeper)},\n`;
  if (style.merges !== true || entries.length < 2) return `{\n${entries.map(line).join('')}${indent}}`;
  const half = Math.ceil(entries.length / 2);
  return `{\n${deeper}<<: ${flowMapping(Object.fromEntries(entries.slice(0, half)), { ...style, merges: false }, deeper)},\n${entries.slice(half).map(line).join('')}${indent}}`;
}

import type { At, ComposeNode, ScalarType } from './node';
import { goFloat } from './go-values';

/**
 * A parsed YAML document as the parser process sends it: plain JSON arrays, every value with its line and
 * column. Scalars: type letter, text. Maps: pairs. `r` lists the paths that carried `!reset` or `!override`.
 */
export type WireNode =
  | readonly ['s' | 'i' | 'f' | 'b' | 'n' | 't', string, number, number]
  | readonly ['l', readonly WireNode[], number, number]
  | readonly ['m', readonly (readonly [string, WireNode])[], number, number];

export interface WireDocument {
  readonly root: WireNode;
  readonly resets: readonly (readonly string[])[];
}

export type WireResult =
  | { readonly ok: true; readonly documents: readonly WireDocument[] }
  | { readonly ok: false; readonly message: string; readonly line?: number; readonly column?: number };

const TYPES: { readonly [letter: string]: ScalarType } = { s: 'string', i: 'int', f: 'float', b: 'bool', n: 'null', t: 'time' };

/** Builds the loader's tree. What comes from the parser process is checked, not believed. */
export function nodeFromWire(wire: WireNode, file: string, depth = 0): ComposeNode {
  if (!Array.isArray(wire) || wire.length !== 4 || depth > 200) throw new Error('The YAML parser sent a broken tree.');
  const at: At = { file, line: Number(wire[2]), column: Number(wire[3]) };
  switch (wire[0]) {
    case 'l':
      return { kind: 'list', items: wire[1].map((item) => nodeFromWire(item, file, depth + 1)), at };
    case 'm':
      return { kind: 'map', entries: new Map(wire[1].map(([key, value]) => [String(key), nodeFromWire(value, file, depth + 1)])), at };
    default: {
      const type = TYPES[wire[0]];
      if (type === undefined) throw new Error('The YAML parser sent a broken tree.');
      const text = String(wire[1]);
      if (type === 'int') return { kind: 'scalar', type, value: Number(text), text, at };
      if (type === 'float') return { kind: 'scalar', type, value: Number(text), text: goFloat(Number(text)), at };
      if (type === 'bool') return { kind: 'scalar', type, value: text === 'true', text, at };
      if (type === 'null') return { kind: 'scalar', type, value: null, text: '', at };
      return { kind: 'scalar', type, value: text, text, at };
    }
  }
}

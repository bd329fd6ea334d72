import type { Where } from '../../kernel/app-error';

/** Where a value was written. One object is shared by everything made from it. */
export interface At extends Where {
  readonly line: number;
  readonly column: number;
}

/** `int` and `float` are told apart because compose prints `1.0` and `1` by different rules; `time` is a YAML timestamp: an environment takes it as text, no other key takes it. */
export type ScalarType = 'string' | 'int' | 'float' | 'bool' | 'null' | 'time';

/** `text` is the value as compose prints it inside a string: `0o17` is "15", `1.50` is "1.5". */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly type: ScalarType;
  readonly value: string | number | boolean | null;
  readonly text: string;
  readonly at: At;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: ComposeNode[];
  readonly at: At;
}

/** Keys live in a Map, so no key of a file can reach a prototype. */
export interface MapNode {
  readonly kind: 'map';
  readonly entries: Map<string, ComposeNode>;
  readonly at: At;
}

/** A value of a compose file with its place. Trees are owned by one load and changed in place by its stages. */
export type ComposeNode = ScalarNode | ListNode | MapNode;

export function stringNode(value: string, at: At): ScalarNode {
  return { kind: 'scalar', type: 'string', value, text: value, at };
}

export function intNode(value: number, at: At): ScalarNode {
  return { kind: 'scalar', type: 'int', value, text: String(value), at };
}

export function boolNode(value: boolean, at: At): ScalarNode {
  return { kind: 'scalar', type: 'bool', value, text: String(value), at };
}

export function nullNode(at: At): ScalarNode {
  return { kind: 'scalar', type: 'null', value: null, text: '', at };
}

export function listNode(items: ComposeNode[], at: At): ListNode {
  return { kind: 'list', items, at };
}

export function mapNode(entries: Iterable<readonly [string, ComposeNode]>, at: At): MapNode {
  return { kind: 'map', entries: new Map(entries), at };
}

export function isNull(node: ComposeNode | undefined): boolean {
  return node === undefined || (node.kind === 'scalar' && node.type === 'null');
}

export function isString(node: ComposeNode | undefined): node is ScalarNode & { readonly value: string } {
  return node !== undefined && node.kind === 'scalar' && node.type === 'string';
}

/** The text of a scalar, or undefined for anything else and for null. */
export function textOf(node: ComposeNode | undefined): string | undefined {
  return node !== undefined && node.kind === 'scalar' && node.type !== 'null' ? node.text : undefined;
}

export function child(node: ComposeNode | undefined, key: string): ComposeNode | undefined {
  return node !== undefined && node.kind === 'map' ? node.entries.get(key) : undefined;
}

export function childMap(node: ComposeNode | undefined, key: string): MapNode | undefined {
  const found = child(node, key);
  return found !== undefined && found.kind === 'map' ? found : undefined;
}

export function childList(node: ComposeNode | undefined, key: string): ListNode | undefined {
  const found = child(node, key);
  return found !== undefined && found.kind === 'list' ? found : undefined;
}

export function isTrue(node: ComposeNode | undefined): boolean {
  return node !== undefined && node.kind === 'scalar' && (node.value === true || node.value === 'true');
}

/** A copy that shares nothing mutable with the original; places are kept. */
export function cloneNode(node: ComposeNode): ComposeNode {
  switch (node.kind) {
    case 'scalar':
      return node;
    case 'list':
      return { kind: 'list', items: node.items.map(cloneNode), at: node.at };
    case 'map':
      return { kind: 'map', entries: new Map([...node.entries].map(([key, value]) => [key, cloneNode(value)])), at: node.at };
  }
}

/** A text that is equal for equal values, whatever their place. */
export function nodeKey(node: ComposeNode): string {
  switch (node.kind) {
    case 'scalar':
      return node.type === 'string' ? JSON.stringify(node.value) : node.text;
    case 'list':
      return `[${node.items.map(nodeKey).join(',')}]`;
    case 'map':
      return `{${[...node.entries.keys()]
        .sort()
        .map((key) => `${JSON.stringify(key)}:${nodeKey(node.entries.get(key) as ComposeNode)}`)
        .join(',')}}`;
  }
}

/** What a value is, in words for a message. */
export function kindInWords(node: ComposeNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a mapping';
  return { string: 'a text', int: 'a number', float: 'a number', bool: 'true or false', null: 'empty', time: 'a date' }[node.type];
}

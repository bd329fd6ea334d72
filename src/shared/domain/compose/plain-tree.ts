import type { Json } from '../../kernel/json';
import type { ComposeNode } from './node';

/** A parsed document as plain data. */
export function plainTree(node: ComposeNode): Json {
  if (node.kind === 'list') return node.items.map(plainTree);
  if (node.kind === 'map') return Object.fromEntries([...node.entries].map(([name, value]) => [name, plainTree(value)]));
  return node.type === 'time' ? node.text : node.value;
}

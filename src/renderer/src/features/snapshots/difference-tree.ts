import type { OutputOf } from '@shared/contract/contract';
import { partWords } from './snapshot-words';
import { orderedParts } from './snapshots-answer';

export type Difference = OutputOf<'snapshots.compare'>['differences'][number];
export type ChangeFilter = 'all' | Difference['change'];

/** One line of the tree of differences. */
export interface DifferenceRow {
  readonly key: string;
  readonly depth: number;
  readonly name: string;
  /** Of a part or folder: how many differences are beneath it. */
  readonly beneath: number;
  readonly open: boolean;
  /** Null for parts and folders that only lead to others. */
  readonly difference: Difference | null;
}

interface Node {
  readonly key: string;
  readonly name: string;
  readonly children: Map<string, Node>;
  readonly own: Difference[];
}

/** Differences that have the text in their path, and the change. */
export function filteredDifferences(differences: readonly Difference[], text: string, change: ChangeFilter): readonly Difference[] {
  const wanted = text.trim().toLowerCase();
  return differences.filter((one) => (change === 'all' || one.change === change) && `${partWords(one.part)}/${one.path}`.toLowerCase().includes(wanted));
}

/** Differences as a tree by part and folder, flat, without what is beneath closed lines. Folders with one entry only are one line with it. */
export function differenceRows(differences: readonly Difference[], closed: ReadonlySet<string>): readonly DifferenceRow[] {
  const parts = new Map<string, { readonly part: Difference['part']; readonly node: Node }>();
  for (const one of differences) {
    const key = `${one.part.kind}:${one.part.name}`;
    const known = parts.get(key) ?? { part: one.part, node: nodeOf(key, partWords(one.part)) };
    parts.set(key, known);
    place(known.node, one);
  }
  const ordered = orderedParts([...parts.values()].map(({ part }) => part));
  return ordered.flatMap((part) => {
    const node = parts.get(`${part.kind}:${part.name}`)?.node;
    return node === undefined ? [] : rowsOf(node, 0, closed);
  });
}

function nodeOf(key: string, name: string): Node {
  return { key, name, children: new Map(), own: [] };
}

function place(root: Node, difference: Difference): void {
  let node = root;
  for (const name of difference.path.split('/').filter((segment) => segment !== '')) {
    const next = node.children.get(name) ?? nodeOf(`${node.key}/${name}`, name);
    node.children.set(name, next);
    node = next;
  }
  node.own.push(difference);
}

function rowsOf(node: Node, depth: number, closed: ReadonlySet<string>, prefix = ''): readonly DifferenceRow[] {
  const children = [...node.children.values()].sort((a, b) => Number(b.children.size > 0) - Number(a.children.size > 0) || a.name.localeCompare(b.name));
  const only = children[0];
  if (depth > 0 && node.own.length === 0 && children.length === 1 && only !== undefined) return rowsOf(only, depth, closed, `${prefix}${node.name}/`);
  const open = !closed.has(node.key);
  const beneath = countBeneath(node);
  const name = `${prefix}${node.name}`;
  const [first, ...more] = node.own;
  // A part as a whole leads its own lines; every other difference is a line of its own.
  const own: readonly DifferenceRow[] = [{ key: node.key, depth, name, beneath, open, difference: first ?? null }, ...more.map((difference, index) => ({ key: `${node.key}#${String(index)}`, depth, name, beneath: 0, open: true, difference }))];
  return open ? [...own, ...children.flatMap((child) => rowsOf(child, depth + 1, closed))] : own;
}

function countBeneath(node: Node): number {
  let number = 0;
  for (const child of node.children.values()) number += child.own.length + countBeneath(child);
  return number;
}

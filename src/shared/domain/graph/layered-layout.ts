/** Something to place, with its size in pixels. `last`: in a column of its own at the end. */
export interface LayoutNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly last?: boolean;
}

export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything stands. An edge goes through its points from left to right; `back` marks one that closes a cycle and goes from right to left. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly (LayoutNode & Point & { readonly layer: number })[];
  readonly edges: readonly (LayoutEdge & { readonly points: readonly Point[]; readonly back: boolean })[];
}

/** Space between columns and between what stands above each other. */
export interface Gaps {
  readonly column: number;
  readonly row: number;
}

/** A place in a column: a node, or the way an edge takes through a column it only crosses. */
interface Slot {
  readonly key: string;
  readonly width: number;
  readonly height: number;
}

interface Chain {
  readonly edge: LayoutEdge;
  /** Slots from `from` to `to`, one a column. */
  readonly keys: readonly string[];
}

const SWEEPS = 6;

/**
 * Columns from left to right so that every edge leads rightwards; within a column the order that brings neighbours
 * together. The same input gives the same picture.
 */
export function layeredLayout(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[], gaps: Gaps): Layout {
  const unique = [...new Map(nodes.map((node) => [node.id, node])).values()];
  const known = new Set(unique.map((node) => node.id));
  const wanted = [...new Map(edges.filter((edge) => edge.from !== edge.to && known.has(edge.from) && known.has(edge.to)).map((edge) => [JSON.stringify([edge.from, edge.to]), edge])).values()];
  const back = closingEdges(unique, wanted);
  const forward = wanted.filter((edge) => !back.has(edge));
  const layers = layersOf(unique, forward);
  const { columns, chains } = columnsOf(unique, forward, layers);
  const places = placed(ordered(columns, chains), gaps);
  const at = (key: string): Place => places.get(key) ?? { x: 0, y: 0, width: 0, height: 0 };
  const laid = unique.map((node) => ({ ...node, x: at(nodeKey(node.id)).x, y: at(nodeKey(node.id)).y, layer: layers.get(node.id) ?? 0 }));
  return {
    width: Math.max(0, ...[...places.values()].map((place) => place.x + place.width)),
    height: Math.max(0, ...[...places.values()].map((place) => place.y + place.height)),
    nodes: laid,
    edges: [
      ...chains.map(({ edge, keys }) => ({ ...edge, back: false, points: keys.flatMap((key, index) => ends(at(key), index > 0, index < keys.length - 1)) })),
      ...[...back].map((edge) => ({ ...edge, back: true, points: [left(at(nodeKey(edge.from))), right(at(nodeKey(edge.to)))] })),
    ],
  };
}

type Place = Point & { readonly width: number; readonly height: number };

function left(place: Place): Point {
  return { x: place.x, y: place.y + place.height / 2 };
}

function right(place: Place): Point {
  return { x: place.x + place.width, y: place.y + place.height / 2 };
}

function ends(place: Place, entered: boolean, leaving: boolean): readonly Point[] {
  return [...(entered ? [left(place)] : []), ...(leaving ? [right(place)] : [])];
}

function nodeKey(id: string): string {
  return `node ${id}`;
}

/** Edges that cannot lead rightwards: without them nothing goes in a circle. */
function closingEdges(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): ReadonlySet<LayoutEdge> {
  const ended = new Set(nodes.filter((node) => node.last === true).map((node) => node.id));
  // What stands at the end leads nowhere further.
  const closing = new Set(edges.filter((edge) => ended.has(edge.from)));
  const state = new Map<string, 'open' | 'done'>();
  function visit(id: string): void {
    state.set(id, 'open');
    for (const edge of edges) {
      if (edge.from !== id || closing.has(edge)) continue;
      const next = state.get(edge.to);
      if (next === 'open') closing.add(edge);
      else if (next === undefined) visit(edge.to);
    }
    state.set(id, 'done');
  }
  for (const node of nodes) if (!state.has(node.id)) visit(node.id);
  return closing;
}

/** The column of each node: one after the last of those that point to it. */
function layersOf(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): ReadonlyMap<string, number> {
  const layers = new Map<string, number>();
  const depth = (id: string): number => {
    const known = layers.get(id);
    if (known !== undefined) return known;
    const found = Math.max(0, ...edges.filter((edge) => edge.to === id).map((edge) => depth(edge.from) + 1));
    layers.set(id, found);
    return found;
  };
  for (const node of nodes) depth(node.id);
  const others = nodes.filter((node) => node.last !== true).map((node) => depth(node.id));
  const end = others.length === 0 ? 0 : Math.max(...others) + 1;
  for (const node of nodes) if (node.last === true) layers.set(node.id, Math.max(depth(node.id), end));
  return layers;
}

function columnsOf(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[], layers: ReadonlyMap<string, number>): { readonly columns: Slot[][]; readonly chains: readonly Chain[] } {
  const columns: Slot[][] = Array.from({ length: Math.max(0, ...layers.values()) + 1 }, () => []);
  for (const node of nodes) columns[layers.get(node.id) ?? 0]?.push({ key: nodeKey(node.id), width: node.width, height: node.height });
  const chains = edges.map((edge, index) => {
    const keys = [nodeKey(edge.from)];
    for (let layer = (layers.get(edge.from) ?? 0) + 1; layer < (layers.get(edge.to) ?? 0); layer += 1) {
      const key = `way ${index} ${layer}`;
      columns[layer]?.push({ key, width: 0, height: 0 });
      keys.push(key);
    }
    return { edge, keys: [...keys, nodeKey(edge.to)] };
  });
  return { columns, chains };
}

/** Each column in the order of the middle of its neighbours, from both sides in turn. */
function ordered(columns: readonly (readonly Slot[])[], chains: readonly Chain[]): readonly (readonly Slot[])[] {
  const links = chains.flatMap(({ keys }) => keys.slice(1).map((key, index) => [keys[index] ?? '', key] as const));
  let current = columns;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const rightwards = sweep % 2 === 0;
    const positions = new Map(current.flatMap((column) => column.map((slot, index) => [slot.key, (index + 0.5) / column.length] as const)));
    const next = [...current];
    const order = current.map((_, index) => (rightwards ? index : current.length - 1 - index));
    for (const layer of order) {
      const middle = (slot: Slot): number => {
        const neighbours = links.filter(([from, to]) => (rightwards ? to === slot.key : from === slot.key)).map(([from, to]) => positions.get(rightwards ? from : to) ?? 0);
        return neighbours.length === 0 ? (positions.get(slot.key) ?? 0) : neighbours.reduce((sum, one) => sum + one, 0) / neighbours.length;
      };
      const sorted = (next[layer] ?? []).map((slot) => ({ slot, at: middle(slot) })).sort((a, b) => a.at - b.at).map(({ slot }) => slot);
      next[layer] = sorted;
      sorted.forEach((slot, index) => positions.set(slot.key, (index + 0.5) / sorted.length));
    }
    current = next;
  }
  return current;
}

function placed(columns: readonly (readonly Slot[])[], gaps: Gaps): ReadonlyMap<string, Place> {
  const heightOf = (column: readonly Slot[]): number => column.reduce((sum, slot) => sum + slot.height, 0) + Math.max(0, column.length - 1) * gaps.row;
  const tallest = Math.max(0, ...columns.map(heightOf));
  const places = new Map<string, Place>();
  let x = 0;
  for (const column of columns) {
    const width = Math.max(0, ...column.map((slot) => slot.width));
    let y = (tallest - heightOf(column)) / 2;
    for (const slot of column) {
      // A way through a column takes its whole width, so that the edge stays level where nodes stand.
      places.set(slot.key, { x, y, width: slot.width === 0 ? width : slot.width, height: slot.height });
      y += slot.height + gaps.row;
    }
    x += width + gaps.column;
  }
  return places;
}

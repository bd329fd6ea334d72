import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layeredLayout, type LayoutEdge, type LayoutNode } from '@shared/domain/graph/layered-layout';

const GAPS = { column: 60, row: 20 };

function node(id: string, last = false): LayoutNode {
  return { id, width: 160, height: 40, last };
}

const graphs = fc.integer({ min: 1, max: 14 }).chain((size) => {
  const id = fc.nat(size - 1).map((number) => `s${number}`);
  return fc.record({
    nodes: fc.tuple(...Array.from({ length: size }, (_, index) => fc.record({ id: fc.constant(`s${index}`), width: fc.integer({ min: 20, max: 220 }), height: fc.integer({ min: 20, max: 90 }), last: fc.boolean() }))),
    edges: fc.array(fc.record({ from: id, to: id }), { maxLength: 30 }),
  });
});

describe('layered layout', () => {
  it('puts who waits left of whom it waits for, and storage last', () => {
    const { nodes, edges, width } = layeredLayout([node('web'), node('api'), node('db'), node('cache'), node('data', true)], [{ from: 'web', to: 'api' }, { from: 'api', to: 'db' }, { from: 'web', to: 'db' }, { from: 'cache', to: 'data' }], GAPS);
    const layer = (id: string): number => nodes.find((one) => one.id === id)?.layer ?? -1;
    expect(['web', 'api', 'db', 'cache', 'data'].map(layer)).toEqual([0, 1, 2, 0, 3]);
    expect(edges.find((edge) => edge.from === 'web' && edge.to === 'db')?.points).toHaveLength(4);
    expect(width).toBe(4 * 160 + 3 * 60);
  });

  it('is empty for nothing', () => {
    expect(layeredLayout([], [], GAPS)).toEqual({ width: 0, height: 0, nodes: [], edges: [] });
  });

  it('draws a circle, one edge of it backwards', () => {
    const { edges } = layeredLayout([node('a'), node('b'), node('c')], [{ from: 'a', to: 'b' }, { from: 'b', to: 'c' }, { from: 'c', to: 'a' }], GAPS);
    expect(edges.filter((edge) => edge.back)).toMatchObject([{ from: 'c', to: 'a' }]);
  });

  it('places everything once, nothing over anything else, every edge rightwards', () => {
    fc.assert(
      fc.property(graphs, ({ nodes, edges }) => {
        const laid = layeredLayout(nodes, edges, GAPS);
        expect(laid.nodes.map((one) => one.id)).toEqual(nodes.map((one) => one.id));
        const wanted = new Set(edges.filter((edge) => edge.from !== edge.to).map((edge) => `${edge.from} ${edge.to}`));
        expect(new Set(laid.edges.map((edge) => `${edge.from} ${edge.to}`))).toEqual(wanted);
        expect(laid.edges).toHaveLength(wanted.size);
        for (const edge of laid.edges) {
          const xs = edge.points.map((point) => point.x);
          if (edge.back) continue;
          expect([...xs].sort((a, b) => a - b)).toEqual(xs);
        }
        for (const [index, one] of laid.nodes.entries()) {
          expect(one.x >= 0 && one.y >= 0 && one.x + one.width <= laid.width && one.y + one.height <= laid.height).toBe(true);
          for (const other of laid.nodes.slice(index + 1)) {
            const apart = one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y;
            expect(apart, `${one.id} and ${other.id}`).toBe(true);
          }
        }
      }),
    );
  });

  it('gives the same picture again, and does not care for edges of nobody', () => {
    fc.assert(
      fc.property(graphs, ({ nodes, edges }) => {
        const foreign: readonly LayoutEdge[] = [...edges, { from: 's0', to: 'nobody' }, { from: 'nobody', to: 's0' }];
        expect(layeredLayout(nodes, foreign, GAPS)).toEqual(layeredLayout(nodes, edges, GAPS));
      }),
    );
  });
});

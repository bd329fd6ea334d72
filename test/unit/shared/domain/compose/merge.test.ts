import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asSequence, mergeFiles } from '@shared/domain/compose/merge';
import { cloneNode, mapNode, nodeKey, stringNode, type At, type MapNode } from '@shared/domain/compose/node';
import { enforceUnique } from '@shared/domain/compose/unique';
import { loadVirtual } from './virtual-files';

const at: At = { file: 'f', line: 1, column: 1 };
const environment = fc.dictionary(fc.constantFrom('A', 'B', 'C', 'D'), fc.string({ minLength: 1 }), { noNullPrototype: true });

function service(values: { readonly [name: string]: string }): MapNode {
  const env = mapNode(Object.entries(values).map(([key, value]) => [key, stringNode(value, at)]), at);
  return mapNode([['services', mapNode([['web', mapNode([['environment', env]], at)]], at)]], at);
}

function canonical(tree: MapNode): string {
  const web = (tree.entries.get('services') as MapNode).entries.get('web') as MapNode;
  const list = web.entries.get('environment');
  if (list !== undefined) web.entries.set('environment', asSequence(list));
  enforceUnique(tree);
  return [...asSequence(web.entries.get('environment') ?? expect.unreachable()).items.map(nodeKey)].sort().join('\n');
}

const merge = (left: MapNode, right: MapNode): MapNode => mergeFiles(cloneNode(left) as MapNode, cloneNode(right) as MapNode);

describe('merge', () => {
  it('of environments is associative', () => {
    fc.assert(
      fc.property(environment, environment, environment, (a, b, c) => {
        const [x, y, z] = [service(a), service(b), service(c)];
        expect(canonical(merge(merge(x, y), z))).toBe(canonical(merge(x, merge(y, z))));
      }),
    );
  });

  it('with an empty file changes nothing', () => {
    fc.assert(
      fc.property(environment, (a) => {
        const empty = mapNode([], at);
        expect(nodeKey(merge(service(a), empty))).toBe(nodeKey(service(a)));
        expect(nodeKey(merge(empty, service(a)))).toBe(nodeKey(service(a)));
      }),
    );
  });

  it('says in which file the last word was', async () => {
    const loaded = await loadVirtual(
      {
        'compose.yaml': 'services:\n  web:\n    image: one\n    ports: ["1:1"]\n    environment:\n      A: 1\n',
        'dev.yaml': '# dev\nservices:\n  web:\n    image: two\n    ports:\n      - "2:2"\n    environment:\n      B: 2\n',
      },
      { names: ['compose.yaml', 'dev.yaml'] },
    );
    expect(loaded.locate(['services', 'web', 'image'])).toEqual({ file: '/shop/dev.yaml', line: 4, column: 5 });
    expect(loaded.locate(['services', 'web', 'ports', '0'])).toEqual({ file: '/shop/compose.yaml', line: 4, column: 13 });
    expect(loaded.locate(['services', 'web', 'ports', '1'])).toEqual({ file: '/shop/dev.yaml', line: 6, column: 9 });
    expect(loaded.locate(['services', 'web', 'environment', 'A'])?.line).toBe(6);
    expect(loaded.locate(['services', 'web', 'environment', 'B'])).toMatchObject({ file: '/shop/dev.yaml', line: 8 });
    expect(loaded.locate(['services', 'web', 'healthcheck', 'test'])).toMatchObject({ file: '/shop/dev.yaml', line: 3 });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText, canonicalTexts } from '@shared/domain/gitops/manifest/canonical';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import { resourceId } from '@shared/domain/gitops/manifest/resource-id';
import { customKinds } from '@shared/domain/gitops/schema/custom-resources';
import type { LayerName, ManifestValue } from '@shared/domain/gitops/types';
import { kubernetesSchemas } from '../../../../../support/kubernetes-schemas';

const schemas = kubernetesSchemas();
const LAYERS: readonly LayerName[] = ['L1', 'L2', 'L3', 'L4', 'L5', 'L6'];

const values = (text: string): readonly ManifestValue[] => readManifests(new TextEncoder().encode(text), 'file.yaml').documents.map((one) => one.value);

/** The first layer at which two files hold the same documents, in any order; null where they differ. */
function equalAt(a: string, b: string): LayerName | null {
  const [first, second] = [values(a), values(b)];
  const texts = (all: readonly ManifestValue[], layer: LayerName): string => JSON.stringify(all.map((one) => canonicalText(one, layer, schemas)).sort());
  return LAYERS.find((layer) => texts(first, layer) === texts(second, layer)) ?? null;
}

const config = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: ${data}\n`;
const pod = (spec: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: "nginx:1.27"${spec}}]}\n`;
const deployment = (spec: string): string => `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: "nginx:1.27"}]}}${spec}}\n`;
const service = (ports: string, more = ''): string => `apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {app: a}, ports: ${ports}${more}}\n`;
const budget = (value: string): string => `apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {maxUnavailable: ${value}, selector: {}}\n`;
const custom = (spec: string): string => `apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\nspec: ${spec}\n`;
const secret = (rest: string): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n${rest}\n`;

describe('pairs of documents', () => {
  it.each<readonly [string, LayerName | null, string, string]>([
    ['comments', 'L1', 'a: 1 # one\nb: 2\n', '# head\na: 1\n\nb: 2\n'],
    ['reordered keys', 'L2', 'a: 1\nb: 2\n', 'b: 2\na: 1\n'],
    ['flow and block', 'L1', 'a: [1, {b: 2}]\n', 'a:\n- 1\n- b: 2\n'],
    ['quoted and plain word', 'L1', 'a: word\n', 'a: "word"\n'],
    ['anchors and expanded', 'L1', 'a: &x {b: 1}\nc: *x\n', 'a: {b: 1}\nc: {b: 1}\n'],
    ['merge keys and expanded', 'L1', 'a: &x {b: 1}\nc: {<<: *x, d: 2}\n', 'a: {b: 1}\nc: {b: 1, d: 2}\n'],
    ['documents in another order', 'L1', 'a: 1\n---\nb: 2\n', 'b: 2\n---\na: 1\n'],
    ['a List and single documents', 'L1', `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, data: {a: "1"}}\n`, 'apiVersion: v1\nkind: ConfigMap\ndata: {a: "1"}\n'],
    ['literal and folded of the same text', 'L1', 'a: |\n  one\n  two\n', 'a: "one\\ntwo\\n"\n'],
    ['yes and "yes"', null, 'a: yes\n', 'a: "yes"\n'],
    ['yes and true', 'L1', 'a: yes\n', 'a: true\n'],
    ['1 and "1"', null, 'a: 1\n', 'a: "1"\n'],
    // Kubernetes reads 010 as octal, so it is 8; "010" is not.
    ['010 and 8', 'L1', 'a: 010\n', 'a: 8\n'],
    ['010 and "010"', null, 'a: 010\n', 'a: "010"\n'],
    ['1 and 1.0', 'L1', 'a: 1\n', 'a: 1.0\n'],
    ['swapped args', null, pod(', args: [a, b]'), pod(', args: [b, a]')],
    ['swapped lists of an unknown kind', null, custom('[1, 2]'), custom('[2, 1]')],
    ['null and absent', 'L2', deployment(', paused: null'), deployment('')],
    ['null and absent in a ConfigMap', null, config('{a: null}'), config('{}')],
    ['null and the empty text in a ConfigMap', 'L3', config('{a: null}'), config('{a: ""}')],
    ['{} and absent where Kubernetes sees none', 'L3', pod(', resources: {}'), pod('')],
    ['{} and absent where it does', null, pod(', securityContext: {}'), pod('')],
    ['500m and 0.5', 'L3', pod(', resources: {limits: {cpu: 500m}}'), pod(', resources: {limits: {cpu: 0.5}}')],
    ['1Gi and 1024Mi', 'L3', pod(', resources: {limits: {memory: 1Gi}}'), pod(', resources: {limits: {memory: 1024Mi}}')],
    ['1e3 and 1k', 'L3', pod(', resources: {limits: {memory: 1e3}}'), pod(', resources: {limits: {memory: 1k}}')],
    ['1G and 1Gi', null, pod(', resources: {limits: {memory: 1G}}'), pod(', resources: {limits: {memory: 1Gi}}')],
    ['500m and 50m', null, pod(', resources: {limits: {cpu: 500m}}'), pod(', resources: {limits: {cpu: 50m}}')],
    ['500m and 0.5 in a ConfigMap', null, config('{a: 500m}'), config('{a: "0.5"}')],
    ['500m and 0.5 in a value of the environment', null, pod(', env: [{name: A, value: 500m}]'), pod(', env: [{name: A, value: "0.5"}]')],
    ['500m and 0.5 in an unknown kind', null, custom('{cpu: 500m}'), custom('{cpu: "0.5"}')],
    ['80 and "80" where both are ports', 'L3', budget('80'), budget('"80"')],
    ['80% and 80', null, budget('80%'), budget('80')],
    ['80 and "80" in an unknown kind', null, custom('{port: 80}'), custom('{port: "80"}')],
    ['1m and 60s in an unknown kind', null, custom('{wait: 1m}'), custom('{wait: 60s}')],
    ['stringData and data', 'L3', secret('stringData: {a: text}'), secret('data: {a: dGV4dA==}')],
    ['base64 on two lines', 'L3', secret('data: {a: "dGV4\\ndA=="}'), secret('data: {a: dGV4dA==}')],
    ['ports in another order', 'L4', service('[{port: 80}, {port: 81}]'), service('[{port: 81}, {port: 80}]')],
    ['ports of the same number in another order', null, pod(', ports: [{containerPort: 80, name: a}, {containerPort: 80, name: b}, {containerPort: 81}]'), pod(', ports: [{containerPort: 81}, {containerPort: 80, name: a}, {containerPort: 80, name: b}]')],
    ['environment in another order', 'L4', pod(', env: [{name: A, value: a}, {name: B, value: b}]'), pod(', env: [{name: B, value: b}, {name: A, value: a}]')],
    ['environment in another order with a reference', null, pod(', env: [{name: A, value: a}, {name: B, value: $(A)}]'), pod(', env: [{name: B, value: $(A)}, {name: A, value: a}]')],
    ['init containers in another order', null, pod('}], initContainers: [{name: a}, {name: b'), pod('}], initContainers: [{name: b}, {name: a')],
    ['replicas 1 and absent', 'L5', deployment(', replicas: 1'), deployment('')],
    ['protocol TCP and absent, in another order', 'L5', service('[{port: 80, protocol: TCP}, {port: 53}]'), service('[{port: 53}, {port: 80}]')],
    ['replicas 2 and absent', null, deployment(', replicas: 2'), deployment('')],
    ['false and absent', 'L5', pod(', tty: false'), pod('')],
    ['pull policy of a tagged image', 'L5', pod(', imagePullPolicy: IfNotPresent'), pod('')],
    ['another pull policy', null, pod(', imagePullPolicy: Always'), pod('')],
    ['storageClassName "" and absent', null, 'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {storageClassName: ""}\n', 'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {}\n'],
    ['namespace default and absent', 'L5', config('{}').replace('name: a', 'name: a, namespace: default'), config('{}')],
    ['another namespace', null, config('{}').replace('name: a', 'name: a, namespace: other'), config('{}')],
    ['status and bookkeeping', 'L6', `${config('{a: b}')}status: {x: 1}\n`.replace('name: a', 'name: a, creationTimestamp: "2026-01-01T00:00:00Z", resourceVersion: "3", annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}'), config('{a: b}')],
    ['another annotation', null, config('{a: b}').replace('name: a', 'name: a, annotations: {a: "1"}'), config('{a: b}')],
    ['what Kubernetes cannot read, with a default', null, pod(', tty: maybe, stdin: false'), pod(', tty: maybe')],
    ['two long whole numbers', null, custom('9223372036854775807'), custom('9223372036854775806')],
  ])('%s: equal at %s', (_, layer, a, b) => {
    expect(equalAt(a, b)).toBe(layer);
    expect(equalAt(b, a)).toBe(layer);
  });
});

const manifest = fc
  .record({
    replicas: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    paused: fc.option(fc.boolean(), { nil: undefined }),
    env: fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B', 'C', 'D'), value: fc.constantFrom('1', '', 'x $(A)', 'yes') }), { selector: (one) => one.name, maxLength: 4 }),
    args: fc.array(fc.constantFrom('a', 'b', '80'), { maxLength: 3 }),
    cpu: fc.constantFrom('1', '1000m', '0.5', '500m', 2),
    labels: fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.string()),
    ports: fc.uniqueArray(fc.record({ containerPort: fc.integer({ min: 1, max: 9 }), protocol: fc.constantFrom('TCP', 'UDP') }, { requiredKeys: ['containerPort'] }), { selector: (one) => `${one.containerPort}${one.protocol ?? ''}`, maxLength: 3 }),
  })
  .map(({ replicas, paused, env, args, cpu, labels, ports }) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', labels },
    spec: { ...(replicas === undefined ? {} : { replicas }), ...(paused === undefined ? {} : { paused }), template: { spec: { containers: [{ name: 'c', image: 'nginx', args, env, ports, resources: { limits: { cpu } } }] } } },
  })) as unknown as fc.Arbitrary<ManifestValue>;

function shuffledKeys(value: ManifestValue): ManifestValue {
  if (Array.isArray(value)) return (value as readonly ManifestValue[]).map(shuffledKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, one]) => [key, shuffledKeys(one as ManifestValue)]));
}

describe('properties', () => {
  it('is the same for any order of keys from L2 on, and at every later layer once it is at one', () => {
    fc.assert(
      fc.property(manifest, manifest, (one, other) => {
        const turned = shuffledKeys(one);
        for (const layer of LAYERS.slice(1)) expect(canonicalText(turned, layer, schemas)).toBe(canonicalText(one, layer, schemas));
        const same = LAYERS.map((layer) => canonicalText(one, layer, schemas) === canonicalText(other, layer, schemas));
        expect(same.lastIndexOf(false) < (same.indexOf(true) === -1 ? LAYERS.length : same.indexOf(true))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('changes nothing it is given, and says the same again', () => {
    fc.assert(
      fc.property(manifest, (one) => {
        const before = JSON.stringify(one);
        const first = { ...canonicalTexts(one, schemas) };
        expect({ ...canonicalTexts(one, schemas) }).toEqual(first);
        expect(JSON.stringify(one)).toBe(before);
      }),
      { numRuns: 100 },
    );
  });
});

describe('who a document is', () => {
  const id = (text: string) => resourceId(values(text)[0] ?? null, schemas);

  it('has the namespace default where a namespaced kind names none, and none where the kind stands outside', () => {
    expect(id(config('{}'))).toEqual({ group: '', version: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' });
    expect(id('apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r, namespace: x}\n')).toEqual({ group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRole', namespace: '', name: 'r' });
    expect(id(custom('{}'))?.namespace).toBe('default');
    expect(id('apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n')).toBeNull();
    expect(id('a: 1\n')).toBeNull();
  });
});

describe('kinds that a tree defines', () => {
  const definition = values(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  scope: Cluster
  names: {kind: Thing, plural: things}
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer, default: 3}
              parts: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], items: {type: object, properties: {id: {type: string}}}}
              order: {type: array, items: {type: string}}
`);
  const learnt = kubernetesSchemas(definition.flatMap(customKinds));
  const at = (layer: LayerName, spec: string): string => canonicalText(values(custom(spec))[0] ?? null, layer, learnt);

  it('sorts their keyed lists, fills in their defaults and knows their scope', () => {
    expect(at('L4', '{parts: [{id: b}, {id: a}]}')).toBe(at('L4', '{parts: [{id: a}, {id: b}]}'));
    expect(at('L3', '{parts: [{id: b}, {id: a}]}')).not.toBe(at('L3', '{parts: [{id: a}, {id: b}]}'));
    expect(at('L6', '{order: [b, a]}')).not.toBe(at('L6', '{order: [a, b]}'));
    expect(at('L5', '{}')).toBe(at('L5', '{size: 3}'));
    expect(learnt.isNamespaced('example.org', 'Thing')).toBe(false);
  });
});

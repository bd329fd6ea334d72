import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalTexts } from '@shared/domain/gitops/manifest/canonical';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import { resourceId } from '@shared/domain/gitops/manifest/resource-id';
import { collect, groupsOfTree, type FactFile } from '@shared/domain/gitops/scan/collect';
import { factsOf } from '@shared/domain/gitops/scan/facts';
import { commentMarks } from '@shared/domain/gitops/scan/marks';
import type { DuplicateGroup } from '@shared/domain/gitops/types';
import { kubernetesSchemas } from '../../../../../support/kubernetes-schemas';

const schemas = kubernetesSchemas();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function file(path: string, text: string): FactFile {
  const bytes = new TextEncoder().encode(text);
  const read = readManifests(bytes, path);
  const facts = factsOf(read, text);
  return {
    path,
    contentHash: sha256(text),
    kind: read.kind,
    documents: read.documents.map(({ index, item, line, value }) => {
      const texts = canonicalTexts(value, schemas);
      return { index, item, line, id: resourceId(value, schemas), hashes: { L1: sha256(texts.L1), L2: sha256(texts.L2), L3: sha256(texts.L3), L4: sha256(texts.L4), L5: sha256(texts.L5), L6: sha256(texts.L6) } };
    }),
    facts,
    services: (facts?.compose?.services ?? []).map(({ name, line, text: said }) => ({ name, line, hash: sha256(said) })),
  };
}

const config = (name: string, value: string, namespace = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${namespace === '' ? '' : `  namespace: ${namespace}\n`}data:\n  key: ${value}\n`;
const groupsIn = (files: { readonly [path: string]: string }): readonly DuplicateGroup[] => groupsOfTree(collect(Object.entries(files).map(([path, text]) => file(path, text))));
const told = (groups: readonly DuplicateGroup[]): readonly string[] => groups.map((group) => `${group.class} ${group.members.map((one) => `${one.path}#${String(one.document)}`).join(' ')}`);

describe('groups of a tree', () => {
  it('finds copies, the same in other words, and different words for the same object', () => {
    expect(told(groupsIn({ 'a.yaml': config('one', 'x'), 'copy/a.yaml': config('one', 'x') }))).toEqual(['exact-dup a.yaml#0 copy/a.yaml#0']);
    expect(told(groupsIn({ 'a.yaml': config('one', 'x'), 'b.yaml': `# said otherwise\n${config('one', '"x"')}` }))).toEqual(['semantic-dup a.yaml#0 b.yaml#0']);
    expect(told(groupsIn({ 'a.yaml': config('one', 'x'), 'b.yaml': config('one', 'y') }))).toEqual(['identity-conflict a.yaml#0 b.yaml#0']);
  });

  it('takes no namespace for `default`, and another namespace for another object', () => {
    expect(told(groupsIn({ 'a.yaml': config('one', 'x'), 'b.yaml': config('one', 'y', 'default') }))).toEqual(['identity-conflict a.yaml#0 b.yaml#0']);
    expect(groupsIn({ 'a.yaml': config('one', 'x'), 'b.yaml': config('one', 'y', 'other') })).toEqual([]);
  });

  it('compares each document of a file by itself, and a whole copy as one', () => {
    const two = `${config('one', 'x')}---\n${config('two', 'x')}`;
    const swapped = `${config('two', 'x')}---\n${config('one', 'x')}`;
    expect(told(groupsIn({ 'a.yaml': two, 'b.yaml': swapped }))).toEqual(['semantic-dup a.yaml#0 b.yaml#1', 'semantic-dup a.yaml#1 b.yaml#0']);
    expect(told(groupsIn({ 'a.yaml': two, 'b.yaml': two }))).toEqual(['exact-dup a.yaml#0 b.yaml#0']);
    expect(told(groupsIn({ 'a.yaml': `${config('one', 'x')}---\n${config('one', 'x')}` }))).toEqual(['intra-file-dup a.yaml#0 a.yaml#1']);
  });

  it('tells variants for environments apart from conflicts', () => {
    expect(told(groupsIn({ 'staging/a.yaml': config('one', 'x'), 'production/a.yaml': config('one', 'y') }))).toEqual(['cross-env-variant production/a.yaml#0 staging/a.yaml#0']);
    expect(told(groupsIn({ 'examples/a.yaml': config('one', 'x'), 'production/a.yaml': config('one', 'y') }))).toEqual(['identity-conflict examples/a.yaml#0 production/a.yaml#0']);
  });

  it('never takes a patch or an overlay for a duplicate', () => {
    const tree = {
      'base/kustomization.yaml': 'resources:\n  - deploy.yaml\n',
      'base/deploy.yaml': config('one', 'x'),
      'overlays/prod/kustomization.yaml': 'resources:\n  - ../../base\npatches:\n  - path: patch.yaml\n',
      'overlays/prod/patch.yaml': config('one', 'y'),
      'overlays/dev/kustomization.yaml': 'resources:\n  - ../../base\nnamePrefix: dev-\n',
    };
    expect(told(groupsIn(tree)).filter((one) => !one.startsWith('overlay-of'))).toEqual([]);
    const { graph, applyRoots } = collect(Object.entries(tree).map(([path, text]) => file(path, text)));
    expect([...graph.patches]).toEqual([['overlays/prod/patch.yaml', 'overlays/prod/kustomization.yaml']]);
    expect(applyRoots.map((one) => one.path)).toEqual(['overlays/dev', 'overlays/prod']);
    expect(applyRoots[1]?.references).toContainEqual({ from: 'overlays/prod/kustomization.yaml', line: 4, to: 'overlays/prod/patch.yaml', as: 'patches' });
  });

  it('applies namespaces and prefixes before it compares', () => {
    const tree = {
      'kustomization.yaml': 'resources:\n  - a\n  - b\n',
      'a/kustomization.yaml': 'resources:\n  - one.yaml\nnamespace: shop\n',
      'a/one.yaml': config('one', 'x'),
      'b/kustomization.yaml': 'resources:\n  - one.yaml\n',
      'b/one.yaml': config('one', 'y', 'shop'),
    };
    expect(told(groupsIn(tree))).toEqual(['identity-conflict a/one.yaml#0 b/one.yaml#0']);
    expect(told(groupsIn({ ...tree, 'b/kustomization.yaml': 'resources:\n  - one.yaml\nnamePrefix: b-\n' })).filter((one) => one.startsWith('identity'))).toEqual([]);
  });

  it('follows Argo CD and Flux to what they apply', () => {
    const application = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\nspec:\n  source:\n    path: apps/shop\n';
    const set = 'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: all\nspec:\n  generators:\n    - git:\n        directories:\n          - path: teams/*\n          - path: teams/old\n            exclude: true\n  template:\n    spec:\n      source:\n        path: "{{path}}"\n';
    const flux = 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: infra\nspec:\n  path: ./infra\n';
    const { applyRoots } = collect(
      Object.entries({ 'argo/app.yaml': application, 'argo/set.yaml': set, 'flux/k.yaml': flux, 'apps/shop/a.yaml': config('a', 'x'), 'teams/one/a.yaml': config('b', 'x'), 'teams/old/a.yaml': config('c', 'x'), 'infra/deep/a.yaml': config('d', 'x') }).map(([path, text]) => file(path, text)),
    );
    expect(applyRoots.map(({ made, path, files }) => [made, path, files])).toEqual([
      ['argocd', 'apps/shop', ['apps/shop/a.yaml']],
      ['flux', 'infra', ['infra/deep/a.yaml']],
      ['argocd', 'teams/one', ['teams/one/a.yaml']],
      ['folder', '', ['argo/app.yaml', 'argo/set.yaml', 'flux/k.yaml', 'teams/old/a.yaml']],
    ]);
  });

  it('matches compose services by project and name', () => {
    const compose = (image: string): string => `name: shop\nservices:\n  web:\n    image: ${image}\n  api:\n    image: same\n`;
    expect(told(groupsIn({ 'a/compose.yaml': compose('one'), 'b/compose.yaml': compose('two') }))).toEqual(expect.arrayContaining(['identity-conflict a/compose.yaml#0 b/compose.yaml#0', 'semantic-dup a/compose.yaml#0 b/compose.yaml#0']));
    expect(groupsIn({ 'compose.yaml': compose('one'), 'compose.override.yaml': compose('two') })).toEqual([]);
  });

  it('takes moved API groups for the same object', () => {
    const ingress = (apiVersion: string): string => `apiVersion: ${apiVersion}\nkind: Ingress\nmetadata:\n  name: web\nspec:\n  ingressClassName: nginx\n`;
    expect(told(groupsIn({ 'a.yaml': ingress('extensions/v1beta1'), 'b.yaml': ingress('networking.k8s.io/v1') }))).toEqual(['identity-conflict a.yaml#0 b.yaml#0']);
  });

  it('takes the items of a list for documents', () => {
    const item = config('one', 'x').trimEnd().split('\n').map((line, at) => `${at === 0 ? '  - ' : '    '}${line}`).join('\n');
    const [group] = groupsIn({ 'a.yaml': config('one', 'x'), 'list.yaml': `apiVersion: v1\nkind: List\nitems:\n${item}\n` });
    expect(group).toMatchObject({ class: 'semantic-dup', members: [{ path: 'a.yaml', item: null }, { path: 'list.yaml', item: 0 }] });
  });

  it('says the same whatever order the files come in', () => {
    const files = Object.entries({
      'kustomization.yaml': 'resources:\n  - a.yaml\n  - b.yaml\n',
      'a.yaml': config('one', 'x'),
      'b.yaml': config('one', 'y'),
      'examples/a.yaml': config('one', 'x'),
      'staging/c.yaml': config('two', 'x'),
      'production/c.yaml': config('two', 'y'),
      'd.yaml': `${config('three', 'x')}---\n${config('three', 'x')}`,
      'e.yaml': config('three', 'x'),
      'compose.yaml': 'services:\n  web:\n    image: x\n',
      'docker-compose.yml': 'services:\n  web:\n    image: y\n',
    }).map(([path, text]) => file(path, text));
    const expected = groupsOfTree(collect(files));
    expect(expected.length).toBeGreaterThan(4);
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
        const { applyRoots } = collect(shuffled);
        expect(applyRoots).toEqual(collect(files).applyRoots);
        expect(groupsOfTree(collect(shuffled))).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

describe('marks in comments', () => {
  it.each(['# created_by: admin\n', '\ufeff# created_by: admin\n', '\n\n# created_by: admin\n', '---\r\n# created-by = admin\r\n'])('are read at the top of %j', (head) => {
    expect(commentMarks(`${head}kind: ConfigMap\n# managed: true\n`)).toEqual({ created_by: 'admin' });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinks, type LinkFault } from '@shared/domain/gitops/links/check-links';
import { fileLinks } from '@shared/domain/gitops/links/file-links';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';

type Tree = Readonly<Record<string, string>>;

/** `more`: files that are no YAML. */
function faults(tree: Tree, more: readonly string[] = []): readonly LinkFault[] {
  const links = Object.entries(tree).flatMap(([path, text]) => fileLinks(readManifests(new TextEncoder().encode(text), path), path, () => text) ?? []);
  const paths = [...Object.keys(tree), ...more];
  return checkLinks(links, (path) => (paths.includes(path) ? 'file' : paths.some((one) => one.startsWith(`${path}/`)) ? 'folder' : 'missing'));
}

const told = (tree: Tree, more: readonly string[] = []): readonly string[] => faults(tree, more).map((one) => `${one.severity} ${one.rule} ${one.file} ${one.message}`);

const object = (kind: string, name: string, more = '', apiVersion = 'v1'): string => `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${more}`;
const map = (name: string, more = 'data: {a: "1"}\n'): string => object('ConfigMap', name, more);
const deployment = (pod: string, { name = 'store', namespace = '', labels = '{app: store}' } = {}): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\n${namespace === '' ? '' : `  namespace: ${namespace}\n`}spec:\n  template:\n    metadata: {labels: ${labels}}\n    spec:\n      ${pod}\n`;
const env = (name: string, { key = 'a', optional = false, kind = 'configMapKeyRef' } = {}): string => deployment(`containers: [{name: store, env: [{name: A, valueFrom: {${kind}: {name: ${name}, key: ${key}${optional ? ', optional: true' : ''}}}}]}]`);
const envFrom = (name: string, more = '', kind = 'configMapRef'): string => deployment(`containers: [{name: store, envFrom: [{${kind}: {name: ${name}${more}}}]}]`);
const service = (selector: string, ports = '[{port: 80, name: http}]'): string => object('Service', 'store', `spec: {selector: ${selector}, ports: ${ports}}\n`);
const ingress = (port: string, name = 'store'): string => object('Ingress', 'store', `spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: ${name}, port: ${port}}}}]}}]}\n`, 'networking.k8s.io/v1');
const kustomization = (text: string): string => `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${text}`;

describe('references between objects', () => {
  const cases: readonly (readonly [string, Tree, readonly string[]])[] = [
    ['a ConfigMap that is there', { 'a.yaml': envFrom('settings'), 'b.yaml': map('settings') }, []],
    ['one that is nowhere may come from outside', { 'a.yaml': envFrom('settings') }, ['info object a.yaml There is no ConfigMap "settings" in this folder.']],
    ['one with a slip in its name', { 'a.yaml': envFrom('setings'), 'b.yaml': map('settings') }, ['warning object a.yaml There is no ConfigMap "setings" here: did you mean settings?']],
    ['a name like it that something else uses is no slip', { 'a.yaml': envFrom('app-key', '', 'secretRef'), 'b.yaml': object('Secret', 'api-key'), 'c.yaml': envFrom('api-key', '', 'secretRef') }, ['info object a.yaml There is no Secret "app-key" in this folder.']],
    ['a name that differs by its number is no slip', { 'a.yaml': envFrom('disk-2'), 'b.yaml': map('disk-1') }, ['info object a.yaml There is no ConfigMap "disk-2" in this folder.']],
    ['an optional one', { 'a.yaml': envFrom('none', ', optional: true'), 'b.yaml': env('none', { optional: true }) }, []],
    ['a key that is there', { 'a.yaml': env('settings'), 'b.yaml': map('settings') }, []],
    ['a key that is not there', { 'a.yaml': env('settings', { key: 'b' }), 'b.yaml': map('settings') }, ['warning key a.yaml The ConfigMap "settings" of b.yaml has no key "b": did you mean a?']],
    ['a Secret without any keys is filled in the cluster', { 'a.yaml': env('token', { kind: 'secretKeyRef' }), 'b.yaml': object('Secret', 'token') }, []],
    ['another namespace', { 'a.yaml': deployment('containers: [{name: store, envFrom: [{configMapRef: {name: settings}}]}]', { namespace: 'shop' }), 'b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: other}\n' }, ['warning object a.yaml The ConfigMap "settings" of b.yaml is in the namespace other, not in shop.']],
    ['a namespace that one of them does not say', { 'a.yaml': deployment('containers: [{name: store, envFrom: [{configMapRef: {name: settings}}]}]', { namespace: 'shop' }), 'b.yaml': map('settings') }, []],
    ['volumes of every kind', { 'a.yaml': deployment('volumes: [{name: a, configMap: {name: m}}, {name: b, secret: {secretName: s}}, {name: c, persistentVolumeClaim: {claimName: p}}, {name: d, projected: {sources: [{secret: {name: t}}]}}]') }, ['ConfigMap "m"', 'Secret "s"', 'PersistentVolumeClaim "p"', 'Secret "t"'].map((what) => `info object a.yaml There is no ${what} in this folder.`)],
    ['a claim that a StatefulSet makes for each pod', { 'a.yaml': object('StatefulSet', 'db', 'spec:\n  volumeClaimTemplates: [{metadata: {name: data}}]\n  template: {metadata: {labels: {app: db}}, spec: {volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]}}\n', 'apps/v1'), 'b.yaml': deployment('volumes: [{name: a, persistentVolumeClaim: {claimName: data-db-0}}]') }, []],
    ['a service account', { 'a.yaml': deployment('serviceAccountName: bot'), 'b.yaml': deployment('serviceAccountName: default', { name: 'b' }) }, ['info object a.yaml There is no ServiceAccount "bot" in this folder.']],
    ['what a custom resource names is made by its controller', { 'a.yaml': envFrom('db-app', '', 'secretRef'), 'b.yaml': object('Cluster', 'db', 'spec: {}\n', 'postgresql.cnpg.io/v1'), 'c.yaml': envFrom('token', '', 'secretRef'), 'd.yaml': object('ExternalSecret', 'x', 'spec: {target: {name: token}}\n', 'external-secrets.io/v1') }, []],
    ['names that are filled in later', { 'a.yaml': envFrom('${APP}-settings'), 'b.yaml': envFrom('store-config'), 'c.yaml': map('${APP}-config') }, []],
    ['what a file may hold that cannot be read is told as that', { 'a.yaml': envFrom('settings'), 'b/b.yaml': `${map('settings')}a: [\n` }, ['info object a.yaml The ConfigMap "settings" may be in b/b.yaml, which cannot be read.']],
    ['what it cannot hold is missing as ever', { 'a.yaml': envFrom('setings'), 'b.yaml': 'a: [\n', 'c.yaml': map('settings') }, ['warning object a.yaml There is no ConfigMap "setings" here: did you mean settings?']],
    ['a file that cannot be read and fills names in later may hold anything', { 'a.yaml': envFrom('settings'), 'b.yaml': 'a: [${NAME}\n' }, []],
    ['pods that may be in a file that cannot be read', { 'c.yaml': service('{app: store}'), 'd.yaml': `${deployment('containers: []')}a: [\n` }, ['info selector c.yaml The pods it selects may be in d.yaml, which cannot be read.']],
    ['what a root misses, although one of its files cannot be read', { 'kustomization.yaml': kustomization('resources: [a.yaml, b.yaml]\n'), 'a.yaml': envFrom('settings'), 'b.yaml': 'a: [\n' }, ['info object a.yaml There is no ConfigMap "settings" in this folder.']],
    ['roles', { 'a.yaml': object('RoleBinding', 'x', 'roleRef: {kind: Role, name: reader}\nsubjects: [{kind: ServiceAccount, name: bot, namespace: n}, {kind: User, name: me}]\n', 'rbac.authorization.k8s.io/v1'), 'b.yaml': object('ClusterRoleBinding', 'y', 'roleRef: {kind: ClusterRole, name: view}\n', 'rbac.authorization.k8s.io/v1') }, ['Role "reader"', 'ServiceAccount "bot"'].map((what) => `info object a.yaml There is no ${what} in this folder.`)],
    ['what is to be scaled', { 'a.yaml': object('HorizontalPodAutoscaler', 'x', 'spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: stroe}}\n', 'autoscaling/v2'), 'b.yaml': deployment('containers: []') }, ['warning object a.yaml There is no Deployment "stroe" here: did you mean store?']],
    ['a port of a service by number and by name', { 'a.yaml': ingress('{number: 80}'), 'b.yaml': ingress('{name: http}'), 'c.yaml': service('{app: store}'), 'd.yaml': deployment('containers: []') }, []],
    ['a port that the service has not', { 'a.yaml': ingress('{number: 81}'), 'c.yaml': service('{app: store}'), 'd.yaml': deployment('containers: []') }, ['warning port a.yaml The Service "store" of c.yaml has no port 81, only "http", 80.']],
    ['a service that is not there', { 'a.yaml': ingress('{number: 80}', 'stoer'), 'c.yaml': service('{app: store}'), 'd.yaml': deployment('containers: []') }, ['warning object a.yaml There is no Service "stoer" here: did you mean store?']],
    ['a selector with a slip', { 'c.yaml': service('{app: stroe}'), 'd.yaml': deployment('containers: []') }, ['warning selector c.yaml No pod here has the labels app: stroe; those of d.yaml have app: store.']],
    ['a selector whose pods are elsewhere', { 'c.yaml': service('{app: postgres}'), 'd.yaml': deployment('containers: []') }, ['info selector c.yaml No pod template in this folder has the labels app: postgres.']],
    ['a selector of pods that a controller makes', { 'c.yaml': service('{cnpg.io/cluster: db}'), 'b.yaml': object('Cluster', 'db', 'spec: {}\n', 'postgresql.cnpg.io/v1') }, []],
  ];
  it.each(cases)('%s', (_name, tree, expected) => expect(told(tree)).toEqual(expected));

  it('are looked for where they are applied, and a root does not lend to its variants', () => {
    const tree = {
      'base/kustomization.yaml': kustomization('resources: [store.yaml]\n'),
      'base/store.yaml': envFrom('settings'),
      'overlays/a/kustomization.yaml': kustomization('namePrefix: a-\nresources: [../../base]\nconfigMapGenerator: [{name: settings, literals: [a=1]}]\n'),
      'overlays/b/kustomization.yaml': kustomization('resources: [../../base]\n'),
    };
    expect(told(tree)).toEqual(['warning object base/store.yaml The ConfigMap "settings" is not in what overlays/b applies, only in overlays/a.']);
    expect(told({ ...tree, 'overlays/b/kustomization.yaml': kustomization('resources: [../../base, https://example.org/all.yaml]\n') })).toEqual([]);
    expect(told({ ...tree, 'overlays/b/kustomization.yaml': kustomization('resources: [../../base, ../../settings]\n'), 'settings/kustomization.yaml': kustomization('resources: [map.yaml]\n'), 'settings/map.yaml': map('settings') })).toEqual([]);
  });

  it('are told of a file that a kustomization leaves out, and respect names with a hash', () => {
    expect(told({ 'a/kustomization.yaml': kustomization('resources: [store.yaml]\n'), 'a/store.yaml': envFrom('settings'), 'a/map.yaml': map('settings') })).toEqual(['warning object a/store.yaml The ConfigMap "settings" is in a/map.yaml, which the kustomization of a does not take in.']);
    expect(told({ 'a/kustomization.yaml': kustomization('resources: [store.yaml]\nconfigMapGenerator: [{name: settings, literals: [a=1]}]\n'), 'a/store.yaml': envFrom('settings-8mbdf7882g') })).toEqual([]);
  });

  it('are not asked for keys and ports where patches may add them', () => {
    const tree = { 'a/kustomization.yaml': kustomization('resources: [store.yaml, map.yaml]\npatches: [{patch: "", target: {kind: ConfigMap}}]\n'), 'a/store.yaml': env('settings', { key: 'b' }), 'a/map.yaml': map('settings') };
    expect(told(tree)).toEqual([]);
  });

  it('say the same whatever the order of the files', () => {
    const tree: Tree = Object.fromEntries(cases.flatMap(([, files], at) => Object.entries(files).map(([path, text]) => [`${String(at)}/${path}`, text])));
    const expected = told(tree);
    expect(expected.length).toBeGreaterThan(5);
    fc.assert(fc.property(fc.shuffledSubarray(Object.keys(tree), { minLength: Object.keys(tree).length }), (order) => {
      expect(told(Object.fromEntries(order.map((path) => [path, tree[path] ?? ''])))).toEqual(expected);
    }), { numRuns: 20 });
  });
});

describe('files that others name', () => {
  it('of a kustomization must be there, with what kustomize reads', () => {
    const text = 'resources: [store.yaml, gone.yaml, ../base, ../empty, https://example.org/x.yaml, github.com/a/b, gitlab.com/a/b, "${later}"]\ncomponents: [store.yaml]\npatches: [{path: patch.yaml}]\nconfigMapGenerator: [{name: a, files: [app.conf, k=lost.conf], envs: [.env]}]\n';
    const tree = { 'a/kustomization.yaml': kustomization(text), 'a/store.yaml': map('a'), 'base/kustomization.yaml': kustomization(''), 'empty/x.yaml': map('x') };
    expect(told(tree, ['a/app.conf', 'a/.env.example'])).toEqual([
      'error file a/kustomization.yaml a/gone.yaml is not there.',
      'error file a/kustomization.yaml The folder empty has no kustomization.yaml.',
      'error file a/kustomization.yaml a/store.yaml is a file: a component is a folder with a kustomization.',
      'error file a/kustomization.yaml a/patch.yaml is not there.',
      'error file a/kustomization.yaml a/lost.conf is not there.',
      'info file a/kustomization.yaml a/.env is not there.',
    ]);
    expect(faults(tree, ['a/app.conf', 'a/.env.example']).at(-1)?.why).toContain('a/.env.example is there: copy it');
  });

  it('of a controller are told only where something speaks for this repository', () => {
    const application = (path: string, repository = 'https://example.org/this.git'): string => object('Application', 'x', `spec: {source: {repoURL: "${repository}", path: ${path}}}\n`, 'argoproj.io/v1alpha1');
    const flux = (path: string): string => object('Kustomization', 'x', `spec: {path: ${path}, sourceRef: {kind: GitRepository, name: flux-system}}\n`, 'kustomize.toolkit.fluxcd.io/v1');
    expect(told({ 'a.yaml': application('apps/store'), 'b.yaml': application('apps/gone'), 'c.yaml': application('gone'), 'apps/store/x.yaml': map('x') })).toEqual(['warning source b.yaml The folder apps/gone is not there.', 'warning source c.yaml The folder gone is not there.']);
    expect(told({ 'b.yaml': application('apps/gone', 'https://example.org/other.git'), 'c.yaml': application('gone', 'https://example.org/other.git'), 'apps/store/x.yaml': map('x') })).toEqual(['info source b.yaml The folder apps/gone is not there.']);
    expect(told({ 'b.yaml': flux('./apps/gone'), 'c.yaml': flux('./apps/store'), 'apps/store/x.yaml': map('x') })).toEqual(['warning source b.yaml The folder apps/gone is not there.']);
    expect(told({ 'b.yaml': flux('./apps/${cluster}'), 'c.yaml': flux('./apps/store'), 'apps/store/x.yaml': map('x') })).toEqual([]);
  });
});

describe('names in compose files', () => {
  const whole = 'services:\n  store:\n    image: a\n    depends_on: [db, cache]\n    networks: [front, default]\n    volumes: ["data:/data", "./src:/src", "/abs:/abs", "C:\\\\x:/x", "${V}:/v", "lost:/lost"]\n    secrets: [key]\n    configs: [{source: conf}]\n  db:\n    image: b\n    network_mode: service:stor\nnetworks: {front: {}}\nvolumes: {data: {}}\nsecrets: {key: {file: key.txt}}\n';

  it('must be declared', () => {
    expect(told({ 'compose.yaml': whole })).toEqual([
      'warning file compose.yaml key.txt is not there.',
      'error compose compose.yaml No service "cache" is declared.',
      'error compose compose.yaml No volume "lost" is declared.',
      'error compose compose.yaml No config "conf" is declared.',
      'error compose compose.yaml No service "stor" is declared: did you mean store?',
    ]);
  });

  it('may be declared in files of the same folder and in those that are read', () => {
    const override = 'services:\n  cache: {image: c}\n  stor: {image: d}\nvolumes: {lost: {}}\n';
    expect(told({ 'compose.yaml': whole, 'compose.override.yaml': `${override}configs: {conf: {file: key.txt}}\n` }, ['key.txt'])).toEqual([]);
    expect(told({ 'compose.yaml': `${whole}include: [more/compose.yaml]\n`, 'more/compose.yaml': `${override}configs: {conf: {content: x}}\n` }, ['key.txt'])).toEqual([]);
    expect(told({ 'compose.yaml': `${whole}include: [gone.yaml]\n` }, ['key.txt'])).toEqual(['error file compose.yaml gone.yaml is not there.']);
    expect(told({ 'compose.dev.yaml': 'services: {store: {image: a, networks: [front]}}\n' })).toEqual(['warning compose compose.dev.yaml No network "front" is declared.']);
  });

  it('of files: what is needed must be there', () => {
    const text = 'services:\n  store:\n    image: a\n    env_file: [.env, {path: more.env, required: false}, "${E}", /etc/x.env, ../../up.env]\n    extends: {file: base.yaml, service: store}\n    depends_on: {db: {condition: service_started, required: false}}\n';
    expect(told({ 'compose.yaml': text })).toEqual(['info file compose.yaml .env is not there.', 'error file compose.yaml base.yaml is not there.']);
    expect(told({ 'compose.yaml': text, 'base.yaml': 'services: {store: {image: a}}\n' }, ['.env'])).toEqual([]);
  });
});

import { isFilledInLater } from '../validate/check-fields';
import type { Path } from '../manifest/places';
import { groupOf } from '../schema/schema-data';
import type { ManifestValue, ReadDocument } from '../types';
import type { MadeObject, ObjectUse, Selection } from './types';
import { list, mapping, text, texts, type Mapping } from './values';

/** What one object makes, uses and selects. */
export interface ObjectLinks {
  readonly made: readonly MadeObject[];
  readonly pods: readonly { readonly namespace: string; readonly labels: { readonly [label: string]: string } }[];
  readonly uses: readonly ObjectUse[];
  readonly selections: readonly Selection[];
}

interface Context {
  readonly document: number;
  readonly item: number | null;
  readonly namespace: string;
  readonly uses: ObjectUse[];
}

const TEMPLATED = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job']);
/** Groups of Kubernetes itself whose objects are looked into. */
const OWN_GROUPS = new Set(['', 'apps', 'batch', 'autoscaling', 'networking.k8s.io', 'rbac.authorization.k8s.io', 'extensions', 'policy']);
const NAME = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const POD_WAITS = 'The pod does not start without it.';

/** Whether this is an object of Kubernetes itself, not of somebody's custom resources. */
export function isOwn(apiVersion: string): boolean {
  return OWN_GROUPS.has(groupOf(apiVersion)) || apiVersion.endsWith('.k8s.io/v1');
}

/** Reads what an object leads to. */
export function objectLinks({ value: given, index, item }: ReadDocument): ObjectLinks {
  const value = mapping(given);
  const kind = text(value['kind']);
  const metadata = mapping(value['metadata']);
  const namespace = isFilledInLater(metadata['namespace'] ?? null) ? '' : text(metadata['namespace']);
  const context: Context = { document: index, item, namespace, uses: [] };
  const spec = mapping(value['spec']);
  const at = podPath(kind);
  const pod = at?.reduce<Mapping>((one, key) => mapping(one[String(key)]), value);
  if (pod !== undefined && at !== null) podUses(pod, at, context, new Set(list(spec['volumeClaimTemplates']).map((claim) => text(mapping(mapping(claim)['metadata'])['name']))));
  otherUses(kind, value, spec, context);
  const labels = at === null ? {} : texts(mapping(at.slice(0, -1).reduce<Mapping>((one, key) => mapping(one[String(key)]), value)['metadata'])['labels']);
  return {
    made: madeBy(kind, value, metadata, namespace),
    pods: at === null ? [] : [{ namespace, labels }],
    uses: context.uses,
    selections: kind === 'Service' ? selectionOf(spec, context) : [],
  };
}

function podPath(kind: string): Path | null {
  if (kind === 'Pod') return ['spec'];
  if (kind === 'PodTemplate') return ['template', 'spec'];
  if (kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
  return TEMPLATED.has(kind) ? ['spec', 'template', 'spec'] : null;
}

function madeBy(kind: string, value: Mapping, metadata: Mapping, namespace: string): readonly MadeObject[] {
  const name = text(metadata['name']);
  const plain = { namespace, keys: null, ports: null };
  const made: MadeObject[] = name === '' ? [] : [{ ...plain, kind, name, keys: keysOf(kind, value), ports: kind === 'Service' ? portsOf(mapping(value['spec'])) : null }];
  // A StatefulSet makes a claim for each of its pods.
  if (kind === 'StatefulSet') for (const claim of list(mapping(value['spec'])['volumeClaimTemplates'])) made.push({ ...plain, kind: 'PersistentVolumeClaim', name: `${text(mapping(mapping(claim)['metadata'])['name'])}-${name}-\${n}` });
  return made;
}

function keysOf(kind: string, value: Mapping): readonly string[] | null {
  if (kind !== 'ConfigMap' && kind !== 'Secret') return null;
  const keys = ['data', 'binaryData', 'stringData'].flatMap((field) => Object.keys(mapping(value[field])));
  // Without any, somebody fills it in the cluster; so for Secrets of the server's own types.
  return keys.length === 0 || text(value['type']).startsWith('kubernetes.io/service-account') ? null : keys;
}

function portsOf(spec: Mapping): readonly (string | number)[] | null {
  const ports = list(spec['ports']).flatMap((one) => [mapping(one)['name'], mapping(one)['port']]).filter((one): one is string | number => typeof one === 'string' || typeof one === 'number');
  return ports.length === 0 || spec['type'] === 'ExternalName' ? null : ports;
}

function selectionOf(spec: Mapping, { document, item, namespace }: Context): readonly Selection[] {
  const labels = texts(spec['selector']);
  if (spec['type'] === 'ExternalName' || Object.keys(labels).length === 0 || Object.values(labels).some(isFilledInLater)) return [];
  return [{ document, item, path: ['spec', 'selector'], namespace, labels }];
}

type More = { readonly key?: ManifestValue | undefined; readonly port?: string | number | undefined; readonly namespace?: string | undefined; readonly why?: string | undefined };

function use(context: Context, kind: string, name: ManifestValue | undefined, path: Path, more: More = {}): void {
  const { document, item, namespace, uses } = context;
  // What cannot be a name stands for one that is put in its place later.
  if (typeof name !== 'string' || !(kind.endsWith('Role') ? name !== '' : NAME.test(name)) || isFilledInLater(name)) return;
  const { key, port } = more;
  uses.push({ document, item, path, kind, name, namespace: more.namespace ?? namespace, key: typeof key === 'string' && key !== '' && !isFilledInLater(key) ? key : null, port: port === undefined || isFilledInLater(port) ? null : port, why: more.why ?? POD_WAITS });
}

/** `claimed`: volumes in whose place a StatefulSet puts a claim of each pod. */
function podUses(pod: Mapping, at: Path, context: Context, claimed: ReadonlySet<string>): void {
  for (const field of ['initContainers', 'containers', 'ephemeralContainers']) list(pod[field]).forEach((one, index) => containerUses(mapping(one), [...at, field, index], context));
  list(pod['volumes']).forEach((one, index) => {
    if (!claimed.has(text(mapping(one)['name']))) volumeUses(mapping(one), [...at, 'volumes', index], context);
  });
  list(pod['imagePullSecrets']).forEach((one, index) => use(context, 'Secret', mapping(one)['name'], [...at, 'imagePullSecrets', index, 'name'], { why: 'A private image cannot be pulled without it.' }));
  if (pod['serviceAccountName'] !== undefined) use(context, 'ServiceAccount', pod['serviceAccountName'], [...at, 'serviceAccountName'], { why: 'No pod is made without it.' });
}

function containerUses(container: Mapping, at: Path, context: Context): void {
  list(container['env']).forEach((one, index) => {
    const from = mapping(mapping(one)['valueFrom']);
    for (const [field, kind] of [['configMapKeyRef', 'ConfigMap'], ['secretKeyRef', 'Secret']] as const) keyed(mapping(from[field]), kind, [...at, 'env', index, 'valueFrom', field], context);
  });
  list(container['envFrom']).forEach((one, index) => {
    for (const [field, kind] of [['configMapRef', 'ConfigMap'], ['secretRef', 'Secret']] as const) {
      const found = mapping(mapping(one)[field]);
      if (found['optional'] !== true) use(context, kind, found['name'], [...at, 'envFrom', index, field, 'name']);
    }
  });
}

function keyed(found: Mapping, kind: string, at: Path, context: Context): void {
  if (found['optional'] !== true) use(context, kind, found['name'], [...at, found['key'] === undefined ? 'name' : 'key'], { key: found['key'] });
}

function volumeUses(volume: Mapping, at: Path, context: Context): void {
  items(mapping(volume['configMap']), 'ConfigMap', 'name', [...at, 'configMap'], context);
  items(mapping(volume['secret']), 'Secret', 'secretName', [...at, 'secret'], context);
  list(mapping(volume['projected'])['sources']).forEach((one, index) => {
    items(mapping(mapping(one)['configMap']), 'ConfigMap', 'name', [...at, 'projected', 'sources', index, 'configMap'], context);
    items(mapping(mapping(one)['secret']), 'Secret', 'name', [...at, 'projected', 'sources', index, 'secret'], context);
  });
  use(context, 'PersistentVolumeClaim', mapping(volume['persistentVolumeClaim'])['claimName'], [...at, 'persistentVolumeClaim', 'claimName']);
}

function items(found: Mapping, kind: string, named: string, at: Path, context: Context): void {
  if (found['optional'] === true) return;
  const keys = list(found['items']);
  if (keys.length === 0) use(context, kind, found[named], [...at, named]);
  keys.forEach((one, index) => use(context, kind, found[named], [...at, 'items', index, 'key'], { key: mapping(one)['key'] }));
}

function otherUses(kind: string, value: Mapping, spec: Mapping, context: Context): void {
  if (kind === 'Ingress') ingressUses(value, spec, context);
  else if (kind === 'HorizontalPodAutoscaler') {
    const target = mapping(spec['scaleTargetRef']);
    if (TEMPLATED.has(text(target['kind'])) && isOwn(text(target['apiVersion']))) use(context, text(target['kind']), target['name'], ['spec', 'scaleTargetRef', 'name'], { why: 'There is nothing to scale without it.' });
  } else if (kind === 'StatefulSet') use(context, 'Service', spec['serviceName'], ['spec', 'serviceName'], { why: 'The pods have no names in DNS without it.' });
  else if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') bindingUses(value, context);
}

function ingressUses(value: Mapping, spec: Mapping, context: Context): void {
  if (!text(value['apiVersion']).startsWith('networking.k8s.io/v1')) return;
  backendUse(mapping(spec['defaultBackend']), ['spec', 'defaultBackend'], context);
  list(spec['rules']).forEach((rule, at) => list(mapping(mapping(rule)['http'])['paths']).forEach((one, index) => backendUse(mapping(mapping(one)['backend']), ['spec', 'rules', at, 'http', 'paths', index, 'backend'], context)));
  // Whoever makes certificates makes the Secret too.
  const annotations = Object.keys(mapping(mapping(value['metadata'])['annotations']));
  if (annotations.some((one) => one.startsWith('cert-manager.io/') || one.startsWith('certmanager.k8s.io/') || one === 'kubernetes.io/tls-acme')) return;
  list(spec['tls']).forEach((one, index) => use(context, 'Secret', mapping(one)['secretName'], ['spec', 'tls', index, 'secretName'], { why: 'There is no certificate without it.' }));
}

function backendUse(backend: Mapping, at: Path, context: Context): void {
  const service = mapping(backend['service']);
  const { name, number } = mapping(service['port']);
  const port = typeof name === 'string' ? name : typeof number === 'number' ? number : undefined;
  use(context, 'Service', service['name'], [...at, 'service', ...(port === undefined ? ['name'] : ['port', typeof port === 'string' ? 'name' : 'number'])], { port, why: 'Requests are answered with an error without it.' });
}

/** Those that every cluster has. */
const GIVEN_ROLES = /^(?:system:.*|extension-apiserver-authentication-reader|cluster-admin|admin|edit|view)$/;

function bindingUses(value: Mapping, context: Context): void {
  const role = mapping(value['roleRef']);
  const roleKind = text(role['kind']);
  if ((roleKind === 'Role' || roleKind === 'ClusterRole') && !GIVEN_ROLES.test(text(role['name']))) use(context, roleKind, role['name'], ['roleRef', 'name'], { why: 'The binding gives nothing without it.', ...(roleKind === 'ClusterRole' ? { namespace: '' } : {}) });
  list(value['subjects']).forEach((one, index) => {
    const subject = mapping(one);
    if (subject['kind'] !== 'ServiceAccount') return;
    const namespace = text(subject['namespace']);
    use(context, 'ServiceAccount', subject['name'], ['subjects', index, 'name'], { why: 'The binding gives nobody anything without it.', namespace: isFilledInLater(namespace) ? '' : namespace });
  });
}

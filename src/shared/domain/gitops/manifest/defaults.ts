import type { ManifestValue } from '../types';
import type { FieldForm, FieldSchema, TypeSchema } from '../schema/schema-data';
import { isMapping } from './classify';
import { DEFAULT_VALUES } from './default-values';

type Mapping = { readonly [key: string]: ManifestValue };

/** A document as the API server would store it: what is left out filled in (k8s.io/kubernetes pkg/apis, defaults.go). */
export function withDefaults(value: ManifestValue, type: TypeSchema): ManifestValue {
  return filled(value, { is: 'object', type });
}

function filled(value: ManifestValue, form: FieldForm): ManifestValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (form.is !== 'list') return value;
    const of = form.of;
    return (value as readonly ManifestValue[]).map((item) => filled(item, of));
  }
  if (form.is === 'map') {
    const of = form.of;
    return of.is === 'object' ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, of)])) : value;
  }
  return form.is === 'object' ? filledObject(value as Mapping, form.type) : value;
}

/** Whether a value says no more than leaving the field out: then the default counts. */
function isAbsent(value: ManifestValue | undefined, field: FieldSchema | undefined): boolean {
  if (value === null || value === undefined) return true;
  if (field === undefined || field.keepsEmpty || field.form.is === 'any') return false;
  return value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0);
}

function filledObject(value: Mapping, type: TypeSchema): Mapping {
  const made: { [key: string]: ManifestValue } = {};
  for (const [key, one] of Object.entries(value)) {
    const field = type.fields.get(key);
    if (isAbsent(one, field)) continue;
    define(made, key, field === undefined ? one : filled(one, field.form));
  }
  const name = shortName(type.name);
  for (const [key, one] of Object.entries(DEFAULT_VALUES[name] ?? {})) made[key] ??= one;
  for (const [key, field] of type.isOpen || type.name.startsWith('custom ') ? type.fields : []) if (field.fallback !== undefined) made[key] ??= filled(field.fallback as ManifestValue, field.form);
  return { ...made, ...DEPENDENT[name]?.(made) };
}

function define(into: { [key: string]: ManifestValue }, key: string, value: ManifestValue): void {
  if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else into[key] = value;
}

const SHORT_NAMES = new Map<string, string>();

/** `core.v1.Container` of `io.k8s.api.core.v1.Container`. */
function shortName(name: string): string {
  const known = SHORT_NAMES.get(name);
  if (known !== undefined) return known;
  const short = name.startsWith('io.k8s.api.') ? name.slice('io.k8s.api.'.length) : name;
  SHORT_NAMES.set(name, short);
  return short;
}

const mapping = (value: ManifestValue | undefined): Mapping => (isMapping(value) ? value : {});
const list = (value: ManifestValue | undefined): readonly ManifestValue[] => (Array.isArray(value) ? (value as readonly ManifestValue[]) : []);
const isEmpty = (value: ManifestValue | undefined): boolean => Object.keys(mapping(value)).length === 0;

/** The policy depends on whether the newest image is meant. */
export function pullPolicy(image: ManifestValue | undefined): string {
  const name = typeof image === 'string' ? image : '';
  if (name.includes('@')) return /:latest@/.test(name) ? 'Always' : 'IfNotPresent';
  const tag = /:([^/:]*)$/.exec(name)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function container(value: Mapping): Mapping {
  return value['imagePullPolicy'] === undefined ? { imagePullPolicy: pullPolicy(value['image']) } : {};
}

function servicePort(value: Mapping): Mapping {
  const target = value['targetPort'];
  return target === undefined || target === 0 || target === '' ? { targetPort: value['port'] ?? 0 } : {};
}

function service(value: Mapping): Mapping {
  const type = value['type'];
  const made: { [key: string]: ManifestValue } = {};
  if ((type === 'NodePort' || type === 'LoadBalancer' || list(value['externalIPs']).length > 0) && value['externalTrafficPolicy'] === undefined) made['externalTrafficPolicy'] = 'Cluster';
  if (type !== 'ExternalName' && value['internalTrafficPolicy'] === undefined) made['internalTrafficPolicy'] = 'Cluster';
  if (type === 'LoadBalancer' && value['allocateLoadBalancerNodePorts'] === undefined) made['allocateLoadBalancerNodePorts'] = true;
  const timeout = mapping(mapping(value['sessionAffinityConfig'])['clientIP'])['timeoutSeconds'];
  if (value['sessionAffinity'] === 'ClientIP' && timeout === undefined) made['sessionAffinityConfig'] = { clientIP: { timeoutSeconds: 10_800 } };
  if (value['sessionAffinity'] === 'None') made['sessionAffinityConfig'] = null;
  return made;
}

function volume(value: Mapping): Mapping {
  const image = value['image'];
  if (isMapping(image) && image['pullPolicy'] === undefined) return { image: { ...image, pullPolicy: pullPolicy(image['reference']) } };
  return Object.keys(value).every((key) => key === 'name') ? { emptyDir: {} } : {};
}

function withRequests(value: ManifestValue): ManifestValue {
  const resources = mapping(mapping(value)['resources']);
  if (isEmpty(resources['limits'])) return value;
  return { ...mapping(value), resources: { ...resources, requests: { ...mapping(resources['limits']), ...mapping(resources['requests']) } } };
}

function withHostPorts(value: ManifestValue): ManifestValue {
  const ports = list(mapping(value)['ports']);
  return ports.length === 0 ? value : { ...mapping(value), ports: ports.map((port) => ({ ...mapping(port), hostPort: mapping(port)['hostPort'] ?? mapping(port)['containerPort'] ?? 0 })) };
}

function pod(value: Mapping): Mapping {
  const spec = mapping(value['spec']);
  const made: { [key: string]: ManifestValue } = { ...spec, enableServiceLinks: spec['enableServiceLinks'] ?? true };
  for (const field of ['containers', 'initContainers']) {
    if (!Array.isArray(spec[field])) continue;
    const withResources = list(spec[field]).map(withRequests);
    made[field] = spec['hostNetwork'] === true ? withResources.map(withHostPorts) : withResources;
  }
  return { spec: made };
}

function rolling(defaults: Mapping, always: boolean) {
  return (field: string, fallback: string) =>
    (value: Mapping): Mapping => {
      const strategy = mapping(value[field]);
      const type = strategy['type'] ?? fallback;
      const rolls = type === 'RollingUpdate' || (always && strategy['rollingUpdate'] !== undefined);
      return { [field]: { ...strategy, type, ...(rolls ? { rollingUpdate: { ...defaults, ...mapping(strategy['rollingUpdate']) } } : {}) } };
    };
}

function statefulSet(value: Mapping): Mapping {
  const strategy = mapping(value['updateStrategy']);
  const type = strategy['type'] ?? 'RollingUpdate';
  const update = strategy['rollingUpdate'] ?? (strategy['type'] === undefined ? {} : undefined);
  const rollingUpdate = type === 'RollingUpdate' && update !== undefined ? { rollingUpdate: { partition: 0, ...mapping(update) } } : {};
  return { updateStrategy: { ...strategy, type, ...rollingUpdate }, persistentVolumeClaimRetentionPolicy: value['persistentVolumeClaimRetentionPolicy'] ?? { whenDeleted: 'Retain', whenScaled: 'Retain' } };
}

function jobSpec(value: Mapping): Mapping {
  const both = value['completions'] === undefined && value['parallelism'] === undefined;
  return {
    ...(both ? { completions: 1 } : {}),
    parallelism: value['parallelism'] ?? 1,
    backoffLimit: value['backoffLimit'] ?? (value['backoffLimitPerIndex'] === undefined ? 6 : 2147483647),
    podReplacementPolicy: value['podReplacementPolicy'] ?? (value['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed'),
  };
}

/** Labels of the pod template stand for those of the object, where it has none. */
function labelsOfTemplate(value: Mapping): Mapping {
  const metadata = mapping(value['metadata']);
  const labels = mapping(mapping(mapping(value['spec'])['template'])['metadata'])['labels'];
  return isMapping(labels) && isEmpty(metadata['labels']) ? { metadata: { ...metadata, labels } } : {};
}

function selectorOfTemplate(wrapped: boolean) {
  return (value: Mapping): Mapping => {
    const spec = mapping(value['spec']);
    const labels = mapping(mapping(spec['template'])['metadata'])['labels'];
    if (!isMapping(labels)) return {};
    const isMissing = wrapped ? spec['selector'] === undefined : isEmpty(spec['selector']);
    return { ...labelsOfTemplate(value), ...(isMissing ? { spec: { ...spec, selector: wrapped ? { matchLabels: labels } : labels } } : {}) };
  };
}

function networkPolicy(value: Mapping): Mapping {
  if (list(value['policyTypes']).length > 0) return {};
  return { policyTypes: ['Ingress', ...(list(value['egress']).length > 0 ? ['Egress'] : [])] };
}

function autoscaler(value: Mapping): Mapping {
  const made: { [key: string]: ManifestValue } = {};
  if (list(value['metrics']).length === 0) made['metrics'] = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
  if (isMapping(value['behavior'])) {
    const up = { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }] };
    const down = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };
    made['behavior'] = { scaleUp: { ...up, ...mapping(value['behavior']['scaleUp']) }, scaleDown: { ...down, ...mapping(value['behavior']['scaleDown']) } };
  }
  return made;
}

function subject(value: Mapping): Mapping {
  return (value['kind'] === 'User' || value['kind'] === 'Group') && value['apiGroup'] === undefined ? { apiGroup: 'rbac.authorization.k8s.io' } : {};
}

function limitRangeItem(value: Mapping): Mapping {
  if (value['type'] !== 'Container') return {};
  const limits = { ...mapping(value['max']), ...mapping(value['default']) };
  return { default: limits, defaultRequest: { ...mapping(value['min']), ...limits, ...mapping(value['defaultRequest']) } };
}

function namespace(value: Mapping): Mapping {
  const metadata = mapping(value['metadata']);
  const name = metadata['name'];
  return typeof name === 'string' ? { metadata: { ...metadata, labels: { ...mapping(metadata['labels']), 'kubernetes.io/metadata.name': name } } } : {};
}

/** Every object: the namespace `default` is where it goes when none is named. */
function objectMeta(value: Mapping): Mapping {
  return value['namespace'] === 'default' ? { namespace: null } : {};
}

const appsDeployment = rolling({ maxUnavailable: '25%', maxSurge: '25%' }, false)('strategy', 'RollingUpdate');
const appsDaemonSet = rolling({ maxUnavailable: 1, maxSurge: 0 }, false)('updateStrategy', 'RollingUpdate');

const DEPENDENT: { readonly [type: string]: (value: Mapping) => Mapping } = {
  metadata: objectMeta,
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': objectMeta,
  'core.v1.Container': container,
  'core.v1.EphemeralContainer': container,
  'core.v1.ServicePort': servicePort,
  'core.v1.ServiceSpec': service,
  'core.v1.Volume': volume,
  'core.v1.Pod': pod,
  'core.v1.Namespace': namespace,
  'core.v1.LimitRangeItem': limitRangeItem,
  'core.v1.ReplicationController': selectorOfTemplate(false),
  'apps.v1.DeploymentSpec': appsDeployment,
  'apps.v1.DaemonSetSpec': appsDaemonSet,
  'apps.v1.StatefulSetSpec': statefulSet,
  'apps.v1beta1.Deployment': selectorOfTemplate(true),
  'apps.v1beta1.DeploymentSpec': appsDeployment,
  'apps.v1beta2.DeploymentSpec': appsDeployment,
  'apps.v1beta2.DaemonSetSpec': appsDaemonSet,
  'apps.v1beta2.StatefulSetSpec': statefulSet,
  'extensions.v1beta1.Deployment': selectorOfTemplate(true),
  'extensions.v1beta1.DaemonSet': selectorOfTemplate(true),
  'extensions.v1beta1.ReplicaSet': selectorOfTemplate(true),
  'extensions.v1beta1.DeploymentSpec': rolling({ maxUnavailable: 1, maxSurge: 1 }, true)('strategy', 'RollingUpdate'),
  'extensions.v1beta1.DaemonSetSpec': rolling({ maxUnavailable: 1, maxSurge: 0 }, false)('updateStrategy', 'OnDelete'),
  'batch.v1.JobSpec': jobSpec,
  'batch.v1.Job': labelsOfTemplate,
  'networking.v1.NetworkPolicySpec': networkPolicy,
  'extensions.v1beta1.NetworkPolicySpec': networkPolicy,
  'autoscaling.v2.HorizontalPodAutoscalerSpec': autoscaler,
  'rbac.v1.Subject': subject,
};

import { dump } from 'js-yaml';
import { flowText, isMapping, nodes, pick, put, shuffled, yamlText, type Data, type Mapping, type Node } from './manifest-values';

/** Changes after which a manifest means the same. Each gives the new text, or null where it does not apply. */
export type Mutation = (value: Data, text: string, random: () => number) => string | null;
/** A change of the value, in place; false where it does not apply. */
export type ValueMutation = (value: Data, random: () => number) => boolean;

const TOP_KEY = /^(?=[A-Za-z])/gm;
const isTextOnly = (text: string): boolean => !/^(?:---|\.\.\.|%)/m.test(text) && /^[A-Za-z]/m.test(text);

function withKeysShuffled(value: Data, random: () => number): Data {
  if (Array.isArray(value)) return value.map((one) => withKeysShuffled(one, random));
  return isMapping(value) ? Object.fromEntries(shuffled(Object.entries(value), random).map(([key, one]) => [key, withKeysShuffled(one, random)])) : value;
}

function number(random: () => number): (value: number) => string {
  return (value) => {
    if (!Number.isInteger(value) || value < 8) return JSON.stringify(value);
    const forms = [`0x${value.toString(16)}`, `0${value.toString(8)}`, `0o${value.toString(8)}`, `0b${value.toString(2)}`, `+${value}`, value >= 1000 ? `${Math.floor(value / 1000)}_${String(value % 1000).padStart(3, '0')}` : String(value)];
    return pick(forms, random) ?? String(value);
  };
}

/** How a value is written: the same value each time. */
export const WRITINGS: { readonly [name: string]: Mutation } = {
  'key order': (value, _, random) => yamlText(withKeysShuffled(value, random)),
  comments: (_, text) => (isTextOnly(text) ? `# what this is\n${text.replaceAll(TOP_KEY, '# about the next\n')}\n# end\n` : null),
  'blank lines': (_, text) => (isTextOnly(text) ? `\n\n${text.replaceAll(TOP_KEY, '\n  \n')}\n\n` : null),
  indentation: (value) => dump(value, { indent: 4, lineWidth: -1, noRefs: true }),
  'lists not indented': (value) => dump(value, { seqNoIndent: true, lineWidth: -1, noRefs: true }),
  'line ends': (_, text) => text.replaceAll(/\r?\n/g, '\r\n'),
  'byte order mark': (_, text) => `\ufeff${text}`,
  quotes: (value) => dump(value, { forceQuotes: true, quoteStyle: 'double', lineWidth: -1, noRefs: true }),
  'folded lines': (value) => dump(value, { lineWidth: 40, noRefs: true }),
  'flow style': (value) => dump(value, { flowLevel: 0, lineWidth: -1, noRefs: true }),
  kyaml: (value) => `---\n${flowText(value)}\n`,
  json: (value) => JSON.stringify(value, null, 2),
  anchors: (value) => {
    const made = structuredClone(value);
    const seen = new Map<string, Data>();
    let shared = false;
    for (const node of nodes(made)) {
      if (typeof node.value !== 'object' || node.value === null || Object.keys(node.value).length === 0) continue;
      const known = seen.get(JSON.stringify(node.value));
      if (known === undefined) seen.set(JSON.stringify(node.value), node.value);
      else {
        put(node, known);
        shared = true;
      }
    }
    return shared ? dump(made, { lineWidth: -1 }) : null;
  },
  'merge keys': (value) => flowText(value, { merges: true }),
  'spelling of numbers': (value, _, random) => (nodes(value).some((node) => typeof node.value === 'number' && node.value >= 8) ? flowText(value, { number: number(random) }) : null),
  'spelling of booleans': (value, _, random) => (nodes(value).some((node) => typeof node.value === 'boolean') ? flowText(value, { boolean: (is) => pick(is ? ['yes', 'on', 'True', 'y', 'YES'] : ['no', 'off', 'False', 'n', 'NO'], random) ?? String(is) }) : null),
  separators: (_, text) => (isTextOnly(text) ? `---\n${text}\n---\n# nothing more\n` : null),
  'wrapped in a List': (value) => yamlText({ apiVersion: 'v1', kind: 'List', items: [value] }),
};

const QUANTITY_PARENTS = new Set(['limits', 'requests', 'capacity', 'hard', 'allocatable', 'default', 'defaultRequest']);

/** Places whose values are quantities. */
export function quantities(value: Data): readonly Node[] {
  return nodes(value).filter((node) => QUANTITY_PARENTS.has(String(node.path.at(-2))) && (typeof node.value === 'string' || typeof node.value === 'number') && /^\d+(?:\.\d+)?[a-zA-Z]*$/.test(String(node.value)));
}

const BINARY = ['Ki', 'Mi', 'Gi', 'Ti'];
const DECIMAL = ['k', 'M', 'G', 'T'];

function respelled(text: string): string | null {
  const match = /^(\d+)(m|[KMGT]i|[kMGT]|)$/.exec(text);
  if (match === null) return null;
  const [, digits = '0', suffix = ''] = match;
  const whole = Number(digits);
  if (suffix === 'm') return String(whole / 1000);
  if (suffix === '') return `${whole * 1000}m`;
  const list = suffix.endsWith('i') ? BINARY : DECIMAL;
  const at = list.indexOf(suffix);
  return at === 0 ? null : `${whole * (suffix.endsWith('i') ? 1024 : 1000)}${list[at - 1] ?? ''}`;
}

const KEYED_LISTS = new Set(['ports', 'env', 'volumes', 'volumeMounts', 'containers', 'imagePullSecrets', 'hostAliases', 'topologySpreadConstraints', 'ownerReferences']);

function specs(value: Data, kinds: readonly string[]): readonly Mapping[] {
  return isMapping(value) && kinds.includes(String(value['kind'])) && isMapping(value['spec']) ? [value['spec']] : [];
}

/** All mappings under a key of that name that hold something like what is meant. */
function under(value: Data, key: string): readonly Mapping[] {
  return nodes(value).flatMap((node) => (node.key === key ? (Array.isArray(node.value) ? node.value : [node.value]) : [])).filter(isMapping);
}

function pods(value: Data): readonly Mapping[] {
  return nodes(value).flatMap((node) => (node.key === 'spec' && isMapping(node.value) && Array.isArray(node.value['containers']) ? [node.value] : []));
}

const DEFAULTS: readonly ((value: Data) => readonly (readonly [Mapping, string, Data])[])[] = [
  (value) => specs(value, ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController']).map((one) => [one, 'replicas', 1] as const),
  (value) => (isMapping(value) && value['apiVersion'] === 'apps/v1' ? specs(value, ['Deployment', 'StatefulSet', 'DaemonSet']).map((one) => [one, 'revisionHistoryLimit', 10] as const) : []),
  (value) => (isMapping(value) && value['apiVersion'] === 'apps/v1' ? specs(value, ['Deployment']).map((one) => [one, 'strategy', { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } }] as const) : []),
  (value) => specs(value, ['Service']).filter((one) => one['type'] === undefined).map((one) => [one, 'type', 'ClusterIP'] as const),
  (value) => specs(value, ['Service']).map((one) => [one, 'sessionAffinity', 'None'] as const),
  (value) => specs(value, ['Service']).flatMap((one) => under(one, 'ports')).flatMap((one) => [[one, 'protocol', 'TCP'] as const, [one, 'targetPort', one['port'] ?? 0] as const]),
  (value) => pods(value).flatMap((one) => under(one, 'containers')).flatMap((one) => under(one, 'ports')).map((one) => [one, 'protocol', 'TCP'] as const),
  (value) => pods(value).flatMap((one) => [[one, 'restartPolicy', 'Always'] as const, [one, 'dnsPolicy', 'ClusterFirst'] as const, [one, 'hostNetwork', false] as const, [one, 'terminationGracePeriodSeconds', 30] as const, [one, 'securityContext', {}] as const]),
  (value) => pods(value).flatMap((one) => under(one, 'containers')).flatMap((one) => [[one, 'terminationMessagePath', '/dev/termination-log'] as const, [one, 'resources', {}] as const, [one, 'stdin', false] as const]),
  (value) => pods(value).flatMap((one) => [...under(one, 'livenessProbe'), ...under(one, 'readinessProbe')]).flatMap((one) => [[one, 'periodSeconds', 10] as const, [one, 'timeoutSeconds', 1] as const, [one, 'failureThreshold', 3] as const]),
  (value) => pods(value).flatMap((one) => under(one, 'configMap').filter((map) => 'name' in map && !('key' in map))).map((one) => [one, 'defaultMode', 420] as const),
  (value) => specs(value, ['PersistentVolumeClaim', 'PersistentVolume']).map((one) => [one, 'volumeMode', 'Filesystem'] as const),
  (value) => (isMapping(value) && value['kind'] === 'Secret' ? [[value, 'type', 'Opaque'] as const] : []),
  (value) => (isMapping(value) && value['kind'] === 'StorageClass' ? [[value, 'reclaimPolicy', 'Delete'] as const, [value, 'volumeBindingMode', 'Immediate'] as const] : []),
  (value) => (isMapping(value) && value['kind'] === 'CronJob' ? specs(value, ['CronJob']).map((one) => [one, 'concurrencyPolicy', 'Allow'] as const) : []),
];

/** Changes of the value that mean nothing to Kubernetes. */
export const SAME_VALUES: { readonly [name: string]: ValueMutation } = {
  'spelling of quantities': (value, random) => {
    const options = quantities(value).filter((node) => respelled(String(node.value)) !== null);
    for (const node of options) if (random() < 0.7 || node === options[0]) put(node, respelled(String(node.value)) ?? node.value);
    return options.length > 0;
  },
  'port as text': (value) => {
    const found = nodes(value).filter((node) => ['targetPort', 'maxUnavailable', 'maxSurge', 'minAvailable'].includes(String(node.key)) && typeof node.value === 'number' && node.value > 0);
    for (const node of found) put(node, String(node.value));
    return found.length > 0;
  },
  'order of keyed lists': (value, random) => {
    const found = nodes(value).filter((node) => KEYED_LISTS.has(String(node.key)) && Array.isArray(node.value) && node.value.length > 1 && !JSON.stringify(node.value).includes('$('));
    for (const node of found) put(node, shuffled(node.value as Data[], random).reverse());
    return found.length > 0;
  },
  'defaults written out': (value, random) => {
    const fitting = DEFAULTS.flatMap((one) => one(value)).filter(([into, key]) => !(key in into));
    for (const [into, key, one] of fitting) if (random() < 0.6 || into === fitting[0]?.[0]) into[key] = structuredClone(one);
    return fitting.length > 0;
  },
  'null keys': (value) => {
    if (!isMapping(value) || !isMapping(value['metadata'])) return false;
    value['metadata']['creationTimestamp'] = null;
    value['metadata']['annotations'] ??= null;
    for (const pod of pods(value)) pod['affinity'] ??= null;
    return true;
  },
  'stringData for data': (value) => {
    if (!isMapping(value) || value['kind'] !== 'Secret' || !isMapping(value['data'])) return false;
    const texts = Object.entries(value['data']).map(([key, one]) => [key, typeof one === 'string' ? Buffer.from(one, 'base64').toString('utf8') : null] as const);
    if (texts.length === 0 || texts.some(([key, text]) => text === null || Buffer.from(text).toString('base64') !== (value['data'] as Mapping)[key])) return false;
    delete value['data'];
    value['stringData'] = Object.fromEntries(texts);
    return true;
  },
  'namespace default': (value) => {
    if (!isMapping(value) || !isMapping(value['metadata']) || 'namespace' in value['metadata']) return false;
    value['metadata']['namespace'] = 'default';
    return true;
  },
  'last applied': (value) => {
    if (!isMapping(value) || !isMapping(value['metadata'])) return false;
    value['metadata']['annotations'] = { ...(isMapping(value['metadata']['annotations']) ? value['metadata']['annotations'] : {}), 'kubectl.kubernetes.io/last-applied-configuration': '{"a":1}\n' };
    return true;
  },
  'what the server writes': (value) => {
    if (!isMapping(value) || !isMapping(value['metadata'])) return false;
    Object.assign(value['metadata'], { creationTimestamp: '2026-01-02T03:04:05Z', resourceVersion: '77', uid: '0d5a8c4e-0000-4000-8000-000000000001', generation: 3 });
    if (specs(value, ['Deployment', 'Service', 'Pod', 'StatefulSet']).length > 0) value['status'] = {};
    return true;
  },
};

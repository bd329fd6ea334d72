import { isMapping, nodes, pick, put, type Data, type Mapping, type Node } from './manifest-values';
import { quantities, type ValueMutation } from './same-mutations';

/** Changes of a value after which a manifest means something else, each as small as can be. */

function edit(find: (value: Data) => readonly Node[], change: (value: Data, random: () => number) => Data | undefined): ValueMutation {
  return (value, random) => {
    const node = pick(find(value), random);
    const changed = node === undefined ? undefined : change(node.value, random);
    if (node === undefined || changed === undefined || JSON.stringify(changed) === JSON.stringify(node.value)) return false;
    put(node, changed);
    return true;
  };
}

const named = (...keys: readonly string[]) => (value: Data): readonly Node[] => nodes(value).filter((node) => keys.includes(String(node.key)));

function swapped(...keys: readonly string[]): ValueMutation {
  return edit(
    (value) => named(...keys)(value).filter((node) => Array.isArray(node.value) && node.value.length > 1 && JSON.stringify(node.value[0]) !== JSON.stringify(node.value[1])),
    (value) => {
      const [first, second, ...rest] = value as Data[];
      return [second as Data, first as Data, ...rest];
    },
  );
}

function metadata(value: Data): Mapping | null {
  return isMapping(value) && isMapping(value['metadata']) ? value['metadata'] : null;
}

function inMetadata(change: (metadata: Mapping) => void): ValueMutation {
  return (value) => {
    const found = metadata(value);
    if (found !== null) change(found);
    return found !== null;
  };
}

const changedText = (text: string, random: () => number): string => {
  const at = Math.floor(random() * (text.length + 1));
  return `${text.slice(0, at)}q${text.slice(at)}`;
};

const scalars = (value: Data): readonly Node[] => nodes(value).filter((node) => (typeof node.value !== 'object' || node.value === null) && node.key !== 'kind' && node.key !== 'apiVersion');
const variables = (value: Data): readonly Node[] => nodes(value).filter((node) => node.key === 'env' && Array.isArray(node.value) && node.path.includes('containers'));

export const OTHER_VALUES: { readonly [name: string]: ValueMutation } = {
  'image tag': edit(named('image'), (value) => (typeof value === 'string' ? `${value.replace(/:[^/:]*$/, '')}:other` : undefined)),
  'port by one': edit(named('containerPort', 'port', 'targetPort', 'number'), (value) => (typeof value === 'number' ? value + 1 : undefined)),
  'quantity by ten': edit(quantities, (value) => (/^\d+[a-zA-Z]*$/.test(String(value)) ? String(value).replace(/^(\d+)/, '$10') : undefined)),
  'G for Gi': edit(quantities, (value) => (/i$/.test(String(value)) ? String(value).slice(0, -1) : /[MGT]$/.test(String(value)) ? `${String(value)}i` : undefined)),
  'boolean turned': edit((value) => nodes(value).filter((node) => typeof node.value === 'boolean'), (value) => value !== true),
  'annotation true for "true"': (value) => inMetadata((meta) => (meta['annotations'] = { ...(isMapping(meta['annotations']) ? meta['annotations'] : {}), 'example.org/on': true }))(value, Math.random),
  'number for the text of a label': edit((value) => nodes(value).filter((node) => node.path.at(-2) === 'labels' && typeof node.value === 'string'), () => 1),
  'number in a ConfigMap': (value, random) => isMapping(value) && value['kind'] === 'ConfigMap' && edit((one) => nodes((one as Mapping)['data'] ?? null).filter((node) => typeof node.value === 'string'), () => 420)(value, random),
  'order of args': swapped('args'),
  'order of a command': swapped('command'),
  'order of init containers': swapped('initContainers'),
  'order of atomic lists': swapped('tolerations', 'rules', 'paths', 'verbs', 'resources', 'subjects', 'accessModes', 'envFrom', 'egress', 'ingress', 'tls', 'addresses'),
  'order of variables with references': edit(
    (value) => variables(value).filter((node) => JSON.stringify(node.value).includes('$(') && (node.value as Data[]).length > 1),
    (value) => [...(value as Data[])].reverse(),
  ),
  'key renamed': edit((value) => nodes(value).filter((node) => isMapping(node.value) && Object.keys(node.value).length > 0), (value, random) => {
    const key = pick(Object.keys(value as Mapping), random) ?? '';
    return Object.fromEntries(Object.entries(value as Mapping).map(([name, one]) => [name === key ? `${name}X` : name, one]));
  }),
  'key removed': edit((value) => nodes(value).filter((node) => isMapping(node.value) && Object.keys(node.value).length > 0), (value, random) => {
    const key = pick(Object.keys(value as Mapping), random) ?? '';
    return Object.fromEntries(Object.entries(value as Mapping).filter(([name]) => name !== key));
  }),
  'another name': inMetadata((meta) => (meta['name'] = `${String(meta['name'])}-2`)),
  'another namespace': inMetadata((meta) => (meta['namespace'] = `${typeof meta['namespace'] === 'string' ? meta['namespace'] : 'own'}-2`)),
  'another version': (value) => {
    if (!isMapping(value) || typeof value['apiVersion'] !== 'string') return false;
    value['apiVersion'] = value['apiVersion'].endsWith('v1') ? `${value['apiVersion']}beta1` : 'v1';
    return true;
  },
  'spaces in a longer text': edit((value) => nodes(value).filter((node) => typeof node.value === 'string' && node.value.includes('\n')), (value) => String(value).replace('\n', ' \n')),
  'one letter': edit((value) => scalars(value).filter((node) => typeof node.value === 'string'), (value, random) => changedText(String(value), random)),
  'one number': edit((value) => scalars(value).filter((node) => typeof node.value === 'number'), (value) => Number(value) + 1),
  'empty for absent': (value) => {
    if (!isMapping(value) || !isMapping(value['spec'])) return false;
    if (value['kind'] === 'PersistentVolumeClaim') value['spec']['storageClassName'] = value['spec']['storageClassName'] === '' ? 'x' : '';
    else if (value['kind'] === 'NetworkPolicy') value['spec']['ingress'] = Array.isArray(value['spec']['ingress']) && value['spec']['ingress'].length > 0 ? [] : [{}];
    else if (value['kind'] === 'PodDisruptionBudget') value['spec']['selector'] = isMapping(value['spec']['selector']) && Object.keys(value['spec']['selector']).length > 0 ? {} : { matchLabels: { a: 'b' } };
    else return false;
    return true;
  },
  'percent for a number': edit(named('maxUnavailable', 'maxSurge', 'minAvailable'), (value) => (typeof value === 'number' ? `${value}%` : typeof value === 'string' && value.endsWith('%') ? Number.parseInt(value, 10) : undefined)),
  'one more item': edit((value) => nodes(value).filter((node) => Array.isArray(node.value) && node.value.length > 0), (value) => [...(value as Data[]), structuredClone((value as Data[])[0] as Data)]),
  'one item less': edit((value) => nodes(value).filter((node) => Array.isArray(node.value) && node.value.length > 0), (value) => (value as Data[]).slice(1)),
  'one label more': inMetadata((meta) => (meta['labels'] = { ...(isMapping(meta['labels']) ? meta['labels'] : {}), 'example.org/extra': 'x' })),
};

import { isMapping } from '../manifest/classify';
import type { Path } from '../manifest/places';
import type { ManifestValue } from '../types';
import { fault, type Fault } from './fault';
import { isFilledInLater, pathText } from './check-fields';

type Mapping = { readonly [key: string]: ManifestValue };

const mapping = (value: ManifestValue | undefined): Mapping => (isMapping(value) ? value : {});
const list = (value: ManifestValue | undefined): readonly ManifestValue[] => (Array.isArray(value) ? (value as readonly ManifestValue[]) : []);

const NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** Parts of one document that must fit each other: its name, selectors and labels, mounts and volumes. */
export function checkConsistency(value: Mapping): readonly Fault[] {
  return [...nameFaults(value), ...selectorFaults(value), ...podFaults(value)];
}

function nameFaults(value: Mapping): readonly Fault[] {
  const metadata = mapping(value['metadata']);
  const name = metadata['name'];
  if (name === undefined || name === null) {
    if (metadata['generateName'] !== undefined) return [];
    return [fault({ code: 'MANIFEST_FIELD_MISSING', path: isMapping(value['metadata']) ? ['metadata'] : [], message: 'metadata.name is missing.', why: 'The API server refuses an object without a name.' })];
  }
  // Roles may have colons and capitals in their names.
  if (typeof name !== 'string' || String(value['apiVersion']).startsWith('rbac.') || (NAME.test(name) && name.length <= 253)) return [];
  // `_` stands for a name that kustomize sets.
  if (isFilledInLater(name) || name === '_') return [];
  return [fault({ code: 'MANIFEST_VALUE_INVALID', path: ['metadata', 'name'], message: `metadata.name is ${JSON.stringify(name)}: a name has small letters, digits, dashes and dots only.`, why: 'The API server refuses any other name.' })];
}

const SELECTING = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);

function selectorFaults(value: Mapping): readonly Fault[] {
  if (!SELECTING.has(String(value['kind'])) || value['apiVersion'] !== 'apps/v1') return [];
  const spec = mapping(value['spec']);
  const labels = mapping(mapping(mapping(spec['template'])['metadata'])['labels']);
  const wanted = Object.entries(mapping(mapping(spec['selector'])['matchLabels']));
  const unmatched = wanted.find(([key, one]) => labels[key] !== one);
  if (unmatched === undefined) return [];
  const path: Path = ['spec', 'selector', 'matchLabels', unmatched[0]];
  return [fault({ code: 'MANIFEST_REFERENCE_MISSING', path, message: `The selector wants the label ${unmatched[0]}: ${JSON.stringify(unmatched[1])}, which the pod template does not have.`, why: 'The API server refuses a selector that does not find its own pods.' })];
}

/** Where the pod of a kind stands. */
function podPath(value: Mapping): Path | null {
  if (value['kind'] === 'Pod') return ['spec'];
  if (value['kind'] === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
  return SELECTING.has(String(value['kind'])) || value['kind'] === 'Job' ? ['spec', 'template', 'spec'] : null;
}

function podFaults(value: Mapping): readonly Fault[] {
  const path = podPath(value);
  if (path === null) return [];
  const pod = path.reduce<Mapping>((at, key) => mapping(at[String(key)]), value);
  const volumes = new Set([...list(pod['volumes']), ...list(mapping(value['spec'])['volumeClaimTemplates']).map((claim) => mapping(claim)['metadata'] ?? null)].map((volume) => mapping(volume)['name']));
  return ['initContainers', 'containers'].flatMap((field) =>
    list(pod[field]).flatMap((container, at) =>
      list(mapping(container)['volumeMounts']).flatMap((mount, index): readonly Fault[] => {
        const name = mapping(mount)['name'];
        if (typeof name !== 'string' || volumes.has(name)) return [];
        const place: Path = [...path, field, at, 'volumeMounts', index, 'name'];
        return [fault({ code: 'MANIFEST_REFERENCE_MISSING', path: place, message: `${pathText(place)} is ${JSON.stringify(name)}, and the pod has no volume of that name.`, why: 'The API server refuses a mount without its volume.' })];
      }),
    ),
  );
}

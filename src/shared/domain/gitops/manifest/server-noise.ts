import type { ManifestValue } from '../types';
import { isMapping } from './classify';

const METADATA = ['creationTimestamp', 'managedFields', 'resourceVersion', 'uid', 'generation', 'selfLink'] as const;
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function without(value: { readonly [key: string]: ManifestValue }, keys: readonly string[]): { readonly [key: string]: ManifestValue } {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** A document without what only the API server or kubectl writes into it. */
export function withoutServerNoise(value: ManifestValue): ManifestValue {
  if (!isMapping(value)) return value;
  const metadata = value['metadata'];
  const bare = without(value, ['status']);
  return isMapping(metadata) ? { ...bare, metadata: withoutNoisyMetadata(metadata) } : bare;
}

function withoutNoisyMetadata(metadata: { readonly [key: string]: ManifestValue }): ManifestValue {
  const bare = without(metadata, METADATA);
  const annotations = bare['annotations'];
  if (!isMapping(annotations) || !Object.hasOwn(annotations, LAST_APPLIED)) return bare;
  const others = without(annotations, [LAST_APPLIED]);
  return Object.keys(others).length === 0 ? without(bare, ['annotations']) : { ...bare, annotations: others };
}

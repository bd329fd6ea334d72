import type { ManifestValue, ResourceId } from '../types';
import { groupOf, type KubernetesSchemas } from '../schema/schema-data';
import { isManifest, isMapping } from './classify';

/** Who a document is, as kustomize's ResId says it; null where it has no kind or no name. A kind nobody knows counts as one that stands in namespaces. */
export function resourceId(value: ManifestValue, scopes: Pick<KubernetesSchemas, 'isNamespaced'>): ResourceId | null {
  if (!isManifest(value)) return null;
  const apiVersion = String(value['apiVersion']);
  const kind = String(value['kind']);
  const metadata = value['metadata'];
  if (!isMapping(metadata) || typeof metadata['name'] !== 'string' || metadata['name'] === '') return null;
  const group = groupOf(apiVersion);
  const written = typeof metadata['namespace'] === 'string' ? metadata['namespace'] : '';
  const namespace = scopes.isNamespaced(group, kind) === false ? '' : written || 'default';
  return { group, version: apiVersion.slice(group === '' ? 0 : group.length + 1), kind, namespace, name: metadata['name'] };
}

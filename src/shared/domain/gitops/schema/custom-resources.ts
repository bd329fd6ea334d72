import type { ManifestValue } from '../types';
import { isMapping } from '../manifest/classify';
import type { BaseForm, CustomKind, FieldForm, FieldSchema, TypeSchema } from './schema-data';

type Mapping = { readonly [key: string]: ManifestValue };

const BASES: { readonly [type: string]: BaseForm } = { string: 'text', integer: 'integer', number: 'number', boolean: 'boolean' };
/** Deeper schemas are taken as "anything": a hostile definition may nest without end. */
const DEPTH_MAX = 60;

/** The kinds a CustomResourceDefinition makes; none for any other document, or where it has no schema. */
export function customKinds(value: ManifestValue): readonly CustomKind[] {
  if (!isMapping(value) || value['kind'] !== 'CustomResourceDefinition' || !String(value['apiVersion']).startsWith('apiextensions.k8s.io/')) return [];
  const spec = value['spec'];
  if (!isMapping(spec) || !isMapping(spec['names']) || typeof spec['group'] !== 'string' || typeof spec['names']['kind'] !== 'string') return [];
  const { group } = spec;
  const kind = spec['names']['kind'];
  const shared = isMapping(spec['validation']) ? spec['validation'] : undefined;
  const versions = Array.isArray(spec['versions']) ? (spec['versions'] as readonly ManifestValue[]).filter(isMapping) : [{ name: spec['version'] ?? '' } satisfies Mapping];
  return versions.flatMap((version: Mapping): readonly CustomKind[] => {
    const schema = isMapping(version['schema']) ? version['schema'] : shared;
    const root = schema?.['openAPIV3Schema'];
    if (typeof version['name'] !== 'string') return [];
    const type = customType(isMapping(root) ? root : {}, `custom ${group}/${version['name']} ${kind}`);
    return [{ apiVersion: `${group}/${version['name']}`, kind, schema: { type, isNamespaced: spec['scope'] !== 'Cluster', mask: -1 } }];
  });
}

const META: TypeSchema = {
  name: 'metadata',
  isOpen: true,
  fields: new Map(['labels', 'annotations'].map((field) => [field, { form: { is: 'map', of: { is: 'text' } }, isRequired: false, keepsEmpty: false, mask: -1 } satisfies FieldSchema])),
};

function customType(root: Mapping, name: string): TypeSchema {
  const learnt = objectType(root, name, 0);
  const plain = (form: FieldForm, isRequired: boolean): FieldSchema => ({ form, isRequired, keepsEmpty: true, mask: -1 });
  const fields = new Map([...learnt.fields, ['apiVersion', plain({ is: 'text' }, true)], ['kind', plain({ is: 'text' }, true)], ['metadata', plain({ is: 'object', type: META }, false)]] as const);
  return { name, fields, isOpen: learnt.isOpen || !isMapping(root['properties']) };
}

function objectType(schema: Mapping, name: string, depth: number): TypeSchema {
  const properties = isMapping(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? (schema['required'] as readonly ManifestValue[]) : [];
  const fields = new Map<string, FieldSchema>();
  for (const [key, one] of Object.entries(properties)) {
    if (!isMapping(one)) continue;
    fields.set(key, {
      form: formOf(one, `${name}.${key}`, depth + 1),
      isRequired: required.includes(key) && one['default'] === undefined,
      keepsEmpty: true,
      mask: -1,
      ...(one['default'] === undefined ? {} : { fallback: one['default'] }),
      ...(Array.isArray(one['enum']) ? { allowed: one['enum'] as readonly ManifestValue[] } : {}),
    });
  }
  return { name, fields, isOpen: schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-embedded-resource'] === true };
}

function formOf(schema: Mapping, name: string, depth: number): FieldForm {
  if (depth > DEPTH_MAX) return { is: 'any' };
  // What takes numbers and texts is stored as written: only a controller knows whether 80 and "80" are the same to it.
  if (schema['x-kubernetes-int-or-string'] === true) return { is: 'any' };
  const type = schema['type'];
  if (type === 'array' && isMapping(schema['items'])) return { is: 'list', of: formOf(schema['items'], `${name}[]`, depth + 1), order: orderOf(schema) };
  if (type === 'object' && isMapping(schema['properties'])) return { is: 'object', type: objectType(schema, name, depth) };
  if (type === 'object' && isMapping(schema['additionalProperties'])) return { is: 'map', of: formOf(schema['additionalProperties'], `${name}{}`, depth + 1) };
  return { is: (typeof type === 'string' ? BASES[type] : undefined) ?? 'any' };
}

function orderOf(schema: Mapping): 'kept' | 'set' | readonly string[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'map' && Array.isArray(keys)) return (keys as readonly ManifestValue[]).filter((key) => typeof key === 'string');
  return schema['x-kubernetes-list-type'] === 'set' ? 'set' : 'kept';
}

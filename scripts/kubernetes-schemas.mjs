import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from './lib/paths.mjs';

/**
 * `node scripts/kubernetes-schemas.mjs`: makes resources/kubernetes/schemas.json.gz from Kubernetes' own sources, had through the Go module proxy. Run by hand
 * when a minor version is added to VERSIONS; the output is committed. Field forms and list types come from the OpenAPI files, whether "empty" and "absent" are the
 * same, and the kinds of older versions, from the Go types of k8s.io/api, scopes from the discovery files. The format is described in src/shared/domain/gitops/schema/schema-data.ts.
 */

/** Oldest first; a field's mask has one bit for each. */
const VERSIONS = ['v1.33.0', 'v1.34.0', 'v1.35.0', 'v1.36.3'];
const ALL = (1 << VERSIONS.length) - 1;
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const SPECIAL = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'q',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'x',
  [`${META}Duration`]: 'd',
  [`${META}Time`]: 't',
  [`${META}MicroTime`]: 't',
  [`${META}FieldsV1`]: 'a',
  [`${META}Patch`]: 'a',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'a',
};
const GO_BASES = { bool: 'b', string: 's', int: 'i', int32: 'i', int64: 'i', uint32: 'i', uint64: 'i', uint8: 'i', byte: 'i', float64: 'n', float32: 'n' };
/** Kinds that no served version has any more and that stood outside namespaces. */
const OLD_CLUSTER_KINDS = new Set(['PodSecurityPolicy', 'PodPreset', 'ClusterRole', 'ClusterRoleBinding', 'PriorityClass', 'RuntimeClass', 'IngressClass', 'StorageClass', 'VolumeAttachment', 'CSIDriver', 'CSINode', 'CertificateSigningRequest', 'MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'FlowSchema', 'PriorityLevelConfiguration', 'DeviceClass', 'ResourceSlice', 'ServiceCIDR', 'IPAddress', 'VolumeAttributesClass', 'TokenReview', 'SubjectAccessReview', 'SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'ClusterTrustBundle', 'Namespace', 'Node', 'PersistentVolume', 'ComponentStatus']);

function moduleFolder(version, module = 'k8s.io/kubernetes') {
  return JSON.parse(execFileSync('go', ['mod', 'download', '-json', `${module}@${version}`], { encoding: 'utf8', cwd: '/' })).Dir;
}

const types = new Map(); // name -> Map(field -> {form, required, mask})
const kinds = new Map(); // apiVersion -> Map(kind -> {type, isNamespaced, mask})

function baseForm(schema, definitions) {
  if (schema.$ref) {
    const name = schema.$ref.slice('#/definitions/'.length);
    if (SPECIAL[name]) return SPECIAL[name];
    const target = definitions[name];
    if (target.properties === undefined) return target.type === 'string' ? 's' : 'a';
    return `T${name}`;
  }
  if (schema.type === 'array') {
    const list = schema['x-kubernetes-list-type'];
    const open = list === 'set' ? '<' : list === 'map' ? `(${schema['x-kubernetes-list-map-keys'].join(',')})` : '[';
    return `${open}${baseForm(schema.items, definitions)}`;
  }
  if (schema.type === 'object') return schema.additionalProperties ? `{${baseForm(schema.additionalProperties, definitions)}` : 'a';
  if (schema.type === 'string') return schema.format === 'byte' ? 'y' : 's';
  return { integer: 'i', number: 'n', boolean: 'b' }[schema.type] ?? 'a';
}

function addSwagger(folder, bit) {
  const { definitions } = JSON.parse(readFileSync(join(folder, 'api', 'openapi-spec', 'swagger.json'), 'utf8'));
  for (const [name, definition] of Object.entries(definitions)) {
    if (SPECIAL[name] || definition.properties === undefined) continue;
    const fields = types.get(name) ?? new Map();
    types.set(name, fields);
    for (const [field, schema] of Object.entries(definition.properties)) {
      const known = fields.get(field);
      fields.set(field, { form: baseForm(schema, definitions), required: definition.required?.includes(field) ?? false, mask: (known?.mask ?? 0) | bit, keepsEmpty: true });
    }
  }
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      if (definition['x-kubernetes-group-version-kind'].length > 3 || definition.properties === undefined) continue;
      addKind(group === '' ? version : `${group}/${version}`, kind, name, bit);
    }
  }
}

function addKind(apiVersion, kind, type, bit) {
  const group = kinds.get(apiVersion) ?? new Map();
  kinds.set(apiVersion, group);
  group.set(kind, { type, isNamespaced: group.get(kind)?.isNamespaced ?? null, mask: (group.get(kind)?.mask ?? 0) | bit });
}

function addScopes(folder) {
  const discovered = ['aggregated_v2.json'].map((name) => JSON.parse(readFileSync(join(folder, 'api', 'discovery', name), 'utf8')));
  const core = JSON.parse(readFileSync(join(folder, 'api', 'discovery', 'api__v1.json'), 'utf8'));
  for (const resource of core.resources) if (!resource.name.includes('/')) setScope('v1', resource.kind, resource.namespaced);
  for (const { items } of discovered) {
    for (const item of items) {
      for (const version of item.versions) {
        const apiVersion = item.metadata.name ? `${item.metadata.name}/${version.version}` : version.version;
        for (const resource of version.resources) setScope(apiVersion, resource.responseKind.kind, resource.scope === 'Namespaced');
      }
    }
  }
}

function setScope(apiVersion, kind, isNamespaced) {
  const known = kinds.get(apiVersion)?.get(kind);
  if (known) known.isNamespaced = isNamespaced;
}

/** Go packages read so far: OpenAPI prefix -> {structs: Map(name -> fields), named: Map(name -> Go type)}. */
const packages = new Map();

/** The structs and named types of a package, from its types.go. */
function readPackage(prefix, file) {
  const source = readFileSync(file, 'utf8');
  const imports = new Map([...source.matchAll(/^\t(?:(\w+) )?"(k8s\.io\/[^"]+)"$/gm)].map(([, alias, path]) => [alias ?? path.split('/').at(-1), path.replaceAll('/', '.').replace(/^k8s\.io/, 'io.k8s')]));
  const made = { structs: new Map(), named: new Map() };
  packages.set(prefix, made);
  for (const [, name, body] of source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    const fields = [];
    for (const [, declared, tag] of body.matchAll(/^\t([^/\n][^`\n]*?)\s*`([^`]*)`/gm)) {
      const json = /json:"([^"]*)"/.exec(tag)?.[1].split(',') ?? [''];
      const words = declared.trim().split(/\s+/);
      fields.push({ name: json[0], isInline: words.length === 1 || json.includes('inline'), type: words.at(-1) });
    }
    made.structs.set(name, { fields, imports });
  }
  for (const [, name, type] of source.matchAll(/^type (\w+) (string|int32|map\[[^\]]*\]\S+|\[\]\S+)$/gm)) made.named.set(name, { type, imports });
}

function goForm(type, prefix, imports) {
  if (type.startsWith('*')) return goForm(type.slice(1), prefix, imports);
  if (type === '[]byte') return 'y';
  if (type.startsWith('[]')) return `[${goForm(type.slice(2), prefix, imports)}`;
  const map = /^map\[[^\]]*\](.*)$/.exec(type);
  if (map) return `{${goForm(map[1], prefix, imports)}`;
  if (GO_BASES[type]) return GO_BASES[type];
  const [pack, name] = type.includes('.') ? [imports.get(type.split('.')[0]), type.split('.')[1]] : [prefix, type];
  const full = `${pack}.${name}`;
  if (SPECIAL[full]) return SPECIAL[full];
  const known = packages.get(pack);
  const named = known?.named.get(name);
  if (named) return goForm(named.type, pack, named.imports);
  return known?.structs.has(name) || types.has(full) ? `T${full}` : 'a';
}

function goFields(prefix, name) {
  const struct = packages.get(prefix)?.structs.get(name);
  if (struct === undefined) return [];
  return struct.fields.flatMap((field) => {
    if (field.name !== '') return field.name === '-' ? [] : [{ name: field.name, form: goForm(field.type, prefix, struct.imports), pointer: field.type.startsWith('*') }];
    const [alias, inner] = field.type.replace('*', '').includes('.') ? field.type.replace('*', '').split('.') : [null, field.type.replace('*', '')];
    if (inner === 'TypeMeta') return ['apiVersion', 'kind'].map((one) => ({ name: one, form: 's', pointer: false }));
    return goFields(alias === null ? prefix : struct.imports.get(alias), inner);
  });
}

/** What only the Go types know: which fields tell "empty" from "absent", and the kinds of older versions. */
function addGo(version) {
  const api = moduleFolder(version, 'k8s.io/api');
  const meta = join(moduleFolder(version, 'k8s.io/apimachinery'), 'pkg', 'apis', 'meta', 'v1', 'types.go');
  readPackage(META.slice(0, -1), meta);
  for (const path of readdirSync(api, { recursive: true }).filter((one) => /^[a-z]+\/v\w+\/types\.go$/.test(one)).sort()) readPackage(`io.k8s.api.${path.split('/').slice(0, 2).join('.')}`, join(api, path));
  for (const [prefix, { structs }] of packages) {
    for (const name of structs.keys()) {
      const full = `${prefix}.${name}`;
      const isNew = !types.has(full);
      if (isNew) types.set(full, new Map());
      const fields = types.get(full);
      for (const field of goFields(prefix, name)) {
        const there = fields.get(field.name);
        if (there) there.keepsEmpty = field.pointer;
        else if (isNew) fields.set(field.name, { form: field.form, required: false, mask: ALL, keepsEmpty: field.pointer });
      }
      addOldKind(prefix, name, full, fields);
    }
  }
}

/** A kind that a version of Kubernetes served before the oldest of VERSIONS. */
function addOldKind(prefix, name, full, fields) {
  const [group, version] = prefix.replace('io.k8s.api.', '').split('.');
  const served = [...kinds.keys()].find((one) => one.split('/')[0].split('.')[0] === group);
  const apiVersion = group === 'core' ? 'v1' : `${served?.split('/')[0] ?? group}/${version}`;
  const isObject = fields.has('metadata') && fields.get('metadata').form.endsWith('.ObjectMeta') && fields.has('kind');
  if (prefix.startsWith('io.k8s.api.') && isObject && !kinds.get(apiVersion)?.has(name)) addKind(apiVersion, name, full, 0);
}

function reachable() {
  const seen = new Map();
  const visit = (name) => {
    if (seen.has(name) || !types.has(name)) return;
    seen.set(name, seen.size);
    for (const { form } of types.get(name).values()) {
      const at = form.indexOf('T');
      const inner = /T(io\..*|k8s\..*)$/.exec(form);
      if (at !== -1 && inner) visit(inner[1]);
    }
  };
  for (const group of kinds.values()) for (const [kind, { type }] of group) if (!kind.endsWith('List')) visit(type);
  return seen;
}

function encode(version) {
  const index = reachable();
  const encoded = [...index.keys()].map((name) => {
    const fields = types.get(name);
    const typeMask = [...fields.values()].reduce((mask, field) => mask | field.mask, 0);
    const made = {};
    for (const [field, { form, required, mask, keepsEmpty }] of [...fields].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const inner = /T((?:io|k8s)\..*)$/.exec(form);
      const code = inner ? `${form.slice(0, inner.index)}${index.has(inner[1]) ? index.get(inner[1]) : 'a'}` : form;
      made[field] = `${required ? '!' : ''}${keepsEmpty ? '*' : ''}${code}${mask === typeMask ? '' : `@${mask.toString(16)}`}`;
    }
    return [name, made];
  });
  const encodedKinds = {};
  for (const apiVersion of [...kinds.keys()].sort()) {
    for (const [kind, { type, isNamespaced, mask }] of [...kinds.get(apiVersion)].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (kind.endsWith('List') || !index.has(type) || !types.get(type).has('metadata')) continue;
      (encodedKinds[apiVersion] ??= {})[kind] = [index.get(type), (isNamespaced ?? !OLD_CLUSTER_KINDS.has(kind)) ? 1 : 0, mask];
    }
  }
  return { madeFrom: `k8s.io/kubernetes ${version}`, versions: VERSIONS.map((one) => one.split('.').slice(0, 2).join('.').slice(1)), types: encoded, kinds: encodedKinds };
}

const folders = VERSIONS.map((version) => moduleFolder(version));
folders.forEach((folder, at) => addSwagger(folder, 1 << at));
folders.forEach(addScopes);
addGo(VERSIONS.at(-1).replace(/^v1/, 'v0'));
const schemas = encode(VERSIONS.join(', '));
const target = join(ROOT, 'resources', 'kubernetes', 'schemas.json.gz');
mkdirSync(join(ROOT, 'resources', 'kubernetes'), { recursive: true });
const packed = gzipSync(JSON.stringify(schemas), { level: 9 });
writeFileSync(target, packed);
process.stdout.write(`${target}: ${schemas.types.length} types, ${Object.values(schemas.kinds).reduce((sum, group) => sum + Object.keys(group).length, 0)} kinds, ${packed.length} bytes\n`);

import { nearestName } from '../../compose/nearest-name';
import { finding, type Finding } from '../../findings/finding';
import { isManifest } from '../manifest/classify';
import { parseDocuments, UnreadableYaml } from '../manifest/parse-documents';
import { placeOf } from '../manifest/places';
import { readManifests } from '../manifest/read-manifests';
import { strictText } from '../../../kernel/utf8';
import { groupOf, type KubernetesSchemas, type TypeSchema } from '../schema/schema-data';
import type { LinkFault } from '../links/check-links';
import type { ManifestValue, ReadDocument, ReadFile } from '../types';
import { checkConsistency } from './check-consistency';
import { checkFields, type CheckedVersion } from './check-fields';
import { fault, type Fault } from './fault';

/** What the files of a folder were checked with. */
export interface ValidatedFile {
  readonly findings: readonly Finding[];
  /** Documents that were checked: others are templates, encrypted, or no manifests. */
  readonly documents: number;
}

/** The version to check for; null for one that is not known. Without a name, the newest. */
export function checkedVersion(schemas: KubernetesSchemas, name?: string): CheckedVersion | null {
  const at = name === undefined ? schemas.versions.length - 1 : schemas.versions.indexOf(name.replace(/^v/, '').split('.').slice(0, 2).join('.'));
  const found = schemas.versions[at];
  return found === undefined ? null : { name: found, bit: 1 << at };
}

/** Checks a file the way the API server of a version would, without one: each finding with the line. `path` as in `readManifests`; `file`: what that has read already. `isPatch`: a kustomization merges it into objects. */
export function validateManifests(bytes: Uint8Array, path: string, schemas: KubernetesSchemas, version: CheckedVersion, file: ReadFile = readManifests(bytes, path), isPatch = false): ValidatedFile {
  if (file.kind === 'unparseable') {
    const problem = file.problem ?? { message: file.reason ?? '', line: 1, column: 1 };
    return { documents: 0, findings: [finding({ code: 'MANIFEST_UNREADABLE', severity: 'error', object: path, where: { file: path, line: problem.line, column: problem.column }, message: problem.message, why: 'Nothing of the file can be applied.' })] };
  }
  if (file.kind !== 'manifests') return { documents: 0, findings: [] };
  const checked = file.documents.filter((document) => isManifest(document.value));
  const faults = checked.map((document) => ({ document, faults: documentFaults(document.value, schemas, version).filter((one) => !isPatch || isFaultOfPatch(one)) })).filter((one) => one.faults.length > 0);
  if (faults.length === 0) return { documents: checked.length, findings: [] };
  return { documents: checked.length, findings: placed(faults, bytes, path) };
}

function placed(found: readonly { readonly document: ReadDocument; readonly faults: readonly Fault[] }[], bytes: Uint8Array, path: string): readonly Finding[] {
  const parsed = reparsed(bytes);
  return found.flatMap(({ document, faults }) =>
    faults.map((one) => {
      const inFile = document.item === null ? one.path : ['items', document.item, ...one.path];
      const place = parsed === null ? { line: document.line, column: 1 } : placeOf(parsed, document.index, inFile);
      const severity = one.code === 'MANIFEST_KIND_UNKNOWN' ? 'warning' : 'error';
      return finding({ code: one.code, severity, object: `${document.index}/${inFile.join('/')} ${one.message}`, where: { file: path, ...place }, message: one.message, why: one.why });
    }),
  );
}

/** Findings about references of one file, each with its line. */
export function linkFindings(bytes: Uint8Array, faults: readonly LinkFault[]): readonly Finding[] {
  const parsed = reparsed(bytes);
  return faults.map(({ file, document, item, path, severity, rule, message, why }) => {
    const inFile = item === null ? path : ['items', item, ...path];
    const place = parsed === null ? {} : placeOf(parsed, document, inFile);
    return finding({ code: 'MANIFEST_REFERENCE_MISSING', rule, severity, object: `${String(document)}/${inFile.join('/')} ${message}`, where: { file, ...place }, message, why });
  });
}

function reparsed(bytes: Uint8Array): ReturnType<typeof parseDocuments> | null {
  try {
    return parseDocuments(strictText(bytes) ?? '');
  } catch (error) {
    if (error instanceof UnreadableYaml) return null;
    throw error;
  }
}

function documentFaults(value: ManifestValue, schemas: KubernetesSchemas, version: CheckedVersion): readonly Fault[] {
  if (!isManifest(value)) return [];
  const apiVersion = String(value['apiVersion']);
  const kind = String(value['kind']);
  const known = schemas.kind(apiVersion, kind);
  if (known === undefined) return unknownKind(apiVersion, kind, schemas);
  if ((known.mask & version.bit) === 0) return [notServed(apiVersion, kind, schemas, version)];
  return [...checkFields(value, withoutStatus(known.type), version), ...checkConsistency(value)];
}

/** A patch leaves out what it does not change, and says by fields with a dollar sign how it is merged. */
function isFaultOfPatch({ code, path }: Fault): boolean {
  if (code === 'MANIFEST_FIELD_MISSING' || code === 'MANIFEST_REFERENCE_MISSING') return false;
  return code !== 'MANIFEST_FIELD_UNKNOWN' || !String(path.at(-1)).startsWith('$');
}

/** What stands in `status` is the server's own. */
function withoutStatus(type: TypeSchema): TypeSchema {
  const status = type.fields.get('status');
  return status === undefined ? type : { ...type, name: type.name, isOpen: type.isOpen, fields: new Map([...type.fields, ['status', { ...status, isRequired: false, form: { is: 'any' } }]]) };
}

/** Groups of Kubernetes itself, whose kinds are all known; any other may be a custom resource defined elsewhere. */
function isOwnGroup(group: string, schemas: KubernetesSchemas, apiVersion: string): boolean {
  return schemas.kindsOf(apiVersion).length > 0 || group === '' || !group.includes('.');
}

function unknownKind(apiVersion: string, kind: string, schemas: KubernetesSchemas): readonly Fault[] {
  if (!isOwnGroup(groupOf(apiVersion), schemas, apiVersion) || kind === 'List') return [];
  const near = nearestName(kind, schemas.kindsOf(apiVersion));
  const elsewhere = schemas.apiVersionsOf(kind);
  const hint = near !== undefined ? `: did you mean ${near}?` : elsewhere.length > 0 ? `: it is in ${elsewhere.join(', ')}.` : '.';
  const isVersion = elsewhere.length > 0 && schemas.kindsOf(apiVersion).length === 0;
  return [fault({ code: 'MANIFEST_KIND_UNKNOWN', path: [isVersion ? 'apiVersion' : 'kind'], message: `${apiVersion} has no kind ${kind}${hint}`, why: 'The API server refuses a kind that it does not know.' })];
}

function notServed(apiVersion: string, kind: string, schemas: KubernetesSchemas, version: CheckedVersion): Fault {
  const served = schemas.apiVersionsOf(kind).filter((other) => other !== apiVersion && ((schemas.kind(other, kind)?.mask ?? 0) & version.bit) !== 0);
  const hint = served.length === 0 ? '.' : `: use ${served.join(' or ')}.`;
  return fault({ code: 'MANIFEST_KIND_NOT_SERVED', path: ['apiVersion'], message: `Kubernetes ${version.name} does not serve ${kind} of ${apiVersion}${hint}`, why: 'The API server of that version refuses the file.' });
}

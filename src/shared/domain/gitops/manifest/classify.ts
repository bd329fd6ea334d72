import type { FileKind, ManifestValue } from '../types';

/** Which kind of file this is, with the sentence for kinds that are not compared. */
export interface Classified {
  readonly kind: FileKind;
  readonly reason: string | null;
}

type Mapping = { readonly [key: string]: ManifestValue };

export function isMapping(value: ManifestValue | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const TEMPLATE_NAME = /\.(?:tpl|tmpl|gotmpl|j2|jinja2?|template)$/i;
const ENCRYPTED_HEADS: readonly (readonly [string, string])[] = [
  ['\u0000GITCRYPT', 'git-crypt'],
  ['$ANSIBLE_VAULT;', 'Ansible Vault'],
  ['-----BEGIN AGE ENCRYPTED FILE-----', 'age'],
  ['age-encryption.org/', 'age'],
  ['-----BEGIN PGP MESSAGE-----', 'PGP'],
];

/** What the first bytes alone tell of a file that was encrypted as a whole. */
export function encryptedWhole(bytes: Uint8Array): Classified | null {
  const head = String.fromCharCode(...bytes.subarray(0, 40));
  const found = ENCRYPTED_HEADS.find(([begin]) => head.startsWith(begin));
  return found === undefined ? null : { kind: 'encrypted', reason: `The file is encrypted with ${found[1]}: it cannot be compared.` };
}

function segments(path: string): readonly string[] {
  return path.split('/');
}

const hasBraces = (text: string): boolean => text.includes('{{') || text.includes('{%');

/** A template by its place or name; what else has `{{` may be a text that a controller fills in later. */
export function templateByPath(path: string, text: string): Classified | null {
  const isTemplate = TEMPLATE_NAME.test(path) || (segments(path).slice(0, -1).includes('templates') && hasBraces(text));
  return isTemplate ? { kind: 'template', reason: 'The file is a template: what it becomes is known only once it is rendered.' } : null;
}

/** What a file is that cannot be parsed. */
export function unparsedKind(text: string, message: string, line: number): Classified {
  if (hasBraces(text)) return { kind: 'template', reason: 'The file is a template: what it becomes is known only once it is rendered.' };
  return { kind: 'unparseable', reason: `Line ${line}: ${message}` };
}

function baseName(path: string): string {
  return segments(path).at(-1) ?? path;
}

const KUSTOMIZATION = /^kustomization\.ya?ml$|^Kustomization$/;

/** Whether a file is a kustomization by its name. */
export function isKustomization(path: string): boolean {
  return KUSTOMIZATION.test(baseName(path));
}

const NAMED: readonly (readonly [RegExp, FileKind, string])[] = [
  [KUSTOMIZATION, 'kustomization', 'The file says what kustomize puts together; it is no resource itself.'],
  [/^Chart\.(?:ya?ml|lock)$/, 'helm-chart', 'The file describes a Helm chart; it is no resource itself.'],
];

const COMPOSE_NAME = /^(?:docker-)?compose(?:[.-].*)?\.ya?ml$/i;
const VALUES_NAME = /^values(?:[.-].*)?\.ya?ml$|[.-]values\.ya?ml$/i;

/** A value with a kind of its own: what `kubectl` could apply. */
export function isManifest(value: ManifestValue): value is Mapping {
  return isMapping(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string' && value['apiVersion'] !== '' && value['kind'] !== '';
}

function isEncrypted(value: ManifestValue): boolean {
  if (!isMapping(value)) return false;
  const sops = value['sops'];
  return isMapping(sops) && ('mac' in sops || 'lastmodified' in sops || 'version' in sops);
}

/** Operations of JSON patch (RFC 6902), as kustomize takes them. */
function isJsonPatch(value: ManifestValue): boolean {
  return Array.isArray(value) && value.length > 0 && (value as readonly ManifestValue[]).every((one) => isMapping(one) && typeof one['op'] === 'string' && typeof one['path'] === 'string');
}

function hasPatchDirective(value: ManifestValue): boolean {
  if (Array.isArray(value)) return (value as readonly ManifestValue[]).some(hasPatchDirective);
  if (!isMapping(value)) return false;
  return Object.entries(value).some(([key, one]) => key === '$patch' || key.startsWith('$setElementOrder/') || key.startsWith('$deleteFromPrimitiveList/') || hasPatchDirective(one));
}

/** What a parsed file is. `text` is searched for marks that are rare before values are walked. */
export function classify(path: string, text: string, values: readonly ManifestValue[]): Classified {
  const name = baseName(path);
  const named = NAMED.find(([pattern]) => pattern.test(name));
  if (named !== undefined) return { kind: named[1], reason: named[2] };
  if (values.length === 0) return { kind: 'empty', reason: 'There is nothing in the file but comments.' };
  if (text.includes('ENC[') || text.includes('sops')) {
    if (values.some(isEncrypted) || /ENC\[AES256_GCM,data:/.test(text)) return { kind: 'encrypted', reason: 'The file is encrypted with SOPS: it cannot be compared.' };
  }
  if (values.every(isJsonPatch)) return { kind: 'patch', reason: 'The file is a patch: it changes a resource that stands elsewhere.' };
  if (/\$(?:patch|setElementOrder|deleteFromPrimitiveList)\b/.test(text) && values.some(hasPatchDirective)) return { kind: 'patch', reason: 'The file is a patch: it changes a resource that stands elsewhere.' };
  if (values.some((value) => isManifest(value) && String(value['apiVersion']).startsWith('kustomize.config.k8s.io/'))) return { kind: 'kustomization', reason: NAMED[0]?.[2] ?? null };
  if (values.some(isManifest)) return { kind: 'manifests', reason: null };
  if (COMPOSE_NAME.test(name) || values.some((value) => isMapping(value) && isMapping(value['services']) && Object.values(value['services']).some((one) => isMapping(one) && ('image' in one || 'build' in one)))) {
    return { kind: 'compose', reason: null };
  }
  if (VALUES_NAME.test(name)) return { kind: 'helm-values', reason: 'The file holds values for a Helm chart; it is no resource itself.' };
  return { kind: 'other', reason: 'Nothing in the file has an apiVersion and a kind.' };
}

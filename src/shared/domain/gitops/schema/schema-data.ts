/**
 * What is known of a kind's fields. `resources/kubernetes/schemas.json.gz` (made by scripts/kubernetes-schemas.mjs) holds
 * `{versions, types: [[name, {field: code}]], kinds: {apiVersion: {kind: [type, isNamespaced, mask]}}}`, and a code reads
 * `!` required, `*` empty is not the same as absent, then `[` list whose order counts, `<` set, `(keys)` list by keys, `{` map,
 * then the base: s text, i whole number, n number, b boolean, q quantity, x whole number or text, d duration, y base64, t time, a anything,
 * or the index of a type; `@` and the hexadecimal mask of the versions that have the field, where not all of the type's do.
 */

/** The form of one value. */
export type BaseForm = 'text' | 'integer' | 'number' | 'boolean' | 'quantity' | 'intOrText' | 'duration' | 'base64' | 'time' | 'any';

/** How a value at some place is read. */
export type FieldForm =
  | { readonly is: BaseForm }
  | { readonly is: 'object'; readonly type: TypeSchema }
  | { readonly is: 'map'; readonly of: FieldForm }
  | { readonly is: 'list'; readonly of: FieldForm; readonly order: 'kept' | 'set' | readonly string[] };

export interface FieldSchema {
  readonly form: FieldForm;
  readonly isRequired: boolean;
  /** Whether `{}`, `[]`, `""`, 0 and false are not the same as leaving the field out. */
  readonly keepsEmpty: boolean;
  /** One bit for each version that has the field, the oldest first; -1: all. */
  readonly mask: number;
  /** What a custom resource's own schema fills in. */
  readonly fallback?: unknown;
  /** The only values allowed, where a custom resource's schema names them. */
  readonly allowed?: readonly unknown[] | undefined;
}

export interface TypeSchema {
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** Fields that are not listed are kept by the API server and may be anything. */
  readonly isOpen: boolean;
}

export interface KindSchema {
  readonly type: TypeSchema;
  readonly isNamespaced: boolean;
  /** Versions of Kubernetes that serve the kind; 0: none any more; -1: all. */
  readonly mask: number;
}

/** Everything that is known about kinds: Kubernetes' own and those learnt from a tree. */
export interface KubernetesSchemas {
  /** Minor versions, the oldest first: 1.33. */
  readonly versions: readonly string[];
  kind(apiVersion: string, kind: string): KindSchema | undefined;
  /** Whether a kind stands in namespaces, in whatever version; undefined when it is not known. */
  isNamespaced(group: string, kind: string): boolean | undefined;
  /** All apiVersions that have the kind. */
  apiVersionsOf(kind: string): readonly string[];
  /** All kinds of an apiVersion. */
  kindsOf(apiVersion: string): readonly string[];
}

/** The parsed JSON of the schema file. */
export interface SchemaFile {
  readonly versions: readonly string[];
  readonly types: readonly (readonly [string, { readonly [field: string]: string }])[];
  readonly kinds: { readonly [apiVersion: string]: { readonly [kind: string]: readonly [number, number, number] } };
}

const BASES: { readonly [letter: string]: BaseForm } = { s: 'text', i: 'integer', n: 'number', b: 'boolean', q: 'quantity', x: 'intOrText', d: 'duration', y: 'base64', t: 'time', a: 'any' };
const CODE = /^(!?)(\*?)((?:[[<{]|\([^)]*\))*)([a-z]|\d+)(?:@([0-9a-f]+))?$/;

/** A type whose fields are decoded when they are first looked at: most trees use a few of all. */
class LazyType implements TypeSchema {
  readonly isOpen = false;
  private decoded: ReadonlyMap<string, FieldSchema> | undefined;

  constructor(
    readonly name: string,
    private readonly codes: { readonly [field: string]: string },
    private readonly types: readonly TypeSchema[],
  ) {}

  get fields(): ReadonlyMap<string, FieldSchema> {
    this.decoded ??= new Map(Object.entries(this.codes).map(([field, code]) => [field, decodeField(code, this.types)]));
    return this.decoded;
  }
}

function decodeField(code: string, types: readonly TypeSchema[]): FieldSchema {
  const [, required, keeps, containers = '', base = 'a', mask] = CODE.exec(code) ?? [];
  return { form: decodeForm(containers, base, types), isRequired: required === '!', keepsEmpty: keeps === '*', mask: mask === undefined ? -1 : Number.parseInt(mask, 16) };
}

function decodeForm(containers: string, base: string, types: readonly TypeSchema[]): FieldForm {
  const open = containers.charAt(0);
  if (open === '(') {
    const end = containers.indexOf(')');
    return { is: 'list', of: decodeForm(containers.slice(end + 1), base, types), order: containers.slice(1, end).split(',') };
  }
  if (open === '{') return { is: 'map', of: decodeForm(containers.slice(1), base, types) };
  if (open !== '') return { is: 'list', of: decodeForm(containers.slice(1), base, types), order: open === '<' ? 'set' : 'kept' };
  const named = BASES[base];
  const type = named === undefined ? types[Number(base)] : undefined;
  return type === undefined ? { is: named ?? 'any' } : { is: 'object', type };
}

/** The group of an apiVersion: '' for `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}

/** A kind learnt from a custom resource definition. */
export interface CustomKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: KindSchema;
}

/** Reads the schema file, together with kinds that a tree defines itself. Kubernetes' own come first. */
export function readSchemas(file: SchemaFile, custom: readonly CustomKind[] = []): KubernetesSchemas {
  const types: TypeSchema[] = [];
  for (const [name, codes] of file.types) types.push(new LazyType(name, codes, types));
  const kinds = new Map<string, Map<string, KindSchema>>();
  const scopes = new Map<string, boolean>();
  const add = (apiVersion: string, kind: string, schema: KindSchema): void => {
    const group = kinds.get(apiVersion) ?? new Map<string, KindSchema>();
    kinds.set(apiVersion, group);
    if (group.has(kind)) return;
    group.set(kind, schema);
    scopes.set(`${groupOf(apiVersion)}/${kind}`, schema.isNamespaced);
  };
  for (const [apiVersion, group] of Object.entries(file.kinds)) {
    for (const [kind, [type, isNamespaced, mask]] of Object.entries(group)) {
      const schema = types[type];
      if (schema !== undefined) add(apiVersion, kind, { type: schema, isNamespaced: isNamespaced === 1, mask });
    }
  }
  for (const { apiVersion, kind, schema } of custom) add(apiVersion, kind, schema);
  return {
    versions: file.versions,
    kind: (apiVersion, kind) => kinds.get(apiVersion)?.get(kind),
    isNamespaced: (group, kind) => scopes.get(`${group}/${kind}`),
    apiVersionsOf: (kind) => [...kinds].filter(([, group]) => group.has(kind)).map(([apiVersion]) => apiVersion),
    kindsOf: (apiVersion) => [...(kinds.get(apiVersion)?.keys() ?? [])],
  };
}

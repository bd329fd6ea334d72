import { child, childList, childMap, textOf, type ComposeNode } from '../compose/node';

/** One object of a manifest. */
export interface KubernetesObject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly node: ComposeNode;
}

/** What configuration objects hold, by `namespace/name`. */
export interface ValueMaps {
  readonly configMaps: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Texts of secrets written as `stringData`. Only ever read as files: a value of a secret is never put in the place of its name. */
  readonly secretTexts: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** The objects of documents, lists taken apart. */
export function objectsOf(roots: readonly ComposeNode[]): { readonly objects: readonly KubernetesObject[]; readonly values: ValueMaps } {
  const objects = roots.flatMap(flattened).map((node): KubernetesObject => {
    const metadata = child(node, 'metadata');
    return { kind: textOf(child(node, 'kind')) ?? '', name: textOf(child(metadata, 'name')) ?? '', namespace: textOf(child(metadata, 'namespace')) ?? 'default', node };
  });
  const texts = (kind: string, key: string): ReadonlyMap<string, ReadonlyMap<string, string>> =>
    new Map(objects.filter((one) => one.kind === kind).map((one) => [`${one.namespace}/${one.name}`, new Map([...(childMap(one.node, key)?.entries ?? [])].map(([name, value]) => [name, textOf(value) ?? '']))]));
  return { objects, values: { configMaps: texts('ConfigMap', 'data'), secretTexts: texts('Secret', 'stringData') } };
}

function flattened(node: ComposeNode): readonly ComposeNode[] {
  const items = textOf(child(node, 'kind'))?.endsWith('List') === true ? childList(node, 'items')?.items : undefined;
  return items === undefined ? [node] : items.flatMap(flattened);
}

/** Variables of a container: `envFrom` first, then `env`. What comes from a secret, or from a map that is not here, keeps its name as a variable. */
export function environmentOf(container: ComposeNode, namespace: string, values: ValueMaps): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const node of childList(container, 'envFrom')?.items ?? []) {
    const prefix = textOf(child(node, 'prefix')) ?? '';
    const config = textOf(child(child(node, 'configMapRef'), 'name'));
    const secret = textOf(child(child(node, 'secretRef'), 'name'));
    for (const [name, value] of values.configMaps.get(`${namespace}/${config ?? ''}`) ?? []) found.set(`${prefix}${name}`, value);
    // The keys of a secret that is not here are unknown; these decide which credentials are used.
    if (secret !== undefined) for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', ...(values.secretTexts.get(`${namespace}/${secret}`)?.keys() ?? [])]) found.set(`${prefix}${name}`, `\${secret:${secret}/${name}}`);
  }
  for (const node of childList(container, 'env')?.items ?? []) {
    const name = textOf(child(node, 'name')) ?? '';
    const value = textOf(child(node, 'value')) ?? valueFrom(child(node, 'valueFrom'), namespace, values);
    if (name !== '' && value !== undefined) found.set(name, dependentOn(value, found));
  }
  return found;
}

function valueFrom(source: ComposeNode | undefined, namespace: string, values: ValueMaps): string | undefined {
  const config = child(source, 'configMapKeyRef');
  const secret = child(source, 'secretKeyRef');
  const key = textOf(child(config ?? secret, 'key')) ?? '';
  const name = textOf(child(config ?? secret, 'name')) ?? '';
  if (config !== undefined) return values.configMaps.get(`${namespace}/${name}`)?.get(key) ?? `\${configmap:${name}/${key}}`;
  return secret === undefined ? undefined : `\${secret:${name}/${key}}`;
}

function dependentOn(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/\$\(([A-Za-z_][\w.-]*)\)/g, (whole, name: string) => known.get(name) ?? whole);
}

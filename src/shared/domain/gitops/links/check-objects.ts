import { nearestName } from '../../compose/nearest-name';
import { isFilledInLater } from '../validate/check-fields';
import { folderOf } from '../scan/paths';
import type { LinkFault } from './check-links';
import { mayBeSame, namespaceIn, type KnownObject, type KnownObjects, type Scope } from './known-objects';
import type { FileLinks, ObjectUse, Selection } from './types';

/** What every namespace has. */
const GIVEN = new Set(['ServiceAccount default', 'ConfigMap kube-root-ca.crt']);

/** References between objects that find nothing, and selectors that find no pods. */
export function checkObjects(files: readonly FileLinks[], known: KnownObjects): readonly LinkFault[] {
  const tree = { known, used: new Set(files.flatMap((file) => file.uses.map((one) => `${one.kind} ${one.name}`))), mentions: mentionsOf(files), pods: podsOf(files, known), openFolders: new Set(files.filter((file) => file.isOpen).map((file) => folderOf(file.path))), unread: files.flatMap((file) => (file.words === null ? [] : [{ path: file.path, words: new Set(file.words) }])) };
  return files.flatMap((file) => [...file.uses.flatMap((use) => firstFault(file, (scope) => useFault(tree, file, use, scope), known)), ...file.selections.flatMap((one) => firstFault(file, (scope) => selectionFault(tree, file, one, scope), known))]);
}

interface Tree {
  readonly known: KnownObjects;
  /** Every kind and name that something leads to. */
  readonly used: ReadonlySet<string>;
  readonly mentions: ReadonlySet<string>;
  readonly pods: Pods;
  readonly openFolders: ReadonlySet<string>;
  /** Files that cannot be read, with the words in them. */
  readonly unread: readonly { readonly path: string; readonly words: ReadonlySet<string> }[];
}

interface Pod {
  readonly file: string;
  readonly root: Scope['root'];
  readonly namespace: string;
  readonly labels: { readonly [label: string]: string };
}

/** The fault in the first place where the file is applied and has one. */
function firstFault(file: FileLinks, of: (scope: Scope) => LinkFault | null, known: KnownObjects): readonly LinkFault[] {
  for (const scope of known.scopesOf(file.path)) {
    if (known.factsOf(scope.root).isComponent) continue;
    const found = of(scope);
    if (found !== null) return [found];
  }
  return [];
}

function mentionsOf(files: readonly FileLinks[]): ReadonlySet<string> {
  return new Set(files.flatMap((file) => file.mentions));
}

/** Whether a controller may make it: a custom resource says its name, or a name that it begins with. */
function mayBeMade(mentions: ReadonlySet<string>, name: string): boolean {
  for (let at = name.length; at > 1; at = name.lastIndexOf('-', at - 1)) if (mentions.has(name.slice(0, at))) return true;
  return false;
}

function useFault(tree: Tree, file: FileLinks, use: ObjectUse, scope: Scope): LinkFault | null {
  const { known } = tree;
  const { kind, name } = use;
  if (GIVEN.has(`${kind} ${name}`)) return null;
  const namespace = kind === 'ClusterRole' ? '' : namespaceIn(use.namespace, scope.transforms);
  const all = known.named(kind, name);
  const same = all.filter((one) => mayBeSame(one.namespace, namespace));
  const here = same.filter((one) => one.root === scope.root);
  if (here.length > 0) return partFault(tree, file, use, here, scope);
  const besides = same.filter((one) => !known.areVariants(scope.root, one.root) && !isLeftOut(one, scope));
  if (besides.length > 0) return null;
  if (isGenerated(known, use, scope)) return null;
  const place = placeOf(file, use);
  const what = `${kind} ${JSON.stringify(name)}`;
  const leftOut = same.find((one) => isLeftOut(one, scope));
  if (leftOut !== undefined) return { ...place, severity: 'warning', rule: 'object', message: `The ${what} is in ${leftOut.file}, which the kustomization of ${scope.root?.root.path || 'this folder'} does not take in.`, why: `${use.why} Unless that file is applied by itself.` };
  const isOpen = known.factsOf(scope.root).isOpen || tree.openFolders.has(folderOf(file.path)) || mayBeMade(tree.mentions, name);
  if (isOpen) return null;
  const unread = namedBy(tree, [name]);
  if (unread !== undefined) return { ...place, severity: 'info', rule: 'object', message: `The ${what} may be in ${unread}, which cannot be read.`, why: `${use.why} Correct that file, then look again.` };
  const other = all.find((one) => isNear(one, file, scope) && !mayBeSame(one.namespace, namespace));
  if (other !== undefined) return { ...place, severity: 'warning', rule: 'object', message: `The ${what} of ${other.file} is in the namespace ${other.namespace}, not in ${namespace}.`, why: `${use.why} Unless there is another one in the cluster.` };
  const near = nearName(tree, file, use, namespace, scope);
  if (near !== undefined) return { ...place, severity: 'warning', rule: 'object', message: `There is no ${what} here: did you mean ${near}?`, why: `${use.why} Unless it is made elsewhere.` };
  const variant = same[0];
  if (variant !== undefined) return { ...place, severity: 'warning', rule: 'object', message: `The ${what} is not in what ${scope.root?.root.path ?? ''} applies, only in ${variant.root?.root.path ?? variant.file}.`, why: `${use.why} Unless it is made elsewhere.` };
  return { ...place, severity: 'info', rule: 'object', message: `There is no ${what} in this folder.`, why: `${use.why} It may be made elsewhere: by hand, by a chart, by a controller.` };
}

function placeOf(file: FileLinks, { document, item, path }: ObjectUse | Selection): Pick<LinkFault, 'file' | 'document' | 'item' | 'path'> {
  return { file: file.path, document, item, path };
}

/** A file below a kustomization's own folder that it does not take in. */
function isLeftOut(one: KnownObject, { root }: Scope): boolean {
  if (one.root !== null || root === null || root.root.made === 'argocd') return false;
  const folder = folderOf(one.file);
  return root.root.references.some((reference) => folderOf(reference.from) === folder && reference.as !== 'path');
}

/** A file that cannot be read and has all these words: what is named by them may be in it. */
function namedBy({ unread }: Tree, words: readonly string[]): string | undefined {
  return unread.find((one) => words.every((word) => one.words.has(word)))?.path;
}

/** Names with the hash that kustomize puts behind those it makes. */
function isGenerated(known: KnownObjects, { kind, name }: ObjectUse, { root }: Scope): boolean {
  const plain = name.replace(/-[a-z0-9]{10}$/, '');
  return plain !== name && known.inRoot(root, kind).some((one) => one.object.name === plain && one.object.keys === null);
}

/** What is beside the file: in its root, or, where nothing says what is applied together, in its folder. */
function isNear(one: { readonly root: Scope['root']; readonly file: string }, file: FileLinks, scope: Scope): boolean {
  return one.root === scope.root && (scope.root !== null || folderOf(one.file) === folderOf(file.path));
}

/** Comparing names takes long. */
const MOST_NEAR = 500;

const withoutDigits = (name: string): string => name.replaceAll(/\d+/g, '0');

/** A name like it that nothing else leads to. */
function nearName(tree: Tree, file: FileLinks, { kind, name }: ObjectUse, namespace: string, scope: Scope): string | undefined {
  const near = tree.known.inRoot(scope.root, kind).filter((one) => isNear(one, file, scope) && mayBeSame(one.namespace, namespace) && !tree.used.has(`${kind} ${one.object.name}`) && withoutDigits(one.object.name) !== withoutDigits(name));
  return nearestName(name, near.slice(0, MOST_NEAR).map((one) => one.object.name));
}

/** The object is there: so must be what is asked of it, as far as the files tell. */
function partFault({ known }: Tree, file: FileLinks, use: ObjectUse, here: readonly KnownObject[], { root }: Scope): LinkFault | null {
  if (known.factsOf(root).patches) return null;
  const { kind, name, key, port } = use;
  const first = here[0];
  if (first === undefined) return null;
  const place = placeOf(file, use);
  if (key !== null && here.every(({ object }) => object.keys !== null && !object.keys.includes(key))) {
    const near = nearestName(key, first.object.keys ?? [], { shortToo: true });
    return { ...place, severity: 'warning', rule: 'key', message: `The ${kind} ${JSON.stringify(name)} of ${first.file} has no key ${JSON.stringify(key)}${near === undefined ? '.' : `: did you mean ${near}?`}`, why: `${use.why} Unless somebody adds the key in the cluster.` };
  }
  if (port !== null && here.every(({ object }) => object.ports !== null && !object.ports.includes(port))) {
    return { ...place, severity: 'warning', rule: 'port', message: `The Service ${JSON.stringify(name)} of ${first.file} has no port ${JSON.stringify(port)}, only ${(first.object.ports ?? []).map((one) => JSON.stringify(one)).join(', ')}.`, why: use.why };
  }
  return null;
}

interface Pods {
  /** By each `label=value`. */
  readonly byLabel: ReadonlyMap<string, readonly Pod[]>;
  /** With a value that is filled in later. */
  readonly unknown: readonly Pod[];
  readonly byRoot: ReadonlyMap<Scope['root'], readonly Pod[]>;
}

function podsOf(files: readonly FileLinks[], known: KnownObjects): Pods {
  const byLabel = new Map<string, Pod[]>();
  const byRoot = new Map<Scope['root'], Pod[]>();
  const unknown: Pod[] = [];
  for (const file of files) {
    for (const { namespace, labels } of file.pods) {
      for (const { root, transforms } of known.scopesOf(file.path)) {
        const pod = { file: file.path, root, namespace: namespaceIn(namespace, transforms), labels };
        into(byRoot, root, pod);
        if (Object.values(labels).some(isFilledInLater)) unknown.push(pod);
        for (const [label, value] of Object.entries(labels)) into(byLabel, `${label}=${value}`, pod);
      }
    }
  }
  return { byLabel, unknown, byRoot };
}

function into<K>(map: Map<K, Pod[]>, key: K, pod: Pod): void {
  const found = map.get(key);
  if (found === undefined) map.set(key, [pod]);
  else found.push(pod);
}

function selectionFault(tree: Tree, file: FileLinks, selection: Selection, scope: Scope): LinkFault | null {
  const { known, mentions } = tree;
  const namespace = namespaceIn(selection.namespace, scope.transforms);
  const wanted = Object.entries(selection.labels);
  const missing = (pod: Pod): readonly string[] => wanted.filter(([label, value]) => pod.labels[label] !== value && !isFilledInLater(pod.labels[label] ?? '')).map(([label]) => label);
  const isSame = (pod: Pod): boolean => mayBeSame(pod.namespace, namespace) && !known.areVariants(scope.root, pod.root);
  const first = wanted[0]?.join('=') ?? '';
  if ([...(tree.pods.byLabel.get(first) ?? []), ...tree.pods.unknown].some((pod) => missing(pod).length === 0 && isSame(pod))) return null;
  if (known.factsOf(scope.root).isOpen || known.factsOf(scope.root).patches || tree.openFolders.has(folderOf(file.path)) || wanted.some(([, value]) => mayBeMade(mentions, value))) return null;
  const place = placeOf(file, selection);
  const unread = namedBy(tree, wanted.flat().flatMap((one) => one.split('/')));
  if (unread !== undefined) return { ...place, severity: 'info', rule: 'selector', message: `The pods it selects may be in ${unread}, which cannot be read.`, why: 'Without them the Service has no endpoints. Correct that file, then look again.' };
  const selected = wanted.map(([label, value]) => `${label}: ${value}`).join(', ');
  const why = 'The Service has no endpoints then.';
  const near = (tree.pods.byRoot.get(scope.root) ?? []).filter((pod) => isNear(pod, file, scope) && isSame(pod)).map((pod) => nearMiss(pod, wanted, missing(pod))).find((one) => one !== null);
  if (near !== undefined && near !== null) return { ...place, path: [...selection.path, near.label], severity: 'warning', rule: 'selector', message: `No pod here has the labels ${selected}; those of ${near.file} have ${near.label}: ${near.value}.`, why: `${why} Unless its pods are made elsewhere.` };
  return { ...place, severity: 'info', rule: 'selector', message: `No pod template in this folder has the labels ${selected}.`, why: `${why} Its pods may be made elsewhere: by a chart, by a controller.` };
}

/** A pod that has all labels but one, and that one with a value like it. */
function nearMiss(pod: Pod, wanted: readonly (readonly [string, string])[], missing: readonly string[]): { readonly file: string; readonly label: string; readonly value: string } | null {
  const [label] = missing;
  if (label === undefined || missing.length > 1) return null;
  const value = pod.labels[label];
  const asked = wanted.find(([one]) => one === label)?.[1] ?? '';
  if (value === undefined || (wanted.length === 1 && nearestName(asked, [value]) === undefined)) return null;
  return { file: pod.file, label, value };
}

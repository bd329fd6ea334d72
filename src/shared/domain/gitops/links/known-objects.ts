import { effectiveId, rootGraph, type ResolvedRoot, type RootGraph, type Transform } from '../scan/apply-roots';
import { folderOf, resolvedPath } from '../scan/paths';
import type { FileLinks, MadeObject } from './types';

/** Where a file is applied: a root, or nowhere known (null), with what is done to its objects on the way. */
export interface Scope {
  readonly root: ResolvedRoot | null;
  readonly transforms: readonly Transform[];
}

/** An object as it is applied somewhere. */
export interface KnownObject {
  readonly object: MadeObject;
  readonly file: string;
  readonly root: ResolvedRoot | null;
  readonly namespace: string;
}

/** What is known of a root beside its files. */
interface RootFacts {
  /** It also has what no file of the tree says. */
  readonly isOpen: boolean;
  readonly patches: boolean;
  readonly isComponent: boolean;
}

const UNKNOWN_ROOT: RootFacts = { isOpen: true, patches: true, isComponent: false };

/** Every object of a tree by kind and name, in the places where it is applied. */
export class KnownObjects {
  readonly graph: RootGraph;
  private readonly byName = new Map<string, KnownObject[]>();
  /** With ${…} in their names. */
  private readonly patterns = new Map<string, KnownObject[]>();
  private readonly byRoot = new Map<ResolvedRoot | null, Map<string, KnownObject[]>>();
  private readonly scopes = new Map<string, Scope[]>();
  private readonly facts = new Map<ResolvedRoot, RootFacts>();
  private readonly byPath: ReadonlyMap<string, FileLinks>;
  private readonly kustomized = new Map<string, FileLinks>();
  private readonly variantsOf = new Map<string, boolean>();

  constructor(files: readonly FileLinks[]) {
    this.byPath = new Map(files.map((file) => [file.path, file]));
    this.graph = rootGraph(files);
    for (const file of files) if (file.kustomization !== null && !this.kustomized.has(folderOf(file.path))) this.kustomized.set(folderOf(file.path), file);
    for (const root of this.graph.roots) this.addRoot(root);
    for (const file of files) {
      if (this.scopes.has(file.path) || this.isPart(file.path)) continue;
      this.scopes.set(file.path, [{ root: null, transforms: [] }]);
      this.addObjects(file, { root: null, transforms: [] });
    }
  }

  /** Where a file is applied; nowhere for patches and for what goes into something else. */
  scopesOf(path: string): readonly Scope[] {
    return this.scopes.get(path) ?? [];
  }

  factsOf(root: ResolvedRoot | null): RootFacts {
    return root === null ? { isOpen: false, patches: false, isComponent: false } : (this.facts.get(root) ?? UNKNOWN_ROOT);
  }

  /** Every object of this kind that is or may become one of this name. */
  named(kind: string, name: string): readonly KnownObject[] {
    return [...(this.byName.get(`${kind} ${name}`) ?? []), ...(this.patterns.get(kind) ?? []).filter((one) => fitsPattern(one.object.name, name))];
  }

  /** Objects of a kind in a root. */
  inRoot(root: ResolvedRoot | null, kind: string): readonly KnownObject[] {
    return this.byRoot.get(root)?.get(kind) ?? [];
  }

  /** Whether two roots are variants of the same: they share files, so that they are never together in one place. */
  areVariants(left: ResolvedRoot | null, right: ResolvedRoot | null): boolean {
    if (left === null || right === null || left === right) return false;
    const key = `${left.root.path}\n${right.root.path}`;
    let known = this.variantsOf.get(key);
    if (known === undefined) {
      const files = new Set(left.root.files);
      known = right.root.files.some((one) => files.has(one));
      this.variantsOf.set(key, known);
    }
    return known;
  }

  private isPart(path: string): boolean {
    return this.graph.patches.has(path) || this.graph.data.has(path);
  }

  private addRoot(root: ResolvedRoot): void {
    for (const { path, transforms } of root.occurrences) {
      const file = this.byPath.get(path);
      if (file === undefined || this.isPart(path)) continue;
      const scope = { root, transforms };
      this.scopes.set(path, [...(this.scopes.get(path) ?? []), scope]);
      this.addObjects(file, scope);
    }
    const parts = this.kustomizationsOf(root);
    for (const { path, kustomization } of parts) for (const object of kustomization?.generated ?? []) this.add({ object, file: path, root, namespace: '' }, [object.name]);
    // What is encrypted is taken in too, and its names can be read.
    for (const { to } of root.root.references) {
      const file = this.byPath.get(to);
      if (file?.kind === 'encrypted' && !this.isPart(to)) this.addObjects(file, { root, transforms: [] });
    }
    this.facts.set(root, {
      isOpen: parts.some((one) => one.kustomization?.isOpen === true || this.takesUnknown(one)),
      patches: parts.some((one) => one.kustomization?.patches === true),
      isComponent: this.kustomized.get(root.root.path)?.kustomization?.isComponent === true,
    });
  }

  private kustomizationsOf({ root }: ResolvedRoot): readonly FileLinks[] {
    const own = this.kustomized.get(root.path);
    const paths = new Set([...(own === undefined ? [] : [own.path]), ...root.references.map((one) => one.from), ...root.references.flatMap((one) => this.kustomized.get(one.to)?.path ?? [])]);
    return [...paths].flatMap((path) => this.byPath.get(path) ?? []).filter((one) => one.kustomization !== null);
  }

  private takesUnknown({ path, facts }: FileLinks): boolean {
    return (facts?.kustomization?.resources ?? []).some(({ to }) => {
      const target = resolvedPath(folderOf(path), to);
      if (target === null) return true;
      if (this.kustomized.has(target)) return false;
      const file = this.byPath.get(target);
      const kind = file?.kind;
      // Of one that cannot be read at least the words are known.
      return file?.words == null && kind !== 'manifests' && kind !== 'encrypted' && kind !== 'kustomization';
    });
  }

  private addObjects(file: FileLinks, { root, transforms }: Scope): void {
    for (const object of file.made) {
      const names = transforms.map((_, at) => effectiveId({ group: '', version: '', kind: object.kind, namespace: object.namespace, name: object.name }, transforms.slice(0, at + 1)).name);
      this.add({ object, file: file.path, root, namespace: namespaceIn(object.namespace, transforms) }, [object.name, ...names]);
    }
  }

  private add(known: KnownObject, names: readonly string[]): void {
    const { kind, name } = known.object;
    if (name.includes('$') || name.includes('{{')) push(this.patterns, kind, known);
    else for (const one of new Set(names)) push(this.byName, `${kind} ${one}`, known);
    const inRoot = this.byRoot.get(known.root) ?? new Map<string, KnownObject[]>();
    this.byRoot.set(known.root, inRoot);
    push(inRoot, kind, known);
  }
}

/** The namespace of what stands in `written` ('' for none) once kustomizations have done what they do. */
export function namespaceIn(written: string, transforms: readonly Transform[]): string {
  return transforms.reduce((one, { namespace }) => namespace ?? one, written);
}

/** A name without a namespace may be meant for any. */
export function mayBeSame(left: string, right: string): boolean {
  return left === right || left === '' || right === '';
}

function push(into: Map<string, KnownObject[]>, key: string, known: KnownObject): void {
  const found = into.get(key);
  if (found === undefined) into.set(key, [known]);
  else found.push(known);
}

/** Whether a name can come of one with ${…} in it. */
function fitsPattern(pattern: string, name: string): boolean {
  const parts = pattern.split(/\$\{[^}]*\}|\{\{[^}]*\}\}|\$\w+/);
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at + last.length <= name.length;
}

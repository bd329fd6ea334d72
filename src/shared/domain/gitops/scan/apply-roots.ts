import type { ApplyRoot, FileKind, ResourceId, RootReference } from '../types';
import type { ControllerFacts, FileFacts, KustomizationFacts } from './facts';
import { folderMatches, folderOf, resolvedPath } from './paths';

/** What is asked of a file to know what is applied together. */
export interface RootFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly facts: FileFacts | null;
}

/** What a kustomization does to names of what it takes in. */
export interface Transform {
  readonly namespace: string | null;
  readonly namePrefix: string;
  readonly nameSuffix: string;
}

/** A file in a root, with what is done to it on the way, innermost first. */
export interface Occurrence {
  readonly path: string;
  readonly transforms: readonly Transform[];
}

/** A root with what it takes in. */
export interface ResolvedRoot {
  readonly root: ApplyRoot;
  readonly occurrences: readonly Occurrence[];
}

/** What a tree applies together, and which files are no resources by themselves. */
export interface RootGraph {
  readonly roots: readonly ResolvedRoot[];
  /** Files that change others, each with the kustomization that names it. */
  readonly patches: ReadonlyMap<string, string>;
  /** Files whose content goes somewhere else: into a ConfigMap, a chart. */
  readonly data: ReadonlyMap<string, string>;
}

/** Names that kustomize never changes. */
const NEVER_RENAMED: ReadonlySet<string> = new Set(['Namespace', 'CustomResourceDefinition', 'APIService']);
const DEPTH_MAX = 40;

/** The identity of a document once its kustomizations have done what they do. */
export function effectiveId(id: ResourceId, transforms: readonly Transform[]): ResourceId {
  return transforms.reduce<ResourceId>((one, { namespace, namePrefix, nameSuffix }) => {
    const moved = namespace !== null && one.namespace !== '' ? namespace : one.namespace;
    if (one.kind === 'Namespace' && namespace !== null) return { ...one, name: namespace };
    return { ...one, namespace: moved, name: NEVER_RENAMED.has(one.kind) ? one.name : `${namePrefix}${one.name}${nameSuffix}` };
  }, id);
}

/** Works out what is applied together. The same for any order of the files. */
export function rootGraph(files: readonly RootFile[]): RootGraph {
  return new Graph(files).resolve();
}

interface Kustomization {
  readonly path: string;
  readonly facts: KustomizationFacts;
}

class Graph {
  private readonly byPath = new Map<string, RootFile>();
  private readonly kustomizations = new Map<string, Kustomization>();
  private readonly patches = new Map<string, string>();
  private readonly data = new Map<string, string>();
  /** Folders of kustomizations that another one takes in. */
  private readonly taken = new Set<string>();
  private folderNames: readonly string[] | undefined;
  /** Both sorted. */
  private manifestPaths: readonly string[] | undefined;
  private kustomizedFolders: readonly string[] | undefined;

  constructor(files: readonly RootFile[]) {
    for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
      this.byPath.set(file.path, file);
      const facts = file.facts?.kustomization ?? null;
      if (facts !== null && !this.kustomizations.has(folderOf(file.path))) this.kustomizations.set(folderOf(file.path), { path: file.path, facts });
    }
  }

  resolve(): RootGraph {
    for (const [folder, { path, facts }] of this.kustomizations) {
      for (const { to } of facts.patches) this.mark(this.patches, folder, to, path);
      for (const { to } of facts.data) this.mark(this.data, folder, to, path);
      for (const { to } of facts.resources) {
        const target = resolvedPath(folder, to);
        if (target !== null && target !== folder && this.kustomizations.has(target)) this.taken.add(target);
      }
    }
    const found = new Map<string, ResolvedRoot>();
    for (const file of this.byPath.values()) for (const one of file.facts?.controllers ?? []) this.controlled(file.path, one, found);
    for (const folder of this.kustomizations.keys()) if (!this.taken.has(folder) && !found.has(folder)) found.set(folder, this.kustomized(folder, 'kustomization', []));
    return { roots: [...found.values()].sort((a, b) => (a.root.path < b.root.path ? -1 : 1)), patches: this.patches, data: this.data };
  }

  private mark(into: Map<string, string>, folder: string, written: string, by: string): void {
    const target = resolvedPath(folder, written);
    if (target !== null && this.byPath.has(target) && !into.has(target)) into.set(target, by);
  }

  private controlled(from: string, controller: ControllerFacts, found: Map<string, ResolvedRoot>): void {
    for (const { to, line, as } of controller.paths) {
      const written = resolvedPath('', to);
      if (written === null) continue;
      for (const folder of controller.isPattern ? this.folders().filter((one) => folderMatches(written, one) && !controller.not.some((not) => folderMatches(not, one))) : [written]) {
        const reference: RootReference = { from, line, to: folder, as };
        const known = found.get(folder);
        if (known !== undefined) found.set(folder, { ...known, root: { ...known.root, references: [...known.root.references, reference] } });
        else if (this.kustomizations.has(folder)) found.set(folder, this.kustomized(folder, controller.made, [reference]));
        else {
          const root = this.plain(folder, controller, reference);
          if (root.occurrences.length > 0) found.set(folder, root);
        }
      }
    }
  }

  private folders(): readonly string[] {
    this.folderNames ??= [...new Set([...this.byPath.keys()].flatMap((path) => path.split('/').slice(0, -1).map((_, at, parts) => parts.slice(0, at + 1).join('/'))))].sort();
    return this.folderNames;
  }

  /** A folder that a controller applies as it is. Flux goes into every folder, and where one has a kustomization, by that. */
  private plain(folder: string, { made, recurse }: ControllerFacts, reference: RootReference): ResolvedRoot {
    const prefix = folder === '' ? '' : `${folder}/`;
    this.manifestPaths ??= [...this.byPath.values()].filter(({ kind }) => kind === 'manifests').map(({ path }) => path);
    this.kustomizedFolders ??= [...this.kustomizations.keys()].sort();
    const within = new Set(made === 'flux' ? startingWith(this.kustomizedFolders, prefix).filter((one) => one !== folder) : []);
    const isWithin = (path: string): boolean => {
      for (let at = path.lastIndexOf('/'); at > prefix.length - 1 && at !== -1; at = path.lastIndexOf('/', at - 1)) if (within.has(path.slice(0, at))) return true;
      return false;
    };
    const own = startingWith(this.manifestPaths, prefix).filter((path) => (recurse || !path.slice(prefix.length).includes('/')) && (within.size === 0 || !isWithin(path)));
    const occurrences: Occurrence[] = own.map((path) => ({ path, transforms: [] }));
    const references: RootReference[] = [reference];
    for (const one of within) if (!this.taken.has(one)) this.take(one, [], [one], occurrences, references);
    return { root: { path: folder, made, files: filesOf(occurrences), references }, occurrences };
  }

  private kustomized(folder: string, made: ApplyRoot['made'], references: readonly RootReference[]): ResolvedRoot {
    const occurrences: Occurrence[] = [];
    const all: RootReference[] = [...references];
    this.take(folder, [], [folder], occurrences, all);
    return { root: { path: folder, made, files: filesOf(occurrences), references: all }, occurrences };
  }

  /** `outer`: what is done after this kustomization, innermost first. */
  private take(folder: string, outer: readonly Transform[], way: readonly string[], occurrences: Occurrence[], references: RootReference[]): void {
    const kustomization = this.kustomizations.get(folder);
    if (kustomization === undefined || way.length > DEPTH_MAX) return;
    const { path, facts } = kustomization;
    const { namespace, namePrefix, nameSuffix } = facts;
    const changes = namespace !== null || namePrefix !== '' || nameSuffix !== '';
    const transforms = changes ? [{ namespace, namePrefix, nameSuffix }, ...outer] : outer;
    for (const { to, line, as } of [...facts.patches, ...facts.data]) {
      const target = resolvedPath(folder, to);
      if (target !== null) references.push({ from: path, line, to: target, as });
    }
    for (const { to, line, as } of facts.resources) {
      const target = resolvedPath(folder, to);
      if (target === null) continue;
      references.push({ from: path, line, to: target, as });
      if (this.kustomizations.has(target)) {
        if (!way.includes(target)) this.take(target, transforms, [...way, target], occurrences, references);
      } else if (this.byPath.get(target)?.kind === 'manifests') occurrences.push({ path: target, transforms });
    }
  }
}

/** Those of a sorted list that begin with a prefix. */
function startingWith(sorted: readonly string[], prefix: string): readonly string[] {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < sorted.length && (sorted[end] ?? '').startsWith(prefix)) end += 1;
  return sorted.slice(low, end);
}

function filesOf(occurrences: readonly Occurrence[]): readonly string[] {
  return [...new Set(occurrences.map(({ path }) => path))].sort();
}

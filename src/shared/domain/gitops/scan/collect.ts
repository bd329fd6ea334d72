import type { ApplyRoot, DuplicateGroup, GroupMember, LayerHashes, ResourceId, ScannedDocument, ScannedFile } from '../types';
import { effectiveId, rootGraph, type RootGraph } from './apply-roots';
import { composeTogethers, type HashedService } from './compose-groups';
import type { FileFacts } from './facts';
import { byPlace, commonLayer, groupsOf, overlayGroup, partition, unlikeMembers, variantGroup, type Placed, type Together } from './group-documents';
import { environmentOf, identityKey } from './identity';
import { folderOf } from './paths';

/** A document with what it is compared by. */
export interface FactDocument extends Pick<ScannedDocument, 'index' | 'item' | 'line' | 'id'> {
  readonly hashes: LayerHashes;
}

/** A file with what it says about others. */
export interface FactFile extends Pick<ScannedFile, 'path' | 'contentHash' | 'kind'> {
  readonly documents: readonly FactDocument[];
  readonly facts: FileFacts | null;
  /** Of a compose file. */
  readonly services: readonly HashedService[];
}

/** What may be the same, before it is compared. */
export interface Collected {
  readonly graph: RootGraph;
  /** With the folder itself for what no controller takes in, and one for each folder of compose files. */
  readonly applyRoots: readonly ApplyRoot[];
  readonly togethers: readonly Together[];
  readonly variants: readonly Together[];
  readonly overlays: readonly { readonly together: Together; readonly patch: string }[];
}

interface Known extends Placed {
  readonly id: ResourceId;
  readonly key: string;
}

/** Puts together what is the same object where it is applied. The same for any order of the files. */
export function collect(given: readonly FactFile[]): Collected {
  const files = [...given].sort((a, b) => (a.path < b.path ? -1 : 1));
  const graph = rootGraph(files);
  const collector = new Collector(files, graph);
  collector.roots();
  collector.plain();
  const applyRoots = [...graph.roots.map(({ root }) => root), ...folderRoot(collector.plainFiles), ...composeRoots(files)];
  return { graph, applyRoots, togethers: [...collector.togethers, ...unnamed(files, graph), ...composeTogethers(files)], variants: collector.variants, overlays: collector.overlays() };
}

/** The groups, in an order of their own. */
export function groupsOfTree(collected: Collected): readonly DuplicateGroup[] {
  const found = wholeFiles([...collected.togethers.flatMap(groupsOf), ...collected.variants.map(variantGroup), ...collected.overlays.map(({ together, patch }) => overlayGroup(together, patch))]);
  const unique = new Map<string, DuplicateGroup>();
  for (const one of found) {
    // A base that two overlays take in is one base.
    const key = `${one.class}\n${membersKey(one)}`;
    if (!unique.has(key)) unique.set(key, one);
  }
  const placed = [...unique.values()].map((group) => ({ group, order: `${memberOrder(group)} ${group.id}` }));
  return placed.sort((a, b) => (a.order < b.order ? -1 : 1)).map(({ group }) => group);
}

/** What has to be known of documents before it can be said how alike they are. */
export interface Comparison {
  readonly together: Together;
  /** The layers before the fourth. */
  readonly fine: readonly Placed[];
  /** The layers after it. */
  readonly coarse: readonly Placed[];
  /** Members of groups of which it has to be told where they differ. */
  readonly differing: readonly (readonly Placed[])[];
}

/** What is not known yet: the layers before the fourth where it is equal, the ones after it where it is not, and where all of them differ the places. */
export function toCompare({ togethers }: Collected): readonly Comparison[] {
  const found: Comparison[] = [];
  for (const together of togethers) {
    const { documents } = together;
    if (documents.length < 2 || documents.every((one, at) => at === 0 || (one.contentHash === documents[0]?.contentHash && one.path !== documents[at - 1]?.path))) continue;
    const classes = partition(documents, (one) => one.hashes.L4);
    const fine = classes.filter((same) => same.length > 1).flatMap((same) => same.filter(({ hashes }) => hashes.L3 === ''));
    const coarse = classes.length > 1 ? documents.filter(({ hashes }) => hashes.L6 === '') : [];
    const differing = classes.length > 1 ? unlikeMembers(together).filter((members) => members.some(({ hashes }) => hashes.L6 === '') || commonLayer(members) === null) : [];
    if (fine.length + coarse.length + differing.length > 0) found.push({ together, fine, coarse, differing });
  }
  return found;
}

/** The same for the same documents, whatever is made of them. */
export function membersName(identity: DuplicateGroup['identity'], members: readonly GroupMember[]): string {
  return `${identity !== null && 'service' in identity ? identity.service : ''}\n${members.map((one) => `${one.path}#${String(one.document)}.${String(one.item ?? -1)} ${one.contentHash}`).join('\n')}`;
}

function membersKey({ members }: DuplicateGroup): string {
  return members.map((one) => `${one.path}#${String(one.document)}.${String(one.item ?? -1)}`).join('\n');
}

function memberOrder({ members }: DuplicateGroup): string {
  return `${members[0]?.path ?? ''}#${String(members[0]?.document ?? 0).padStart(6, '0')}`;
}

/** Copies of a whole file are one group, however many documents it has. */
function wholeFiles(groups: readonly DuplicateGroup[]): readonly DuplicateGroup[] {
  const known = new Map<string, number>();
  const kept: DuplicateGroup[] = [];
  for (const one of groups) {
    if (one.class !== 'exact-dup') {
      kept.push(one);
      continue;
    }
    const key = one.members.map(({ path }) => path).join('\n');
    const at = known.get(key);
    const before = at === undefined ? undefined : kept[at];
    if (at === undefined || before === undefined) known.set(key, kept.push(one) - 1);
    else kept[at] = wholeFile((one.members[0]?.document ?? 0) < (before.members[0]?.document ?? 0) ? one : before);
  }
  return kept;
}

const wholes = new WeakMap<DuplicateGroup, DuplicateGroup>();

/** The same object for the same one. */
function wholeFile(group: DuplicateGroup): DuplicateGroup {
  if (group.identity === null) return group;
  const known = wholes.get(group);
  if (known !== undefined) return known;
  const whole = { ...group, identity: null };
  wholes.set(group, whole);
  return whole;
}

class Collector {
  readonly togethers: Together[] = [];
  readonly variants: Together[] = [];
  private readonly byPath = new Map<string, readonly Known[]>();
  private readonly inRoots = new Map<string, { readonly root: string; readonly document: Known }[]>();
  private readonly rooted = new Set<string>();
  readonly plainFiles: string[] = [];

  constructor(
    private readonly files: readonly FactFile[],
    private readonly graph: RootGraph,
  ) {
    for (const file of files) if (file.kind === 'manifests' || file.kind === 'patch') this.byPath.set(file.path, knownDocuments(file));
  }

  roots(): void {
    for (const { root, occurrences } of this.graph.roots) {
      const same = new Map<string, Map<string, Known>>();
      for (const { path, transforms } of occurrences) {
        this.rooted.add(path);
        for (const document of this.byPath.get(path) ?? []) {
          const key = transforms.length === 0 ? document.key : identityKey(effectiveId(document.id, transforms));
          const known = same.get(key) ?? new Map<string, Known>();
          same.set(key, known.set(`${path}#${String(document.document)}.${String(document.item ?? -1)}`, document));
          append(this.inRoots, document.key, { root: root.path, document });
        }
      }
      for (const documents of same.values()) if (documents.size > 1) this.together(root.path, [...documents.values()]);
    }
  }

  /** What no controller and no kustomization takes in: one place, but for what is for different environments. */
  plain(): void {
    // Most objects are written down once: only others are worth a list.
    const byKey = new Map<string, Known | Known[]>();
    for (const file of this.files) {
      if (file.kind !== 'manifests' || this.rooted.has(file.path) || this.graph.patches.has(file.path) || this.graph.data.has(file.path)) continue;
      this.plainFiles.push(file.path);
      for (const document of this.byPath.get(file.path) ?? []) {
        const before = byKey.get(document.key);
        if (before === undefined) byKey.set(document.key, document);
        else if (Array.isArray(before)) before.push(document);
        else byKey.set(document.key, [before, document]);
      }
    }
    for (const [key, one] of byKey) {
      const rooted = this.inRoots.get(key) ?? [];
      if (Array.isArray(one) || rooted.length > 0) this.plainIdentity(Array.isArray(one) ? one : [one], rooted);
    }
    for (const [key, placed] of this.inRoots) if (!byKey.has(key)) this.variant(partition(placed, (one) => one.root).map((one) => one.map(({ document }) => document)));
  }

  private plainIdentity(documents: readonly Known[], rooted: readonly { readonly root: string; readonly document: Known }[]): void {
    const environments = new Set(documents.map((one) => one.environment).filter((one) => one !== null));
    const scopes = environments.size > 1 ? partition(documents, (one) => one.environment ?? '') : [documents];
    const apart: (readonly Known[])[] = [];
    for (const scope of scopes) {
      const match = rooted.find(({ document }) => scope.some((one) => one.hashes.L4 === document.hashes.L4 && (one.environment === null || document.environment === null || one.environment === document.environment)));
      const copies = match === undefined ? [] : rooted.filter(({ root, document }) => root === match.root && scope.some((one) => one.hashes.L4 === document.hashes.L4)).map(({ document }) => document);
      const all = [...new Set([...scope, ...copies])];
      if (all.length > 1) this.together(match?.root ?? '', all);
      apart.push(all);
    }
    this.variant([...apart, ...partition(rooted, (one) => one.root).map((one) => one.map(({ document }) => document))]);
  }

  private together(applyRoot: string, documents: readonly Known[]): void {
    const sorted = [...documents].sort(byPlace);
    this.togethers.push({ applyRoot, identity: sorted[0]?.id ?? null, documents: sorted });
  }

  /** One of each place that has documents no other place has. */
  private variant(places: readonly (readonly Known[])[]): void {
    if (places.length < 2) return;
    const seen = new Set<Known>();
    const firsts = places.flatMap((place) => {
      const fresh = [...place].sort(byPlace).find((one) => !seen.has(one));
      const isShared = place.some((one) => seen.has(one));
      for (const one of place) seen.add(one);
      return fresh === undefined || isShared ? [] : [fresh];
    });
    if (new Set(firsts.map(({ path }) => path)).size < 2) return;
    const sorted = firsts.sort(byPlace);
    this.variants.push({ applyRoot: '', identity: sorted[0]?.id ?? null, documents: sorted });
  }

  overlays(): Collected['overlays'] {
    return [...this.graph.patches.keys()].flatMap((path) =>
      (this.byPath.get(path) ?? []).flatMap((patch) => {
        const targets = (this.inRoots.get(patch.key) ?? []).map(({ root, document }) => ({ root, document })).filter(({ document }) => document.path !== path);
        const [target] = targets;
        return target === undefined ? [] : [{ patch: path, together: { applyRoot: target.root, identity: target.document.id, documents: [target.document, patch].sort(byPlace) } }];
      }),
    );
  }
}

function folderRoot(files: readonly string[]): readonly ApplyRoot[] {
  return files.length === 0 ? [] : [{ path: '', made: 'folder', files, references: [] }];
}

function composeRoots(files: readonly FactFile[]): readonly ApplyRoot[] {
  const compose = files.filter((file) => file.kind === 'compose').map(({ path }) => path);
  return partition(compose, folderOf).map((same) => ({ path: folderOf(same[0] ?? ''), made: 'compose', files: same, references: [] }));
}

function append<V>(map: Map<string, V[]>, key: string, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

/** What was made of the same file the last time. */
const made = new WeakMap<FactFile, readonly Known[]>();

function knownDocuments(file: FactFile): readonly Known[] {
  const before = made.get(file);
  if (before !== undefined) return before;
  const known = freshDocuments(file);
  made.set(file, known);
  return known;
}

function freshDocuments(file: FactFile): readonly Known[] {
  const environment = environmentOf(file.path);
  return file.documents.flatMap(({ id, index, item, line, hashes }) => (id === null ? [] : [{ path: file.path, document: index, item, line, contentHash: file.contentHash, hashes, environment, id, key: identityKey(id) }]));
}

/** YAML that is no Kubernetes object: the same content is told, and whether it is one too many is for the user to say. */
function unnamed(files: readonly FactFile[], graph: RootGraph): readonly Together[] {
  const others = files.filter((file) => file.kind === 'other' && !graph.data.has(file.path) && !graph.patches.has(file.path) && file.documents.length > 0);
  return partition(others, (file) => file.documents.map((one) => one.hashes.L4).join('\n')).flatMap((same) => {
    const documents = same.map((file): Placed => ({ path: file.path, document: 0, item: null, line: 1, contentHash: file.contentHash, hashes: file.documents[0]?.hashes ?? NOTHING, environment: environmentOf(file.path) }));
    return documents.length < 2 || new Set(documents.map((one) => one.environment).filter((one) => one !== null)).size > 1 ? [] : [{ applyRoot: '', identity: null, documents, isUnsure: true }];
  });
}

const NOTHING = { L1: '', L2: '', L3: '', L4: '', L5: '', L6: '' } as const;

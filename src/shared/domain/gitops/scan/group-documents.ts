import { textHash } from '../../../kernel/text-hash';
import type { Certainty, ComposeIdentity, DuplicateGroup, GroupClass, GroupMember, LayerHashes, LayerName, ResourceId } from '../types';

/** A document among others of the same identity. */
export interface Placed {
  readonly path: string;
  readonly document: number;
  readonly item: number | null;
  readonly line: number;
  readonly contentHash: string;
  readonly hashes: LayerHashes;
  readonly environment: string | null;
}

/** Documents of one identity in one place. */
export interface Together {
  readonly applyRoot: string;
  readonly identity: ResourceId | ComposeIdentity | null;
  /** Sorted by `byPlace`. */
  readonly documents: readonly Placed[];
  /** Where nobody can know who reads the files. */
  readonly isUnsure?: boolean;
}

const LAYERS: readonly LayerName[] = ['L1', 'L2', 'L3', 'L4', 'L5', 'L6'];

/** The order of members: by path, then by place in the file. */
export function byPlace(a: Pick<Placed, 'path' | 'document' | 'item'>, b: Pick<Placed, 'path' | 'document' | 'item'>): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : a.document - b.document || (a.item ?? -1) - (b.item ?? -1);
}

/** The first layer at which all are equal; null when they differ. A layer that was not made ('') says nothing. */
export function commonLayer(documents: readonly Placed[]): 'L0' | LayerName | null {
  const [first, ...others] = documents;
  if (first === undefined) return null;
  if (others.every((one) => one.contentHash === first.contentHash && one.document === first.document && one.item === first.item)) return 'L0';
  return LAYERS.find((layer) => first.hashes[layer] !== '' && others.every((one) => one.hashes[layer] === first.hashes[layer])) ?? null;
}

/** Members that stand for what groups of different words would have: of one file all, of several the first of each meaning. */
export function unlikeMembers({ documents }: Together): readonly (readonly Placed[])[] {
  const files = partition(documents, (one) => one.path);
  const inFiles = files.filter((inFile) => inFile.some((one) => one.hashes.L4 !== inFile[0]?.hashes.L4));
  const meanings = meaningsOf(files);
  return meanings.length > 1 ? [...inFiles, representativesOf(meanings)] : inFiles;
}

function meaningsOf(files: readonly (readonly Placed[])[]): readonly (readonly Placed[])[] {
  return partition(files.map((inFile) => inFile[0]).filter((one) => one !== undefined), (one) => one.hashes.L4);
}

function representativesOf(meanings: readonly (readonly Placed[])[]): readonly Placed[] {
  return meanings.map((same) => same[0]).filter((one) => one !== undefined);
}

/** By the first of the documents: what was made of the same ones, knowing as much of them, the last time. */
const grouped = new WeakMap<Placed, { readonly together: Together; readonly layers: number; readonly groups: readonly DuplicateGroup[] }>();

/** Groups among documents of one identity that are applied together: the same in other words, and different words for the same object. The same objects for the same documents. */
export function groupsOf(together: Together): readonly DuplicateGroup[] {
  const [first] = together.documents;
  if (first === undefined || together.documents.length < 2) return [];
  const layers = together.documents.reduce((count, { hashes }) => count + (hashes.L3 === '' ? 0 : 1) + (hashes.L6 === '' ? 0 : 1), 0);
  const before = grouped.get(first);
  if (before !== undefined && before.layers === layers && isSame(before.together, together)) return before.groups;
  const groups = freshGroups(together);
  grouped.set(first, { together, layers, groups });
  return groups;
}

function isSame(a: Together, b: Together): boolean {
  return a.applyRoot === b.applyRoot && a.identity === b.identity && a.isUnsure === b.isUnsure && a.documents.length === b.documents.length && a.documents.every((one, at) => one === b.documents[at]);
}

function freshGroups(together: Together): readonly DuplicateGroup[] {
  const groups: DuplicateGroup[] = [];
  const files = partition(together.documents, (one) => one.path);
  for (const inFile of files) if (inFile.length > 1) groups.push(intraFile(together, inFile));
  const meanings = meaningsOf(files);
  for (const same of meanings) if (same.length > 1) groups.push(same.every((one) => one.contentHash === same[0]?.contentHash) ? exact(together, same) : semantic(together, same));
  if (meanings.length > 1) {
    const representatives = representativesOf(meanings);
    groups.push(commonLayer(representatives) === null ? conflict(together, representatives) : equivalent(together, representatives));
  }
  return groups;
}

/** Told for information: one identity in several places that are not applied together. */
export function variantGroup(together: Together): DuplicateGroup {
  const layer = commonLayer(together.documents);
  const reason = layer === null ? 'The same object stands in several places that are applied apart, with differences: variants for different environments.' : 'The same object stands in several places that are applied apart.';
  return group(together, 'cross-env-variant', 'identity', 'info', layer, reason, together.documents);
}

/** Told for information: a patch and what it changes. */
export function overlayGroup(together: Together, patch: string): DuplicateGroup {
  return group(together, 'overlay-of', 'identity', 'info', null, `${patch} changes this object: it is no second copy.`, together.documents);
}

function exact(together: Together, members: readonly Placed[]): DuplicateGroup {
  return group(together, 'exact-dup', 'identical', together.isUnsure === true ? 'likely' : 'certain', 'L0', together.isUnsure === true ? 'The files have the same bytes; who reads them cannot be told from the files.' : 'The files have the same bytes.', members);
}

const IN_WORDS: { readonly [layer in LayerName]: string } = {
  L1: 'only comments, blanks, quotes or the way it is written differ',
  L2: 'the order of keys or keys without a value differ',
  L3: 'values are written differently and mean the same, such as 1000m and 1',
  L4: 'lists whose order means nothing are in another order',
  L5: 'one writes out what Kubernetes fills in by itself',
  L6: 'one has fields that only a server writes',
};

function semantic(together: Together, members: readonly Placed[]): DuplicateGroup {
  const layer = commonLayer(members);
  const words = layer === null || layer === 'L0' ? 'the documents are equal' : IN_WORDS[layer];
  return group(together, 'semantic-dup', 'semantic', together.isUnsure === true ? 'likely' : 'certain', layer, `They say the same: ${words}.`, members);
}

function equivalent(together: Together, members: readonly Placed[]): DuplicateGroup {
  const layer = commonLayer(members);
  return group(together, 'default-equivalent-dup', 'semantic', 'likely', layer, `They come out the same: ${layer === 'L6' ? IN_WORDS.L6 : IN_WORDS.L5}.`, members);
}

function conflict(together: Together, members: readonly Placed[]): DuplicateGroup {
  return group(together, 'identity-conflict', 'identity', 'certain', null, 'The same object is written down more than once, and not the same way.', members);
}

function intraFile(together: Together, members: readonly Placed[]): DuplicateGroup {
  const layer = commonLayer(members);
  const isLikely = layer === 'L5' || layer === 'L6';
  return group(together, 'intra-file-dup', layer === null ? 'identity' : 'semantic', isLikely ? 'likely' : 'certain', layer, layer === null ? 'One file has the same object more than once, and not the same way.' : 'One file has the same object more than once.', members);
}

function group(together: Together, ofClass: GroupClass, kind: DuplicateGroup['kind'], certainty: Certainty, layer: DuplicateGroup['layer'], reason: string, documents: readonly Placed[]): DuplicateGroup {
  const { applyRoot, identity } = together;
  const members = documents.map(({ path, document, item, line, contentHash }): GroupMember => ({ path, document, item, line, contentHash }));
  const content = members.map((one) => `${one.path}#${String(one.document)}${one.item === null ? '' : `.${String(one.item)}`}`).join('\n');
  const id = `g_${textHash([ofClass, applyRoot, identity === null ? '' : Object.values(identity).join('/'), content].join('\n'))}`;
  return { id, class: ofClass, kind, certainty, layer, applyRoot, identity, reason, members, differences: [] };
}

/** Whether it is formed as the id of a group is: one that is not there may have been. */
export function isGroupId(text: string): boolean {
  return /^g_[0-9a-z]{13}$/.test(text);
}

/** Classes in the order in which they first appear. */
export function partition<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const classes = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = classes.get(key);
    if (known === undefined) classes.set(key, [item]);
    else known.push(item);
  }
  return [...classes.values()];
}

import { canonicalText } from '@shared/domain/gitops/manifest/canonical';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import type { KubernetesSchemas } from '@shared/domain/gitops/schema/schema-data';
import type { LayerName } from '@shared/domain/gitops/types';
import type { SourceDocument } from './manifest-trees';
import { isMapping, nodes, pick, yamlText, type Data } from './manifest-values';
import { OTHER_VALUES } from './other-mutations';
import { SAME_VALUES, WRITINGS } from './same-mutations';

/** Two texts, and which change made the second of the first. */
export interface Pair {
  readonly name: string;
  readonly meant: 'same' | 'other' | 'natural';
  readonly from: string;
  readonly a: string;
  readonly b: string;
}

/** A pair with the oracle's word on it. */
export interface LabelledPair extends Pair {
  readonly same: boolean;
}

function changed(document: SourceDocument, change: (value: Data, random: () => number) => boolean, random: () => number): Data | null {
  const value = structuredClone(document.value);
  return change(value, random) ? value : null;
}

/** One to four changes on top of each other, the way of writing last. */
function stacked(document: SourceDocument, random: () => number, others: boolean): string | null {
  const value = structuredClone(document.value);
  const names = Object.keys(SAME_VALUES);
  let done = 0;
  for (let at = 0; at < 3; at += 1) if (SAME_VALUES[pick(names, random) ?? '']?.(value, random) === true) done += 1;
  if (others && OTHER_VALUES[pick(Object.keys(OTHER_VALUES), random) ?? '']?.(value, random) !== true) return null;
  const writing = WRITINGS[pick(['key order', 'quotes', 'flow style', 'kyaml', 'json', 'indentation', 'merge keys'], random) ?? 'json'];
  return done === 0 && !others ? null : (writing?.(value, yamlText(value), random) ?? null);
}

/** Every change that applies to a document, once each. */
export function mutatedPairs(document: SourceDocument, random: () => number): readonly Pair[] {
  const pairs: Pair[] = [];
  const add = (name: string, meant: Pair['meant'], b: string | null): void => {
    if (b !== null) pairs.push({ name, meant, from: document.from, a: document.text, b });
  };
  for (const [name, write] of Object.entries(WRITINGS)) add(name, 'same', write(document.value, document.text, random));
  for (const [name, change] of Object.entries(SAME_VALUES)) {
    const value = changed(document, change, random);
    add(name, 'same', value === null ? null : yamlText(value));
  }
  add('several at once', 'same', stacked(document, random, false));
  for (const [name, change] of Object.entries(OTHER_VALUES)) {
    const value = changed(document, change, random);
    add(name, 'other', value === null ? null : yamlText(value));
  }
  add('several and one that counts', 'other', stacked(document, random, true));
  return pairs;
}

const leaves = (value: Data): ReadonlySet<string> => new Set(nodes(value).filter((node) => typeof node.value !== 'object' || node.value === null).map((node) => `${node.path.join('/')}=${JSON.stringify(node.value)}`));

/** Documents of one kind that stand in a tree and differ in little: at least nine tenths of their values are shared. */
export function naturalPairs(documents: readonly SourceDocument[], most: number): readonly Pair[] {
  const byKind = new Map<string, { readonly document: SourceDocument; readonly leaves: ReadonlySet<string> }[]>();
  for (const document of documents) {
    if (!isMapping(document.value)) continue;
    const kind = `${String(document.value['apiVersion'])} ${String(document.value['kind'])}`;
    byKind.set(kind, [...(byKind.get(kind) ?? []), { document, leaves: leaves(document.value) }]);
  }
  const pairs: Pair[] = [];
  for (const [kind, all] of byKind) {
    for (let at = 0; at < all.length; at += 1) {
      for (let other = at + 1; other < all.length && pairs.length < most; other += 1) {
        const [one, two] = [all[at], all[other]];
        if (one === undefined || two === undefined) continue;
        const shared = [...one.leaves].filter((leaf) => two.leaves.has(leaf)).length;
        if (shared / (one.leaves.size + two.leaves.size - shared) < 0.9) continue;
        pairs.push({ name: 'natural siblings', meant: 'natural', from: `${one.document.from} ${two.document.from} (${kind})`, a: one.document.text, b: two.document.text });
      }
    }
  }
  return pairs;
}

const LAYERS: readonly LayerName[] = ['L1', 'L2', 'L3', 'L4', 'L5', 'L6'];

/** The first layer at which we say that two texts hold the same; null where they differ or cannot be read. */
export function judged(pair: Pick<Pair, 'a' | 'b'>, schemas: KubernetesSchemas): LayerName | null {
  const [a, b] = [pair.a, pair.b].map((text) => readManifests(Buffer.from(text), 'app/file.yaml'));
  if (a?.kind !== 'manifests' || b?.kind !== 'manifests' || a.documents.length !== b.documents.length) return null;
  return LAYERS.find((layer) => a.documents.every((one, at) => canonicalText(one.value, layer, schemas) === canonicalText(b.documents[at]?.value ?? null, layer, schemas))) ?? null;
}

/** Lower bound of the 95 % interval of a proportion (Wilson). */
export function wilsonLower(hits: number, all: number): number {
  if (all === 0) return 0;
  const z = 1.959964;
  const share = hits / all;
  return (share + (z * z) / (2 * all) - z * Math.sqrt((share * (1 - share)) / all + (z * z) / (4 * all * all))) / (1 + (z * z) / all);
}

/** How often we were right about one class, or about all. */
export interface Score {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

export function score(into: Score, same: boolean, judgedSame: boolean): void {
  if (same) into[judgedSame ? 'truePositives' : 'falseNegatives'] += 1;
  else into[judgedSame ? 'falsePositives' : 'trueNegatives'] += 1;
}

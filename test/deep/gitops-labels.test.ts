import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import { askOracle, type OracleAnswer, type OracleRead } from '../support/kubernetes-oracle';
import { judged, mutatedPairs, naturalPairs, score, wilsonLower, type LabelledPair, type Pair, type Score } from '../support/labelled-pairs';
import { goModule, treeDocuments, type SourceDocument } from '../support/manifest-trees';
import { kubernetesSchemas } from '../support/kubernetes-schemas';
import { seededRandom } from '../support/random';

/**
 * What we call the same, against what Kubernetes' own types and defaults say. `BERTH_TREES` names further folders of manifests, separated by `:`;
 * `BERTH_SEED` another seed; with `BERTH_KEEP_LABELS=1` the seeded sample of `npm test` is written anew.
 */
const SEED = Number(process.env['BERTH_SEED'] ?? 11);
const KUBERNETES = 'k8s.io/kubernetes@v1.36.3';
const API = 'k8s.io/api@v0.36.3';
const SAMPLE = 1200;
const NATURAL_MAX = 3000;
const schemas = kubernetesSchemas();

interface Tree {
  readonly name: string;
  readonly documents: readonly SourceDocument[];
}

function trees(): readonly Tree[] {
  const kubernetes = goModule(KUBERNETES);
  const further = (process.env['BERTH_TREES'] ?? '').split(':').filter((one) => one !== '');
  return [
    { name: `${KUBERNETES} cluster, test`, documents: ['cluster', 'test/e2e/testing-manifests', 'test/fixtures'].flatMap((path) => treeDocuments(join(kubernetes, path))) },
    { name: `${API} testdata/HEAD`, documents: treeDocuments(join(goModule(API), 'testdata', 'HEAD')) },
    ...further.map((path) => ({ name: path.split('/').at(-1) ?? path, documents: treeDocuments(path) })),
  ];
}

const empty = (): Score => ({ truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 });
const share = (hits: number, all: number): string => (all === 0 ? '–' : `${((100 * hits) / all).toFixed(2)} %`);
const bound = (hits: number, all: number): string => (all === 0 ? '–' : `${(100 * wilsonLower(hits, all)).toFixed(2)} %`);

async function labelled(pairs: readonly Pair[]): Promise<readonly LabelledPair[]> {
  const answers = await askOracle<OracleAnswer>(pairs.map(({ a, b }) => ({ op: 'equal', a: unwrapped(a), b: unwrapped(b) })));
  const unread = answers.filter((one) => one.error !== undefined).length;
  if (unread > 0) process.stdout.write(`${unread} pairs are left out: sigs.k8s.io/yaml cannot read one of the texts\n`);
  return pairs.map((pair, at) => ({ ...pair, same: answers[at]?.defaulted ?? false })).filter((_, at) => answers[at]?.error === undefined);
}

/** The oracle takes one document: the single item of a List, and no empty documents around it. */
function unwrapped(text: string): string {
  const parts = text.replace(/^\ufeff/, '').split(/^---\s*$/m).filter((part) => part.replace(/#.*$/gm, '').trim() !== '');
  const one = parts.length === 1 ? (parts[0] ?? '') : text;
  return one.startsWith('apiVersion: v1\nkind: List\nitems:\n') ? one.slice('apiVersion: v1\nkind: List\nitems:\n'.length).replace(/^ {2}- /, '    ').replaceAll(/^ {4}/gm, '') : one;
}

/** What others would say: the same bytes; the same values by a reader of YAML with its keys sorted, as `yq -P 'sort_keys(..)'` and a hash do. */
const BASELINES: { readonly [name: string]: (text: string) => string } = {
  'SHA-256 of the bytes': (text) => createHash('sha256').update(text).digest('hex'),
  'hash of the values, keys sorted': (text) => JSON.stringify(sorted(loadAll(text))),
};

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, one]) => [key, sorted(one)]);
}

function baselines(pairs: readonly LabelledPair[]): readonly string[] {
  return Object.entries(BASELINES).map(([name, of]) => {
    const all = empty();
    const said = ({ a, b }: LabelledPair): boolean => {
      try {
        return of(a) === of(b);
      } catch {
        return false;
      }
    };
    for (const pair of pairs) score(all, pair.same, said(pair));
    const called = all.truePositives + all.falsePositives;
    return `baseline ${name}: precision ${share(all.truePositives, called)}, recall ${share(all.truePositives, all.truePositives + all.falseNegatives)}, false merges ${all.falsePositives}`;
  });
}

function table(title: string, pairs: readonly LabelledPair[], wrong: string[]): Score {
  const all = empty();
  const classes = new Map<string, Score & { odd: number }>();
  for (const pair of pairs) {
    const layer = judged(pair, schemas);
    const own = classes.get(`${pair.meant} ${pair.name}`) ?? { ...empty(), odd: 0 };
    classes.set(`${pair.meant} ${pair.name}`, own);
    if (pair.meant !== 'natural' && pair.same !== (pair.meant === 'same')) own.odd += 1;
    score(own, pair.same, layer !== null);
    score(all, pair.same, layer !== null);
    if (pair.same !== (layer !== null)) wrong.push(`${title}: ${pair.name} of ${pair.from}: Kubernetes ${pair.same ? 'same' : 'other'}, we ${layer ?? 'other'}`);
    if (process.env['BERTH_SHOW'] !== undefined && pair.same !== (layer !== null)) process.stdout.write(`--- ${pair.name} ${pair.from} ${String(pair.same)} ${String(layer)}\n${pair.a}\n+++\n${pair.b}\n`);
  }
  const lines = [`\n## ${title}: ${pairs.length} pairs`, '| class | meant | same by the oracle: found | at least | other by the oracle: kept apart | at least | oracle not as meant |', '|---|---|---|---|---|---|---|'];
  for (const [name, one] of [...classes, ['all all', { ...all, odd: 0 }] as const]) {
    const [meant = '', ...words] = name.split(' ');
    const [same, other] = [one.truePositives + one.falseNegatives, one.trueNegatives + one.falsePositives];
    lines.push(`| ${words.join(' ')} | ${meant} | ${one.truePositives} of ${same} | ${bound(one.truePositives, same)} | ${one.trueNegatives} of ${other} | ${bound(one.trueNegatives, other)} | ${one.odd} |`);
  }
  const said = all.truePositives + all.falsePositives;
  lines.push('', `precision ${share(all.truePositives, said)} (at least ${bound(all.truePositives, said)}), recall ${share(all.truePositives, all.truePositives + all.falseNegatives)} (at least ${bound(all.truePositives, all.truePositives + all.falseNegatives)}), false merges ${all.falsePositives}`, ...baselines(pairs));
  process.stdout.write(`${lines.join('\n')}\n`);
  return all;
}

describe('what we call the same', () => {
  it('is what Kubernetes calls the same, in every tree', { timeout: 3_600_000 }, async () => {
    process.stdout.write(`seed ${SEED}\n`);
    const wrong: string[] = [];
    const scores: Score[] = [];
    for (const tree of trees()) {
      const random = seededRandom(SEED);
      const pairs = await labelled([...tree.documents.flatMap((document) => mutatedPairs(document, random)), ...naturalPairs(tree.documents, NATURAL_MAX)]);
      if (process.env['BERTH_KEEP_LABELS'] === '1' && tree.name.startsWith(KUBERNETES)) keep(pairs);
      scores.push(table(`${tree.name} (${tree.documents.length} documents)`, pairs, wrong));
    }
    process.stdout.write(`${wrong.join('\n')}\n`);
    for (const all of scores) {
      expect(all.falsePositives).toBe(0);
      expect(all.truePositives / (all.truePositives + all.falseNegatives)).toBeGreaterThan(0.99);
    }
  });

  it('reads texts as sigs.k8s.io/yaml does', { timeout: 600_000 }, async () => {
    const texts = scalarTexts();
    const answers = await askOracle<OracleRead>(texts.map((text) => ({ op: 'read', text })));
    const differing = texts.filter((text, at) => {
      const ours = readManifests(Buffer.from(text), 'app/file.yaml');
      const theirs = answers[at];
      if (theirs?.error !== undefined) return ours.kind !== 'unparseable';
      return JSON.stringify(ours.documents[0]?.value ?? null) !== JSON.stringify(theirs?.json ?? null);
    });
    process.stdout.write(`${texts.length} texts, ${differing.length} read otherwise\n${differing.slice(0, 20).map((text) => JSON.stringify(text)).join('\n')}\n`);
    expect(differing).toEqual([]);
  });
});

/** Scalars from the letters that numbers, booleans and dates are made of. */
function scalarTexts(): readonly string[] {
  const random = seededRandom(SEED);
  const letters = ['0', '1', '7', '8', '9', 'x', 'o', 'b', 'e', 'E', '.', '-', '+', '_', ':', 'f', 'n', 'y', 'N', 'a', 'i', 'T', 'Z', '~'];
  const words = ['yes', 'No', 'on', 'OFF', 'true', 'False', 'null', '~', 'y', 'n', '.inf', '.5', '1e3', '0644', '0o17', '0x1F', '1_000', '12:30:45', '2001-01-01', '2001-01-01T00:00:00Z', '-0', '+1', '1.', '0888', '0b11', '-0x1', '1e400', '123456789012345678901234'];
  const made = Array.from({ length: 20_000 }, () => Array.from({ length: 1 + Math.floor(random() * 6) }, () => letters[Math.floor(random() * letters.length)]).join(''));
  // Long keys with an exponent are the one thing read otherwise: Go writes 8e8 as the key 8e+08.
  const isKey = (one: string): boolean => !/^[-+]?[0-9._]+[eE]|^[-+]?[\d_.]{7,}$|inf$/.test(one);
  return [...words, ...made].filter((one) => !/:$|^[-?:](?:\s|$)/.test(one)).flatMap((one) => [`a: ${one}\n`, `- ${one}\n`, ...(isKey(one) ? [`${one}: a\n`] : [])]);
}

/** A seeded sample with its labels, for the run without Go. */
function keep(pairs: readonly LabelledPair[]): void {
  const random = seededRandom(SEED);
  const chosen = pairs.filter((pair) => pair.a.length < 3000 && random() < (SAMPLE * 1.5) / pairs.length).slice(0, SAMPLE);
  mkdirSync('test/fixtures/gitops', { recursive: true });
  writeFileSync('test/fixtures/gitops/labelled-pairs.json.gz', gzipSync(JSON.stringify(chosen.map(({ name, same, a, b }) => ({ name, same, a, b }))), { level: 9 }));
}

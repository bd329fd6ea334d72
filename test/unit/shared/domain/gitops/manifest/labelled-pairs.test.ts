import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { judged, score, type LabelledPair } from '../../../../../support/labelled-pairs';
import { kubernetesSchemas } from '../../../../../support/kubernetes-schemas';

/** Pairs from real trees with the word of Kubernetes' own types on them; `npm run test:deep -- gitops-labels` makes and judges all of them. */
const pairs = JSON.parse(gunzipSync(readFileSync('test/fixtures/gitops/labelled-pairs.json.gz')).toString('utf8')) as readonly Pick<LabelledPair, 'name' | 'same' | 'a' | 'b'>[];

describe('what we call the same', () => {
  const schemas = kubernetesSchemas();

  it('is what Kubernetes calls the same, in a seeded sample', () => {
    const all = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
    const merged: string[] = [];
    for (const pair of pairs) {
      const layer = judged(pair, schemas);
      score(all, pair.same, layer !== null);
      if (layer !== null && !pair.same) merged.push(`${pair.name}: ${pair.b}`);
    }
    expect(merged).toEqual([]);
    expect(pairs.length).toBeGreaterThan(1000);
    expect(all.trueNegatives).toBeGreaterThan(300);
    expect(all.truePositives / (all.truePositives + all.falseNegatives)).toBeGreaterThan(0.99);
  });
});

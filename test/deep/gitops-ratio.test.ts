import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { createServices, type Services } from '@main/services';
import { askOracle, type OracleAnswer } from '../support/kubernetes-oracle';
import { goModule, treeDocuments, type SourceDocument } from '../support/manifest-trees';
import { seededRandom } from '../support/random';
import { seededConflicts, type SeededConflict } from '../support/seeded-conflicts';

/**
 * How many conflicts in real trees are resolved without asking, and whether the right copy stays. `BERTH_TREES` names further folders of manifests,
 * separated by `:`; `BERTH_SEED` another seed.
 */
const SEED = Number(process.env['BERTH_SEED'] ?? 11);
const KUBERNETES = 'k8s.io/kubernetes@v1.36.3';
const API = 'k8s.io/api@v0.36.3';
/** The oracle takes one document: an item of a List says what it says alone. */
const WRAPPED = 'wrapped in a List';
/** The oracle takes them away before it compares; Berth counts what is the same only without them as likely, as it does defaults. */
const ADDED = ['last applied', 'what the server writes', 'namespace default', 'defaults written out'];

type Plan = OutputOf<'gitops.plan'>;
type Label = 'certain' | 'likely' | 'differs' | 'sensitive' | 'tie';

let base: string;
let services: Services;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'bt-ratio-')));
  services = await createServices({ home: join(base, 'home'), version: '0.0.0-test', live: false });
  await services.start();
});
afterAll(async () => {
  await services.close();
  await rm(base, { recursive: true, force: true });
});

function trees(): readonly { readonly name: string; readonly documents: readonly SourceDocument[] }[] {
  const further = (process.env['BERTH_TREES'] ?? '').split(':').filter((one) => one !== '');
  return [
    { name: `${KUBERNETES} cluster, test`, documents: ['cluster', 'test/e2e/testing-manifests', 'test/fixtures'].flatMap((path) => treeDocuments(join(goModule(KUBERNETES), path))) },
    { name: `${API} testdata/HEAD`, documents: treeDocuments(join(goModule(API), 'testdata', 'HEAD')) },
    ...further.map((path) => ({ name: basename(path), documents: treeDocuments(path) })),
  ];
}

/** What Kubernetes' own types say of the two texts, and what was done on purpose besides. */
async function labelsOf(conflicts: readonly SeededConflict[]): Promise<readonly Label[]> {
  const answers = await askOracle<OracleAnswer>(conflicts.map(({ a, b, name }) => ({ op: 'equal', a, b: name === WRAPPED || name === 'separators' ? a : b })));
  return conflicts.map(({ name, a, isTie, isSensitive }, at) => {
    const answer = answers[at];
    if (answer?.error !== undefined) throw new Error(`The oracle cannot read ${conflicts[at]?.files[0]?.path ?? ''}: ${answer.error}`);
    if (isTie) return 'tie';
    const isAdded = ADDED.includes(name) || (name === 'null keys' && /creationTimestamp: (?!null)/.test(a));
    if (answer?.typed === true && !isAdded) return 'certain';
    return answer?.defaulted === true ? 'likely' : isSensitive ? 'sensitive' : 'differs';
  });
}

const share = (part: number, whole: number): string => `${String(part)} of ${String(whole)} (${whole === 0 ? '–' : ((100 * part) / whole).toFixed(1)} %)`;

it('of the conflicts in real trees more than nine of ten are resolved by themselves, none wrongly', { timeout: 3_600_000 }, async () => {
  const all = { conflicts: 0, automatic: 0, resolvable: 0, right: 0, likely: 0, wrong: [] as string[] };
  process.stdout.write(`seed ${String(SEED)}\n| tree | of all resolved | of the resolvable | wrong winner | left: tie, sensitive, other | the same only after defaults and what a server adds, told apart |\n|---|---|---|---|---|---|\n`);
  const missed: string[] = [];
  for (const [number, { name, documents }] of trees().entries()) {
    const conflicts = seededConflicts(documents, seededRandom(SEED));
    const labels = await labelsOf(conflicts);
    const dir = join(base, `tree-${String(number)}`);
    for (const { path, text } of conflicts.flatMap((one) => one.files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), text);
    }
    const answer = await services.dispatcher.call('gitops.plan', { dir }, { door: 'cli', signal: new AbortController().signal });
    if (!answer.ok) throw new Error(answer.error.message);
    const groups = new Map<string, Plan['groups'][number]>();
    for (const group of (answer.value as Plan).groups) for (const member of group.members) groups.set(member.file, group);
    const own = { conflicts: 0, automatic: 0, resolvable: 0, right: 0, likely: 0, wrong: 0, left: { tie: 0, sensitive: 0, other: 0 } };
    for (const [at, conflict] of conflicts.entries()) {
      const label = labels[at] ?? 'tie';
      const [winner, loser] = conflict.files;
      const group = groups.get(winner?.path ?? '');
      const isAutomatic = group?.status === 'planned' && group.members.some((one) => one.file === loser?.path);
      const mayBe = label === 'certain' || label === 'differs';
      // Neither duplicates nor contradictions: nothing is done about them unless it is wished.
      if (label === 'likely') own.likely += 1;
      else own.conflicts += 1;
      if (mayBe) own.resolvable += 1;
      if (isAutomatic && label !== 'likely') own.automatic += 1;
      else if (label !== 'likely') own.left[label === 'tie' || label === 'sensitive' ? label : 'other'] += 1;
      if (isAutomatic && (!mayBe || group.keep !== winner?.path)) {
        own.wrong += 1;
        all.wrong.push(`${name}: ${conflict.name} (${label}) keeps ${group.keep ?? 'nothing'} instead of ${winner?.path ?? ''}`);
      } else if (isAutomatic) own.right += 1;
      else if (mayBe) missed.push(`${name}: ${conflict.name} (${label}): ${group === undefined ? 'not found' : `${group.status} ${group.review ?? ''}: ${group.reason}`}`);
    }
    for (const key of ['conflicts', 'automatic', 'resolvable', 'right', 'likely'] as const) all[key] += own[key];
    process.stdout.write(`| ${name} | ${share(own.automatic, own.conflicts)} | ${share(own.right, own.resolvable)} | ${String(own.wrong)} | ${Object.values(own.left).join(', ')} | ${String(own.likely)} |\n`);
  }
  process.stdout.write(`| all | ${share(all.automatic, all.conflicts)} | ${share(all.right, all.resolvable)} | ${String(all.wrong.length)} | | ${String(all.likely)} |\n${[...all.wrong, ...missed].join('\n')}\n`);
  expect(all.wrong).toEqual([]);
  expect(all.automatic / all.conflicts).toBeGreaterThan(0.9);
  expect(all.right / all.resolvable).toBeGreaterThan(0.95);
});

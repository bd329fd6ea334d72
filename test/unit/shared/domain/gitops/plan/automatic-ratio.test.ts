import { expect, it } from 'vitest';
import { DEFAULT_RULES } from '@shared/domain/gitops/hierarchy/rules';
import { planResolution } from '@shared/domain/gitops/plan/plan-resolution';
import type { DuplicateGroup, ScannedFile } from '@shared/domain/gitops/types';
import { group, scannedFile, scannedTree } from '../../../../../support/gitops-tree';
import { seededRandom } from '../../../../../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const GROUPS = 2_000;

/** One conflict of the corpus. `winner` is known from how it was made, not from a score: null where no rule may decide. */
interface Labelled {
  readonly files: readonly ScannedFile[];
  readonly group: DuplicateGroup;
  readonly winner: string | null;
  readonly why: string;
}

/** From the highest to the lowest, with names that only look like one of them. */
const FOLDERS = [['production', 'clusters/production/eu', 'examples/production'], ['environments', 'teams/a/environments/dev'], ['templates', 'lib/templates'], ['apps', 'my-production', 'base/examples-old', 'Environments'], ['examples', 'docs/examples/small']];
const NAMES = [['main.yaml', 'main.yml'], ['default.yaml', 'default.yml'], ['template.yaml'], ['app.yaml', 'main.yaml.yaml', 'maindefault.yml'], ['example.yaml', 'example.yml']];
const MARKS: readonly Readonly<Record<string, string>>[] = [{ created_by: 'admin' }, { environment: 'production', managed: 'true' }, { environment: 'production' }, { managed: 'true' }, { created_by: 'Admin', managed: 'yes' }];

function corpus(): readonly Labelled[] {
  const random = seededRandom(SEED);
  const upTo = (most: number): number => Math.floor(random() * most);
  const oneOf = <T>(items: readonly T[]): T => items[upTo(items.length)] as T;
  /** Two or three different levels, the highest first. */
  const levels = (): readonly number[] => [...new Set([upTo(5), upTo(5), upTo(5), upTo(5)])].sort((left, right) => left - right).slice(0, 3);

  function make(index: number): Labelled {
    const name = `o${String(index)}`;
    const id = `g${String(index).padStart(5, '0')}`;
    const kindOfCase = random();
    let picked = levels();
    while (picked.length < 2) picked = levels();
    const decides = oneOf(['folder', 'folder', 'folder', 'name', 'metadata'] as const);
    const [folder, file, marks] = [oneOf(FOLDERS.flat()), oneOf(NAMES.flat()), oneOf(MARKS)];
    const isTie = kindOfCase < 0.025;
    const differs = random() < 0.4;
    const files = (isTie ? [0, 0] : picked).map((level, at): ScannedFile => {
      const place = decides === 'folder' ? oneOf(FOLDERS[level] ?? []) : folder;
      const called = decides === 'name' ? oneOf(NAMES[level] ?? []) : file;
      // Below the level that decides anything may be, also what would win there.
      const own = decides === 'metadata' ? (MARKS[level] ?? {}) : isTie ? marks : oneOf(MARKS);
      const lowerName = decides === 'folder' && !isTie ? oneOf(NAMES.flat()) : called;
      return scannedFile(`${place}/${name}-${String(at)}/${lowerName}`, [{ name, same: differs ? String(at) : 'x', marks: random() < 0.5 ? own : {} }], random() < 0.5 ? {} : { marks: own });
    });
    // Marks have to be somewhere: of the file or of the document.
    const marked = files.map((one, at) => (decides === 'metadata' && !isTie ? { ...one, marks: MARKS[picked[at] ?? 0] ?? {} } : isTie ? { ...one, marks, documents: one.documents.map((document) => ({ ...document, marks: {} })) } : one));
    const members = marked.map((one) => [one.path] as const);
    const sensitive = kindOfCase >= 0.025 && kindOfCase < 0.045;
    const likely = kindOfCase >= 0.045 && kindOfCase < 0.055;
    const more: Partial<DuplicateGroup> = sensitive
      ? { class: 'identity-conflict', kind: 'identity', layer: null, differences: [oneOf(['/spec/replicas', '/spec/selector/app', '/spec/template/spec/securityContext/runAsUser', '/spec/volumeClaimTemplates/0/spec/storageClassName'])] }
      : likely
        ? { class: 'default-equivalent-dup', certainty: 'likely', layer: 'L5' }
        : differs
          ? { class: 'identity-conflict', kind: 'identity', layer: null, differences: [oneOf(['/data/color', '/spec/template/spec/containers/0/image', '/metadata/labels/team'])] }
          : {};
    const why = isTie ? 'tie' : sensitive ? 'sensitive' : likely ? 'likely' : decides;
    return { files: marked, group: group(id, name, random() < 0.5 ? members : [...members].reverse(), more), winner: isTie || sensitive || likely ? null : (marked[0]?.path ?? null), why };
  }
  return Array.from({ length: GROUPS }, (_, index) => make(index));
}

it(`of a seeded corpus of ${String(GROUPS)} conflicts more than nine of ten are resolved by themselves, none wrongly (seed ${String(SEED)})`, () => {
  const all = corpus();
  const plan = planResolution(scannedTree(all.flatMap((one) => one.files), all.map((one) => one.group)), { rules: DEFAULT_RULES, policies: [], git: null, likely: false, only: null, choices: [], blocked: new Map() });
  const decided = new Map(plan.groups.map((one) => [one.groupId, one]));
  const resolvable = all.filter((one) => one.winner !== null);
  const automatic = all.filter((one) => decided.get(one.group.id)?.status === 'planned');
  const right = resolvable.filter((one) => decided.get(one.group.id)?.kept?.path === one.winner);
  const wrong = automatic.filter((one) => decided.get(one.group.id)?.kept?.path !== one.winner);
  const share = (part: number, whole: number): string => `${String(part)}/${String(whole)} (${((100 * part) / whole).toFixed(1)} %)`;
  const left = Object.fromEntries(['tie', 'sensitive', 'likely'].map((why) => [why, all.filter((one) => one.why === why).length]));
  process.stdout.write(`conflicts resolved automatically: of all ${share(automatic.length, all.length)}, of the resolvable ${share(right.length, resolvable.length)}, wrong winner ${String(wrong.length)}; left to the user ${JSON.stringify(left)}\n`);
  expect(wrong.map((one) => [one.why, one.winner, decided.get(one.group.id)?.kept?.path])).toEqual([]);
  expect(automatic.length / all.length).toBeGreaterThan(0.9);
  expect(right.length / resolvable.length).toBeGreaterThan(0.95);
  for (const one of all) if (one.winner === null) expect(decided.get(one.group.id)?.status, one.why).toBe('manual_review');
});

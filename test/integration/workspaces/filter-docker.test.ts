import { expect, it } from 'vitest';
import { rootFilter } from '@shared/domain/workspaces/filter';
import { askDockerignore, GO_ANCHORS } from '../../support/ask-dockerignore';
import { caseMaker, judgeTree } from '../../support/ignore-cases';
import { DEEP } from '../../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20_261_121);
const CASES = DEEP ? 40_000 : 2_000;

it(`says of every path what Docker's own library says of it (${String(CASES)} cases, seed ${String(SEED)})`, async () => {
  const maker = caseMaker(SEED);
  const cases = Array.from({ length: CASES }, () => {
    const { paths, ignoreFiles } = maker.tree();
    return { paths, text: (ignoreFiles.get('') ?? '').replace(GO_ANCHORS, 'a') };
  });
  const answers = await askDockerignore(cases.map(({ paths, text }) => ({ text, paths: paths.map((path) => path.replace(/\/$/, '')) })));
  const differences: string[] = [];
  let judged = 0;
  let excluded = 0;
  for (const [index, { paths, text }] of cases.entries()) {
    const answer = answers[index];
    const root = rootFilter({ gitignore: null, dockerignore: text });
    if (answer?.ignored === null || answer === undefined) {
      if (root.notes.length === 0) differences.push(`${JSON.stringify(text)}: Docker refuses it (${answer?.refused ?? ''}), nothing is noted`);
      continue;
    }
    if (root.notes.length > 0 !== (answer.unread !== '')) differences.push(`${JSON.stringify(text)}: noted ${JSON.stringify(root.notes)}, and Docker would refuse ${JSON.stringify(answer.unread)}`);
    const verdicts = judgeTree(root, paths, () => ({ gitignore: null, dockerignore: null }));
    for (const [at, path] of paths.entries()) {
      const ignored = answer.ignored[at] === true;
      judged += 1;
      if (ignored) excluded += 1;
      const verdict = verdicts.get(path);
      if (verdict?.included !== !ignored) differences.push(`${JSON.stringify(text)} ${path}: Docker says ${ignored ? 'out' : 'in'}, ours ${JSON.stringify(verdict)}`);
    }
  }
  expect(differences.slice(0, 20)).toEqual([]);
  expect(differences).toHaveLength(0);
  expect(judged).toBeGreaterThan(CASES);
  expect(excluded / judged).toBeGreaterThan(0.1);
  expect(excluded / judged).toBeLessThan(0.9);
}, 600_000);

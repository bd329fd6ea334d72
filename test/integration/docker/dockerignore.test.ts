import { expect, it } from 'vitest';
import { isIgnored, parseDockerignore } from '@shared/domain/engine/dockerignore';
import { askDockerignore, GO_ANCHORS } from '../../support/ask-dockerignore';
import { caseMaker } from '../../support/ignore-cases';
import { DEEP } from '../../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20_261_122);
const CASES = DEEP ? 40_000 : 3_000;

it(`leaves out of a build exactly what Docker's own library leaves out (${String(CASES)} files, seed ${String(SEED)})`, async () => {
  const maker = caseMaker(SEED);
  const cases = Array.from({ length: CASES }, () => {
    const { paths, ignoreFiles } = maker.tree();
    return { paths: paths.map((path) => path.replace(/\/$/, '')), text: (ignoreFiles.get('') ?? '').replace(GO_ANCHORS, 'a') };
  });
  const answers = await askDockerignore(cases);
  const differences: string[] = [];
  let judged = 0;
  let excluded = 0;
  for (const [index, { paths, text }] of cases.entries()) {
    const answer = answers[index];
    const parsed = parseDockerignore(text);
    if (answer?.ignored === null || answer === undefined || answer.unread !== '') {
      // A pattern that is bad is refused before anything is sent, also where Docker would not have come to it.
      if (parsed.ok) differences.push(`${JSON.stringify(text)}: Docker refuses it (${answer?.refused ?? ''} ${answer?.unread ?? ''}), Berth takes it`);
      continue;
    }
    if (!parsed.ok) {
      differences.push(`${JSON.stringify(text)}: Docker takes it, Berth refuses line ${String(parsed.line)}`);
      continue;
    }
    for (const [at, path] of paths.entries()) {
      judged += 1;
      if (answer.ignored[at] === true) excluded += 1;
      if (isIgnored(parsed.patterns, path) !== (answer.ignored[at] === true)) differences.push(`${JSON.stringify(text)} ${path}: Docker says ${answer.ignored[at] === true ? 'out' : 'in'}`);
    }
  }
  expect(differences.slice(0, 20)).toEqual([]);
  expect(judged).toBeGreaterThan(CASES);
  expect(excluded / judged).toBeGreaterThan(0.1);
  expect(excluded / judged).toBeLessThan(0.9);
}, 600_000);

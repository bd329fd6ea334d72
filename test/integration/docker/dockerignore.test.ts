import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { isIgnored, parseDockerignore } from '@shared/domain/engine/dockerignore';
import { ensureTool } from '../../../scripts/lib/storage-tools.mjs';
import { caseMaker } from '../../support/ignore-cases';
import { DEEP } from '../../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20_261_122);
const CASES = DEEP ? 40_000 : 3_000;
/** What Docker hands on to Go by accident and no file means: word ends, quotes, scripts. */
const GO_ANCHORS = /\\+[ABCEPQbpz]/g;

interface Answer {
  readonly refused: string;
  readonly unread: string;
  readonly ignored: readonly boolean[] | null;
}

async function askDocker(questions: readonly { readonly text: string; readonly paths: readonly string[] }[]): Promise<readonly Answer[]> {
  const child = spawn(await ensureTool('dockerignore-oracle'), { stdio: ['pipe', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stdin.end(questions.map((question) => JSON.stringify(question)).join('\n'));
  expect(await ended).toBe(0);
  return out.trimEnd().split('\n').map((line) => JSON.parse(line) as Answer);
}

it(`leaves out of a build exactly what Docker's own library leaves out (${String(CASES)} files, seed ${String(SEED)})`, async () => {
  const maker = caseMaker(SEED);
  const cases = Array.from({ length: CASES }, () => {
    const { paths, ignoreFiles } = maker.tree();
    return { paths: paths.map((path) => path.replace(/\/$/, '')), text: (ignoreFiles.get('') ?? '').replace(GO_ANCHORS, 'a') };
  });
  const answers = await askDocker(cases);
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

import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { rootFilter } from '@shared/domain/workspaces/filter';
import { ensureTool } from '../../../scripts/lib/storage-tools.mjs';
import { caseMaker, judgeTree } from '../../support/ignore-cases';
import { DEEP } from '../../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20_261_121);
const CASES = DEEP ? 40_000 : 2_000;

/** What Docker hands on to Go by accident and no file means: word ends, quotes, scripts. A line with one is noted and left out. */
const GO_ANCHORS = /\\+[ABCEPQbpz]/g;

interface Answer {
  readonly refused: string;
  /** A pattern that is bad, and that none of these paths made it look at. */
  readonly unread: string;
  readonly ignored: readonly boolean[] | null;
}

async function askDocker(questions: readonly { readonly text: string; readonly paths: readonly string[] }[]): Promise<readonly Answer[]> {
  const program = await ensureTool('dockerignore-oracle');
  return new Promise((resolve, reject) => {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(out.trimEnd().split('\n').map((line) => JSON.parse(line) as Answer));
      else reject(new Error(`The oracle ended with ${String(code)}: ${said}`));
    });
    child.stdin.end(questions.map((question) => JSON.stringify(question)).join('\n'));
  });
}

it(`says of every path what Docker's own library says of it (${String(CASES)} cases, seed ${String(SEED)})`, async () => {
  const maker = caseMaker(SEED);
  const cases = Array.from({ length: CASES }, () => {
    const { paths, ignoreFiles } = maker.tree();
    return { paths, text: (ignoreFiles.get('') ?? '').replace(GO_ANCHORS, 'a') };
  });
  const answers = await askDocker(cases.map(({ paths, text }) => ({ text, paths: paths.map((path) => path.replace(/\/$/, '')) })));
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

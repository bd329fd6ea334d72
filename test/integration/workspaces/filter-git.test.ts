import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rootFilter } from '@shared/domain/workspaces/filter';
import { caseMaker, judgeTree, type IgnoreCase } from '../../support/ignore-cases';
import { DEEP } from '../../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? 20_261_121);
const TREES = DEEP ? 10_000 : 2_000;
const NOTHING = { gitignore: null, dockerignore: null };

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'berth-filter-git-'));
});
afterAll(() => rm(work, { recursive: true, force: true }), 600_000);

function git(args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'] ?? '', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', HOME: work };
    const child = spawn('git', args, { cwd: work, env, stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    child.on('error', reject);
    // 1 says that nothing of what was asked for is ignored.
    child.on('close', (code) => (code === 0 || code === 1 ? resolve(out) : reject(new Error(`git ${args.join(' ')}: ${String(code)} ${said}`))));
    child.stdin.end(input);
  });
}

async function put(folder: string, one: IgnoreCase): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const path of one.paths) await (path.endsWith('/') ? mkdir(join(folder, path)) : writeFile(join(folder, path), ''));
  for (const [at, text] of one.ignoreFiles) await writeFile(join(folder, at, '.gitignore'), text);
}

interface Said {
  readonly line: number | null;
  readonly file: string;
  readonly pattern: string;
}

/** What git says of each path: the deciding line, or none. */
async function askGit(paths: readonly string[]): Promise<ReadonlyMap<string, Said>> {
  const out = await git(['-c', 'core.excludesFile=/dev/null', '-c', 'core.ignoreCase=false', 'check-ignore', '--no-index', '--stdin', '-z', '-v', '-n'], paths.map((path) => `${path}\0`).join(''));
  const fields = out.split('\0');
  const said = new Map<string, Said>();
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [file = '', line = '', pattern = '', path = ''] = fields.slice(at, at + 4);
    said.set(path, { file, line: line === '' ? null : Number(line), pattern });
  }
  return said;
}

it(`says of every path what git says of it (${String(TREES)} trees, seed ${String(SEED)})`, async () => {
  await git(['init', '--quiet', '--template=', '.']);
  const maker = caseMaker(SEED);
  const cases = Array.from({ length: TREES }, (_, index) => ({ folder: `c${String(index)}`, one: maker.tree() }));
  for (let at = 0; at < cases.length; at += 50) await Promise.all(cases.slice(at, at + 50).map(({ folder, one }) => put(join(work, folder), one)));
  const said = await askGit(cases.flatMap(({ folder, one }) => one.paths.map((path) => `${folder}/${path.replace(/\/$/, '')}`)));
  const differences: string[] = [];
  let judged = 0;
  let excluded = 0;
  for (const { folder, one } of cases) {
    const filesOf = (at: string) => ({ gitignore: one.ignoreFiles.get(at) ?? null, dockerignore: null });
    const verdicts = judgeTree(rootFilter(NOTHING).into(folder, filesOf('')), one.paths, filesOf);
    for (const [path, verdict] of verdicts) {
      const theirs = said.get(`${folder}/${path.replace(/\/$/, '')}`);
      if (theirs === undefined) throw new Error(`git did not answer for ${folder}/${path}`);
      judged += 1;
      const ignored = theirs.line !== null && !theirs.pattern.startsWith('!');
      if (ignored) excluded += 1;
      const source = theirs.line === null ? null : `${theirs.file}:${String(theirs.line)}`;
      if (ignored !== verdict.included && source === verdict.source && (source === null ? null : theirs.pattern) === verdict.rule) continue;
      differences.push(`${folder}/${path}: git ${JSON.stringify(theirs)}, ours ${JSON.stringify(verdict)}`);
    }
  }
  expect(differences.slice(0, 20)).toEqual([]);
  expect(differences).toHaveLength(0);
  // Rules that never meet a file would prove nothing.
  expect(excluded / judged).toBeGreaterThan(0.15);
  expect(excluded / judged).toBeLessThan(0.85);
}, 600_000);

import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ComposeService } from '@main/compose/service';
import { ORACLE_ENVIRONMENT } from '../deep/compose-corpus/compare';
import { fileSetsBelow, type FileSet } from '../deep/compose-corpus/file-sets';

/**
 * How long loading a project takes beside `docker compose config`, in turn, one project after the other: with nothing kept (each content is
 * seen for the first time) and again. The start of processes is left out on both sides: Berth is up and has loaded what is not measured (or only
 * `--warm` of it: what runs often is compiled better), and from the time of compose that of `docker compose version` beside it is taken off.
 * `npm run bench -- load [folder …] [--most 200] [--warm 40]`; without a folder the files of the tests.
 */

const { values, positionals } = parseArgs({ allowPositionals: true, options: { most: { type: 'string', default: '200' }, warm: { type: 'string', default: '1000' } } });
const FOLDERS = positionals.length > 0 ? positionals : ['test/fixtures/compose/accepted', 'test/fixtures/compose/applications'];

/** The limits: of a project that is loaded for the first time, and of what it takes beside the whole command. */
const COLD_P95_MS = 15;
const RATIO_MOST = 0.2;

interface Times {
  readonly name: string;
  readonly coldMs: number;
  readonly againMs: number;
  readonly composeMs: number;
  readonly startMs: number;
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

function docker(args: readonly string[], cwd: string): Promise<boolean> {
  return new Promise((done) => {
    execFile('docker', ['compose', ...args], { cwd, env: { ...ORACLE_ENVIRONMENT, PWD: cwd }, maxBuffer: 64 * 1024 * 1024 }, (error) => {
      done(error === null);
    });
  });
}

/** No file twice, so that each is seen for the first time; a base with something laid over it goes before a file by itself. */
function withoutRepeats(sets: readonly FileSet[]): FileSet[] {
  const seen = new Set<string>();
  const together = [...sets].sort((left, right) => right.files.length - left.files.length);
  return together.filter(({ files }) => {
    if (files.some((file) => seen.has(file))) return false;
    for (const file of files) seen.add(file);
    return true;
  });
}

/** Spread evenly over the list. */
function spread<T>(list: readonly T[], most: number): T[] {
  return list.length <= most ? [...list] : Array.from({ length: most }, (_, index) => list[Math.floor((index * list.length) / most)] as T);
}

function share(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

async function measure(compose: ComposeService, { name, files }: FileSet): Promise<Times | null> {
  const dir = dirname(files[0] ?? '/');
  const load = (): Promise<unknown> => compose.load({ dir, files, envFiles: [], profiles: [] });
  let coldMs = 0;
  try {
    coldMs = await timed(load);
  } catch {
    return null;
  }
  let isTaken = false;
  const composeMs = await timed(async () => {
    isTaken = await docker([...files.flatMap((file) => ['-f', file]), 'config', '--format', 'json'], dir);
  });
  if (!isTaken) return null;
  const startMs = await timed(() => docker(['version', '--short'], dir));
  return { name, coldMs, againMs: await timed(load), composeMs, startMs };
}

const sets = withoutRepeats((await Promise.all(FOLDERS.map((folder) => fileSetsBelow(resolve(folder))))).flat());
const chosen = spread(sets, Number(values.most));
const compose = new ComposeService({ environment: ORACLE_ENVIRONMENT });
const times: Times[] = [];
try {
  // These contents are not measured.
  for (const { files } of sets.filter((set) => !chosen.includes(set)).concat(chosen.slice(0, 3)).slice(0, Number(values.warm))) await compose.load({ dir: dirname(files[0] ?? '/'), files, envFiles: [], profiles: [] }).catch(() => undefined);
  for (const set of chosen.slice(sets.length > chosen.length ? 0 : 3)) {
    const measured = await measure(compose, set);
    if (measured !== null) times.push(measured);
  }
} finally {
  compose.close();
}
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const figures = (values: readonly number[]): string => `median ${share(values, 0.5).toFixed(1)} ms, p95 ${share(values, 0.95).toFixed(1)} ms, longest ${Math.max(...values).toFixed(1)} ms`;
const cold = times.map((one) => one.coldMs);
const whole = times.map((one) => one.composeMs);
const work = times.map((one) => one.composeMs - one.startMs);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
print(`${times.length} projects that both take, of ${chosen.length}`);
print(`Berth, nothing kept              ${figures(cold)}`);
print(`Berth, again                     ${figures(times.map((one) => one.againMs))}`);
print(`docker compose config            ${figures(whole)}`);
print(`the same without process start   ${figures(work)}`);
print(`ratio to the whole command       ${(total(cold) / total(whole)).toFixed(3)} of all, median per project ${share(times.map((one) => one.coldMs / one.composeMs), 0.5).toFixed(3)}`);
print(`ratio without process start      ${(total(cold) / total(work)).toFixed(3)} of all`);
if (times.length === 0) print('Nothing was compared: docker compose is not installed, or takes none of these projects.');
process.exitCode = times.length > 0 && share(cold, 0.95) < COLD_P95_MS && total(cold) / total(whole) <= RATIO_MOST ? 0 : 1;

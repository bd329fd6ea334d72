import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadAll } from 'js-yaml';
import { cacheFileOf, createManifestScanner, type FolderScan, type ManifestScanner } from '@main/platform/manifests/scanner';
import { makeManifestTree } from '../support/manifest-tree';

/**
 * How long a scan of manifests takes, each figure the median of several: nothing known, nothing changed, one file changed, many files and their memory, one thread and two.
 * Beside it the floor: the same files read, parsed by js-yaml and hashed with sorted keys on one thread. Trees are made anew, two documents a file.
 * `npm run bench -- gitops [--most 100000] [--rounds 5]`
 */

const { values } = parseArgs({ options: { most: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '5' } } });
const ROUNDS = Number(values.rounds);
const MOST = Number(values.most);
const root = mkdtempSync(join(tmpdir(), 'berth-bench-gitops-'));
const SCHEMAS = resolve('resources/kubernetes/schemas.json.gz');
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;

function open(): ManifestScanner {
  return createManifestScanner({ home: join(root, 'state'), schemaFile: SCHEMAS });
}

async function timed(scanner: ManifestScanner, dir: string, how: { readonly fresh?: boolean; readonly paths?: readonly string[]; readonly threads?: number } = {}): Promise<{ readonly ms: number; readonly scan: FolderScan }> {
  const began = performance.now();
  const scan = await scanner.scan({ dir, fresh: how.fresh ?? false, paths: how.paths ?? null, threads: how.threads ?? 0 }, new AbortController().signal, () => undefined);
  return { ms: performance.now() - began, scan };
}

async function rounds(act: () => Promise<number>, most = ROUNDS): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < most; round += 1) all.push(await act());
  return median(all);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]));
}

function floor(dir: string): number {
  const began = performance.now();
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    for (const document of loadAll(readFileSync(join(entry.parentPath, entry.name), 'utf8'))) createHash('sha256').update(JSON.stringify(sorted(document))).digest('hex');
  }
  return performance.now() - began;
}

function told(name: string, ms: number, limitMs: number | null, more = ''): void {
  const verdict = limitMs === null ? '' : ms <= limitMs ? `  (limit ${limitMs.toFixed(0)} ms)` : `  OVER the limit of ${limitMs.toFixed(0)} ms`;
  if (limitMs !== null && ms > limitMs) process.exitCode = 1;
  print(`${name.padEnd(46)} ${ms.toFixed(0).padStart(7)} ms${verdict}${more}`);
}

try {
  // A process that is up and has run, as in an app that stays: the first figure of the 1,000 files is with a cold one too.
  const thousand = join(root, '1000');
  await makeManifestTree(thousand, 1_000, 7);
  told('1,000 files, nothing known, process started', await rounds(async () => {
    const scanner = open();
    const { ms } = await timed(scanner, thousand, { fresh: true });
    scanner.close();
    return ms;
  }), null);
  const scanner = open();
  await timed(scanner, thousand, { fresh: true });
  told('1,000 files, nothing known', await rounds(async () => (await timed(scanner, thousand, { fresh: true })).ms), 600);
  told('1,000 files, nothing changed', await rounds(async () => (await timed(scanner, thousand)).ms), 1_000);
  told('  floor: js-yaml and a hash, one thread', floor(thousand), null);

  const ten = join(root, '10000');
  await makeManifestTree(ten, 10_000, 11);
  const cold = open();
  told('10,000 files, nothing known, process started', (await timed(cold, ten, { fresh: true })).ms, null);
  cold.close();
  told('10,000 files, nothing known', await rounds(async () => (await timed(scanner, ten, { fresh: true })).ms), 2_500);
  told('10,000 files, nothing changed', await rounds(async () => (await timed(scanner, ten)).ms), 300);
  let round = 0;
  told('10,000 files, one changed', await rounds(async () => {
    round += 1;
    const path = 'area-3/group-3/app-3-3.yaml';
    writeFileSync(join(ten, path), readFileSync(join(ten, path), 'utf8').replace(/replicas: \d+/, `replicas: ${String(10 + round)}`));
    return (await timed(scanner, ten, { paths: [path] })).ms;
  }), 100);
  told('  floor: js-yaml and a hash, one thread', floor(ten), null);

  const four = join(root, '4000');
  await makeManifestTree(four, 4_000, 13);
  // Threads are made anew for another count of them: their first scan is told apart, their second still warms up.
  const first: Record<1 | 2, number[]> = { 1: [], 2: [] };
  const warm: Record<1 | 2, number[]> = { 1: [], 2: [] };
  for (const threads of [1, 2, 1, 2] as const) {
    for (let round = -2; round < ROUNDS; round += 1) {
      const { ms } = await timed(scanner, four, { fresh: true, threads });
      if (round === -2) first[threads].push(ms);
      if (round >= 0) warm[threads].push(ms);
    }
  }
  for (const [name, told1, told2, limit] of [['threads made anew', median(first[1]), median(first[2]), null], ['threads that are up', median(warm[1]), median(warm[2]), 0.65]] as const) {
    told(`4,000 files, one thread, ${name}`, told1, null);
    told(`4,000 files, two, ${name}`, told2, limit === null ? null : told1 * limit, `  ${((told2 / told1) * 100).toFixed(0)} % of one`);
  }
  scanner.close();

  if (MOST > 10_000) {
    const many = join(root, 'many');
    await makeManifestTree(many, MOST, 17);
    const large = open();
    const { ms, scan } = await timed(large, many, { fresh: true });
    const own = process.memoryUsage().rss;
    told(`${MOST.toLocaleString('en')} files, nothing known`, ms, 40_000, `  scanner at most ${(scan.peakBytes / 1e6).toFixed(0)} MB, this process now ${(own / 1e6).toFixed(0)} MB`);
    // What is known is written after the answer: that takes memory too.
    while (!existsSync(cacheFileOf(join(root, 'state'), many))) await after(50);
    const again = await timed(large, many);
    told(`${MOST.toLocaleString('en')} files, nothing changed`, again.ms, null, `  scanner at most ${(again.scan.peakBytes / 1e6).toFixed(0)} MB, with what is kept written`);
    if (again.scan.peakBytes > 500e6) {
      process.exitCode = 1;
      print('  the scanner took more than 500 MB');
    }
    large.close();
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}

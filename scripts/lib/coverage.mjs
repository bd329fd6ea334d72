import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESULTS } from './paths.mjs';

/** Where each vitest run of `npm test` leaves which lines of the main process it ran. */
export const COVERAGE = join(RESULTS, 'coverage');

/** Options of vitest for one run; the report is written after failures too. Timings are never taken with it: counting lines costs time. */
export function coverageOptions(run) {
  return ['--coverage.enabled', '--coverage.provider=v8', '--coverage.include=src/main/**/*.ts', '--coverage.reporter=json', '--coverage.reportOnFailure', `--coverage.reportsDirectory=${join(COVERAGE, run)}`];
}

/**
 * How many of a hundred lines of src/main some test ran: each run by its name, and all of them together. What runs in a child process, a worker or the
 * app itself is not seen, so more is tested than this says. Null where no run left a report.
 */
export async function linesCovered(runs) {
  const { default: istanbul } = await import('istanbul-lib-coverage');
  const all = istanbul.createCoverageMap({});
  const each = [];
  for (const run of runs) {
    const path = join(COVERAGE, run, 'coverage-final.json');
    if (!existsSync(path)) continue;
    const map = istanbul.createCoverageMap(JSON.parse(readFileSync(path, 'utf8')));
    each.push({ run, percent: map.getCoverageSummary().lines.pct });
    all.merge(map);
  }
  if (each.length === 0) return null;
  return { each, percent: all.getCoverageSummary().lines.pct };
}

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { COVERAGE, coverageOptions, linesCovered } from './lib/coverage.mjs';
import { ERRORS_FILE } from './lib/errors-reporter.mjs';
import { isLinux } from './lib/machine.mjs';
import { RESULTS, ROOT } from './lib/paths.mjs';
import { createReport, duration } from './lib/report.mjs';
import { endChildrenOnSignal, npmCommand, run, tail, which } from './lib/run.mjs';
import { main, setUp } from './lib/setup.mjs';
import { stage } from './lib/stage.mjs';
import { ensureTestTools } from './lib/test-tools.mjs';

/**
 * `npm test`: sets up what is missing, then every kind of test in turn, and last the sum in one line.
 * `npm test -- unit e2e` runs only the stages named. The lines of the main process that the stages unit and engine ran are counted, and told before the sum.
 */

const report = createReport();
const totals = { passed: 0, failed: 0, skipped: 0 };
/** What failed, told once more at the end: a reader of a long output looks there first. */
const failures = [];
const REPORTS = join(RESULTS, 'reports');

/** A line counts in the sum when it fails, so that the sum never says 0 failed beside an exit code of 1. */
function countFailure(text) {
  totals.failed += 1;
  failures.push(text.split('\n', 1)[0]);
  report.fail(text);
}

/** "path > name: first lines of why" */
function failureOf(path, name, message) {
  const why = stripVTControlCharacters(message).split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('at '));
  failures.push([`${relative(ROOT, path)}${name === '' ? '' : ` > ${name}`}`, ...why.slice(0, 6).map((line) => `    ${line.slice(0, 300)}`)].join('\n'));
}

async function lintOne(name) {
  const [npm, first] = npmCommand();
  const started = Date.now();
  const result = await run(npm, [...first, 'run', '--silent', name], { cwd: ROOT });
  if (result.code !== 0) return countFailure(`${name} (${duration(Date.now() - started)})\n${tail(result.output, 60)}`);
  totals.passed += 1;
  report.done(name, Date.now() - started);
}

/** What takes longest first, so that no two are left for the end. */
const LINTS = ['lint:eslint', 'typecheck:test', 'typecheck:node', 'typecheck:renderer', 'typecheck:shared', 'lint:layers', 'lint:dead', 'typecheck:sample'];

/** Two at a time: all but TypeScript are one thread. */
async function lint() {
  const left = [...LINTS];
  const one = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await lintOne(name);
  };
  await Promise.all([one(), one()]);
}

/** Adds up what a vitest run reports. A file that could not be loaded has no tests of its own to fail, so it counts as one. */
function addUp(path) {
  const { testResults } = JSON.parse(readFileSync(path, 'utf8'));
  let failed = 0;
  for (const file of testResults) {
    for (const { status, fullName, failureMessages } of file.assertionResults) {
      if (status === 'passed') totals.passed += 1;
      else if (status === 'failed') {
        failed += 1;
        failureOf(file.name, fullName, failureMessages.join('\n'));
      } else totals.skipped += 1;
    }
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
      failed += 1;
      failureOf(file.name, '', file.message ?? '');
    }
  }
  totals.failed += failed;
  return failed;
}

/** What failed outside of the tests of a run, with its place and its stack. */
function addErrors(path) {
  const errors = JSON.parse(readFileSync(path, 'utf8'));
  for (const { path: file, name, message } of errors) failureOf(file === '' ? ROOT : file, name, message.replaceAll(/^\s*at (?=.*(src|test)\/)/gm, '  in '));
  totals.failed += errors.length;
  return errors.length;
}

async function vitest(name, projects, env, options = []) {
  const output = join(REPORTS, `${name}.json`);
  const errors = join(REPORTS, `${name}.errors.json`);
  const started = Date.now();
  const args = ['run', ...projects.flatMap((project) => ['--project', project]), '--reporter=default', '--reporter=json', `--reporter=${join(ROOT, 'scripts', 'lib', 'errors-reporter.mjs')}`, `--outputFile.json=${output}`, ...options];
  const result = await run(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args], { cwd: ROOT, env: { ...env, [ERRORS_FILE]: errors }, inherit: true });
  let failed = 0;
  try {
    failed = addUp(output) + addErrors(errors);
  } catch {
    countFailure(`${name}: vitest wrote no report`);
    return;
  }
  if (result.code === 0 && failed === 0) report.done(`${name} passed`, Date.now() - started);
  else if (failed > 0) report.fail(`${name}: ${failed} failed (${duration(Date.now() - started)})`);
  else countFailure(`${name}: vitest ended with code ${result.code} though nothing failed (its output says why)`);
}

/** The environment of tests: the engine that was found, and nothing that npm adds for its own scripts. */
function testEnvironment({ engine, baseImage }) {
  const env = { ...process.env };
  // bin/berth resolves folders against it; tests pass their own working folder.
  delete env.INIT_CWD;
  delete env.ELECTRON_RUN_AS_NODE;
  // vite warns about a future default that does not concern this project.
  env.VITE_CONFIG_NATIVE_IGNORE_WARNING = 'true';
  if (engine && !engine.isDefault) env.DOCKER_HOST = engine.host;
  if (baseImage) env.BERTH_SAMPLE_BASE_IMAGE = baseImage;
  return env;
}

async function endToEnd(made, env) {
  if (!made.librariesAreIn) return countFailure('end-to-end: libraries or a virtual display are missing (see above)');
  const staged = await stage(made);
  if (!staged.sandbox) report.warn('Chromium’s sandbox is off for these tests: this system does not let users have it.');
  const own = { ...env, BERTH_TEST_STAGED: JSON.stringify(staged), BERTH_TEST_ENGINE: JSON.stringify(made.engine) };
  // Without a display, each file starts a virtual one: that keeps windows off the screen of the person who runs the tests, screenshots alike, and files side by side.
  if (isLinux && (await which('Xvfb'))) for (const name of ['DISPLAY', 'WAYLAND_DISPLAY']) delete own[name];
  await vitest('end-to-end', ['e2e'], own);
}

function needsEngine(name, projects, made, env, options) {
  if (!made.engine) return countFailure(`${name}: there is no Docker engine (see above how to get one)`);
  return vitest(name, projects, env, options);
}

/** Of a hundred lines of src/main that many at least are run by the tests, when both stages that count them ran. */
const LEAST_COVERED = 80;

async function tellCoverage(names) {
  const found = await linesCovered(['unit', 'engine']);
  if (found === null) return;
  const text = `Coverage: ${found.percent.toFixed(1)} % of the lines of src/main (${found.each.map(({ run, percent }) => `${run} ${percent.toFixed(1)} %`).join(', ')})`;
  if (['unit', 'engine'].every((name) => names.includes(name)) && found.percent < LEAST_COVERED) countFailure(`${text}; ${LEAST_COVERED} % are asked for`);
  else report.line(`\n${text}`);
}

const STAGES = {
  lint: () => lint(),
  unit: (_made, env) => vitest('unit and contract', ['unit', 'contract'], env, coverageOptions('unit')),
  // Together: both mostly wait for the engine, so their files share the workers.
  engine: async (made, env) => {
    await needsEngine('integration and faults', ['integration', 'faults'], made, env, coverageOptions('engine'));
    if (made.engine) await needsEngine('timings', ['timings'], made, env);
  },
  integration: (made, env) => needsEngine('integration', ['integration'], made, env),
  faults: (made, env) => needsEngine('faults', ['faults'], made, env),
  e2e: (made, env) => (made.engine ? endToEnd(made, env) : countFailure('end-to-end: there is no Docker engine (see above how to get one)')),
};

endChildrenOnSignal();
await main(report, async () => {
  const asked = process.argv.slice(2).filter((word) => word in STAGES);
  const names = asked.length > 0 ? asked : ['lint', 'unit', 'engine', 'e2e'];
  const started = Date.now();
  let made;
  try {
    made = await setUp(report, { virtualDisplay: names.includes('e2e') });
    if (names.some((name) => name !== 'lint' && name !== 'unit')) await ensureTestTools(report, made.engine);
  } catch (error) {
    report.line('\n0 passed, 1 failed');
    throw error;
  }
  for (const old of [REPORTS, COVERAGE]) rmSync(old, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  const env = testEnvironment(made);
  const times = [['set-up', Date.now() - started]];
  for (const name of names) {
    report.heading(`Tests: ${name}`);
    const stageStarted = Date.now();
    await STAGES[name](made, env);
    times.push([name, Date.now() - stageStarted]);
  }
  await tellCoverage(names);
  if (failures.length > 0) report.heading('Failed');
  for (const failure of failures) report.fail(failure);
  report.line(`\nTimes: ${times.map(([name, ms]) => `${name} ${duration(ms)}`).join(', ')}; all ${duration(Date.now() - started)}`);
  report.line(`${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`);
  return totals.failed > 0 ? 1 : 0;
});

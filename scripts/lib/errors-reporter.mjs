import { writeFileSync } from 'node:fs';

/** Where a run of vitest leaves what failed outside of its tests. */
export const ERRORS_FILE = 'BERTH_TEST_ERRORS';

/** Vitest's JSON report is silent about errors outside of tests, though they fail the run: a promise that nobody awaited, a worker that died. */
export default class ErrorsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const errors = unhandledErrors.map((error) => ({
      path: error.VITEST_TEST_PATH ?? '',
      name: error.VITEST_TEST_NAME ?? '',
      message: [`${error.type ?? 'error'} outside of a test`, error.stack ?? `${error.name ?? ''}: ${error.message ?? ''}`].join('\n'),
    }));
    // What a worker that died was at: no result is no pass.
    for (const module of modules) for (const test of module.children.allTests('pending')) errors.push({ path: module.moduleId, name: test.fullName, message: 'has no result' });
    const path = process.env[ERRORS_FILE];
    if (path !== undefined) writeFileSync(path, JSON.stringify(errors));
  }
}

import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const alias = { '@shared': resolve('src/shared'), '@main': resolve('src/main') };
/** Workers and child processes run from the built bundle, also under test. Nothing is watched for longer than it must be; tests of the watching say for how long. */
const env = { BERTH_OUT: resolve('out/main'), BERTH_SETTINGS: 'services.settleSeconds=0' };
/** What is waited for on an engine or in a window takes its time on a loaded machine; the library's own second is for pure code. */
const expectations = { poll: { timeout: 10_000 } };
/** A failure is read in the list at the end, where there is nothing but its message: that says what was found. */
const chaiConfig = { truncateThreshold: 2_000 };
/** The library leaves one core to itself; of two that is every second one idle. */
const pure = { isolate: false, maxWorkers: Math.max(2, availableParallelism() - 1) };
/** The main process takes longer to load than most files take for themselves; each begins with the environment of the process. */
const together = { isolate: false, setupFiles: [resolve('test/support/own-environment.ts')] };
/** A sampled test that is asked for as a whole (`npm run test:deep -- <name>`) takes as long as it takes. */
const limit = (ms: number): number => (process.env['BERTH_DEEP'] === '1' ? 7_200_000 : ms);

/**
 * `unit` and `contract` are pure, so that files share what they load; a few try thousands of inputs or write thousands of records, which on a loaded
 * machine is more than the library's five seconds. `integration` and `faults` wait for the engine most of the
 * time, so four files run side by side, each with projects, ports and folders of its own, in processes that load the main process once. In `e2e` two do, each on a display of its own.
 */
export default defineConfig({
  resolve: { alias },
  test: {
    reporters: ['default'],
    projects: [
      { resolve: { alias }, test: { name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'], env, chaiConfig, ...pure, testTimeout: limit(30_000) } },
      { resolve: { alias }, test: { name: 'contract', include: ['test/contract/**/*.test.ts'], env, chaiConfig, ...pure } },
      {
        resolve: { alias },
        test: { name: 'integration', include: ['test/integration/**/*.test.ts'], env, chaiConfig, expect: expectations, ...together, maxWorkers: 4, testTimeout: limit(120_000), hookTimeout: 120_000 },
      },
      {
        resolve: { alias },
        test: { name: 'faults', include: ['test/faults/**/*.test.ts'], env, chaiConfig, expect: expectations, ...together, maxWorkers: 4, testTimeout: limit(300_000), hookTimeout: 120_000 },
      },
      {
        resolve: { alias },
        // How quickly Berth answers is asked while no other test runs, one file at a time.
        test: { name: 'timings', include: ['test/timings/**/*.test.ts'], env, chaiConfig, fileParallelism: false, sequence: { groupOrder: 1 }, testTimeout: limit(120_000), hookTimeout: 120_000 },
      },
      {
        resolve: { alias },
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], env, chaiConfig, expect: expectations, maxWorkers: 2, testTimeout: limit(180_000), hookTimeout: 180_000 },
      },
    ],
  },
});

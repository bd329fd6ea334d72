import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The long enumerations: one file at a time, no limit that a slow machine could meet. */
export default defineConfig({
  resolve: { alias: { '@shared': resolve('src/shared'), '@main': resolve('src/main') } },
  test: { name: 'deep', include: ['test/deep/**/*.test.ts'], env: { BERTH_OUT: resolve('out/main') }, fileParallelism: false, testTimeout: 7_200_000, hookTimeout: 300_000 },
});

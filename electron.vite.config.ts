import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const alias = { '@shared': resolve('src/shared'), '@main': resolve('src/main') };

/**
 * Everything is bundled but what must stay a real package: native code (libsql), dockerode (it reads
 * its proto files from its own folder) and electron. Worker and child-process entries are inputs of
 * their own, so that each lands beside index.cjs under a fixed name (see platform/entries.ts).
 */
export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      outDir: 'out/main',
      externalizeDeps: false,
      sourcemap: true,
      rollupOptions: {
        external: ['electron', 'libsql', 'dockerode', '@aws-sdk/client-s3'],
        input: {
          index: resolve('src/main/index.ts'),
          cli: resolve('src/cli/index.ts'),
          'store-worker': resolve('src/main/workers/store-worker.ts'),
          'parser-process': resolve('src/main/workers/parser-process.ts'),
        },
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name]-[hash].cjs' },
      },
    },
  },
  preload: {
    resolve: { alias },
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      rollupOptions: {
        external: ['electron'],
        input: { index: resolve('src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    resolve: { alias },
    plugins: [react()],
    build: {
      outDir: resolve('out/renderer'),
      sourcemap: true,
      minify: true,
      modulePreload: { polyfill: false },
      rollupOptions: { input: resolve('src/renderer/index.html') },
    },
  },
});

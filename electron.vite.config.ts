import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { firstPageAtOnce, firstPageGroup } from './electron.vite.first-page';

const alias = { '@shared': resolve('src/shared'), '@main': resolve('src/main') };

/** docker-modem can speak to engines over SSH, which Berth does not (ADR 0002): its SSH client would only make every start longer. */
const withoutSsh = {
  name: 'without-ssh',
  enforce: 'pre' as const,
  resolveId: (source: string) => (source === 'ssh2' ? '\0without-ssh' : null),
  load: (id: string) => (id === '\0without-ssh' ? 'export {};' : null),
};

/** V8 keeps the text of a file that is all ASCII in half the memory. */
const asciiOnly = {
  name: 'ascii-only',
  renderChunk: (code: string) => ({ code: code.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`), map: null }),
};

/**
 * Everything is bundled but what must stay a real package: native code (libsql), dockerode (it reads
 * its proto files from its own folder) and electron. Worker and child-process entries are inputs of
 * their own, so that each lands beside index.cjs under a fixed name (see platform/entries.ts).
 */
export default defineConfig({
  main: {
    resolve: { alias },
    plugins: [withoutSsh, asciiOnly],
    build: {
      outDir: 'out/main',
      externalizeDeps: false,
      sourcemap: true,
      rollupOptions: {
        external: ['electron', 'libsql', 'dockerode', '@aws-sdk/client-s3'],
        input: {
          index: resolve('src/main/index.ts'),
          cli: resolve('src/cli/index.ts'),
          'template-worker': resolve('src/main/workers/template-worker.ts'),
          'store-worker': resolve('src/main/workers/store-worker.ts'),
          'parser-process': resolve('src/main/workers/parser-process.ts'),
          'sync-worker': resolve('src/main/workers/sync-worker.ts'),
          'manifest-scanner': resolve('src/main/workers/manifest-scanner.ts'),
          'manifest-reader': resolve('src/main/workers/manifest-reader.ts'),
          'manifest-thread': resolve('src/main/workers/manifest-thread.ts'),
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
    plugins: [react(), firstPageAtOnce],
    build: {
      outDir: resolve('out/renderer'),
      sourcemap: true,
      minify: true,
      modulePreload: { polyfill: false },
      rollupOptions: {
        input: { index: resolve('src/renderer/index.html'), logs: resolve('src/renderer/logs.html') },
        output: { codeSplitting: { groups: [firstPageGroup()] } },
      },
    },
  },
});

// npm run test:compose-corpus: bundles run.ts with the parser beside it and runs it with plain Node.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = resolve(fileURLToPath(import.meta.url), '../../../..');
const out = await mkdtemp(join(tmpdir(), 'berth-corpus-'));
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  resolve: { alias: { '@shared': join(root, 'src/shared'), '@main': join(root, 'src/main') } },
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: out,
    emptyOutDir: true,
    rollupOptions: {
      input: { run: join(root, 'test/deep/compose-corpus/run.ts'), 'parser-process': join(root, 'src/main/workers/parser-process.ts') },
      output: { format: 'cjs', entryFileNames: '[name].cjs' },
    },
  },
});
const child = spawn(process.execPath, [join(out, 'run.cjs'), ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, BERTH_OUT: out } });
child.on('exit', async (code) => {
  await rm(out, { recursive: true });
  process.exitCode = code ?? 1;
});

// Writes docs/cli.md from the contract: `npm run docs`. A contract test fails while it is out of date.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { ROOT } from './lib/paths.mjs';

const outDir = await mkdtemp(join(ROOT, 'node_modules', '.docs-'));
try {
  await build({
    configFile: false,
    logLevel: 'error',
    root: ROOT,
    build: { ssr: true, outDir, rollupOptions: { input: { help: join(ROOT, 'src/shared/contract/command-help.ts'), describe: join(ROOT, 'src/shared/contract/describe.ts') }, output: { format: 'es', entryFileNames: '[name].mjs' } } },
  });
  const load = (name) => import(pathToFileURL(join(outDir, `${name}.mjs`)).href);
  const [{ referencePage }, { defaultTable }] = [await load('help'), await load('describe')];
  await writeFile(join(ROOT, 'docs', 'cli.md'), referencePage(defaultTable));
  console.log('docs/cli.md is up to date.');
} finally {
  await rm(outDir, { recursive: true, force: true });
}

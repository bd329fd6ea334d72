import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build } from 'vite';

/** Code that was bundled to run in processes of its own. */
export interface Bundle {
  /** Holds `<name>.cjs` per entry. */
  readonly dir: string;
  remove(): Promise<void>;
}

/** Bundles entries as the app's build does, into a folder from which node finds the installed packages. `replaced`: other files for some modules. */
export async function bundle(entries: { readonly [name: string]: string }, replaced: { readonly [module: string]: string } = {}): Promise<Bundle> {
  const parent = resolve('node_modules/.cache/berth');
  await mkdir(parent, { recursive: true });
  const dir = await mkdtemp(`${parent}/test-`);
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { ...replaced, '@shared': resolve('src/shared'), '@main': resolve('src/main') } },
    ssr: { noExternal: true, external: ['libsql', 'dockerode', 'electron'] },
    build: { ssr: true, outDir: dir, emptyOutDir: false, rollupOptions: { input: { ...entries }, output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name]-[hash].cjs' } } },
  });
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

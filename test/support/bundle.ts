import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { fingerprint } from '../../scripts/lib/fingerprint.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const PARENT = join(ROOT, 'node_modules/.cache/berth/test-bundles');
/** Those of older states of the sources. */
const OUT_OF_USE_MS = 86_400_000;

/** Code that was bundled to run in processes of its own: the folder holds `<name>.cjs` per entry. */
export interface Bundle {
  readonly dir: string;
}

/** docker-modem can speak to engines over SSH, which Berth does not: as in the app, that client is not loaded. */
export const withoutSsh = {
  name: 'without-ssh',
  enforce: 'pre' as const,
  resolveId: (source: string) => (source === 'ssh2' ? '\0without-ssh' : null),
  load: (id: string) => (id === '\0without-ssh' ? 'export {};' : null),
};

/**
 * Bundles entries as the app's build does, into a folder from which node finds the installed packages; once for each state of the
 * sources, since many files of tests want the same. `replaced`: other files for some modules.
 */
export async function bundle(entries: { readonly [name: string]: string }, replaced: { readonly [module: string]: string } = {}): Promise<Bundle> {
  const dir = await madeOnce(['src', 'test/support', 'package-lock.json'], [entries, replaced], async (outDir) => {
    await build({
      configFile: false,
      logLevel: 'error',
      plugins: [withoutSsh],
      resolve: { alias: { ...replaced, '@shared': resolve('src/shared'), '@main': resolve('src/main') } },
      ssr: { noExternal: true, external: ['libsql', 'dockerode', 'electron'] },
      build: { ssr: true, outDir, emptyOutDir: false, rollupOptions: { input: { ...entries }, output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name]-[hash].cjs' } } },
    });
  });
  return { dir };
}

/** The folder that `make` fills, once for each state of these sources and each `asked`. */
export async function madeOnce(sources: readonly string[], asked: unknown, make: (folder: string) => Promise<void>): Promise<string> {
  const made = createHash('sha256').update(JSON.stringify([fingerprint(ROOT, [...sources]), asked]));
  const dir = join(PARENT, made.digest('hex').slice(0, 32));
  if (await isThere(dir)) return dir;
  await mkdir(PARENT, { recursive: true });
  await removeOld();
  const unfinished = await mkdtemp(join(PARENT, 'unfinished-'));
  await make(unfinished);
  // Whoever was quicker made the same.
  await rename(unfinished, dir).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await isThere(dir))) throw error;
  });
  return dir;
}

async function removeOld(): Promise<void> {
  for (const name of await readdir(PARENT)) {
    const path = join(PARENT, name);
    const made = await stat(path).catch(() => null);
    if (made !== null && Date.now() - made.mtimeMs > OUT_OF_USE_MS) await rm(path, { recursive: true, force: true });
  }
}

function isThere(dir: string): Promise<boolean> {
  return access(dir).then(() => true, () => false);
}

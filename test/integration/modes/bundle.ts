import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Bundles a TypeScript entry of the tests so that plain Node can run it as a process of its own. Returns the file. */
export async function bundleForNode(entry: string): Promise<string> {
  const built = await rolldown({
    input: join(ROOT, entry),
    platform: 'node',
    resolve: { alias: { '@shared': join(ROOT, 'src/shared'), '@main': join(ROOT, 'src/main') } },
    plugins: [
      {
        // The scripts' own modules know their place in the checkout by their address: they are imported where they lie.
        name: 'scripts-stay-in-place',
        resolveId: (source: string, importer: string | undefined) => (importer !== undefined && /^\..*\.mjs$/.test(source) ? { id: pathToFileURL(resolve(dirname(importer), source)).href, external: true } : null),
      },
    ],
    external: (id: string) => !(/^[./]/.test(id) || id.startsWith('@shared/') || id.startsWith('@main/')),
  });
  const folder = join(ROOT, 'node_modules', '.cache', 'berth', 'test-processes');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${entry.replace(/[^a-z0-9-]+/gi, '_')}-${String(process.pid)}.mjs`);
  await built.write({ file, format: 'esm', sourcemap: 'inline', codeSplitting: false });
  await built.close();
  return file;
}

import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { madeOnce, withoutSsh } from '../../support/bundle';

const ROOT = resolve(import.meta.dirname, '../../..');
/** What the app's build leaves to be found among the installed packages, too. */
const PACKAGES = ['electron', 'libsql', 'dockerode', '@aws-sdk/client-s3'];

/**
 * Bundles a TypeScript entry of the tests so that plain Node can run it as a process of its own. Returns the file, which the next asker gets as well.
 * As in the app, packages are inside and parts are loaded when they are wanted. There are no source maps: such processes are started by the hundred, and each would read them first.
 */
export async function bundleForNode(entry: string): Promise<string> {
  const dir = await madeOnce(['src', 'test', 'package-lock.json'], entry, async (folder) => {
    const built = await rolldown({
      input: join(ROOT, entry),
      platform: 'node',
      resolve: { alias: { '@shared': join(ROOT, 'src/shared'), '@main': join(ROOT, 'src/main') } },
      plugins: [
        withoutSsh,
        {
          // The scripts' own modules know their place in the checkout by their address: they are imported where they lie.
          name: 'scripts-stay-in-place',
          resolveId: (source: string, importer: string | undefined) => (importer !== undefined && /^\..*\.mjs$/.test(source) && !importer.includes('node_modules') ? { id: pathToFileURL(resolve(dirname(importer), source)).href, external: true } : null),
        },
      ],
      external: (id: string) => PACKAGES.includes(id),
    });
    await built.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' });
    await built.close();
  });
  return join(dir, `${basename(entry, '.ts')}.mjs`);
}

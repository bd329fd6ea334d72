import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const OUT = resolve(import.meta.dirname, '../../out');
const KIB = 1024;

/** The sizes of chunks and of everything they import at once. */
async function withImports(files: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  const left = [...files];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (sizes.has(file)) continue;
    const code = await readFile(join(OUT, 'renderer', 'assets', file), 'utf8');
    sizes.set(file, Buffer.byteLength(code));
    left.push(...[...code.matchAll(/(?:import|from)\s*["']\.\/([^"']+\.js)["']/g)].map((match) => match[1] ?? ''));
  }
  return sizes;
}

/** What a start has to load stays small (docs: a window within a second and a half). */
describe('the size of what a start loads', () => {
  it('keeps the first chunks of the page under 350 kB', async () => {
    const html = await readFile(join(OUT, 'renderer', 'index.html'), 'utf8');
    const entries = [...html.matchAll(/(?:src|href)="\.\/assets\/([^"]+\.js)"/g)].map((match) => match[1] ?? '');
    // The entry takes over the language, then loads the page in English or another one: its chunk belongs to the start as well.
    const start = (await readdir(join(OUT, 'renderer', 'assets'))).filter((file) => /^start-[\w-]{8}\.js$/.test(file));
    expect([entries.length > 0, start.length]).toEqual([true, 1]);
    const first = await withImports([...entries, ...start]);
    expect([...first.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(350 * KIB);
    // Each is a way through the main process and back: few, and all of them named by the page, so that none waits for another.
    expect(first.size).toBeLessThan(9);
    for (const file of first.keys()) expect(html).toContain(`"./assets/${file}"`);
  });

  it('keeps the schemas out of the page altogether', async () => {
    const assets = join(OUT, 'renderer', 'assets');
    for (const name of (await readdir(assets)).filter((file) => file.endsWith('.js'))) expect(await readFile(join(assets, name), 'utf8'), name).not.toContain('ZodError');
  });

  it('has one small preload without chunks', async () => {
    expect(await readdir(join(OUT, 'preload'))).toEqual(['index.cjs']);
    expect((await readFile(join(OUT, 'preload', 'index.cjs'))).byteLength).toBeLessThan(10 * KIB);
  });
});

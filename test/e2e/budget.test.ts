import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const OUT = resolve(import.meta.dirname, '../../out');
const KIB = 1024;

/** What a start has to load stays small (docs: a window within a second and a half). */
describe('the size of what a start loads', () => {
  it('keeps the first chunks of the page under 350 kB', async () => {
    const html = await readFile(join(OUT, 'renderer', 'index.html'), 'utf8');
    const first = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '');
    expect(first.length).toBeGreaterThan(0);
    const sizes = await Promise.all(first.map(async (file) => (await readFile(join(OUT, 'renderer', file))).byteLength));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(350 * KIB);
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

import { readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../..');

interface PackageFile {
  readonly main: string;
  readonly bin: { readonly berth: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Source {
  readonly path: string;
  readonly text: string;
}

/** Every source file below a folder, with its text. */
async function sources(folder: string): Promise<readonly Source[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && /\.(ts|tsx|mjs|cjs)$/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (path) => ({ path: path.slice(ROOT.length + 1), text: await readFile(path, 'utf8') })));
}

/** Files that import a package: statically, for its types, or lazily. */
function importersOf(name: string, files: readonly Source[]): string[] {
  const pattern = new RegExp(`(?:from|import\\(|require\\()\\s*['"]${name}(?:/[^'"]*)?['"]`);
  return files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
}

/** The same without imports of types only: of those nothing is left at run time. */
function valueImportersOf(name: string, files: readonly Source[]): string[] {
  const withoutTypes = files.map(({ path, text }) => ({ path, text: text.replace(/^import type [^;]+;$/gm, '').replace(/\btypeof import\([^)]*\)|\bimport\([^)]*\)\.[A-Z]\w*/g, '') }));
  return importersOf(name, withoutTypes);
}

describe('the card: packages (C.1)', async () => {
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as PackageFile;
  const declared = { ...manifest.dependencies, ...manifest.devDependencies };
  const product = await sources('src');

  test.each(['electron', 'electron-builder', 'react', 'dockerode', '@aws-sdk/client-s3', 'chokidar', 'yaml', 'zustand', 'playwright'])('%s is declared at an exact version', (name) => {
    expect(declared[name]).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test.each(['electron', 'react', 'dockerode', '@aws-sdk/client-s3', 'chokidar', 'yaml', 'zustand'])('%s is used by the product at run time', (name) => {
    expect(valueImportersOf(name, product)).not.toEqual([]);
  });

  test('react and zustand draw the window; dockerode stays behind its one door', () => {
    expect(valueImportersOf('react', product).some((path) => path.startsWith('src/renderer/'))).toBe(true);
    expect(valueImportersOf('zustand', product).filter((path) => !path.startsWith('src/renderer/'))).toEqual([]);
    expect(importersOf('dockerode', product).filter((path) => !path.startsWith('src/main/docker/'))).toEqual([]);
  });

  test('playwright drives the end-to-end tests', async () => {
    expect(importersOf('playwright', [...(await sources('test')), ...(await sources('scripts'))])).not.toEqual([]);
  });

  test('electron-builder has a configuration that packs what is built and opens nothing it should not', async () => {
    const config = parse(await readFile(join(ROOT, 'electron-builder.yml'), 'utf8')) as Readonly<Record<string, unknown>>;
    expect(config['appId']).toBe('dev.berth.app');
    expect(config['files']).toContain('out/**/*');
    expect(config['electronFuses']).toMatchObject({ runAsNode: false, enableNodeOptionsEnvironmentVariable: false, enableNodeCliInspectArguments: false, onlyLoadAppFromAsar: true });
    for (const { from } of config['extraResources'] as readonly { readonly from: string }[]) expect(existsSync(join(ROOT, from)), from).toBe(true);
  });

  test('nothing in src starts docker or docker-compose as a program', () => {
    const launch = /\b(?:spawn|exec|execFile|fork|run)(?:Sync)?\w*\(\s*['"`](?:[^'"`]*\/)?docker(?:-compose)?(?:[\s'"`]|$)/;
    expect(product.filter(({ text }) => launch.test(text)).map(({ path }) => path)).toEqual([]);
    // The acceptance check of the row, as a stranger would run it.
    expect(product.filter(({ text }) => text.split('\n').some((line) => /spawn.*docker/.test(line))).map(({ path }) => path)).toEqual([]);
  });
});

describe('the card: top-level entries (C.2)', async () => {
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as PackageFile;

  test.each(['package.json', 'electron.vite.config.ts', 'src/main/index.ts', 'src/renderer', 'src/preload/index.ts', 'resources', 'test', 'README.md'])('%s exists', (entry) => {
    expect(existsSync(join(ROOT, entry))).toBe(true);
  });

  test('the bundled sample, the scripts and the command are there', async () => {
    for (const entry of ['resources/samples/portfolio/docker-compose.dev.yml', 'resources/samples/portfolio/docker-compose.clean.yml', manifest.bin.berth]) expect(existsSync(join(ROOT, entry)), entry).toBe(true);
    for (const script of ['dev-mode.sh', 'prod-mode.sh', 'validate-mounts.sh']) {
      const text = await readFile(join(ROOT, 'resources/scripts', script), 'utf8');
      expect(text).toContain('exec "$berth"');
      expect(text).toContain('--help');
    }
  });
});
